// The dispatcher's desk by keyboard: rows, the command line with its completion, acts without leaving the page, undo.
import { STATES, complete, endingIn, find, parse, plain } from "./lib/command.js";
import "./lib/printed.js";
import { commandLine, refresh } from "./lib/line.js";
import { openPane } from "./lib/panes.js";

const root = document.documentElement;
let lastRow = "";

const { act, fail, prompt, typing, help, undo, words } = commandLine({
  regions: ["counts", "lists", "detail", "units", "requests"],
  parse,
  complete: (text) => complete(text, units(), rows()),
  title,
  run,
  leave: backToRow,
});

// ---- rows ----
const opens = () => [...document.querySelectorAll("tr[data-key] [data-open]")];
const rowOf = (element) => element?.closest?.("tr[data-key]");
const textOf = (row, cell) => row.querySelector(cell)?.textContent.trim() || "";

function rows() {
  return [...document.querySelectorAll("tr[data-key]")].map((row) => ({
    key: row.dataset.key,
    number: row.dataset.number,
    short: row.dataset.short,
    type: textOf(row, ".call__type"),
    place: textOf(row, ".call__place"),
    state: textOf(row, ".call__state"),
    units: textOf(row, ".call__units"),
    element: row,
  }));
}

function units() {
  try {
    return JSON.parse(document.querySelector("[data-units]")?.dataset.units || "[]");
  } catch {
    return [];
  }
}

function focusRow(link) {
  if (!link) return;
  link.focus();
  link.scrollIntoView({ block: "nearest" });
  lastRow = rowOf(link).dataset.key;
}

function step(by) {
  const links = opens();
  const here = links.indexOf(document.activeElement);
  if (here === -1) return focusRow(document.querySelector(`tr[data-key="${lastRow}"] [data-open]`) || links[0]);
  return focusRow(links[Math.min(links.length - 1, Math.max(0, here + by))]);
}

function backToRow() {
  focusRow(document.querySelector(`tr[data-key="${lastRow}"] [data-open]`) || opens()[0]);
}

function openCall(row) {
  document.body.dataset.call = row.dataset.key;
  for (const other of document.querySelectorAll("tr[aria-current]")) other.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  row.removeAttribute("data-new");
  history.replaceState(null, "", row.dataset.url);
  lastRow = row.dataset.key;
  openPane("detail", { focus: false });
  refresh("detail");
}

// ---- the command line ----
function callRow(typed) {
  const all = rows();
  return all.find((row) => row.number === typed) || all.find((row) => row.short === typed);
}

const unitNamed = (typed) => units().find((unit) => plain(unit.unit) === typed);

function title(text) {
  const command = parse(text);
  const row = command.verb === "as" && callRow(command.call);
  if (row) return words.wordHead.replace("{call}", row.number);
  return command.verb === "st" && command.unit ? words.wordHeadStatus.replace("{unit}", command.unit.toUpperCase()) : "";
}

function run(command) {
  if (command.verb === "as") return runAssign(command);
  if (command.verb === "st") return runStatus(command);
  if (command.verb === "n") return runNote(command, "note/");
  if (command.verb === "h") return runNote(command, "hazard/");
  if (command.verb === "c") return runClose(command);
  if (command.verb === "rq") return runNote(command, "ask/", true);
  if (command.verb === "rx") return runNote(command, "unask/", true);
  if (command.verb === "ok") return runOk(command);
  if (command.verb === "w") return runAnswer(command);
  if (command.verb === "presence") return act(words.presenceUrl, { who: command.who, change: command.change, unit: command.unit });
  if (command.verb === "new") return location.assign(document.querySelector("[data-new-call]").href);
  const found = find(command.text, rows())[0];
  if (!found) return fail(words.wordUnknown);
  const row = document.querySelector(`tr[data-key="${found.key}"]`);
  openCall(row);
  focusRow(row.querySelector("[data-open]"));
  return true;
}

function runAssign({ call, unit }) {
  const row = callRow(call);
  if (!row) return fail(words.wordNoCall);
  const known = unitNamed(unit);
  if (!known) return fail(words.wordNoUnit);
  return act(`${row.element.dataset.acts}assign/`, { unit: known.unit });
}

// A status is typed for a unit, for the one unit that a call has, or for the last letters of one that is on a call.
function unitOf(typed) {
  const row = callRow(typed);
  const crew = row ? units().filter((unit) => unit.call === row.number) : [];
  return unitNamed(typed) || (crew.length === 1 ? crew[0] : endingIn(typed, units().filter((unit) => unit.call)));
}

