// What a typed command means. Pure: no page, no network; the desk looks up rows and units and says the errors.
export const STATES = { ack: "acknowledged", er: "en_route", stg: "staged", at: "at_address", ss: "scene_stable", on: "on_scene", ph: "remote_support", clr: "cleared", vt: "veto", sp: "split", sd: "cancelled" };

// The two that are said most and had three letters, in two: a status of a unit of four letters takes eight keys.
const SHORT = { ak: "ack", cl: "clr" };

const LATE = { wp: "on" };

// What the caller says: yes, no, unknown. Nothing typed is no answer.
export const ANSWERS = { y: "yes", n: "no", u: "not_known" };

// Who is there, as the desk is told by phone.
export const PRESENCE = { on: "on", bk: "back", pl: "pulled", sk: "sick", off: "end" };

export const plain = (unit) => unit.toLowerCase().replace(/\s+/g, "");

// The one of these whose name ends so, if only one does.
export function endingIn(typed, units) {
  const found = typed ? units.filter((unit) => plain(unit.unit).endsWith(typed)) : [];
  return found.length === 1 ? found[0] : null;
}

const low = (word) => (word || "").toLowerCase();
const joined = (words) => words.join("").toLowerCase();
const state = (word) => SHORT[low(word)] || low(word);
const noted = (words, text) => ({ call: words[1] || "", text: text.replace(/^\S+\s+\S+\s*/, "") });

// Every verb that takes a call or a unit, and what its words are; the help overlay names each of them.
const READ = {
  as: (words) => ({ call: words[1] || "", unit: joined(words.slice(2)) }),
  st: (words) => ({ unit: low(words[1]), state: state(words[2]), radio: low(words[3]) || "r", at: words[4] || "" }),
  // What was heard while no entry could be made: its true time stands at the end.
  late: (words) => ({ verb: "st", unit: low(words[1]), state: LATE[low(words[2])] || state(words[2]), radio: "r", at: words[3] || "" }),
  n: noted,
  h: noted,
  c: noted,
  rq: noted,
  rx: noted,
  ok: (words) => ({ call: words[1] || "" }),
  w: (words) => ({ call: words[1] || "", value: ANSWERS[low(words[2])] || "" }),
};

export const STATUS_VERBS = [...Object.keys(STATES), ...Object.keys(SHORT)];
export const VERBS = [...Object.keys(READ), ...STATUS_VERBS, ...Object.keys(PRESENCE), "new"];

// A status by its own word; none where the word is no status, or more than a unit follows it.
export function readStatus(words) {
  const code = state(words[0]);
  return Object.hasOwn(STATES, code) && words.length === 2 ? { verb: "st", unit: low(words[1]), state: code, radio: "r" } : null;
}

export function parse(text) {
  const said = text.trim();
  const words = said.split(/\s+/);
  const verb = low(words[0]);
  if (!verb) return { verb: "" };
  if (/^n\d+$/.test(verb)) return { verb: "n", call: verb.slice(1), text: said.replace(/^n\d+\s*/i, "") };
  if (Object.hasOwn(READ, verb)) return { verb, ...READ[verb](words, said) };
  const status = readStatus(words);
  if (status) return status;
  if (Object.hasOwn(PRESENCE, verb) && words.length > 1) return { verb: "presence", change: PRESENCE[verb], who: words[1], unit: joined(words.slice(2)) };
  if (verb === "new" && words.length === 1) return { verb };
  return { verb: "find", text: said.replace(/^\//, "").trim().toLowerCase() };
}

// Up to eight completions, each with what it stands for and the reason beside it.
export function complete(text, units, rows) {
  const said = parse(text);
  if (said.verb === "as" && /^as\s+\S+\s/i.test(text)) return completeUnit(text, said, units);
  if (said.verb === "as" && /^as\s/i.test(text)) return completeCall("as", said.call, rows);
  if (said.verb === "n" && /^n\s+\S*$/i.test(text)) return completeCall("n", said.call, rows);
  if (said.verb === "h" && /^h\s+\S*$/i.test(text)) return completeCall("h", said.call, rows);
  if (said.verb === "c" && /^c\s+\S*$/i.test(text)) return completeCall("c", said.call, rows);
  if (said.verb === "ok" && /^ok\s+\S*$/i.test(text)) return completeCall("ok", said.call, rows);
  if (said.verb === "w" && /^w\s+\S*$/i.test(text)) return completeCall("w", said.call, rows);
  if (/^r[qx]$/.test(said.verb) && /^r[qx]\s+\S*$/i.test(text)) return completeCall(said.verb, said.call, rows);
  if (said.verb === "st" && /^st\s+\S+\s/i.test(text)) return completeState(said);
  if (said.verb === "st" && /^st\s/i.test(text)) return completeBusyUnit(said, units);
  if (said.verb === "presence") return completeMember(text, said, units);
  if (said.verb === "find" && said.text) return find(said.text, rows);
  return [];
}

// Of those on a unit: a name is typed by its last word.
function completeMember(text, said, units) {
  const verb = text.trim().split(/\s+/)[0].toLowerCase();
  if (!["pl", "sk", "off"].includes(verb)) return [];
  return units
    .flatMap((unit) => unit.who.split(" + ").map((name) => ({ name, unit: unit.unit, code: name.split(" ").pop().toLowerCase() })))
    .filter((one) => one.code.startsWith(said.who.toLowerCase()))
    .slice(0, 8)
    .map((one) => ({ code: one.code, name: one.name, note: one.unit, text: `${verb} ${one.code}` }));
}

function completeUnit(text, said, units) {
  return units
    .filter((unit) => unit.free && plain(unit.unit).startsWith(said.unit))
    .slice(0, 8)
    .map((unit) => ({ code: plain(unit.unit), name: `${unit.unit}, ${unit.who}`, note: unit.note, text: `as ${said.call} ${plain(unit.unit)}`, shape: "free" }));
}

function completeCall(verb, typed, rows) {
  return rows
    .filter((row) => row.short.startsWith(typed) || row.number.startsWith(typed))
    .slice(0, 8)
    .map((row) => ({ code: row.short, name: `${row.type}, ${row.place}`, note: row.state, text: `${verb} ${row.short} ` }));
}

function completeBusyUnit(said, units) {
  return units
    .filter((unit) => unit.call && plain(unit.unit).startsWith(said.unit))
    .slice(0, 8)
    .map((unit) => ({ code: plain(unit.unit), name: `${unit.unit}, ${unit.who}`, note: unit.call, text: `st ${plain(unit.unit)} ` }));
}

function completeState(said) {
  return Object.keys(STATES)
    .filter((code) => code.startsWith(said.state))
    .map((code) => ({ code, state: STATES[code], name: "", note: "", text: `st ${said.unit} ${code} r` }));
}

export function find(text, rows) {
  return rows
    .filter((row) => `${row.number} ${row.type} ${row.place} ${row.units}`.toLowerCase().includes(text))
    .slice(0, 8)
    .map((row) => ({ code: row.number, name: `${row.type}, ${row.place}`, note: row.state, key: row.key, text: row.number }));
}
