// The choice of light takes effect at once and is kept for the next page.
import { keep } from "./lib/cookie.js";

for (const choice of document.querySelectorAll("[data-theme-choice]")) {
  choice.addEventListener("change", () => {
    document.documentElement.dataset.theme = choice.value;
    keep("tandem_theme", choice.value);
  });
}
