// On a phone one part of the encounter is open at a time; the choice stays in the address as a plain fragment.
const parts = ["spine", "lane", "ending"];
const page = document.querySelector(".encounter");
const tabs = [...document.querySelectorAll("[data-tabs] a")];

function open(part) {
  page.dataset.tab = part;
  for (const tab of tabs) {
    if (tab.hash === `#${part}`) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
}

if (page && tabs.length) {
  const asked = location.hash.slice(1);
  // Two words wait to be chosen from: their part comes first.
  const waiting = document.querySelector(":is(#tap, #ending) .two") ? "ending" : "lane";
  open(parts.includes(asked) ? asked : waiting);
  for (const tab of tabs) {
    tab.addEventListener("click", (event) => {
      if (getComputedStyle(tab.parentElement).display === "none") return;
      event.preventDefault();
      open(tab.hash.slice(1));
      history.replaceState(null, "", tab.hash);
      scrollTo(0, 0);
    });
  }
}

// One axis open at a time; choosing closes it by the fragment that comes back.
document.addEventListener("toggle", (event) => {
  const axis = event.target;
  if (!axis.matches?.("[data-axis]") || !axis.open) return;
  for (const other of document.querySelectorAll("[data-axis][open]")) if (other !== axis) other.open = false;
}, true);

// After the axes are swapped in, focus goes back to the axis that was chosen.
let chosen = "";
document.addEventListener("submit", (event) => {
  chosen = event.target.closest("[data-axis]")?.dataset.axis || "";
}, true);
document.addEventListener("htmx:afterSwap", () => {
  const target = document.querySelector("#axes [data-error]") || document.querySelector(`[data-axis="${chosen}"] summary`);
  target?.focus();
});
