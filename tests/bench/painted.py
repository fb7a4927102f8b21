"""Area `board`: from a commit to the row that is painted, on one board and beside nineteen others.

One board is a page in a chromium, which says itself when a row was painted. The others do what a
page does, with the keys they were told, from the same addresses and with the same rests, but draw
nothing.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, sync_playwright

from tandem.demo.throwaway import Product
from tests.bench.desk import FULL, open_calls, web_port
from tests.bench.rows import Rows, at
from tests.bench.streams import sessions
from tests.bench.wire import Wire
from tests.crash.viewers import Told, Viewer
from tests.ui.preview import CHROMIUM, FLAGS

OPEN, OTHERS = 200, 19
RATE, SECONDS = 5.0, 30.0
ALONE, AMONG = 300, 1_500
ROW, REFRESHES = 15, 60
REST, LONGEST_REST, MOST_KEYS = 0.1, 1.0, 40  # as the page's own script
PATIENCE = 20.0
_REGIONS = "/desk/fragments/?regions=counts,feeds,lists,detail,units,requests"
_WATCH = """() => {
  window.painted = {};
  const look = () => {
    for (const one of document.querySelectorAll('.call__place span')) {
      const found = /^Painted (\\d+)$/.exec(one.textContent);
      if (!found || window.painted[found[1]]) continue;
      window.painted[found[1]] = -1;
      requestAnimationFrame(() => { window.painted[found[1]] = Date.now(); });
    }
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""


class Board(threading.Thread):
    """A board without a screen: told by its stream it fetches, one request at a time."""

    def __init__(self, url: str, cookie: str) -> None:
        super().__init__()
        self.viewer = Viewer(url, cookie)
        self.page = Wire(url, head=f"Cookie: tandem_session={cookie}\r\nAccept-Encoding: gzip\r\n")
        self.over = threading.Event()
        self.fetched = 0

    def run(self) -> None:
        """Look on until told to stop."""
        self.viewer.start()
        seen = 0
        while not self.over.wait(0.01):
            told = self.viewer.told[seen:]
            seen += len(told)
            if not told:
                continue
            began = time.monotonic()
            status, _ = self.page.ask("GET", _REGIONS + self._keys(told))
            self.fetched += status == 200
            self.over.wait(min(LONGEST_REST, max(REST, 2 * (time.monotonic() - began))))
        self.viewer.stop()

    def _keys(self, told: list[Told]) -> str:
        """What a page asks for: rows by key, unless its first word or a reset was among it."""
        keys = {key for one in told for key in one.keys}
        by_key = all(one.name == "changed" for one in told) and len(keys) <= MOST_KEYS
        return f"&keys={','.join(sorted(keys))}" if by_key else ""


class Committer:
    """One call of a feed that stands at another place with each commit."""

    def __init__(self, running: Product) -> None:
        self.wire = Wire.of_feed(running.url, running.feed_token())
        self.numbers = itertools.count(1)

    def commit(self) -> tuple[int, float]:
        """The next place, and when it was sent: a commit is never earlier."""
        number = next(self.numbers)
        body = {
            "external_id": "painted",
            "sequence": number,
            "occurred_at": datetime.now(UTC).isoformat(),
            "call_type": "WELFARE CHECK",
            "location": {"text": f"Painted {number}"},
        }
        sent = time.time()
        status, _ = self.wire.post(body)
        if status != 200:
            raise RuntimeError(f"a commit was answered {status}")
        return number, sent

    def at_rate(self, rate: float, seconds: float) -> dict[int, float]:
        """Commits at an even pace."""
        began, sent = time.monotonic(), {}
        for place in range(int(rate * seconds)):
            time.sleep(max(0.0, began + place / rate - time.monotonic()))
            number, when = self.commit()
            sent[number] = when
        return sent


@contextmanager
def others(running: Product, count: int) -> Iterator[list[Board]]:
    """So many boards without a screen."""
    boards = [Board(running.url, cookie) for cookie in sessions(running, count)]
    for board in boards:
        board.start()
    try:
        yield boards
    finally:
        for board in boards:
            board.over.set()
        for board in boards:
            board.join()


def _open(running: Product, chromium: Chromium) -> Page:
    context = chromium.new_context(viewport={"width": 1366, "height": 900})
    cookies = running.browser("dispatcher-2").cookies
    context.add_cookies(
        [{"name": name, "value": word, "url": running.url} for name, word in cookies.items()]
    )
    page = context.new_page()
    page.goto(running.url + "/desk/")
    page.evaluate(_WATCH)
    page.wait_for_timeout(1000)
    return page


def painted(page: Page, sent: dict[int, float]) -> list[float]:
    """Milliseconds from each commit to its paint, or to that of a newer place instead."""
    last = max(sent)
    page.wait_for_function(f"() => window.painted[{last}] > 0", timeout=PATIENCE * 1000)
    at_page = {int(k): v for k, v in page.evaluate("() => window.painted").items() if v > 0}
    shown = sorted(at_page.items())
    return [
        next(when for number, when in shown if number >= one) - began * 1000
        for one, began in sent.items()
    ]


def refreshes(running: Product, committer: Committer) -> list[float]:
    """Milliseconds of the web process for what a board asks after one row has changed."""
    cookies = running.browser("dispatcher").cookies
    head = "Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items())
    page = Wire(f"http://localhost:{web_port(running)}", head=f"{head}\r\n")
    key = _key_of(page.ask("GET", "/desk/fragments/?regions=lists")[1].decode())
    found = []
    for _ in range(REFRESHES):
        number, _sent = committer.commit()
        began = time.perf_counter()
        status, text = page.ask("GET", f"{_REGIONS}&keys={key}")
        found.append((time.perf_counter() - began) * 1000)
        if status != 200 or text.count(b"<tr ") != 1 or b"Painted %d<" % number not in text:
            raise RuntimeError(f"a row was answered {status}")
    page.close()
    return found


def _key_of(lists: str) -> str:
    """The key of the call that stands at another place with each commit."""
    row = next(one for one in lists.split("<tr ") if "Painted " in one)
    return row.partition('data-key="')[2].partition('"')[0]


def measure(rows: Rows, running: Product) -> None:
    """One board, then twenty; each with two hundred open calls."""
    open_calls(running, OPEN - 1)
    committer = Committer(running)
    committer.commit()
    one = refreshes(running, committer)
    name = "refresh after one row changed"
    rows.add(f"{name}, {OPEN} open calls, p50", at(one, 0.5), "ms", at_most=ROW, n=len(one))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            page = _open(running, chromium)
            alone = painted(page, committer.at_rate(1.0, SECONDS))
            name = f"commit to painted, one board of {OPEN} calls"
            rows.add(f"{name}, p50", at(alone, 0.5), "ms", n=len(alone))
            rows.add(f"{name}, p95", at(alone, 0.95), "ms", at_most=ALONE, n=len(alone))
            with others(running, OTHERS) as boards:
                time.sleep(2)
                among = painted(page, committer.at_rate(RATE, SECONDS))
                fetched = sum(board.fetched for board in boards)
            name = f"commit to painted, {OTHERS + 1} boards, {RATE:g} commits/s"
            rows.add(f"{name}, p50", at(among, 0.5), "ms", n=len(among))
            rows.add(f"{name}, p95", at(among, 0.95), "ms", at_most=AMONG, n=len(among))
            rows.add("what the other boards fetched meanwhile", fetched, "answers", n=OTHERS)
        finally:
            chromium.close()
    open_calls(running, FULL - OPEN)
    full = refreshes(running, committer)
    name = "refresh after one row changed"
    rows.add(f"{name}, {FULL} open calls, p50", at(full, 0.5), "ms", at_most=ROW, n=len(full))
