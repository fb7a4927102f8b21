"""Area `safety`: from a responder's press to the sound at both desks, in real browsers."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, sync_playwright

from tandem.demo.browser import Browser, keys_in
from tandem.demo.phones import FakeBrowser
from tandem.demo.throwaway import Product
from tests.bench.rows import Rows, at
from tests.ui.preview import CHROMIUM, FLAGS

PRESSES = 120
P99 = 1.0
PATIENCE = 10.0
DESKS = {"dispatcher": "/desk/", "crisis-supervisor": "/crisis/"}
# When the sound began, by the clock that the presses are timed with as well.
_LISTEN = """() => {
  window.heardAt = 0;
  document.addEventListener('tandem:sounding', (event) => {
    if (event.detail.awake) window.heardAt = Date.now();
  });
}"""
_SILENT = "() => !document.querySelector('[data-alarm]')"


def measure(rows: Rows, running: Product) -> None:
    """From an assignment to a closed phone, and from a press to the sound at both desks."""
    _phones(rows, running)
    _presses(rows, running)


def _phones(rows: Rows, running: Product) -> None:
    """The 99th of a hundred assignments: from the desk's press to the push service's door."""
    officer, desk = running.browser("patrol-officer-2"), running.browser("dispatcher")
    told = _subscribed(running, officer)
    seconds = []
    for _round in range(PRESSES):
        page = desk.post("/intake/", channel="911", priority="2", words="a closed phone")
        call, before = page.url.split("?")[0].split("/")[2], len(told.heard)
        began = time.time()
        desk.post(f"/desk/{call}/assign/", script=True, unit="2b25")
        assert running.phones.wait_for(lambda: len(told.heard) > before, PATIENCE)  # noqa: B023
        seconds.append(told.heard_at[-1] - began)
        member = keys_in(officer.get("/my-calls/").text, r"/my-calls/step/KEY/")[0]
        for state in ("acknowledged", "cleared"):
            officer.post(f"/my-calls/step/{member}/?state={state}", script=True)
    seconds.sort()
    row = "assignment: desk's press to the push service's door, 99th of a hundred"
    rows.add(row, round(at(seconds, 0.99), 3), "s", at_most=P99, n=len(seconds))
    middle = "assignment: desk's press to the push service's door, median"
    rows.add(middle, round(at(seconds, 0.5), 3), "s", n=len(seconds))


def _subscribed(running: Product, officer: Browser) -> FakeBrowser:
    """An officer on a patrol unit whose phone is told."""
    page = officer.get("/duty/").text
    unit = re.search(r'value="([0-9a-f-]{36})"(?:(?!value=).)*?>\s*2B25\s*<', page, re.DOTALL)
    officer.post("/duty/on/", unit=unit[1] if unit else "")
    key = re.search(r'data-phone-key="([^"]*)"', officer.get("/duty/").text)
    assert key is not None
    told = running.phones.browser(key[1])
    facts = {"endpoint": told.endpoint, "p256dh": told.p256dh, "auth": told.auth, "key": key[1]}
    answer = officer.post("/duty/phone/", script=True, **facts)
    assert answer.status == 200, answer.text
    return told


def _presses(rows: Rows, running: Product) -> None:
    """The 99th of a hundred presses, at the later of two desks that are open in a browser."""
    officer, desk = running.browser("patrol-officer"), running.browser("dispatcher")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            pages = [_open(chromium, running, who, path) for who, path in DESKS.items()]
            seconds = [_press(officer, desk, pages) for _ in range(PRESSES)]
        finally:
            chromium.close()
    seconds.sort()
    row = "emergency: press to sound at both desks, 99th of a hundred"
    rows.add(row, round(at(seconds, 0.99), 3), "s", at_most=P99, n=len(seconds))
    middle = "emergency: press to sound at both desks, median"
    rows.add(middle, round(at(seconds, 0.5), 3), "s", n=len(seconds))


def _open(chromium: Chromium, running: Product, persona: str, path: str) -> Page:
    """A desk with somebody at it, who touched the page once: before that a browser is silent."""
    context = chromium.new_context(viewport={"width": 1366, "height": 900})
    cookies = running.browser(persona).cookies
    context.add_cookies(
        [{"name": name, "value": word, "url": running.url} for name, word in cookies.items()]
    )
    page = context.new_page()
    page.goto(running.url + path)
    page.evaluate(_LISTEN)
    page.keyboard.press("j")
    page.wait_for_function(
        "() => document.querySelector('[data-unheard]')?.hidden", timeout=PATIENCE * 1000
    )
    return page


def _press(officer: Browser, desk: Browser, pages: list[Page]) -> float:
    """Seconds until the later desk sounds; then it is ended, as after voice contact."""
    for page in pages:
        page.evaluate("() => { window.heardAt = 0; }")
    began = time.time()
    officer.post("/emergency/", script=True)
    heard = 0.0
    for page in pages:
        page.wait_for_function("() => window.heardAt > 0", timeout=PATIENCE * 1000)
        heard = max(heard, float(page.evaluate("() => window.heardAt")) / 1000)
    key = keys_in(desk.get("/alarm/").text, r"/emergency/KEY/end/")[0]
    desk.post(f"/emergency/{key}/end/", script=True, how="voice")
    for page in pages:
        page.wait_for_function(_SILENT, timeout=PATIENCE * 1000)
    return heard - began
