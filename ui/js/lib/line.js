// The line at the foot of a desk: a command typed while another call is open, with completion and history; acts, undo, help.
export function refresh(...regions) {
  document.dispatchEvent(new CustomEvent("tandem:stale", { detail: { regions } }));
}

// After an act only what its address names may have changed by it; the stream tells the rest.
const keysIn = (url) => String(url).match(/[0-9a-f]{8}-[0-9a-f-]{27}/g);

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
}

function stateWord(code) {
  const from = document.querySelector("[data-state-words]")?.content.querySelector(`[data-code="${code}"]`);
  return from ? from.cloneNode(true) : element("span");
}

const typing = (at) => at.matches?.("input:not([type=checkbox]), textarea, select");

// What a desk brings: how its commands are read, completed and carried out, and where Esc leads.
export function commandLine({ regions, parse, complete, title, run, leave }) {
  const line = document.querySelector("[data-command]");
  const input = line.querySelector("input[name=command]");
  const ghost = line.querySelector("[data-ghost]");
  const list = document.getElementById("command-list");
  const wrong = document.getElementById("command-error");
  const said = document.getElementById("said");
  const help = document.querySelector("[data-keys-dialog]");
  const words = line.dataset;
  let options = [];
  let chosen = 0;
  let past = [];
  let pastAt = 0;

  // ---- acts: the same forms as without a script, answered by a sentence or a toast ----
  async function act(url, fields, key = crypto.randomUUID()) {
    const token = line.querySelector('input[name="csrfmiddlewaretoken"]')?.value || "";
    // A field may stand several times, as ticked boxes do.
    const body = new URLSearchParams(fields);
    body.set("csrfmiddlewaretoken", token);
    body.set("act_id", key);
    let answer;
    try {
      answer = await fetch(url, { method: "POST", body, headers: { "HX-Request": "true", "X-CSRFToken": token }, signal: AbortSignal.timeout(10000) });
    } catch {
      return fail(words.wordOffline);
    }
    if (answer.redirected || answer.status === 401) return location.reload();
    if (!answer.ok && answer.status !== 409) return fail(words.wordOffline);
    show(await answer.text());
    document.dispatchEvent(new CustomEvent("tandem:stale", { detail: { regions, keys: keysIn(url) } }));
    return answer.ok;
  }

  function show(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    for (const old of said.querySelectorAll(".toast, .error")) old.remove();
    said.prepend(...fresh.querySelectorAll(".toast, .error"));
    said.querySelector("[data-error]")?.focus();
    countDown();
  }

  function fail(sentence) {
    wrong.textContent = sentence;
    return false;
  }

  let counting = 0;
  function countDown() {
    clearInterval(counting);
    const toast = said.querySelector("[data-toast][data-seconds]");
    if (!toast) return;
    let left = Number(toast.dataset.seconds);
    counting = setInterval(() => {
      left -= 1;
      const place = toast.querySelector("[data-seconds-left]");
      if (place) place.textContent = `${Math.max(0, left)} s`;
      if (left > 0) return;
      clearInterval(counting);
      for (const gone of toast.querySelectorAll("form, kbd, [data-seconds-left]")) gone.remove();
    }, 1000);
  }

  function undo() {
    const form = said.querySelector("form[data-undo]");
    if (form) form.requestSubmit();
    return Boolean(form);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.hasAttribute("data-act")) return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form, event.submitter));
    act(form.action, fields, fields.get("act_id")).then((ok) => ok && form.querySelector('input[name="text"]') && form.reset());
  });

  async function send() {
    const text = input.value;
    const command = parse(text);
    wrong.textContent = "";
    if (!command.verb) return;
    // The line is free at once; what was refused comes back, or to the history if more was typed meanwhile.
    input.value = "";
    const done = await run(command);
    if (done || input.value) past = [text, ...past.filter((one) => one !== text)].slice(0, 50);
    if (!done && !input.value) input.value = text;
    pastAt = 0;
    suggest();
  }

  function draw() {
    list.replaceChildren();
    const open = options.length > 0 && document.activeElement === input;
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    ghost.textContent = "";
    input.removeAttribute("aria-activedescendant");
    if (!open) return;
    const head = element("div", "command__head");
    head.append(element("span", "", title(input.value)), element("span", "", words.wordKeys));
    head.setAttribute("aria-hidden", "true");
    list.append(head);
    options.forEach((option, at) => list.append(drawOption(option, at)));
    const text = options[chosen].text;
    if (text.toLowerCase().startsWith(input.value.toLowerCase())) ghost.textContent = " ".repeat(input.value.length) + text.slice(input.value.length);
    input.setAttribute("aria-activedescendant", `option-${chosen}`);
  }

  function drawOption(option, at) {
    const one = element("div", "command__option");
    one.id = `option-${at}`;
    one.setAttribute("role", "option");
    one.setAttribute("aria-selected", String(at === chosen));
    const name = element("span", "", option.name);
    if (option.state) name.append(stateWord(option.state));
    one.append(option.shape ? stateWord(option.shape) : element("span"), element("code", "", option.code), name, element("small", "", option.note));
    one.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      take(at);
    });
    return one;
  }

  function suggest() {
    options = complete(input.value);
    chosen = 0;
    draw();
  }

  function take(at) {
    if (!options[at]) return;
    input.value = options[at].text;
    suggest();
    input.focus();
  }

  input.addEventListener("input", () => {
    wrong.textContent = "";
    suggest();
  });
  input.addEventListener("focus", suggest);
  input.addEventListener("blur", draw);
  line.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });

  function onCommandKey(event) {
    if (event.key === "Tab" && !event.shiftKey && ghost.textContent.trim()) {
      event.preventDefault();
      take(chosen);
    } else if (event.key === "ArrowDown" && options.length) {
      event.preventDefault();
      chosen = Math.min(options.length - 1, chosen + 1);
      draw();
    } else if (event.key === "ArrowUp") {
      event.preventDefault();
      if (options.length && chosen > 0) chosen -= 1;
      else if (past[pastAt]) input.value = past[pastAt++];
      draw();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      if (!list.hidden) {
        options = [];
        draw();
      } else leave();
    }
  }

  input.addEventListener("keydown", onCommandKey);

  function prompt(text) {
    input.value = text;
    input.focus();
    input.setSelectionRange(text.length, text.length);
    suggest();
  }

  document.addEventListener("tandem:swapped", () => {
    if (!list.hidden) suggest();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) help.showModal();
  });
  countDown();
  return { act, fail, prompt, typing, help, undo, words };
}
