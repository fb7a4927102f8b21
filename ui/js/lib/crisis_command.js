// What a typed command means at the crisis desk. Pure: no page, no network; the desk looks things up and says the errors.
import { PRESENCE, STATES, STATUS_VERBS, plain, readStatus } from "./command.js";

// What is offered instead of a worker.
export const OFFERS = { ph: "phone", vid: "telehealth", lt: "later", mt: "meet" };

const rest = (text, count) => text.trim().split(/\s+/).slice(count).join(" ");
// 0330 and 3:30 are the same time of day.
const clock = (typed) => (/^\d{3,4}$/.test(typed) ? typed.padStart(4, "0").replace(/^(..)/, "$1:") : typed);

function offered(words, text) {
  const kind = OFFERS[(words[2] || "").toLowerCase()] || "";
  const more = rest(text, 3);
  return { call: words[1] || "", kind, at: kind === "later" ? clock(more) : "", place: kind === "meet" ? more : "" };
}

// Every verb that takes a number or a unit, and what its words are; the help overlay names each of them.
const READ = {
  as: (words, text) => ({ call: words[1] || "", unit: plain(rest(text, 2)) }),
  d: (words) => ({ call: words[1] || "" }),
  tk: (words) => ({ call: words[1] || "" }),
  ct: offered,
  n: (words, text) => ({ call: words[1] || "", text: rest(text, 2) }),
  st: (words) => ({ unit: plain(words[1] || ""), state: (words[2] || "").toLowerCase() }),
};

export const VERBS = [...Object.keys(READ), ...STATUS_VERBS, ...Object.keys(PRESENCE), "new"];

export function parse(text) {
  const words = text.trim().split(/\s+/);
  const verb = words[0]?.toLowerCase() || "";
  if (!verb) return { verb: "" };
  if (/^n\d+$/.test(verb)) return { verb: "n", call: verb.slice(1), text: rest(text, 1) };
  if (Object.hasOwn(READ, verb)) return { verb, ...READ[verb](words, text) };
  const status = readStatus(words);
  if (status) return status;
  if (Object.hasOwn(PRESENCE, verb) && words.length > 1) return { verb: "presence", change: PRESENCE[verb], who: words[1], unit: plain(rest(text, 2)) };
  if (verb === "new" && words.length === 1) return { verb };
  return { verb: "find", text: text.trim().replace(/^\//, "").trim().toLowerCase() };
}

const sameNumber = (row, typed) => row.number === typed || row.short === typed;
export const numbered = (rows, typed) => rows.find((row) => sameNumber(row, typed));

export function complete(text, { requests, contacts, callers, workers }) {
  const said = parse(text);
  if (said.verb === "as" && /^as\s+\S+\s/i.test(text)) {
    return workers.filter((one) => one.free && (plain(one.unit).startsWith(said.unit) || one.who.toLowerCase().includes(said.unit))).map((one) => ({ code: plain(one.unit), name: `${one.unit}, ${one.who}`, note: "", text: `as ${said.call} ${plain(one.unit)}`, shape: "free" }));
  }
  if (/^(as|d|ct)$/.test(said.verb) && /^\w+\s+\S*$/.test(text)) return of(requests, said.verb, said.call);
  if (said.verb === "tk") return of(callers, "tk", said.call);
  if (said.verb === "n" && /^n\s+\S*$/i.test(text)) return of(contacts, "n", said.call);
  if (said.verb === "st" && /^st\s+\S+\s/i.test(text)) return Object.keys(STATES).filter((code) => code.startsWith(said.state)).map((code) => ({ code, state: STATES[code], name: "", note: "", text: `st ${said.unit} ${code}` }));
  if (said.verb === "st") return workers.filter((one) => one.call && plain(one.unit).startsWith(said.unit)).map((one) => ({ code: plain(one.unit), name: `${one.unit}, ${one.who}`, note: one.call, text: `st ${plain(one.unit)} ` }));
  if (said.verb === "find" && said.text) return find(said.text, [...requests, ...callers, ...contacts]);
  return [];
}

function of(rows, verb, typed) {
  return rows
    .filter((row) => row.short.startsWith(typed) || row.number.startsWith(typed))
    .slice(0, 8)
    .map((row) => ({ code: row.short, name: row.says, note: "", text: `${verb} ${row.short} ` }));
}

export function find(text, rows) {
  return rows
    .filter((row) => `${row.number} ${row.says}`.toLowerCase().includes(text))
    .slice(0, 8)
    .map((row) => ({ code: row.number, name: row.says, note: "", row, text: row.number }));
}