function runStatus({ unit, state, at = "" }) {
  const known = unitOf(unit);
  if (!known) return fail(words.wordNoUnit);
  const code = STATES[state];
  if (!code) return fail(words.wordNoStatus);
  const row = known.call && callRow(known.call);
  if (!row) return fail(words.wordNotOnCall);
  return act(`${row.element.dataset.acts}status/`, { unit: known.unit, state: code, known: "radio", at });
}

function runNote({ call, text }, address, wordless = false) {
  const row = callRow(call);
  if (!row) return fail(words.wordNoCall);
  return text || wordless ? act(`${row.element.dataset.acts}${address}`, { text }) : false;
}

// A call that its units left is in no list while its source holds it open: its number is enough.
function runClose(command) {
  if (callRow(command.call) || !/^\d+$/.test(command.call)) return runNote(command, "close/", true);
  return act(words.closeUrl, { number: command.call, text: command.text });
}

// "OK by radio" of everybody on the call: beside the note, so that no row carries one address more.
function runOk({ call }) {
  const row = callRow(call);
  return row ? act(`${row.element.dataset.acts}ok/`, {}) : fail(words.wordNoCall);
}

// The advice of the open call; one that is folded is opened first, so that nobody acts on it unseen.
function seenAdvice(key) {
  const advice = document.body.dataset.call === key && document.querySelector("[data-advice]");
  const fold = advice && advice.closest("details:not([open])");
  if (fold) fold.open = true;
  return fold ? null : advice || null;
}

function runAnswer({ call, value }) {
  const row = callRow(call);
  if (!row) return fail(words.wordNoCall);
  const advice = seenAdvice(row.key);
  if (!advice?.dataset.ask || !value) return fail(words.wordNoQuestion);
  return act(advice.dataset.answerUrl, { question: advice.dataset.ask, value });
}

function override(row) {
  if (document.body.dataset.call !== row.dataset.key) return openCall(row);
  const advice = seenAdvice(row.dataset.key);
  return advice?.dataset.overrideUrl ? act(advice.dataset.overrideUrl, {}) : true;
}

// The first of those whom the advice names and whom nobody told yet.
function told(row) {
  if (document.body.dataset.call !== row.dataset.key) return openCall(row);
  const next = seenAdvice(row.dataset.key)?.querySelector("[data-tell]");
  return next ? next.requestSubmit() : true;
}

// ---- the rest of the keyboard ----
function onRowLetter(event, row) {
  const key = event.key.toLowerCase();
  if (key === "j") return step(1);
  if (key === "k") return step(-1);
  if (key === "a") return prompt(`as ${row.dataset.short} `);
  if (key === "o") return override(row);
  if (key === "t") return told(row);
  if (key === "q") return prompt(`rq ${row.dataset.short} `);
  if ("nhcw".includes(key)) return prompt(`${key} ${row.dataset.short} `);
  return prompt(event.key);
}

function focusList(name) {
  const first = document.querySelector(`tbody[data-keyed="${name}"] [data-open]`);
  if (first) focusRow(first);
}

const FUNCTION_KEYS = {
  F2: () => focusList("pending"),
  F3: () => focusList("active"),
  F4: () => openPane("units"),
  F5: () => openPane("requests"),
  F6: () => openPane("closed"),
  F7: () => openPane("activity"),
  F8: () => openPane("map"),
};

function onKey(event) {
  if (event.isComposing || event.altKey) return false;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") return prompt("");
  if (FUNCTION_KEYS[event.key] && !help.open) return FUNCTION_KEYS[event.key]();
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") return (!typing(event.target) || !event.target.value) && undo();
  if (event.ctrlKey || event.metaKey || help.open || typing(event.target)) return false;
  if (event.key === "/") return prompt("");
  if (event.key === "?") return help.showModal();
  const row = rowOf(document.activeElement);
  if (event.key === "ArrowDown" && (row || document.activeElement === document.body)) return step(1);
  if (event.key === "ArrowUp" && row) return step(-1);
  if (event.key === "Escape") return backToRow();
  if (root.dataset.singleKeys === "off" || !/^\w$/.test(event.key)) return false;
  if (row) return onRowLetter(event, row);
  return document.activeElement === document.body && (event.key === "j" ? step(1) : prompt(event.key));
}

document.addEventListener("keydown", (event) => {
  const done = onKey(event);
  if (done !== false) event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const row = rowOf(event.target);
  if (!row) return;
  event.preventDefault();
  openCall(row);
  row.querySelector("[data-open]").focus();
});

// The call the server opened is the one that fragments are asked for.
document.body.dataset.call = document.querySelector(".detail__head[data-key]")?.dataset.key || "";
lastRow = document.body.dataset.call;
