// The map beside a desk: the program's own lines, and a mark with shape and number for each point of its table.
import { styleOf } from "./map_style.js";

const LIBRARY = new URL("../../../vendor/maplibre-gl.mjs", import.meta.url);
const WORKER = new URL("../../../vendor/maplibre-gl-worker.mjs", import.meta.url);
const marks = new Map();
let map = null;
let library = null;
let look = null;

function everyPoint(coordinates, found) {
  if (typeof coordinates[0] === "number") found.extend(coordinates);
  else for (const inner of coordinates) everyPoint(inner, found);
}

function bounds(ground, canvas) {
  const found = new library.LngLatBounds();
  for (const feature of ground.features) everyPoint(feature.geometry.coordinates || [], found);
  for (const row of rows()) found.extend([Number(row.dataset.lon), Number(row.dataset.lat)]);
  if (!found.isEmpty()) return found;
  return canvas.dataset.tilesBounds?.split(" ").map(Number) || [[-92, 43], [-91, 44]];
}

const rows = () => [...document.querySelectorAll('[data-region="map"] [data-lat]')];

function drawn(row) {
  const link = row.querySelector("a");
  const mark = document.createElement(link ? "a" : "span");
  mark.className = "map__mark";
  // A solid edge is a house or a crossing; what is less exact has a broken one. The table says it in words.
  mark.dataset.precision = row.dataset.precision || "unknown";
  if (link) mark.href = link.href;
  // The table is the way by keyboard: each mark would only be a second stop.
  mark.tabIndex = -1;
  const svg = row.querySelector("svg")?.cloneNode(true);
  const shape = document.createElement("span");
  shape.className = `tone-${row.dataset.tone}`;
  if (svg) shape.append(svg);
  mark.append(shape);
  mark.append(row.dataset.point);
  mark.title = row.textContent.replace(/\s+/g, " ").trim();
  mark.toggleAttribute("data-here", Boolean(link) && document.body.dataset.call && link.href.includes(document.body.dataset.call));
  return mark;
}

function points() {
  if (!map) return;
  const seen = new Set();
  for (const row of rows()) {
    const key = row.dataset.point;
    seen.add(key);
    marks.get(key)?.remove();
    const at = [Number(row.dataset.lon), Number(row.dataset.lat)];
    marks.set(key, new library.Marker({ element: drawn(row) }).setLngLat(at).addTo(map));
  }
  for (const [key, mark] of marks) {
    if (seen.has(key)) continue;
    mark.remove();
    marks.delete(key);
  }
}

// A style is told anew as a whole; the library changes what differs and keeps the tiles.
function relight() {
  map.getContainer().toggleAttribute("data-drawn", false);
  if (map.isStyleLoaded()) map.setStyle(look());
  else map.once("idle", relight);
}

async function begin(canvas) {
  const [loaded, answer] = await Promise.all([import(LIBRARY), fetch(canvas.dataset.groundUrl, { signal: AbortSignal.timeout(10000) })]);
  library = loaded;
  library.setWorkerUrl(WORKER.href);
  const ground = await answer.json();
  look = () => styleOf(ground, canvas.dataset);
  map = new library.Map({ container: canvas, style: look(), bounds: bounds(ground, canvas), fitBoundsOptions: { padding: 24 }, attributionControl: false, fadeDuration: 0, dragRotate: false, pitchWithRotate: false });
  map.on("error", () => {});
  map.on("idle", () => canvas.toggleAttribute("data-drawn", true));
  map.getCanvas().tabIndex = -1;
  points();
  document.addEventListener("tandem:swapped", points);
  new MutationObserver(relight).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", relight);
}

export function show(canvas) {
  if (canvas.dataset.begun) {
    map?.resize();
    return points();
  }
  canvas.dataset.begun = "yes";
  // Without WebGL the table is the map.
  return begin(canvas).catch(() => {
    canvas.querySelector("[data-map-none]").hidden = false;
  });
}
