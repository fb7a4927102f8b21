"""Proof `outage`: a board in a real browser whose stream, database or whole server is gone.

It says "as of" and its time, stays readable and does not change; afterwards it equals, by hash, a
board that is opened fresh.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psutil  # type: ignore[import-untyped]
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page
from playwright.sync_api import TimeoutError as TooLate

from tandem.cli.supervisor import answers
from tandem.demo.throwaway import Product
from tests.bench.wire import Wire
from tests.crash.kills import SERVICES, Unit, waited_for

ROUNDS = 5
PAGES = ("/desk/", "/wall/", "/crisis/")
WAYS = ("stream", "database", "server")
CALLS = 12
SAID_WITHIN, WHOLE_WITHIN, LONGEST = 5.0, 10.0, 60.0
STILL = 1.5  # seconds in which calls change and the silent board must not
# Everything a desk draws, without what goes on by itself and what is made for one answer.
_DRAWN = """() => [...document.querySelectorAll('[data-region]')].map((region) => {
  const copy = region.cloneNode(true);
  const byItself = '.timer__digits, .timer__said, [type=hidden]';
  for (const one of copy.querySelectorAll(byItself)) one.remove();
  const marks = ['data-level', 'data-new', 'aria-current', 'tabindex', 'aria-busy'];
  for (const one of [copy, ...copy.querySelectorAll('*')])
    for (const name of marks) one.removeAttribute(name);
  return copy.outerHTML.replace(/\\s+/g, ' ');
})"""
# Whether each address of a page answers that what stands there is what it would draw now.
_EQUAL = """async () => {
  const { shownHash } = await import('/static/ui/js/lib/shown.js');
  const regions = [...document.querySelectorAll('[data-region][data-stale-url]')];
  for (const url of new Set(regions.map((one) => one.dataset.staleUrl))) {
    const mine = regions.filter((one) => one.dataset.staleUrl === url);
    const to = new URL(url, location.href);
    to.searchParams.set('regions', mine.map((one) => one.dataset.region));
    to.searchParams.set('state', await shownHash(mine, (one) => one));
    if (document.body.dataset.call) to.searchParams.set('call', document.body.dataset.call);
    const got = await fetch(to, { headers: { 'HX-Request': 'true' } });
    if (got.status !== 204) return false;
  }
  return true;
}"""
_SILENT = "() => document.documentElement.dataset.silent === 'yes'"
_WHOLE = """() => document.documentElement.dataset.silent !== 'yes'
  && document.querySelector('[data-asof]').dataset.wholeNow === 'yes'"""
_TIME = re.compile(r"As of (\d\d:\d\d:\d\d)\.")
_numbers = itertools.count(1)


@dataclass
class Told:
    """What one board did while something was gone."""

    way: str
    said: float = LONGEST
    words: str = ""
    rows: int = 0
    moved: bool = True
    whole: float = LONGEST
    equal: bool = False

    @property
    def good(self) -> bool:
        """Readable with its time, still, and then whole."""
        timed = _TIME.search(self.words) is not None
        return timed and self.rows >= CALLS and not self.moved and self.equal


def signed_in(running: Product, chromium: Chromium, who: str) -> BrowserContext:
    """A window of one of the cast."""
    context = chromium.new_context(viewport={"width": 1366, "height": 900})
    cookies = running.browser(who).cookies
    context.add_cookies(
        [{"name": name, "value": word, "url": running.url} for name, word in cookies.items()]
    )
    return context


@dataclass
class Desk:
    """A dispatcher's board in a chromium, and the feed that changes calls."""

    running: Product
    context: BrowserContext
    page: Page
    beside: list[Page]
    name: str = field(default_factory=lambda: f"outage{time.time_ns() % 10**9}")

    @classmethod
    def open(cls, running: Product, chromium: Chromium) -> Desk:
        """Signed in, with calls on it; beside it the wall, and the crisis desk of another room."""
        context, crisis = (
            signed_in(running, chromium, who) for who in ("dispatcher", "crisis-supervisor")
        )
        desk = cls(running, context, context.new_page(), [context.new_page(), crisis.new_page()])
        desk.change(CALLS)
        for page, path in zip([desk.page, *desk.beside], PAGES, strict=True):
            page.goto(running.url + path)
            page.wait_for_timeout(600)
        return desk

    def equal(self) -> bool:
        """Whether each page is what the server would draw, by its word, as soon as it is whole."""
        for page in (self.page, *self.beside):
            try:
                page.wait_for_function(_EQUAL, timeout=WHOLE_WITHIN * 1000)
            except TooLate:
                return False
        return True

    def change(self, count: int = 1) -> bool:
        """Calls of the feed that stand somewhere else now."""
        wire = Wire.of_feed(self.running.url, self.running.feed_token())
        done = [wire.post(self._event())[0] == 200 for _ in range(count)]
        wire.close()
        return all(done)

    def _event(self) -> dict[str, Any]:
        number = next(_numbers)
        return {
            "external_id": f"{self.name}-{number % CALLS}",
            "sequence": number,
            "occurred_at": datetime.now(UTC).isoformat(),
            "call_type": "WELFARE CHECK",
            "location": {"text": f"Place {number}"},
        }

    def drawn(self, page: Page | None = None) -> str:
        """The hash of all that is drawn."""
        shown = (page or self.page).evaluate(_DRAWN)
        return hashlib.sha256(json.dumps(shown).encode()).hexdigest()

    def fresh(self) -> str:
        """The hash of the same board, opened now beside it."""
        page = self.context.new_page()
        page.goto(self.page.url)
        page.wait_for_timeout(600)
        found = self.drawn(page)
        page.close()
        return found


