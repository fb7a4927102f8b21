// Emergency on a responder's page: hold for one second by finger, mouse or key; it is sent until a server has it.
const HOLD = 1000;
const AGAIN = 1000; // between two tries without a connection
const PATIENCE = 4000;

const region = () => document.getElementById("sos");
const words = () => region().dataset;
const held = (element) => element?.closest?.("[data-sos-hold]");
let timer = 0;
let sending = false;

function say(text) {
  const place = region().querySelector("[data-sos-said]");
  if (place.textContent !== text) place.textContent = text;
}

function begin(button) {
  if (timer || sending) return;
  button.dataset.holding = "yes";
  timer = setTimeout(() => {
    letGo(button);
    navigator.vibrate?.(200);
    press();
  }, HOLD);
}

function letGo(button) {
  clearTimeout(timer);
  const early = timer !== 0 && !sending;
  timer = 0;
  if (button) delete button.dataset.holding;
  return early;
}

function letGoEarly(event) {
  const button = document.querySelector("[data-sos-hold]");
  if (button && timer && letGo(button)) say(words().wordHold);
  return event;
}

async function press() {
  if (sending) return;
  sending = true;
  say(words().wordSending);
  const form = region().querySelector("form[data-sos]");
  const body = new URLSearchParams(new FormData(form));
  // One id for every try: however often it is sent, it is one emergency.
  body.set("act_id", crypto.randomUUID());
  for (;;) {
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(PATIENCE), cache: "no-store" });
      if (answer.redirected || answer.status === 401 || answer.status === 403) {
        location.reload();
        return;
      }
      if (answer.ok || answer.status === 409) {
        show(await answer.text());
        return;
      }
    } catch {
      // Said below, and tried again.
    }
    say(words().wordUnsent);
    document.getElementById("alarm").textContent = words().wordUnsent;
    await new Promise((go) => setTimeout(go, AGAIN));
  }
}

function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("sos");
  sending = false;
  if (!fresh) return;
  region().replaceWith(document.adoptNode(fresh));
  measure();
  interrupt();
  document.getElementById("alarm").textContent = region().querySelector("[data-sos-running]")?.textContent || "";
}

document.addEventListener("pointerdown", (event) => {
  const button = held(event.target);
  if (button && event.button === 0) begin(button);
});
for (const name of ["pointerup", "pointercancel", "blur"]) addEventListener(name, letGoEarly);
document.addEventListener("pointerout", (event) => {
  if (held(event.target) && !held(event.relatedTarget)) letGoEarly(event);
});
document.addEventListener("contextmenu", (event) => held(event.target) && event.preventDefault());
document.addEventListener("keydown", (event) => {
  const button = held(event.target);
  if (!button || (event.key !== " " && event.key !== "Enter")) return;
  event.preventDefault();
  if (!event.repeat) begin(button);
});
document.addEventListener("keyup", (event) => {
  if (event.key === " " || event.key === "Enter") letGoEarly(event);
});
document.addEventListener("submit", (event) => {
  if (!event.target.hasAttribute("data-sos")) return;
  event.preventDefault();
  delete event.target.dataset.sending;
  press();
});

// ---- a change of danger interrupts, buzzes once, and wants a tap ----
let told = "";

function interrupt() {
  const sheet = region()?.querySelector("[data-changed]");
  if (!sheet) {
    told = "";
    return;
  }
  if (sheet.dataset.changed === told) return;
  told = sheet.dataset.changed;
  if (!navigator.userActivation || navigator.userActivation.hasBeenActive) navigator.vibrate?.([200, 100, 200]);
  document.getElementById("alarm").textContent = sheet.textContent;
  document.getElementById("changed-seen").focus({ preventScroll: true });
}

async function seen(form) {
  const body = new URLSearchParams(new FormData(form));
  body.set("act_id", crypto.randomUUID());
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(PATIENCE), cache: "no-store" });
    if (answer.redirected) location.reload();
    else if (answer.ok || answer.status === 409) show(await answer.text());
    else say(words().wordUnsaid);
  } catch {
    say(words().wordUnsaid);
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.hasAttribute("data-changed-seen")) return;
  event.preventDefault();
  delete event.target.dataset.sending;
  seen(event.target);
});
document.addEventListener("tandem:swapped", interrupt);

// The acts of a page stand above this bar, however tall it is.
function measure() {
  if (region()) document.documentElement.style.setProperty("--td-sos", `${region().offsetHeight}px`);
}

document.addEventListener("tandem:swapped", measure);
addEventListener("resize", measure);
measure();
