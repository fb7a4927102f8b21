// A desk hears an emergency until it acknowledges it: nothing here mutes it, one key answers it.
import { isAwake, start, stop, wake } from "./lib/sound.js";

const unheard = document.querySelector("[data-unheard]");
const title = document.title;
let told = "";

const region = () => document.querySelector('[data-region="alarm"]');

function follow() {
  const wanted = (region()?.dataset.alarmSound || "").split(" ");
  for (const name of ["emergency", "check"]) {
    // One at a time is heard better: an emergency goes before a check.
    if (wanted.includes(name) && (name === "emergency" || !wanted.includes("emergency"))) start(name);
    else stop(name);
  }
  const running = [...document.querySelectorAll("[data-alarm]")];
  document.title = running.length ? `${region().dataset.word || ""}${title}` : title;
  const owed = [...document.querySelectorAll("[data-overdue]")];
  const keys = [...running.map((one) => one.dataset.alarm), ...owed.map((one) => one.querySelector("b").textContent)].join(" ");
  if (keys && keys !== told) document.getElementById("alarm").textContent = [...running, ...owed].map((one) => one.querySelector("h2, .owed__words")?.textContent).join(" ");
  told = keys;
  sayUnheard();
}

function sayUnheard() {
  if (unheard) unheard.hidden = isAwake();
}

// A key that the browser does not take for a person's act (Escape, Shift alone) would only make it complain.
const acted = () => !navigator.userActivation || navigator.userActivation.hasBeenActive;

// The notice stands above the page and moves it when it goes: never between the press and its click.
const goes = () => setTimeout(sayUnheard);

for (const name of ["pointerdown", "pointerup", "keydown"]) {
  const then = name === "pointerdown" ? () => {} : goes;
  addEventListener(name, () => acted() && wake().then(then), { capture: true });
}

async function send(form) {
  const body = new URLSearchParams(new FormData(form));
  body.set("act_id", crypto.randomUUID());
  try {
    await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(10000) });
  } finally {
    document.dispatchEvent(new CustomEvent("tandem:stale", { detail: { regions: ["alarm"] } }));
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-alarm-act")) return;
  event.preventDefault();
  delete form.dataset.sending;
  send(form);
});

addEventListener("keydown", (event) => {
  if (event.key !== "F9") return;
  const form = document.querySelector("form[data-alarm-seen]");
  if (!form) return;
  event.preventDefault();
  send(form);
}, { capture: true });

document.addEventListener("tandem:swapped", follow);
follow();
