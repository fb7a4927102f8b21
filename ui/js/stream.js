// Keeps the page true: keys come over the stream, the page fetches the fragments that went stale, in one request at a time.
import { EventReader } from "./lib/events.js";
import { swap } from "./lib/swap.js";

const WATCHDOG = 20000; // a comment comes every 15 s; longer silence is a dead connection
const SAY_AFTER = 3000; // a short break mends itself unseen; the banner must stand within 5 s
const REST = 100; // between an answer and the next request
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
const stale = new Map();
let fetching = false;

const listens = (region, keys) =>
  !keys || !region.dataset.staleOn || keys.some((key) => region.dataset.staleOn.split(" ").some((start) => key.startsWith(start)));

function mark(keys, only) {
  for (const region of document.querySelectorAll("[data-stale-url]")) {
    if (only && !only.includes(region.dataset.region)) continue;
    if (!listens(region, keys)) continue;
    const url = region.dataset.staleUrl;
    if (!stale.has(url)) stale.set(url, new Set());
    stale.get(url).add(region.dataset.region);
  }
  pump();
}

function address(url, regions) {
  const to = new URL(url, location.href);
  to.searchParams.set("regions", [...regions].join(","));
  if (document.body.dataset.call) to.searchParams.set("call", document.body.dataset.call);
  return to;
}

async function fetchOne(url, regions) {
  const answer = await fetch(address(url, regions), { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(10000), cache: "no-store" });
  if (answer.redirected && new URL(answer.url).pathname !== new URL(url, location.href).pathname) return leave();
  if (answer.status === 401 || answer.status === 403 || answer.status === 404) return location.reload();
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  let changes = 0;
  let added = 0;
  for (const fresh of page.querySelectorAll("[data-region]")) {
    const region = document.querySelector(`[data-region="${fresh.dataset.region}"]`);
    if (!region) continue;
    const result = swap(region, document.adoptNode(fresh));
    changes += result.changed + result.added;
    added += result.added;
  }
  document.dispatchEvent(new CustomEvent("tandem:swapped", { detail: { added } }));
  missed += changes;
  return changes;
}

async function pump() {
  if (fetching || stale.size === 0) return;
  fetching = true;
  const [url, regions] = stale.entries().next().value;
  stale.delete(url);
  let rest = REST;
  try {
    await fetchOne(url, regions);
    if (silent && broken === 0 && stale.size === 0) whole();
  } catch {
    if (!stale.has(url)) stale.set(url, new Set());
    for (const name of regions) stale.get(url).add(name);
    rest = 2000;
  }
  setTimeout(() => {
    fetching = false;
    pump();
  }, rest);
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
  if (event.name === "reset" || event.name === "hello") return mark(null);
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
  mark(null);
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
document.addEventListener("tandem:stale", (event) => mark(null, event.detail?.regions));
if (stream && banner) run();
