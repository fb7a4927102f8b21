// The dispatcher's desk by keyboard: rows, the command line with its completion, acts without leaving the page, undo.
import { STATES, complete, find, parse, plain } from "./lib/command.js";

const line = document.querySelector("[data-command]");
const input = line.querySelector("input[name=command]");
const ghost = line.querySelector("[data-ghost]");
const list = document.getElementById("command-list");
const wrong = document.getElementById("command-error");
const said = document.getElementById("said");
const dialog = document.querySelector("[data-keys-dialog]");
const root = document.documentElement;
const words = line.dataset;

let options = [];
let chosen = 0;
let lastRow = "";
let past = [];
let pastAt = 0;

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

function refresh(...regions) {
  document.dispatchEvent(new CustomEvent("tandem:stale", { detail: { regions } }));
}

function openCall(row) {
  document.body.dataset.call = row.dataset.key;
  for (const other of document.querySelectorAll("tr[aria-current]")) other.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  row.removeAttribute("data-new");
  history.replaceState(null, "", row.dataset.url);
  lastRow = row.dataset.key;
  refresh("detail");
}

// ---- acts: the same forms as without a script, answered by a sentence or a toast ----
async function act(url, fields, key = crypto.randomUUID()) {
  const token = line.querySelector('input[name="csrfmiddlewaretoken"]')?.value || "";
  // A field may stand several times, as ticked boxes do.
  const body = new URLSearchParams(fields);
  body.set("csrfmiddlewaretoken", token);
  body.set("act_id", key);
  let answer;
  try {
    answer = await fetch(url, { method: "POST", body, headers: { "HX-Request": "true", "X-CSRFToken": token }, signal: AbortSignal.timeout(10000) });
  } catch {
    return fail(words.wordOffline);
  }
  if (answer.redirected || answer.status === 401) return location.reload();
  if (!answer.ok && answer.status !== 409) return fail(words.wordOffline);
  show(await answer.text());
  refresh("counts", "lists", "detail", "units", "requests");
  return answer.ok;
}

function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const old of said.querySelectorAll(".toast, .error")) old.remove();
  said.prepend(...fresh.querySelectorAll(".toast, .error"));
  said.querySelector("[data-error]")?.focus();
  countDown();
}

function fail(sentence) {
  wrong.textContent = sentence;
  return false;
}

let counting = 0;
function countDown() {
  clearInterval(counting);
  const toast = said.querySelector("[data-toast][data-seconds]");
  if (!toast) return;
  let left = Number(toast.dataset.seconds);
  counting = setInterval(() => {
    left -= 1;
    const place = toast.querySelector("[data-seconds-left]");
    if (place) place.textContent = `${Math.max(0, left)} s`;
    if (left > 0) return;
    clearInterval(counting);
    for (const gone of toast.querySelectorAll("form, kbd, [data-seconds-left]")) gone.remove();
  }, 1000);
}

function undo() {
  const form = said.querySelector("form[data-undo]");
  if (form) form.requestSubmit();
  return Boolean(form);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-act")) return;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  act(form.action, fields, fields.get("act_id")).then((ok) => ok && form.querySelector('input[name="text"]') && form.reset());
});

// ---- the command line ----
function callRow(typed) {
  const all = rows();
  return all.find((row) => row.number === typed) || all.find((row) => row.short === typed);
}

const unitNamed = (typed) => units().find((unit) => plain(unit.unit) === typed);

async function send() {
  const text = input.value;
  const command = parse(text);
  wrong.textContent = "";
  if (!command.verb) return;
  // The line is free at once; what was refused comes back, or to the history if more was typed meanwhile.
  input.value = "";
  const done = await run(command);
  if (done || input.value) past = [text, ...past.filter((one) => one !== text)].slice(0, 50);
  if (!done && !input.value) input.value = text;
  pastAt = 0;
  suggest();
}

