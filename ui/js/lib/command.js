// What a typed command means. Pure: no page, no network; the desk looks up rows and units and says the errors.
export const STATES = { ack: "acknowledged", er: "en_route", stg: "staged", at: "at_address", ss: "scene_stable", on: "on_scene", ph: "remote_support", clr: "cleared", vt: "veto", sp: "split", sd: "cancelled" };

const LATE = { wp: "on" };

// What the caller says: yes, no, unknown. Nothing typed is no answer.
export const ANSWERS = { y: "yes", n: "no", u: "not_known" };

// Who is there, as the desk is told by phone.
export const PRESENCE = { on: "on", bk: "back", pl: "pulled", sk: "sick", off: "end" };

export const plain = (unit) => unit.toLowerCase().replace(/\s+/g, "");

export function parse(text) {
  const words = text.trim().split(/\s+/);
  const verb = words[0]?.toLowerCase() || "";
  if (!verb) return { verb: "" };
  if (verb === "as") return { verb, call: words[1] || "", unit: words.slice(2).join("").toLowerCase() };
  if (verb === "st") return { verb, unit: (words[1] || "").toLowerCase(), state: (words[2] || "").toLowerCase(), radio: (words[3] || "r").toLowerCase(), at: words[4] || "" };
  // What was heard while no entry could be made: its true time stands at the end.
  if (verb === "late") return { verb: "st", unit: (words[1] || "").toLowerCase(), state: LATE[words[2]?.toLowerCase()] || (words[2] || "").toLowerCase(), radio: "r", at: words[3] || "" };
  if (/^n\d+$/.test(verb)) return { verb: "n", call: verb.slice(1), text: text.trim().replace(/^n\d+\s*/i, "") };
  if (Object.hasOwn(STATES, verb) && words.length === 2) return { verb: "st", unit: words[1].toLowerCase(), state: verb, radio: "r" };
  if (verb === "n") return { verb, call: words[1] || "", text: text.trim().replace(/^n\s+\S+\s*/i, "") };
  if (verb === "h") return { verb, call: words[1] || "", text: text.trim().replace(/^h\s+\S+\s*/i, "") };
  if (verb === "c") return { verb, call: words[1] || "", text: text.trim().replace(/^c\s+\S+\s*/i, "") };
  if (verb === "rq" || verb === "rx") return { verb, call: words[1] || "", text: text.trim().replace(/^r[qx]\s+\S+\s*/i, "") };
  if (verb === "ok") return { verb, call: words[1] || "" };
  if (verb === "w") return { verb, call: words[1] || "", value: ANSWERS[(words[2] || "").toLowerCase()] || "" };
  if (Object.hasOwn(PRESENCE, verb) && words.length > 1) return { verb: "presence", change: PRESENCE[verb], who: words[1], unit: words.slice(2).join("").toLowerCase() };
  if (verb === "new" && words.length === 1) return { verb };
  return { verb: "find", text: text.trim().replace(/^\//, "").trim().toLowerCase() };
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
