// Has this browser tell of assignments while it is closed: asks once, renews without a word, ends when told.
const place = document.querySelector("[data-phone-key]");
const facts = place?.dataset;
const card = document.querySelector("[data-phone]");
const REFUSED = "tandem_phone_off"; // this device only: the person said no here

const able = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
}

const same = (one, other) => one.length === other.length && one.every((byte, place) => byte === other[place]);

async function registration() {
  const made = await navigator.serviceWorker.register(facts.phoneWorker);
  if (made.active) return made;
  await new Promise((go) => {
    const worker = made.installing || made.waiting;
    worker.addEventListener("statechange", () => worker.state === "activated" && go());
    if (worker.state === "activated") go();
  });
  return made;
}

// A subscription of another key than ours is worth nothing: our messages would be refused.
async function subscription() {
  const key = bytes(facts.phoneKey);
  const { pushManager } = await registration();
  const held = await pushManager.getSubscription();
  if (held?.options.applicationServerKey && same(new Uint8Array(held.options.applicationServerKey), key)) return held;
  await held?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

async function post(url, more) {
  const body = new URLSearchParams({ csrfmiddlewaretoken: place.querySelector("input").value, act_id: crypto.randomUUID(), ...more });
  const answer = await fetch(url, { method: "POST", body, headers: { "HX-Request": "true" }, cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
}

async function tell() {
  const found = (await subscription()).toJSON();
  await post(facts.phoneUrl, { endpoint: found.endpoint, p256dh: found.keys.p256dh, auth: found.keys.auth, key: facts.phoneKey });
  facts.phoneTold = "yes";
}

function show(state) {
  if (!card) return;
  const words = card.querySelector("[data-phone-state]");
  card.hidden = false;
  words.textContent = words.dataset[`word${state[0].toUpperCase()}${state.slice(1)}`];
  card.querySelector("[data-phone-on]").hidden = state === "on" || state === "none" || state === "denied";
  card.querySelector("[data-phone-off]").hidden = state !== "on";
}

async function begin() {
  if (!facts?.phoneKey) return;
  if (!able()) return show("none");
  if (Notification.permission === "denied") return show("denied");
  const wanted = Notification.permission === "granted" && localStorage.getItem(REFUSED) !== "yes";
  if (!wanted) return show(facts.phoneTold === "yes" ? "on" : "off");
  try {
    if (facts.phoneTold !== "yes") await tell();
    show("on");
  } catch {
    show("failed");
  }
}

card?.querySelector("[data-phone-on]").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    if ((await Notification.requestPermission()) !== "granted") return show(Notification.permission === "denied" ? "denied" : "off");
    localStorage.removeItem(REFUSED);
    await tell();
    show("on");
  } catch {
    show("failed");
  }
});

card?.querySelector("[data-phone-off]").addEventListener("submit", async (event) => {
  event.preventDefault();
  localStorage.setItem(REFUSED, "yes");
  try {
    const { pushManager } = await registration();
    await (await pushManager.getSubscription())?.unsubscribe();
    await post(event.target.action, {});
    facts.phoneTold = "no";
    show("off");
  } catch {
    show("failed");
  }
});

begin();
