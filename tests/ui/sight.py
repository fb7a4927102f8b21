"""Draws the screens of a live night as colorblind eyes see them, and the map on an invented town.

`python -m tests.ui.sight` writes build/sight/NAME-EYES-THEME.png, as Chromium renders them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tandem.kernel.tiles import facts_of, tile_of
from tests.invented_tiles import EAST, NORTH, SOUTH, WEST, write_town

from .contexts_desk import desk
from .contexts_panes import placed
from .preview import CHROMIUM, FLAGS, HEIGHTS, Site, all_contexts
from .shapes import ROOT

EYES = ("none", "protanopia", "deuteranopia", "tritanopia")
SCREENS = {
    "desk": 1920,
    "desk--map": 1366,
    "crisis_desk": 1366,
    "wall": 1366,
    "my_calls": 360,
    "my_calls--emergency_beside": 360,
    "desk--emergency": 1366,
    "encounter_crisis": 360,
}
GROUND = {
    "type": "Feature",
    "properties": {"kind": "boundary"},
    "geometry": {
        "type": "LineString",
        "coordinates": [
            [WEST + 0.009, SOUTH + 0.001],
            [WEST + 0.009, NORTH - 0.001],
            [EAST - 0.004, NORTH - 0.001],
            [EAST - 0.004, SOUTH + 0.001],
            [WEST + 0.009, SOUTH + 0.001],
        ],
    },
}


def mapped(kind: str, file: Path) -> dict[str, Any]:
    """The desk with its map open on the town's vector tiles, on a server's, or on none."""
    shown = placed()
    shown.ground_url = "/ground"
    spots = [(43.8085, -91.2455), (43.803, -91.238), None]
    for point, spot in zip(shown.points, spots, strict=True):
        point.lat, point.lon = spot or (None, None)
    shown.posts[0].lat, shown.posts[0].lon = 43.811, -91.233
    if kind != "none":
        held = facts_of(file)
        shown.tiles, shown.kind, shown.credit = "/tiles/{z}/{x}/{y}.mvt", kind, held.credit
        shown.zooms, shown.bounds = (held.least, held.most), held.bounds
    whole = desk()["desk"]
    panes = desk()["desk--looking_back"]["desk"].panes
    panes = replace(panes, shown=["map"], drawn="map")
    return {**whole, "done": None, "desk": replace(whole["desk"], panes=panes, map=shown)}


class TownSite(Site):
    """The preview's server, with the ground and the tiles of a town that is nowhere."""

    def __init__(self, file: Path, asked: list[str], *args: Any, **kwargs: Any) -> None:
        self.file, self.asked = file, asked
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        """A tile, the ground, or what the preview has."""
        if self.path == "/ground":
            self._send(json.dumps({"type": "FeatureCollection", "features": [GROUND]}).encode())
        elif self.path.startswith("/tiles/"):
            self.asked.append(self.path)
            z, x, y = map(int, self.path.removesuffix(".mvt").split("/")[2:])
            self._send(tile_of(self.file, z, x, y) or b"", packed=True)
        else:
            super().do_GET()

    def _send(self, body: bytes, *, packed: bool = False) -> None:
        self.send_response(200)
        if packed and body:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def town_site(schema: str = "openmaptiles") -> Iterator[tuple[str, list[str]]]:
    """Its address, and the tiles that were asked of it so far."""
    asked: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        file = write_town(Path(folder) / "town.pmtiles", schema)
        contexts = {**all_contexts(), "desk--map": mapped("vector", file)}
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(TownSite, file, asked, contexts))
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            server.server_close()


def see(page: Page, eyes: str) -> None:
    """Let the page be rendered as these eyes see it."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setEmulatedVisionDeficiency", {"type": eyes})


def main() -> None:
    """Every screen for every kind of eyes, in the lights that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(SCREENS))
    parser.add_argument("--themes", default="dark,light")
    parser.add_argument("--eyes", default=",".join(EYES))
    parser.add_argument("--schema", default="openmaptiles")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "sight")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with town_site(asked.schema) as (address, _tiles), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name in asked.names:
            width = SCREENS.get(name, 1366)
            view = {"width": width, "height": HEIGHTS[width]}
            page = browser.new_page(viewport=view)  # type: ignore[arg-type]
            page.on("console", lambda message: print("console:", message.text[:300]))
            for theme in asked.themes.split(","):
                page.goto(f"{address}/en/{theme}/{name}")
                page.evaluate("document.fonts.ready")
                if name == "desk--map":
                    page.wait_for_selector("[data-map][data-drawn]")
                for eyes in asked.eyes.split(","):
                    see(page, eyes)
                    page.screenshot(path=str(asked.out / f"{name}-{eyes}-{theme}.png"))
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
