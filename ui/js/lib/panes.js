// The panes of a desk: one key or click opens one, the two that look back are fetched while open, order and density are kept at once.
import { refresh } from "./line.js";

// The map's own code is fetched when somebody opens the map, never before.
async function drawMap() {
  const canvas = document.querySelector("[data-map]");
  if (!canvas || !isSeen(canvas.closest(".pane"))) return;
  const { show } = await import("./map.js");
  show(canvas);
}

const all = () => [...document.querySelectorAll("[data-panes] .pane[data-pane]")];
const paneOf = (name) => document.querySelector(`[data-panes] [data-pane="${name}"]`);
const isSeen = (pane) => getComputedStyle(pane).display !== "none";

// A pane that nobody sees listens to nothing.
function listen() {
  drawMap();
  for (const region of document.querySelectorAll("[data-lazy-url]")) {
    const seen = isSeen(region.closest(".pane"));
    if (seen && !region.dataset.staleUrl) {
      region.dataset.staleUrl = region.dataset.lazyUrl;
      refresh(region.dataset.region);
    } else if (!seen) delete region.dataset.staleUrl;
  }
}

export function openPane(name, { focus = true } = {}) {
  const pane = paneOf(name);
  if (!pane) return false;
  const side = pane.parentElement;
  if (side.querySelector("[data-tab]")) {
    for (const other of side.querySelectorAll(":scope > .pane")) other.toggleAttribute("data-drawn", other === pane);
    for (const tab of side.querySelectorAll("[data-tab]")) {
      if (tab.dataset.tab === name) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
    }
  }
  pane.removeAttribute("data-folded");
  listen();
  if (focus) (pane.querySelector("[tabindex]") || pane).focus();
  pane.scrollIntoView({ block: "nearest" });
  return true;
}

// ---- what is kept ----
function apply(name, value) {
  if (name === "density") {
    if (value) document.documentElement.dataset.density = value;
    else delete document.documentElement.dataset.density;
  } else if (name === "toggle") paneOf(value)?.toggleAttribute("data-folded");
  else move(value, name);
  listen();
}

function move(name, way) {
  const at = document.activeElement;
  for (const one of [paneOf(name), document.querySelector(`[data-of="${name}"]`), document.querySelector(`[data-tab="${name}"]`)]) {
    if (!one) continue;
    const next = way === "up" ? one.previousElementSibling : one.nextElementSibling;
    // The tabs stand before the first pane and are no pane.
    if (!next || next.matches(".panes__tabs")) continue;
    if (way === "up") next.before(one);
    else next.after(one);
  }
  at.focus({ preventScroll: true });
}

function press(form, button) {
  for (const other of form.querySelectorAll(`[name="${button.name}"][aria-pressed]`)) {
    if (button.name === "density") other.setAttribute("aria-pressed", String(other === button));
    else if (other === button) other.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-view-form]") || !event.submitter) return;
  event.preventDefault();
  const { name, value } = event.submitter;
  const body = new URLSearchParams(new FormData(form));
  body.set(name, value);
  apply(name, value);
  press(form, event.submitter);
  try {
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(10000) });
    if (!answer.ok && answer.type !== "opaqueredirect") throw new Error(String(answer.status));
  } catch {
    document.getElementById("live").textContent = document.querySelector("[data-command]")?.dataset.wordOffline || "";
  }
});

document.addEventListener("keydown", (event) => {
  const way = { ArrowUp: "up", ArrowDown: "down" }[event.key];
  if (!way || !event.altKey || !event.shiftKey) return;
  const name = document.activeElement.closest?.("[data-pane]")?.dataset.pane;
  const button = document.querySelector(`[data-view-form] button[name="${way}"][value="${name}"]`);
  if (!button) return;
  event.preventDefault();
  button.form.requestSubmit(button);
});

document.addEventListener("click", (event) => {
  const tab = event.target.closest?.("[data-tab]");
  if (!tab || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openPane(tab.dataset.tab);
});

addEventListener("resize", listen);
if (all().length) listen();
