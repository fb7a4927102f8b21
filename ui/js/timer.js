// Ticks every timer and clock of the page once a second, in place; the server's time leads, not the device's.
const root = document.documentElement;
const skew = Date.parse(root.dataset.now || "") - Date.now() || 0;
const two = (n) => String(n).padStart(2, "0");

export const serverNow = () => Date.now() + skew;

export function digits(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s >= 360000) return `${Math.floor(s / 86400)} d ${two(Math.floor((s % 86400) / 3600))} h`;
  if (s < 6000) return `${two(Math.floor(s / 60))}:${two(s % 60)}`;
  return `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
}

export function level(elapsed, limit) {
  if (!limit) return "plain";
  if (elapsed > limit) return "overdue";
  return elapsed >= limit * 0.75 ? "due" : "plain";
}

function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

function tickTimer(timer) {
  const elapsed = (serverNow() - Date.parse(timer.dataset.since)) / 1000;
  if (Number.isNaN(elapsed)) return;
  setText(timer.querySelector(".timer__digits"), digits(elapsed));
  const now = level(elapsed, Number(timer.dataset.limit));
  if (timer.dataset.level === now) return;
  timer.dataset.level = now;
  const words = { due: document.body.dataset.wordDue, overdue: document.body.dataset.wordOverdue };
  setText(timer.querySelector(".timer__said"), words[now] || "");
  const row = timer.closest("[data-key]");
  if (!row?.dataset.level) return;
  row.dataset.level = now;
  document.dispatchEvent(new CustomEvent("tandem:level", { detail: { level: now, since: `${row.dataset.key} ${timer.dataset.since}` } }));
}

// The clock shows the program's own wall time: the zone is in the server's stamp, not in the device.
function tickClock(clock) {
  const offset = /([+-])(\d\d):(\d\d)$/.exec(root.dataset.now || "");
  const minutes = offset ? (offset[1] === "-" ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3])) : 0;
  const wall = new Date(serverNow() + minutes * 60000);
  setText(clock, `${two(wall.getUTCHours())}:${two(wall.getUTCMinutes())}:${two(wall.getUTCSeconds())}`);
}

export function tick() {
  for (const timer of document.querySelectorAll("[data-timer]:not([data-stopped])")) tickTimer(timer);
  for (const clock of document.querySelectorAll("[data-clock]")) tickClock(clock);
}

tick();
setInterval(tick, 1000);
