// What regions show, as one word: the server makes the same of fresh ones (tandem/board/shown.py), and a page that missed something reads anew.
// They go on without any news, or follow from those that do.
const BY_ITSELF = ".timer__digits, .timer__said, .counts__overdue";

function words(element) {
  const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT, (text) => (text.parentElement?.closest(BY_ITSELF) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT));
  let said = "";
  while (walk.nextNode()) said += walk.currentNode.data;
  return said.replace(/[ \t\n\r\f]+/g, "");
}

const rows = (lists) => [...lists.querySelectorAll("tbody[data-keyed] > tr[data-key]")].map((row) => `${row.parentElement.dataset.keyed}|${row.dataset.key}|${words(row)}`);

// `truth` gives what a region is to show where it waits for a pointer or a keyboard.
export async function shownHash(regions, truth) {
  if (!crypto.subtle) return "";
  const lines = [];
  for (const region of regions) {
    const name = region.dataset.region;
    if (name === "lists") lines.push(...rows(truth(region)));
    else lines.push(`${name}|${words(truth(region))}`);
  }
  const bytes = new TextEncoder().encode(lines.sort().join("\n"));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
