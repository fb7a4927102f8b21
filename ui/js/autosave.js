// Keeps what is typed on the server: a second after the last key, every two seconds while typing, at once when the page hides.
// Nothing is written to the device's own storage.
const AFTER_LAST_KEY = 1000;
const AT_LATEST = 2000;
const KEEPALIVE_LIMIT = 60000; // browsers refuse a larger body once the page is gone

class Autosave {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector("textarea");
    this.state = document.querySelector(form.dataset.state);
    this.sequence = Number(form.dataset.sequence) || 0;
    this.kept = this.input.value;
    this.since = 0;
    this.tries = 0;
    this.over = false;
    this.input.addEventListener("input", () => this.typed());
    form.addEventListener("submit", () => this.hand());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.flush());
    addEventListener("pagehide", () => this.flush());
    addEventListener("online", () => this.flush());
    addEventListener("beforeunload", (event) => {
      if (!this.over && this.dirty() && this.tries) event.preventDefault();
    });
  }

  dirty() {
    return this.input.value !== this.kept;
  }

  typed() {
    if (this.over) return;
    this.since ||= Date.now();
    if (!this.tries) this.show("typing");
    this.plan(Math.min(AFTER_LAST_KEY, Math.max(0, this.since + AT_LATEST - Date.now())));
  }

  plan(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  flush() {
    if (this.over || !this.dirty()) return;
    clearTimeout(this.timer);
    this.save();
  }

  // The form itself carries the last words; it counts as newer than any save on its way.
  hand() {
    clearTimeout(this.timer);
    this.over = true;
    this.form.querySelector('input[name="sequence"]').value = String(this.sequence + 1);
  }

  async save() {
    const text = this.input.value;
    this.sequence += 1;
    const sequence = this.sequence;
    this.since = 0;
    const token = this.form.querySelector('input[name="csrfmiddlewaretoken"]')?.value || "";
    const body = new URLSearchParams({ text, sequence: String(sequence) });
    try {
      const answer = await fetch(this.form.dataset.autosave, {
        method: "POST",
        body,
        headers: { "X-CSRFToken": token, Accept: "application/json" },
        keepalive: text.length * 3 < KEEPALIVE_LIMIT,
        signal: AbortSignal.timeout(10000),
      });
      await this.answered(answer, text, sequence);
    } catch {
      this.failed();
    }
  }

  async answered(answer, text, sequence) {
    if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
    const kind = answer.headers.get("Content-Type") || "";
    const told = kind.includes("json") ? await answer.json() : {};
    if (!answer.ok || answer.redirected || told.sequence === undefined) {
      this.over = true;
      this.show("refused", [told.what, told.safe, told.do].filter(Boolean).join(" "));
      return;
    }
    if (told.sequence > this.sequence) {
      this.over = true;
      this.show("refused");
      return;
    }
    this.tries = 0;
    if (sequence < this.sequence) return;
    this.kept = text;
    if (!this.dirty()) this.show("saved", "", told.saved_at);
  }

  failed() {
    this.tries += 1;
    this.show("waiting");
    if (!this.over) this.plan(Math.min(1000 * this.tries, 5000));
  }

  show(state, words = "", time = "") {
    if (!this.state) return;
    this.state.dataset.saveState = state;
    const text = words || (this.state.dataset[`word${state[0].toUpperCase()}${state.slice(1)}`] || "").replace("{time}", time);
    const place = this.state.querySelector("[data-save-words]");
    // Every two seconds is too often to be read aloud: only a trouble is.
    place.setAttribute("role", state === "refused" || state === "waiting" ? "alert" : "none");
    if (place.textContent !== text) place.textContent = text;
  }
}

for (const form of document.querySelectorAll("[data-autosave]")) new Autosave(form);