function run(command) {
  if (command.verb === "as") return runAssign(command);
  if (command.verb === "st") return runStatus(command);
  if (command.verb === "n") return runNote(command, "note/");
  if (command.verb === "h") return runNote(command, "hazard/");
  if (command.verb === "c") return runNote(command, "close/", true);
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

function runStatus({ unit, state }) {
  const known = unitNamed(unit);
  if (!known) return fail(words.wordNoUnit);
  const code = STATES[state];
  if (!code) return fail(words.wordNoStatus);
  const row = known.call && callRow(known.call);
  if (!row) return fail(words.wordNotOnCall);
  return act(`${row.element.dataset.acts}status/`, { unit: known.unit, state: code, known: "radio" });
}

function runNote({ call, text }, address, wordless = false) {
  const row = callRow(call);
  if (!row) return fail(words.wordNoCall);
  return text || wordless ? act(`${row.element.dataset.acts}${address}`, { text }) : false;
}

// "OK by radio" of everybody on the call: beside the note, so that no row carries one address more.
function runOk({ call }) {
  const row = callRow(call);
  return row ? act(row.element.dataset.noteUrl.replace(/note\/$/, "ok/"), {}) : fail(words.wordNoCall);
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

// ---- completion ----
function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
}

function stateWord(code) {
  const from = document.querySelector("[data-state-words]")?.content.querySelector(`[data-code="${code}"]`);
  return from ? from.cloneNode(true) : element("span");
}

function draw() {
  list.replaceChildren();
  const open = options.length > 0 && document.activeElement === input;
  list.hidden = !open;
  input.setAttribute("aria-expanded", String(open));
  ghost.textContent = "";
  input.removeAttribute("aria-activedescendant");
  if (!open) return;
  const command = parse(input.value);
  const row = command.verb === "as" && callRow(command.call);
  const title = row ? words.wordHead.replace("{call}", row.number) : command.verb === "st" && command.unit ? words.wordHeadStatus.replace("{unit}", command.unit.toUpperCase()) : "";
  const head = element("div", "command__head");
  head.append(element("span", "", title), element("span", "", words.wordKeys));
  head.setAttribute("aria-hidden", "true");
  list.append(head);
  options.forEach((option, at) => list.append(drawOption(option, at)));
  const text = options[chosen].text;
  if (text.toLowerCase().startsWith(input.value.toLowerCase())) ghost.textContent = " ".repeat(input.value.length) + text.slice(input.value.length);
  input.setAttribute("aria-activedescendant", `option-${chosen}`);
}

function drawOption(option, at) {
  const one = element("div", "command__option");
  one.id = `option-${at}`;
  one.setAttribute("role", "option");
  one.setAttribute("aria-selected", String(at === chosen));
  const name = element("span", "", option.name);
  if (option.state) name.append(stateWord(option.state));
  one.append(option.shape ? stateWord(option.shape) : element("span"), element("code", "", option.code), name, element("small", "", option.note));
  one.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    take(at);
  });
  return one;
}

function suggest() {
  options = complete(input.value, units(), rows());
  chosen = 0;
  draw();
}

function take(at) {
  if (!options[at]) return;
  input.value = options[at].text;
  suggest();
  input.focus();
}

input.addEventListener("input", () => {
  wrong.textContent = "";
  suggest();
});
input.addEventListener("focus", suggest);
input.addEventListener("blur", draw);
line.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

function onCommandKey(event) {
  if (event.key === "Tab" && !event.shiftKey && ghost.textContent.trim()) {
    event.preventDefault();
    take(chosen);
  } else if (event.key === "ArrowDown" && options.length) {
    event.preventDefault();
    chosen = Math.min(options.length - 1, chosen + 1);
    draw();
  } else if (event.key === "ArrowUp") {
    event.preventDefault();
    if (options.length && chosen > 0) chosen -= 1;
    else if (past[pastAt]) input.value = past[pastAt++];
    draw();
  } else if (event.key === "Escape") {
    event.stopPropagation();
    if (!list.hidden) {
      options = [];
      draw();
    } else backToRow();
  }
}

input.addEventListener("keydown", onCommandKey);

// ---- the rest of the keyboard ----
const typing = (element) => element.matches?.("input:not([type=checkbox]), textarea, select");

function prompt(text) {
  input.value = text;
  input.focus();
  input.setSelectionRange(text.length, text.length);
  suggest();
}

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
  F4: () => document.getElementById("desk-units")?.focus(),
};

function onKey(event) {
  if (event.isComposing || event.altKey) return false;
  if (FUNCTION_KEYS[event.key] && !dialog.open) return FUNCTION_KEYS[event.key]();
  if (event.key === "F5" && document.querySelector('[data-region="requests"]')) return document.querySelector('[data-region="requests"]').focus();
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") return (!typing(event.target) || !event.target.value) && undo();
  if (event.ctrlKey || event.metaKey || dialog.open || typing(event.target)) return false;
  if (event.key === "/") return prompt("");
  if (event.key === "?") return dialog.showModal();
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
  if (event.target.closest("[data-help]")) dialog.showModal();
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const row = rowOf(event.target);
  if (!row) return;
  event.preventDefault();
  openCall(row);
  row.querySelector("[data-open]").focus();
});

document.addEventListener("tandem:swapped", () => {
  if (!list.hidden) suggest();
});

// The call the server opened is the one that fragments are asked for.
document.body.dataset.call = document.querySelector(".detail__head[data-key]")?.dataset.key || "";
lastRow = document.body.dataset.call;
countDown();
