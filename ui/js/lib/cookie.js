// A setting that follows the person, so that the server draws the next page with it. Never anything of a record.
const YEAR = 31536000;

export function keep(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
}
