// Intake by keyboard: Y, N, U and Backspace answer the question in focus and go to the next; Ctrl Enter sends; a phone may say where it is.
const KEYS = { y: "yes", n: "no", u: "not_known", backspace: "not_asked", s: "yes" };

const inputs = (question) => [...question.querySelectorAll("input[type=radio]")];

function mark(question) {
  question.dataset.value = question.querySelector("input[type=radio]:checked")?.value || "not_asked";
}

function next(question) {
  const all = [...document.querySelectorAll("[data-question]")];
  const after = all[all.indexOf(question) + 1];
  (after ? after.querySelector("input[type=radio]:checked") : document.querySelector("[data-send]"))?.focus();
}

// O overrides the advice, T says that the next one named was told; never while somebody types.
const ADVICE_KEYS = { o: "form[data-override]", t: "form[data-tell]" };

function onAdviceKey(event) {
  const typing = event.target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select");
  const off = document.documentElement.dataset.singleKeys === "off";
  const wanted = ADVICE_KEYS[event.key.toLowerCase()];
  const form = wanted && document.querySelector(wanted);
  if (!form || typing || off || event.ctrlKey || event.metaKey) return false;
  event.preventDefault();
  form.requestSubmit();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.altKey) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest?.("form");
    if (form) {
      event.preventDefault();
      form.requestSubmit();
    }
    return;
  }
  if (onAdviceKey(event)) return;
  if (event.ctrlKey || event.metaKey || !event.target.matches?.("[data-question] input[type=radio]")) return;
  if (event.key === "Enter") {
    event.preventDefault();
    next(event.target.closest("[data-question]"));
    return;
  }
  const value = KEYS[event.key.toLowerCase()];
  if (!value) return;
  event.preventDefault();
  const question = event.target.closest("[data-question]");
  const chosen = inputs(question).find((input) => input.value === value);
  chosen.checked = true;
  chosen.dispatchEvent(new Event("change", { bubbles: true }));
  next(question);
});

document.addEventListener("change", (event) => {
  const question = event.target.closest?.("[data-question]");
  if (question) mark(question);
});

// ---- here, by permission ----
for (const button of document.querySelectorAll("[data-here]")) {
  const form = button.closest("form");
  const said = form.querySelector("[data-here-said]");
  button.hidden = !("geolocation" in navigator);
  button.addEventListener("click", () => {
    said.textContent = button.dataset.wordWaiting;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        form.elements.lat.value = coords.latitude.toFixed(5);
        form.elements.lon.value = coords.longitude.toFixed(5);
        const words = button.dataset.wordHere.replace("{m}", Math.round(coords.accuracy));
        said.textContent = words;
        if (!form.elements.place.value.trim()) form.elements.place.value = `${words}: ${form.elements.lat.value}, ${form.elements.lon.value}`;
      },
      () => {
        said.textContent = button.dataset.wordNo;
      },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 },
    );
  });
}
