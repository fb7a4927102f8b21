// The crisis desk by keyboard: requests, callers and contacts in one order, the command line, answers without leaving the page, undo.
import { STATES, endingIn, plain } from "./lib/command.js";
import { complete, find, numbered, parse } from "./lib/crisis_command.js";
import "./lib/printed.js";
import { commandLine } from "./lib/line.js";
import { openPane } from "./lib/panes.js";

const root = document.documentElement;
const LINES = "[data-request], [data-caller], [data-contact]";
let last = "";
let from = null;

const { act, fail, prompt, typing, help, undo, words } = commandLine({
  regions: ["asked", "workers", "contacts", "callers"],
  parse,
  complete: (text) => complete(text, { requests: rows("[data-request]"), callers: rows("[data-caller]"), contacts: rows("[data-contact]"), workers: workers() }),
  title: () => "",
  run,
  leave: back,
});

function rows(which) {
  return [...document.querySelectorAll(which)].map((element) => ({
    element,
    number: element.dataset.number,
    short: element.dataset.number.replace(/^0+(?=\d)/, ""),
    says: element.dataset.says || "",
  }));
}

function workers() {
  try {
    return JSON.parse(document.querySelector("[data-workers]")?.dataset.workers || "[]");
  } catch {
    return [];
  }
}

// ---- lines ----
function focusLine(line) {
  if (!line) return false;
  const fold = line.closest("details[data-desk-below]:not([open])");
  if (fold) fold.open = true;
  line.focus();
  line.scrollIntoView({ block: "nearest" });
  last = line.id;
  return true;
}

function step(by) {
  const all = [...document.querySelectorAll(LINES)];
  const here = all.indexOf(document.activeElement.closest?.(LINES));
  if (here === -1) return focusLine(document.getElementById(last) || all[0]);
  return focusLine(all[Math.min(all.length - 1, Math.max(0, here + by))]);
}

// Out of the command line one is back where one wrote.
function back() {
  const field = from;
  from = null;
  if (field?.isConnected) {
    field.focus();
    return true;
  }
  return focusLine(document.getElementById(last) || document.querySelector(LINES));
}

// ---- commands ----
const RUNS = {
  as: runAccept,
  d: ({ call }) => post(call, "decline", {}),
  ct: ({ call, kind, at, place }) => (kind ? post(call, "counter", { kind, at, place }) : fail(words.wordNoOffer)),
  st: runStatus,
  n: runNote,
  tk: runTake,
  presence: ({ who, change, unit }) => act(words.presenceUrl, { who, change, unit }),
  new: () => location.assign(document.querySelector("[data-new-contact] a, a[data-new-contact]").href),
};

function run(command) {
  if (Object.hasOwn(RUNS, command.verb)) return RUNS[command.verb](command);
  const every = rows(LINES);
  const found = numbered(every, command.text) || find(command.text, every)[0]?.row;
  if (!found) return fail(words.wordUnknown);
  if (found.element.href) location.assign(found.element.href);
  return focusLine(found.element);
}

function post(call, of, fields) {
  const form = numbered(rows("[data-request]"), call)?.element.querySelector(`form[data-${of}]`);
  return form ? act(form.action, fields) : fail(words.wordNoRequest);
}

function runAccept({ call, unit }) {
  const known = workers().find((one) => one.free && (plain(one.unit) === unit || one.who.split(" ").pop().toLowerCase() === unit));
  return known ? post(call, "accept", { worker: known.key }) : fail(words.wordNoWorker);
}

// A status is typed for a unit, or for the one worker who is on a call.
function runStatus({ unit, state }) {
  const busy = workers().filter((one) => one.call);
  const on = busy.filter((one) => plain(one.unit) === unit || one.call === unit || one.call.replace(/^0+/, "") === unit);
  const known = on.length === 1 ? on[0] : on.length === 0 && endingIn(unit, busy);
  if (!known) return fail(words.wordNoWorker);
  if (!STATES[state]) return fail(words.wordNoStatus);
  return act(words.statusUrl, { unit: known.unit, state: STATES[state], known: "radio" });
}

function runNote({ call, text }) {
  const contact = numbered(rows("[data-contact]"), call);
  if (!contact) return fail(words.wordNoContact);
  return text ? act(`${contact.element.pathname}steps/`, { kind: "note", result: "noted", words: text }) : false;
}

function runTake({ call }) {
  const form = numbered(rows("[data-caller]"), call)?.element.querySelector("form");
  if (!form) return fail(words.wordNoCaller);
  form.requestSubmit();
  return true;
}

// ---- the rest of the keyboard ----
function onLetter(key, line) {
  const number = line.dataset.number.replace(/^0+(?=\d)/, "");
  if (key === "j") return step(1);
  if (key === "k") return step(-1);
  if (line.hasAttribute("data-request")) {
    if (key === "y") return answer(line, "accept");
    if (key === "d") return answer(line, "decline");
    if (key === "c") return prompt(`ct ${number} `);
    if (key === "a") return prompt(`as ${number} `);
  }
  if (line.hasAttribute("data-caller") && key === "t") return runTake({ call: line.dataset.number });
  if (line.hasAttribute("data-contact") && key === "n") return prompt(`n ${number} `);
  return prompt(key);
}

function answer(line, of) {
  const form = line.querySelector(`form[data-${of}]`);
  if (form) form.requestSubmit();
  return Boolean(form);
}

// Also while somebody writes: what stands there stays, and Esc leads back to it.
function toCommand() {
  const at = document.activeElement;
  if (typing(at) && !at.matches("[name=command]")) from = at;
  prompt("");
}

const FUNCTION_KEYS = { F2: ["asked", "[data-request]"], F3: ["contacts", "[data-contact]"], F4: ["workers"], F5: ["callers", "[data-caller]"], F6: ["closed"], F7: ["activity"], F8: ["map"] };

function goTo([pane, line]) {
  const there = openPane(pane);
  return (line && focusLine(document.querySelector(line))) || there;
}

function onKey(event) {
  if (event.defaultPrevented || event.isComposing || event.altKey) return false;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") return toCommand();
  if (Object.hasOwn(FUNCTION_KEYS, event.key) && !help.open) return goTo(FUNCTION_KEYS[event.key]);
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") return (!typing(event.target) || !event.target.value) && undo();
  if (event.ctrlKey || event.metaKey || help.open || typing(event.target)) return false;
  if (event.key === "/") return prompt("");
  if (event.key === "?") return help.showModal();
  const line = document.activeElement.closest?.(LINES);
  if (event.key === "ArrowDown" && (line || document.activeElement === document.body)) return step(1);
  if (event.key === "ArrowUp" && line) return step(-1);
  if (event.key === "Escape") return back();
  if (root.dataset.singleKeys === "off" || !/^\w$/.test(event.key)) return false;
  if (line) return onLetter(event.key.toLowerCase(), line);
  return document.activeElement === document.body && (event.key === "j" ? step(1) : prompt(event.key));
}

document.addEventListener("keydown", (event) => {
  const done = onKey(event);
  if (done !== false) event.preventDefault();
});
