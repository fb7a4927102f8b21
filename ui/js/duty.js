// The sign-on button names the unit; the other side's member is shown only for the unit that is chosen.
const form = document.getElementById("sign-on");
const button = document.querySelector("[data-sign-on]");

function show() {
  const chosen = form.querySelector('input[name="unit"]:checked');
  let anyone = false;
  for (const card of form.querySelectorAll("[data-partner-unit]")) {
    card.hidden = card.dataset.partnerUnit !== chosen?.value;
    anyone ||= !card.hidden;
  }
  form.querySelector("[data-partner-none]").hidden = anyone || !chosen;
  if (!chosen) return;
  const name = chosen.parentElement.querySelector(".choice__face > span").textContent;
  button.querySelector("span")?.replaceChildren(button.dataset.word.replace("{unit}", name));
  if (!button.querySelector("span")) button.textContent = button.dataset.word.replace("{unit}", name);
}

if (form && button) {
  form.addEventListener("change", show);
  show();
}
