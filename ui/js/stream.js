// Keeps the page true: keys come over the stream, the page fetches the fragments that went stale, in one request at a time.
import { EventReader } from "./lib/events.js";
import { countLate } from "./lib/rows.js";
import { shownHash } from "./lib/shown.js";
import { swap, swapRows, truth } from "./lib/swap.js";

const WATCHDOG = 20000; // a comment comes every 15 s; longer silence is a dead connection
const SAY_AFTER = 3000; // a short break mends itself unseen; the banner must stand within 5 s
const REST = 100; // between an answer and the next request for the same regions
const LONGEST_REST = 1000; // a busy server answers late and is asked less often
const MOST_KEYS = 40; // of more changes at once a page reads whole regions
const READ_ANEW_EVERY = 60000;
const MOST_ROWS = 600; // of more open calls a board shows the first, and which those are only a whole list says
const { stream, bye } = document.body.dataset;
const root = document.documentElement;
const skew = Date.parse(root.dataset.now || "") - Date.now() || 0;
const banner = document.querySelector("[data-asof]");

let cursor = document.body.dataset.cursor || "";
let lastLife = Date.now();
let broken = 0;
let silent = false;
let missed = 0;
let abort = null;

// ---- stale regions ----
// By address: the regions, and the keys that were told; no keys where everything may have changed.
const stale = new Map();
const resting = new Map();
let fetching = false;
let woken = 0;

const listens = (region, keys) =>
  !keys || !region.dataset.staleOn || keys.some((key) => region.dataset.staleOn.split(" ").some((start) => key.startsWith(start)));

function note(url, regions, keys, compared = false) {
  const noted = stale.get(url) || { regions: new Set(), keys: new Set(), compared: false };
  noted.compared ||= compared;
  for (const name of regions) noted.regions.add(name);
  if (!keys) noted.keys = null;
  else if (noted.keys) for (const key of keys) noted.keys.add(key);
  stale.set(url, noted);
}

function mark(keys, only, compared = false) {
  for (const region of document.querySelectorAll("[data-stale-url]")) {
    if (only && !only.includes(region.dataset.region)) continue;
    if (listens(region, keys)) note(region.dataset.staleUrl, [region.dataset.region], keys, compared);
  }
  pump();
}

// A board that shows every open call is told of single calls by their keys.
function byKey({ regions, keys }) {
  const lists = document.querySelector("[data-by-key]");
  const fits = lists && keys && keys.size > 0 && keys.size <= MOST_KEYS && regions.has(lists.dataset.region);
  return fits && lists.querySelectorAll("tr[data-key]").length < MOST_ROWS;
}

function address(url, noted) {
  const to = new URL(url, location.href);
  to.searchParams.set("regions", [...noted.regions].join(","));
  if (byKey(noted)) to.searchParams.set("keys", [...noted.keys].join(","));
  if (document.body.dataset.call) to.searchParams.set("call", document.body.dataset.call);
  return to;
}

// The rows that changed, where the answer names them; what they do to a list's frame is read whole.
function takeRows(page, url, regions) {
  const changes = page.querySelector("[data-changes]");
  if (!changes) return { changed: 0, added: 0 };
  const result = swapRows(document.querySelector("[data-by-key]"), document.adoptNode(changes));
  if (!result) note(url, regions, null);
  return result || { changed: 0, added: 0 };
}

// After a gap: the server draws everything anew, and sends it only if this page shows anything else.
const shown = ({ regions }) => shownHash([...document.querySelectorAll("[data-region]")].filter((one) => regions.has(one.dataset.region)), truth);

// What stands here is not what was just read: nothing of it can be trusted, so the page itself is read anew.
async function judge(noted, fresh) {
  const own = fresh && (await shown(noted));
  if (!own || own === fresh) return;
  const last = Number(sessionStorage.getItem("tandem_read_anew"));
  if (Date.now() - last < READ_ANEW_EVERY) return;
  sessionStorage.setItem("tandem_read_anew", String(Date.now()));
  location.reload();
}

async function fetchOne(url, noted) {
  const to = address(url, noted);
  if (noted.compared) to.searchParams.set("state", await shown(noted));
  const answer = await fetch(to, { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(10000), cache: "no-store" });
  if (answer.redirected && new URL(answer.url).pathname !== new URL(url, location.href).pathname) return leave();
  if (answer.status === 401 || answer.status === 403 || answer.status === 404) return location.reload();
  if (!answer.ok) throw new Error(String(answer.status));
  const changes = answer.status === 204 ? 0 : take(await answer.text(), url, noted);
  missed += changes;
  if (noted.compared) await judge(noted, answer.headers.get("X-Board-State"));
}