@contextlib.contextmanager
def stream_blocked(desk: Desk) -> Iterator[None]:
    """Only the stream is gone: pages and acts go on."""
    desk.page.route("**/stream*", lambda route: route.abort())
    waited_for(desk.running.instance, "push").kill()
    yield
    waited_for(desk.running.instance, "push")
    desk.page.unroute("**/stream*")


@contextlib.contextmanager
def database_gone(desk: Desk) -> Iterator[None]:
    """The database is killed, and whoever would start it again is held."""
    supervisor = waited_for(desk.running.instance, "supervisor")
    postmaster = waited_for(desk.running.instance, "postgres")
    supervisor.send_signal(signal.SIGSTOP)
    try:
        _kill([postmaster, *postmaster.children()])
        yield
    finally:
        supervisor.send_signal(signal.SIGCONT)


def server_gone(unit: Unit) -> Callable[[Desk], contextlib.AbstractContextManager[None]]:
    """Every process of the installation is killed at once, as by a cut of its power."""

    @contextlib.contextmanager
    def gone(desk: Desk) -> Iterator[None]:
        instance = desk.running.instance
        names = ("supervisor", *sorted(SERVICES), "postgres")
        first = [waited_for(instance, name) for name in names]
        _kill([one for top in first for one in (top, *top.children(recursive=True))])
        unit.reap()
        yield
        unit.start()

    return gone


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def without(
    desk: Desk, way: str, gone: Callable[[Desk], contextlib.AbstractContextManager[None]]
) -> Told:
    """What the board does while this is gone, and after it has come back."""
    told = Told(way)
    before = desk.drawn()
    began = time.monotonic()
    with gone(desk):
        desk.page.wait_for_function(_SILENT, timeout=LONGEST * 1000)
        told.said = time.monotonic() - began
        told.words = desk.page.locator("[data-asof-words]").inner_text()
        if way == "stream" and not desk.change(3):
            raise RuntimeError("no call changed while only the stream was gone")
        desk.page.wait_for_timeout(STILL * 1000)
        told.rows = desk.page.locator("tr[data-key]:visible").count()
        told.moved = desk.drawn() != before or not desk.page.evaluate(_SILENT)
    port = int(desk.running.url.rsplit(":", 1)[1])
    while not answers("127.0.0.1", port):
        time.sleep(0.05)
    back = time.monotonic()
    while not desk.change(2):
        time.sleep(0.1)
    desk.page.wait_for_function(_WHOLE, timeout=LONGEST * 1000)
    told.whole = time.monotonic() - back
    desk.page.wait_for_timeout(800)
    told.equal = desk.drawn() == desk.fresh() and desk.equal()
    return told


def outages(
    running: Product, chromium: Chromium, rounds: int = ROUNDS, chosen: Sequence[str] = WAYS
) -> list[Told]:
    """Round after round: the stream, the database, the whole server."""
    unit = Unit.of(running)
    desk = Desk.open(running, chromium)
    ways = {
        "stream": stream_blocked,
        "database": database_gone,
        "server": server_gone(unit),
    }
    found = []
    for _round in range(rounds):
        found += [without(desk, way, ways[way]) for way in chosen]
    for page in (desk.page, *desk.beside):
        page.context.close()
    return found
