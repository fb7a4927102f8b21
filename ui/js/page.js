// What every page does: focus the error sentence, show a password, close the menu, send each form once.
import { keep } from "./lib/cookie.js";

const sentence = document.querySelector("main [data-error]");
if (sentence && !document.querySelector("[autofocus]")) sentence.focus();

for (const reveal of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(reveal.dataset.reveal);
  reveal.hidden = false;
  reveal.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    reveal.setAttribute("aria-pressed", String(!shown));
    reveal.textContent = shown ? reveal.dataset.wordShow : reveal.dataset.wordHide;
    input.focus();
  });
}

for (const choice of document.querySelectorAll("[data-single-keys-choice]")) {
  choice.addEventListener("change", () => {
    keep("tandem_single_keys", choice.checked ? "on" : "off");
    document.documentElement.toggleAttribute("data-single-keys", false);
    if (!choice.checked) document.documentElement.dataset.singleKeys = "off";
  });
}

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll(".menu[open], .why[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector(".menu[open], .why[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// Each act gets its own id just before it leaves; a second press within the answer is the same act.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const id = form.querySelector('input[name="act_id"]');
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  if (id && crypto.randomUUID) id.value = crypto.randomUUID();
  if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post") || form.hasAttribute("data-act")) return;
  form.dataset.sending = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
}, true);

// A page that comes back from the browser's own cache may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-sending]")) delete form.dataset.sending;
});
