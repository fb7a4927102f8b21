// The crisis desk by keyboard: J and K go from request to request, one letter answers the one in focus.
const root = document.documentElement;
const typing = (element) => element.matches?.("input, textarea, select");
const requests = () => [...document.querySelectorAll("[data-request]")];

function step(by) {
  const all = requests();
  const here = all.indexOf(document.activeElement.closest?.("[data-request]"));
  const next = all[here === -1 ? 0 : Math.min(all.length - 1, Math.max(0, here + by))];
  next?.focus();
  return Boolean(next);
}

function answer(of) {
  const request = document.activeElement.closest?.("[data-request]");
  const form = request?.querySelector(`form[data-${of}]`);
  if (!form) return false;
  if (of === "counter") form.querySelector("button").focus();
  else form.requestSubmit();
  return true;
}

const KEYS = { j: () => step(1), k: () => step(-1), y: () => answer("accept"), c: () => answer("counter"), d: () => answer("decline") };

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey || typing(event.target)) return;
  if (root.dataset.singleKeys === "off" || !Object.hasOwn(KEYS, event.key)) return;
  if (KEYS[event.key]()) event.preventDefault();
});
