// Puts a fresh fragment where the stale one was: focus stays, typing stays, no row moves under a pointer or a keyboard.
import { changesFrame, displaced, place, recount } from "./rows.js";

const waiting = new Map();

const busy = (region) =>
  region.querySelector("details[open]") ||
  (region.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"));

function sameRow(one, other) {
  const bare = (row) => row.innerHTML.replace(/data-level="\w+"/g, "").replace(/timer__digits">[^<]*/g, "").replace(/name="(act_id|csrfmiddlewaretoken)" value="[^"]*"/g, "");
  return one.dataset.level === other.dataset.level && one.dataset.state === other.dataset.state && bare(one) === bare(other);
}

function replaceRow(old, fresh) {
  const focused = old.contains(document.activeElement);
  fresh.toggleAttribute("aria-current", false);
  if (old.getAttribute("aria-current")) fresh.setAttribute("aria-current", "true");
  old.replaceWith(fresh);
  if (focused) fresh.querySelector("[data-open]")?.focus({ preventScroll: true });
}

// Rows keep their place while held; a new call is shown at the end at once, because no call may wait for a mouse.
function reconcile(body, fresh, held) {
  const rows = new Map([...body.children].map((row) => [row.dataset.key, row]));
  const wanted = [...fresh.children];
  const result = { changed: 0, added: 0, moves: 0 };
  for (const row of wanted) {
    const old = rows.get(row.dataset.key);
    if (!old) {
      body.append(row);
      rows.set(row.dataset.key, row);
      result.added += 1;
    } else if (!sameRow(old, row)) {
      replaceRow(old, row);
      rows.set(row.dataset.key, row);
      result.changed += 1;
    }
  }
  const order = wanted.map((row) => row.dataset.key);
  const gone = [...rows.keys()].filter((key) => !order.includes(key));
  const now = [...body.children].map((row) => row.dataset.key).filter((key) => !gone.includes(key));
  const moved = order.filter((key, at) => now[at] !== key).length;
  result.moves = gone.length + moved;
  if (held) return result;
  result.changed += gone.length;
  for (const key of gone) rows.get(key).remove();
  order.forEach((key, at) => {
    const row = rows.get(key);
    if (body.children[at] === row) return;
    const focused = row.contains(document.activeElement);
    body.insertBefore(row, body.children[at] || null);
    if (focused) row.querySelector("[data-open]")?.focus({ preventScroll: true });
  });
  result.moves = 0;
  return result;
}

const isHeld = (body) => body.matches(":hover") || body.contains(document.activeElement);

function swapList(section, fresh) {
  const body = section.querySelector("tbody[data-keyed]");
  const next = fresh.querySelector("tbody[data-keyed]");
  if (!body || !next) {
    const count = Math.max(body?.children.length || 0, next?.children.length || 0);
    section.replaceWith(fresh);
    return { changed: count, added: next ? next.children.length : 0, moves: 0 };
  }
  section.querySelector(".count").replaceWith(fresh.querySelector(".count"));
  return reconcile(body, next, isHeld(body));
}

function swapLists(region, fresh) {
  const total = { changed: 0, added: 0, moves: 0 };
  const olds = [...region.querySelectorAll(":scope > section")];
  for (const section of fresh.querySelectorAll(":scope > section")) {
    // Whoever reads chooses which list stands first: a fresh one goes where its own is.
    const mine = (other) => other.dataset.pane === section.dataset.pane;
    const one = swapList(olds.find(mine), section);
    for (const key of Object.keys(total)) total[key] += one[key];
    showWaiting([...region.querySelectorAll(":scope > section")].find(mine), one.moves);
  }
  return total;
}

function showWaiting(section, moves) {
  const word = section.querySelector("[data-waiting]");
  if (!word) return;
  word.hidden = moves === 0;
  word.textContent = moves ? (document.querySelector("[data-word-wait]")?.dataset.wordWait || "{n}").replace("{n}", moves) : "";
}

// A thumb already on its way must not press what has just come under it.
function settle(acts) {
  acts.dataset.settling = "yes";
  setTimeout(() => delete acts.dataset.settling, 400);
}

function replaceWhole(region, fresh) {
  const focus = region.contains(document.activeElement) ? document.activeElement : null;
  const changed = region.textContent.replace(/\s+/g, "") === fresh.textContent.replace(/\s+/g, "") ? 0 : 1;
  region.replaceWith(fresh);
  if (changed && fresh.dataset.region === "foot") settle(fresh);
  if (focus) (document.getElementById(focus.id) || fresh).focus({ preventScroll: true });
  return { changed, added: 0, moves: 0 };
}

function replaceUnlessSame(old, fresh) {
  if (sameRow(old, fresh)) return 0;
  replaceRow(old, fresh);
  return 1;
}

// Puts single rows into the lists; none where a list's frame changes with them and must be read whole.
export function swapRows(region, changes) {
  const name = region.dataset.region;
  const truth = waiting.get(name) || region;
  if (changesFrame(truth, changes)) return null;
  const bodies = [...region.querySelectorAll("tbody[data-keyed]")];
  const somebodyHolds = truth !== region || bodies.some(isHeld);
  const whole = somebodyHolds ? truth.cloneNode(true) : region;
  if (somebodyHolds) place(whole, changes.cloneNode(true), { held: () => false, replace: replaceUnlessSame });
  const result = place(region, changes, { held: somebodyHolds ? isHeld : () => false, replace: replaceUnlessSame });
  recount(region, whole, changes.dataset.requests);
  waiting.delete(name);
  for (const section of region.querySelectorAll(":scope > section")) {
    const body = section.querySelector("tbody[data-keyed]");
    const wanted = whole.querySelector(`tbody[data-keyed="${section.dataset.pane}"]`);
    const moves = body && wanted && body !== wanted ? displaced(body, wanted) : 0;
    showWaiting(section, moves);
    if (moves) waiting.set(name, whole);
  }
  return result;
}

// What a region is to show: what waits for the pointer or the keyboard, where something does.
export const truth = (region) => waiting.get(region.dataset.region) || region;

export function swap(region, fresh) {
  if (region.querySelector("tbody[data-keyed]") || fresh.querySelector("tbody[data-keyed]")) {
    const result = swapLists(region, fresh.cloneNode(true));
    if (result.moves) waiting.set(region.dataset.region, fresh);
    else waiting.delete(region.dataset.region);
    return result;
  }
  if (busy(region)) {
    waiting.set(region.dataset.region, fresh);
    return { changed: 0, added: 0, moves: 0 };
  }
  waiting.delete(region.dataset.region);
  return replaceWhole(region, fresh);
}

// What waited for the pointer or the keyboard goes to its place when they leave.
export function release() {
  for (const [name, fresh] of [...waiting]) {
    const region = document.querySelector(`[data-region="${name}"]`);
    if (region) swap(region, fresh);
    else waiting.delete(name);
  }
}

const later = () => setTimeout(release, 150);
document.addEventListener("focusout", later);
document.addEventListener("toggle", later, true);
document.addEventListener("pointerout", (event) => {
  if (event.target.closest?.("tbody[data-keyed]") && !event.relatedTarget?.closest?.("tbody[data-keyed]")) later();
});