function take(text, url, noted) {
  const page = new DOMParser().parseFromString(text, "text/html");
  let { changed: changes, added } = takeRows(page, url, noted.regions);
  changes += added;
  for (const fresh of page.querySelectorAll("[data-region]")) {
    const region = document.querySelector(`[data-region="${fresh.dataset.region}"]`);
    if (!region) continue;
    const result = swap(region, document.adoptNode(fresh));
    changes += result.changed + result.added;
    added += result.added;
  }
  document.dispatchEvent(new CustomEvent("tandem:swapped", { detail: { added } }));
  return changes;
}

// One request at a time; after an answer its regions rest, so that a burst is one question more.
async function pump() {
  if (fetching || stale.size === 0) return;
  const began = performance.now();
  const url = [...stale.keys()].find((one) => (resting.get(one) || 0) <= began);
  clearTimeout(woken);
  if (!url) {
    woken = setTimeout(pump, Math.min(...[...stale.keys()].map((one) => resting.get(one))) - began + 1);
    return;
  }
  fetching = true;
  const noted = stale.get(url);
  stale.delete(url);
  try {
    await fetchOne(url, noted);
    resting.set(url, performance.now() + Math.min(LONGEST_REST, Math.max(REST, 2 * (performance.now() - began))));
    if (silent && broken === 0 && stale.size === 0) whole();
  } catch {
    note(url, noted.regions, noted.keys, noted.compared);
    resting.set(url, performance.now() + 2000);
  }
  fetching = false;
  pump();
}

// ---- the banner ----
const clock = (at) => new Date(at + skew).toLocaleTimeString("en-GB", { timeZone: zone(), hour12: false });

function zone() {
  const offset = /([+-])(\d\d):00$/.exec(root.dataset.now || "");
  if (!offset) return undefined;
  // POSIX names count westward.
  return `Etc/GMT${offset[1] === "-" ? "+" : "-"}${Number(offset[2])}`;
}

function say() {
  if (silent || !broken) return;
  silent = true;
  missed = 0;
  root.dataset.silent = "yes";
  delete banner.dataset.wholeNow;
  banner.hidden = false;
  banner.querySelector("[data-asof-words]").textContent = banner.dataset.word.replace("{time}", clock(lastLife));
  document.getElementById("alarm").textContent = banner.textContent;
}

function whole() {
  silent = false;
  delete root.dataset.silent;
  banner.dataset.wholeNow = "yes";
  const words = banner.dataset.whole.replace("{n}", missed);
  banner.querySelector("[data-asof-words]").textContent = words;
  document.getElementById("live").textContent = words;
  setTimeout(() => {
    if (!silent) banner.hidden = true;
  }, 5000);
}

// ---- the connection ----
function leave() {
  location.assign(bye || "/");
}

function onEvent(event) {
  if (event.id) cursor = event.id;
  if (event.name === "bye") return leave();
  const data = readData(event.data);
  if (data.cursor) cursor = data.cursor;
  // What was committed between the drawing of the page and the stream's first word is in no frame.
  if (event.name === "reset" || event.name === "hello") return mark(null, null, true);
  if (event.name === "changed") return mark(data.keys || null);
  return undefined;
}

function readData(text) {
  try {
    return JSON.parse(text) || {};
  } catch {
    return {};
  }
}

function alive() {
  lastLife = Date.now();
  if (!broken) return;
  broken = 0;
  mark(null, null, true);
}

async function listen() {
  abort = new AbortController();
  const to = new URL(stream, location.href);
  to.searchParams.set("since", cursor);
  const answer = await fetch(to, { headers: { Accept: "text/event-stream" }, signal: abort.signal, cache: "no-store" });
  if (answer.status === 401 || answer.status === 403) return leave();
  if (!answer.ok || !answer.body) throw new Error(String(answer.status));
  const reader = new EventReader(onEvent);
  const bytes = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  alive();
  for (;;) {
    const { done, value } = await bytes.read();
    if (done) throw new Error("closed");
    alive();
    reader.feed(value);
  }
}

async function run() {
  let tries = 0;
  for (;;) {
    const began = Date.now();
    try {
      await listen();
      return;
    } catch {
      if (!broken) {
        broken = Date.now();
        setTimeout(say, SAY_AFTER);
      }
      tries = Date.now() - began > 30000 ? 0 : tries + 1;
      await new Promise((go) => setTimeout(go, Math.min(300 * 2 ** tries, 5000) * (0.75 + Math.random() / 2)));
    }
  }
}

setInterval(() => {
  if (Date.now() - lastLife > WATCHDOG) abort?.abort();
}, 1000);
addEventListener("offline", () => abort?.abort());
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
document.addEventListener("tandem:stale", (event) => mark(event.detail?.keys || null, event.detail?.regions));
const pastLimit = new Set();
document.addEventListener("tandem:level", (event) => {
  const lists = document.querySelector("[data-by-key]");
  if (lists) countLate(lists);
  const { level, since } = event.detail;
  if (level !== "overdue" || pastLimit.has(since)) return;
  pastLimit.add(since);
  // On the wall a call goes to the other column with its time alone, without any news.
  mark(null, ["wall"]);
});
if (stream && banner) run();
