// Rows that came alone: each goes where the order of its list wants it, and the counts follow from what then stands there.
import { serverNow } from "../timer.js";

const sections = (region) => [...region.querySelectorAll(":scope > section[data-pane]")];
const bodyOf = (section) => section.querySelector("tbody[data-keyed]");
const rowsOf = (region) => [...region.querySelectorAll("tbody[data-keyed] > tr[data-key]")];

// How many times its limit a row has waited; 0 within it. The server orders whole lists by the same.
function late(row) {
  const timer = row.querySelector("[data-timer][data-limit]");
  if (!timer) return 0;
  const limit = Number(timer.dataset.limit);
  const elapsed = Math.floor((serverNow() - Date.parse(timer.dataset.since)) / 1000);
  return elapsed >= limit ? elapsed / limit : 0;
}

export function inOrder(rows) {
  const ranked = rows.map((row) => ({ row, late: late(row), order: Number(row.dataset.order), number: Number(row.dataset.short) }));
  ranked.sort((one, other) => other.late - one.late || one.order - other.order || one.number - other.number);
  return ranked.map((one) => one.row);
}

// Whether a list would come to have rows, or none: its frame is another then, and is read whole.
export function changesFrame(region, changes) {
  const gone = new Set(changes.dataset.gone.split(" "));
  return sections(region).some((section) => {
    const left = new Set([...(bodyOf(section)?.children || [])].map((row) => row.dataset.key));
    const had = left.size > 0;
    for (const key of gone) left.delete(key);
    for (const row of changes.querySelectorAll("tr[data-key]")) {
      if (row.parentElement.dataset.list === section.dataset.pane) left.add(row.dataset.key);
      else left.delete(row.dataset.key);
    }
    return left.size > 0 !== had;
  });
}

// Puts the rows into their lists; a held list keeps what it has where it is, and takes new rows at its end.
export function place(region, changes, { held, replace }) {
  const result = { changed: 0, added: 0 };
  const fresh = new Map();
  for (const row of changes.querySelectorAll("tr[data-key]")) fresh.set(row.dataset.key, row);
  const gone = new Set(changes.dataset.gone.split(" "));
  for (const section of sections(region)) {
    const body = bodyOf(section);
    if (!body) continue;
    for (const old of [...body.children]) {
      const row = fresh.get(old.dataset.key);
      if (row?.parentElement?.dataset.list === section.dataset.pane) {
        result.changed += replace(old, row);
        fresh.delete(old.dataset.key);
      } else if ((row || gone.has(old.dataset.key)) && !held(body)) {
        old.remove();
        result.changed += 1;
      }
    }
  }
  for (const section of sections(region)) {
    const body = bodyOf(section);
    for (const row of fresh.values()) {
      if (row.parentElement?.dataset.list !== section.dataset.pane) continue;
      body.append(row);
      result.added += 1;
    }
    if (body && !held(body)) sort(body);
  }
  return result;
}

function sort(body) {
  inOrder([...body.children]).forEach((row, at) => {
    if (body.children[at] === row) return;
    const focused = row.contains(document.activeElement);
    body.insertBefore(row, body.children[at]);
    if (focused) row.querySelector("[data-open]")?.focus({ preventScroll: true });
  });
}

// How many rows of a list that was held stand elsewhere than they should.
export function displaced(body, wanted) {
  const order = [...wanted.children].map((row) => row.dataset.key);
  const gone = [...body.children].filter((row) => !order.includes(row.dataset.key)).length;
  const now = [...body.children].map((row) => row.dataset.key).filter((key) => order.includes(key));
  return gone + order.filter((key, at) => now[at] !== key).length;
}

function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

// The numbers above the lists, from the lists themselves; of requests as the server said them.
export function recount(region, lists, requests) {
  for (const section of sections(lists)) {
    const count = String(bodyOf(section)?.children.length || 0);
    setText(region.querySelector(`:scope > section[data-pane="${section.dataset.pane}"] .count`), count);
    setText(document.querySelector(`[data-count="${section.dataset.pane}"]`), count);
  }
  const asked = document.querySelector("[data-count-requests]");
  if (asked && requests !== undefined) {
    setText(asked.querySelector("b"), requests);
    asked.hidden = requests === "0";
  }
  countLate(lists);
}

export function countLate(lists) {
  const said = document.querySelector("[data-count-late]");
  if (!said) return;
  const count = rowsOf(lists).filter((row) => late(row) > 0).length;
  said.hidden = count === 0;
  setText(said.querySelector("[data-words]"), (count === 1 ? said.dataset.one : said.dataset.many).replace(/\d+/, String(count)));
}
