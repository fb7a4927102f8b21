// Shows a question when the answers so far ask it. Nothing typed is lost: what is hidden is still sent and kept as a draft.
const NUMBER = /^[+-]?\d+([.,]\d+)?$/;

function values(form, key) {
  return new FormData(form).getAll(`a-${key}`).map(String).filter((value) => value.trim());
}

function compares(value, operator, wanted) {
  const numbers = NUMBER.test(value) && NUMBER.test(wanted);
  const [left, right] = numbers ? [Number(value.replace(",", ".")), Number(wanted)] : [value, wanted];
  return { "=": left === right, "!=": left !== right, ">": left > right, "<": left < right, ">=": left >= right, "<=": left <= right }[operator];
}

function holds(form, [question, operator, wanted]) {
  const item = form.querySelector(`[data-item="${CSS.escape(question)}"]`);
  const given = item && !item.hidden ? values(form, question) : [];
  if (operator === "exists") return String(given.length > 0) === wanted;
  return given.some((value) => compares(value, operator, wanted));
}

function follow(form) {
  // A question may hang on one further down: over again until nothing changes.
  const items = [...form.querySelectorAll("[data-when]")];
  for (let pass = 0, changed = true; changed && pass < items.length + 1; pass += 1) {
    changed = false;
    for (const item of items) {
      const asked = JSON.parse(item.dataset.when).every((group) => (group.any ? group.of.some((one) => holds(form, one)) : group.of.every((one) => holds(form, one))));
      if (item.hidden === asked) changed = true;
      item.hidden = !asked;
    }
  }
}

for (const form of document.querySelectorAll("[data-form]")) {
  follow(form);
  form.addEventListener("input", () => follow(form));
  form.addEventListener("change", () => follow(form));
}
