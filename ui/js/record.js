// The rows of what was said or done: a new empty one appears as soon as the last one holds a word.
const rows = document.querySelector("[data-act-rows]");

function renumbered(row, from, to) {
  for (const part of row.querySelectorAll("[id], [name], [for]")) {
    for (const name of ["id", "name", "for"]) {
      const value = part.getAttribute(name);
      if (value) part.setAttribute(name, value.replace(`act-${from}-`, `act-${to}-`));
    }
  }
  for (const part of row.querySelectorAll("label, legend")) {
    if (part.childElementCount === 0) part.textContent = part.textContent.replace(String(from + 1), String(to + 1));
  }
  row.dataset.actRow = String(to);
}

function addRow() {
  const last = rows.lastElementChild;
  const at = Number(last.dataset.actRow);
  const row = last.cloneNode(true);
  renumbered(row, at, at + 1);
  for (const box of row.querySelectorAll("textarea, input[type=text]")) box.value = "";
  for (const box of row.querySelectorAll("input[type=radio]")) box.checked = false;
  rows.append(row);
}

rows?.addEventListener("input", (event) => {
  const row = event.target.closest("[data-act-row]");
  if (row === rows.lastElementChild && event.target.matches("textarea") && event.target.value.trim()) addRow();
});
