// The choice of light follows the person by cookie, so that the server draws the next page in it.
const YEAR = 31536000;

export function keep(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
}

for (const choice of document.querySelectorAll("[data-theme-choice]")) {
  choice.addEventListener("change", () => {
    document.documentElement.dataset.theme = choice.value;
    keep("tandem_theme", choice.value);
  });
}
