"""Each page in each light and language: accessible, no script error, no sideways scroll."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.axe import COLORS, RULES, broken

from .preview import HEIGHTS, all_contexts, render
from .shapes import UI

NAMES = sorted(all_contexts())
OTHER_THEMES = ("dark", "contrast")
WIDTHS = [320, 360, 768, 1366, 1920]
FIELD = {"duty", "my_calls", "encounter_police", "encounter_crisis", "form", "custody"}
WEAR = "theme => { document.documentElement.dataset.theme = theme; }"
# The same page in Spanish, whose sheets and fonts are there already.
IN_SPANISH = """async (address) => {
  const text = await (await fetch(address)).text();
  const drawn = new DOMParser().parseFromString(text, 'text/html');
  document.documentElement.lang = drawn.documentElement.lang;
  document.documentElement.dataset.theme = drawn.documentElement.dataset.theme;
  document.body.replaceWith(document.adoptNode(drawn.body));
}"""
SMALL_TARGETS = """(least) => [...document.querySelectorAll(
    'button, summary, select, input:not([type=hidden]), textarea, a.button')]
  .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.closest('.toast, .display'))
  .map(e => [e, e.getBoundingClientRect()])
  .filter(([e, b]) => b.height > 0 && b.height < least)
  .map(([e, b]) => `${e.tagName}.${e.className} ${Math.round(b.height)}`)"""


def width_of(name: str) -> int:
    """Responders' pages are looked at on a phone, the others on a desk."""
    return 360 if name.split("--", maxsplit=1)[0] in FIELD else 1366


@pytest.fixture(scope="module")
def tabs(chromium: Browser) -> Iterator[BrowserContext]:
    """One visitor of all pages, who keeps the sheet, the scripts and the fonts."""
    context = chromium.new_context()
    yield context
    context.close()


def judge(page: Page, rules: dict[str, Any]) -> None:
    """Nothing for axe to say, and nothing wider than the screen."""
    assert broken(page, rules) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.browser
@pytest.mark.parametrize("name", NAMES)
def test_page_is_accessible_and_whole(tabs: BrowserContext, site: str, name: str) -> None:
    width = width_of(name)
    page = tabs.new_page()
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    said: list[str] = []
    page.on(
        "console", lambda message: said.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    try:
        page.goto(f"{site}/en/light/{name}")
        if name.split("--", maxsplit=1)[0] in FIELD:
            assert page.evaluate(SMALL_TARGETS, 48) == []
        assert too_wide(page, name) == []
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        for fold in page.query_selector_all("main details:not([open]) > summary"):
            if fold.is_visible() and name.startswith("encounter"):
                fold.click()
        # A row that lies half behind the command line is scrolled to, not too small.
        whole = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": max(whole, HEIGHTS[width])})
        judge(page, RULES)
        # Inks are the page's own, not its state's: high contrast is asked once of each page.
        for theme in OTHER_THEMES if "--" not in name else OTHER_THEMES[:1]:
            page.evaluate(WEAR, theme)
            judge(page, COLORS)
        assert said == []
        page.evaluate(IN_SPANISH, f"{site}/es/light/{name}")
        assert too_wide(page, name) == []
    finally:
        page.close()


def test_every_page_is_drawn() -> None:
    # The file that is kept for an outage is no page: it carries its style within.
    drawn = {name.split("--")[0] for name in NAMES} | {"print_file"}
    assert {path.stem for path in (UI / "pages").glob("*.html")} == drawn


def test_a_light_is_an_attribute_and_nothing_else() -> None:
    """So a page once loaded can be judged in each."""
    name = "desk"
    drawn = {
        theme: re.sub(
            r'data-theme="\w+"|<option[^>]*>', "", render(name, all_contexts()[name], "en", theme)
        )
        for theme in ("light", *OTHER_THEMES)
    }
    assert len(set(drawn.values())) == 1


def too_wide(page: Page, name: str) -> list[tuple[str, int, int]]:
    """The widths at which this page scrolls sideways."""
    wide = []
    # No script of ours asks for the width, so a page once loaded is asked at each.
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        seen, needed = page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
        assert seen == width
        if needed > width:
            wide.append((name, width, needed))
    return wide


def test_no_script_asks_for_the_width() -> None:
    # One that listens for a change of size hears the test's changes too.
    asking = re.compile(r"innerWidth|matchMedia\([^)]*(?:width|height)|clientWidth|offsetWidth")
    scripts = sorted(UI.rglob("*.js"))
    assert scripts
    assert [path.name for path in scripts if asking.search(path.read_text("utf-8"))] == []


@pytest.mark.browser
def test_primary_act_lies_in_the_lower_part_of_a_phone(chromium: Browser, site: str) -> None:
    page = chromium.new_page(viewport={"width": 360, "height": 740})
    try:
        for name in ("duty", "my_calls", "encounter_police", "encounter_crisis"):
            page.goto(f"{site}/en/dark/{name}")
            box = page.locator(
                ".foot .button[data-kind=primary], .mine__foot .button[data-kind=primary]"
            ).first.bounding_box()
            assert box is not None
            assert box["y"] >= 740 * 0.6, name
            assert box["y"] + box["height"] <= 740, name
    finally:
        page.close()


@pytest.mark.browser
def test_pages_work_without_scripts(chromium: Browser, site: str) -> None:
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    try:
        page.goto(f"{site}/en/light/encounter_crisis")
        assert page.locator("#note-text").is_visible()
        assert page.locator("#axes").is_visible()
        assert page.get_by_role("button", name="Keep as draft").is_visible()
        page.goto(f"{site}/en/light/desk")
        assert page.get_by_role("button", name="Assign").is_visible()
    finally:
        context.close()


CUT = """() => [...document.querySelectorAll(
    '.call__number, .call__type, .call__place, .call__units, .call__reason, ' +
    '.call__hazard, .call__timer')]
  .filter(e => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)
  .map(e => `${e.className} ${e.textContent.trim()}`)"""


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 768, 1280, 1366, 1920])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_no_word_of_a_call_is_cut_on_the_desk(
    chromium: Browser, site: str, lang: str, width: int
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900})
    try:
        for name in ("desk", "desk--overdue"):
            page.goto(f"{site}/{lang}/dark/{name}")
            page.evaluate("document.fonts.ready")
            assert page.evaluate(CUT) == []
    finally:
        page.close()


@pytest.mark.browser
def test_axe_finds_what_is_wrong(chromium: Browser) -> None:
    page = chromium.new_page()
    try:
        page.set_content("<html><body><main><h1>A</h1><img src='data:,'><button></button></main>")
        rules = {one.split(":")[0] for one in broken(page)}
        assert {"image-alt", "button-name", "html-has-lang", "document-title"} <= rules
    finally:
        page.close()
