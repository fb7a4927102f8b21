// Keeps what is typed on the server: a second after the last key, every two seconds while typing, at once when the page hides.
// Nothing is written to the device's own storage.
const AFTER_LAST_KEY = 1000;
const AT_LATEST = 2000;
const KEEPALIVE_LIMIT = 60000; // browsers refuse a larger body once the page is gone
const NOT_TYPED = new Set(["csrfmiddlewaretoken", "act_id", "sequence", "writer", "base_writer", "base"]);

class Autosave {
  constructor(form) {
    this.form = form;
    this.state = document.querySelector(form.dataset.state);
    this.missing = form.querySelector("[data-missing]");
    this.sequence = Number(form.dataset.sequence) || 0;
    this.kept = this.typedSoFar().toString();
    this.since = 0;
    this.tries = 0;
    this.over = false;
    form.addEventListener("input", () => this.typed());
    form.addEventListener("change", () => this.typed());
    form.addEventListener("submit", () => this.hand());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.flush());
    addEventListener("pagehide", () => this.flush());
    // Another form or a link of this page brings a new page: it should show the last words already.
    document.addEventListener("submit", (event) => event.target !== form && this.flush(), true);
    document.addEventListener("click", (event) => event.target.closest?.("a[href]") && this.flush(), true);
    addEventListener("online", () => this.flush());
    addEventListener("beforeunload", (event) => {
      if (!this.over && this.dirty() && this.tries) event.preventDefault();
    });
  }

  typedSoFar() {
    const typed = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) if (!NOT_TYPED.has(name)) typed.append(name, value);
    return typed;
  }

  dirty() {
    return this.typedSoFar().toString() !== this.kept;
  }

  typed() {
    if (this.over) return;
    this.since ||= Date.now();
    if (!this.tries && !this.apart) this.show("typing");
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
    const typed = this.typedSoFar();
    const whole = typed.toString();
    this.sequence += 1;
    const sequence = this.sequence;
    this.since = 0;
    const given = (name) => this.form.querySelector(`input[name="${name}"]`)?.value || "";
    for (const name of ["writer", "base_writer", "base"]) typed.set(name, given(name));
    typed.set("sequence", String(sequence));
    try {
      const answer = await fetch(this.form.dataset.autosave, {
        method: "POST",
        body: typed,
        headers: { "X-CSRFToken": given("csrfmiddlewaretoken"), Accept: "application/json" },
        keepalive: whole.length * 3 < KEEPALIVE_LIMIT,
        signal: AbortSignal.timeout(10000),
      });
      await this.answered(answer, whole, sequence);
    } catch {
      this.failed();
    }
  }

  async answered(answer, whole, sequence) {
    if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
    const kind = answer.headers.get("Content-Type") || "";
    const told = kind.includes("json") ? await answer.json() : {};
    if (answer.redirected || answer.status === 403) {
      this.end("ended");
      return;
    }
    if (!answer.ok || told.sequence === undefined) {
      this.end("refused", [told.what, told.safe, told.do].filter(Boolean).join(" "));
      return;
    }
    this.tries = 0;
    if (told.apart) {
      this.apart = true;
      this.kept = whole;
      this.show("apart");
      return;
    }
    if (told.sequence > this.sequence) {
      this.end("refused");
      return;
    }
    if (sequence < this.sequence) return;
    this.kept = whole;
    this.savedAt = told.saved_at;
    this.list(told.missing);
    if (!this.dirty()) this.show("saved", "", told.saved_at);
  }

  // What is typed after the right to write ended could be kept nowhere: the page says so and takes no more.
  end(state, words = "") {
    this.over = true;
    this.show(state, words, this.savedAt || "");
    if (state === "ended") for (const box of this.form.querySelectorAll("textarea, input:not([type=hidden])")) box.readOnly = true;
  }

  list(words) {
    if (!this.missing || !words) return;
    const lines = words.length ? words : [this.missing.dataset.wordNone];
    if ([...this.missing.children].map((line) => line.textContent).join("\n") === lines.join("\n")) return;
    this.missing.replaceChildren(...lines.map((word) => Object.assign(document.createElement("li"), { textContent: word })));
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
    place.setAttribute("role", ["refused", "waiting", "apart", "ended"].includes(state) ? "alert" : "none");
    if (place.textContent !== text) place.textContent = text;
  }
}

for (const form of document.querySelectorAll("[data-autosave]")) new Autosave(form);
