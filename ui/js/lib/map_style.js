// How the map looks: tokens of this page's light, for the program's own lines and for tiles of either kind.

// The layers of OpenMapTiles and of the Protomaps base map that are drawn; what a file lacks is left out.
const ROADS = ["transportation", "roads"];
const ROAD_NAMES = ["transportation_name", "roads"];
const KIND = ["coalesce", ["get", "class"], ["get", "kind"], ["get", "pmap:kind"], ""];
const NAME = ["coalesce", ["get", "name"], ["get", "name:latin"], ""];
const GREEN = ["park", "wood", "forest", "grass", "grassland", "wetland", "cemetery", "nature_reserve", "golf_course", "pitch", "recreation_ground"];
const RANKS = {
  path: { kinds: ["path", "track", "footway", "cycleway", "pedestrian"], widths: [14, 0.4, 18, 2], from: 14, dash: [2, 1.5] },
  rail: { kinds: ["rail", "transit"], widths: [11, 0.5, 18, 2], from: 11, dash: [5, 2] },
  small: { kinds: ["minor", "minor_road", "service", "street", "residential", "unclassified", "living_street", "busway", "tertiary_link", "secondary_link"], widths: [12, 0.6, 18, 12], from: 12 },
  main: { kinds: ["primary", "secondary", "tertiary", "major_road"], widths: [8, 0.6, 18, 18], from: 7 },
  big: { kinds: ["motorway", "trunk", "highway"], widths: [5, 0.6, 18, 24], from: 4 },
};

// A token as the light of this page makes it.
function ink(token) {
  const probe = document.createElement("i");
  probe.style.color = `var(--td-${token})`;
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}

const isDark = (color) => color.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) < 384;
const grown = ([low, least, high, most], more = 0) => ["interpolate", ["exponential", 1.4], ["zoom"], low, least + more, high, most + more * 2];
const among = (kinds) => ["in", KIND, ["literal", kinds]];

function areas() {
  const fill = (id, layer, color, filter) => ({ id, type: "fill", source: "tiles", "source-layer": layer, ...(filter && { filter }), paint: { "fill-color": ink(color), "fill-antialias": false } });
  return [
    ...["landcover", "landuse", "park"].map((layer) => fill(`green-${layer}`, layer, "map-green", layer === "park" ? null : among(GREEN))),
    fill("water", "water", "map-water", ["==", ["geometry-type"], "Polygon"]),
    { id: "waterway", type: "line", source: "tiles", "source-layer": "waterway", paint: { "line-color": ink("map-water"), "line-width": 1.5 } },
    ...["building", "buildings"].map((layer) => ({ ...fill(layer, layer, "map-built", ["==", ["geometry-type"], "Polygon"]), minzoom: 14 })),
  ];
}

function roads() {
  const layers = [];
  for (const part of ["edge", "face"]) {
    for (const [rank, { kinds, widths, from, dash }] of Object.entries(RANKS)) {
      if (part === "edge" && dash) continue;
      for (const layer of ROADS) {
        const paint = { "line-color": ink(part === "edge" || dash ? "map-edge" : "map-road"), "line-width": grown(widths, part === "edge" ? 1.2 : 0), ...(dash && { "line-dasharray": dash }) };
        layers.push({ id: `${rank}-${layer}-${part}`, type: "line", source: "tiles", "source-layer": layer, minzoom: from, filter: ["all", ["==", ["geometry-type"], "LineString"], among(kinds)], layout: { "line-cap": dash ? "butt" : "round", "line-join": "round" }, paint });
      }
    }
  }
  return layers;
}

function names() {
  const text = (id, layer, size, more) => ({ id, type: "symbol", source: "tiles", "source-layer": layer, ...more, layout: { "text-field": NAME, "text-font": ["Public Sans"], "text-size": size, ...more.layout }, paint: { "text-color": ink("map-name"), "text-halo-color": ink("canvas"), "text-halo-width": 1.5 } });
  const numbered = (layer, field) => text(`house-${layer}`, layer, 10, { minzoom: 16.5, filter: ["has", field], layout: { "text-field": ["get", field] } });
  return [
    numbered("housenumber", "housenumber"),
    numbered("buildings", "addr_housenumber"),
    ...ROAD_NAMES.map((layer) => text(`name-${layer}`, layer, ["interpolate", ["linear"], ["zoom"], 12, 10, 18, 14], { minzoom: 12, filter: ["==", ["geometry-type"], "LineString"], layout: { "symbol-placement": "line", "symbol-spacing": 220 } })),
    ...["place", "places"].map((layer) => text(`name-${layer}`, layer, 13, { layout: { "text-max-width": 8 } })),
  ];
}

// Pictures of a server cannot take our inks: in the dark their light is turned over and dimmed.
function pictures(dark) {
  return { id: "tiles", type: "raster", source: "tiles", paint: dark ? { "raster-brightness-min": 0.8, "raster-brightness-max": 0.08, "raster-hue-rotate": 180, "raster-saturation": -0.5 } : { "raster-saturation": -0.35 } };
}

function sourceOf({ tiles, tilesKind, tilesZooms, tilesBounds }) {
  const address = new URL(tiles, location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}");
  const source = { type: tilesKind, tiles: [address], maxzoom: tilesKind === "vector" ? 14 : 19 };
  if (tilesKind === "raster") source.tileSize = 256;
  if (tilesZooms) [source.minzoom, source.maxzoom] = tilesZooms.split(" ").map(Number);
  if (tilesBounds) source.bounds = tilesBounds.split(" ").map(Number);
  return source;
}

export function styleOf(ground, told) {
  const canvas = ink("canvas");
  const sources = { ground: { type: "geojson", data: ground } };
  const layers = [{ id: "ground", type: "background", paint: { "background-color": canvas } }];
  if (told.tiles) {
    sources.tiles = sourceOf(told);
    layers.push(...(told.tilesKind === "vector" ? [...areas(), ...roads()] : [pictures(isDark(canvas))]));
  }
  for (const [kind, width, token] of [["street", 1, "line-strong"], ["boundary", 1.5, "text-2"]]) {
    layers.push({ id: kind, type: "line", source: "ground", filter: ["==", ["get", "kind"], kind], paint: { "line-color": ink(token), "line-width": width } });
  }
  if (told.tilesKind === "vector") layers.push(...names());
  return { version: 8, sources, layers };
}
