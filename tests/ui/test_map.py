"""The map in a browser: it draws a file's tiles in the light of the page, and asks nobody else."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from .sight import town_site

pytestmark = pytest.mark.browser
WEAR = "theme => { document.documentElement.dataset.theme = theme; }"


def test_the_map_draws_the_files_tiles_in_the_light_of_the_page(chromium: Browser) -> None:
    with town_site() as (address, asked):
        page = chromium.new_page(viewport={"width": 1366, "height": 900})
        faults: list[str] = []
        asked_of: list[str] = []
        page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
        page.on("request", lambda one: asked_of.append(one.url))
        page.goto(f"{address}/en/dark/desk--map")
        page.wait_for_selector("[data-map][data-drawn]")
        tiles = len(asked)
        dark = page.locator("[data-map] canvas").screenshot()
        page.evaluate(WEAR, "light")
        page.wait_for_selector("[data-map][data-drawn]")
        assert page.locator("[data-map] canvas").screenshot() != dark
        # Another light is another paint, not another load.
        assert len(asked) == tiles > 0
        assert page.get_by_text("Invented County © nobody").is_visible()
        assert faults == []
        assert {url.split("://")[1].split("/")[0] for url in asked_of} == {address.split("://")[1]}
        page.close()
