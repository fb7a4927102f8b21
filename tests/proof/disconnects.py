"""Proof `disconnects`: boards are cut off again and again while calls change; none misses a change.

Two measures. Every frame of every board is held against the outbox in its order, exactly. And after
each round a board that was told something draws its lists again, one that was told nothing keeps
what it has: each then asks, with its own word for what it shows, whether a fresh one shows it.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from tandem.board.cursor import Cursors
from tandem.board.shown import shown_hash
from tandem.demo.throwaway import Product
from tests import loops
from tests.bench.streams import Heard, Stream, opened, sessions
from tests.bench.wire import Wire
from tests.crash.run import newest_cursor
from tests.crash.viewers import judge

CUTS, BOARDS, ROUNDS = 10_000, 50, 20
CALLS, EVERY = 12, 0.04
AT_ONCE, LONGEST_AWAY = 10, 0.12
QUIET, PATIENCE = 0.6, 15.0
SEED = 4
WRAPPER = Path(__file__).parent / "wrapper"
_LISTS = "/desk/fragments/?regions=lists"
SHOWS_IT_ALREADY = 204


@dataclass(eq=False)
class Board(Stream):
    """A desk's stream that keeps its frames, and the lists it drew when it was last told."""

    frames: list[tuple[str, str, list[str]]] = field(default_factory=list)
    heard_at: float = 0.0
    told: bool = False
    drawn: str = ""

    def _frame(self, frame: str, now: float) -> None:
        word, name, data = (line.partition(": ")[2] for line in frame.split("\n")[:3])
        self.cursor, self.told, self.heard_at = word, True, now
        self.frames.append((word, name, json.loads(data).get("keys", [])))


@dataclass
class Tally:
    """What came of it."""

    cuts: int = 0
    changes: int = 0
    frames: int = 0
    missed: int = 0
    backwards: int = 0
    afresh: int = 0
    compared: int = 0
    unequal: int = 0


class Changes(threading.Thread):
    """A feed whose calls change all the time; every change is another place of one call."""

    def __init__(self, running: Product) -> None:
        super().__init__()
        self.wire = Wire.of_feed(running.url, running.feed_token())
        self.name_of_run = f"cut{time.time_ns() % 10**9}"
        self.numbers = itertools.count(1)
        self.going, self.over, self.quiet = threading.Event(), threading.Event(), threading.Event()
        self.made = 0

    def run(self) -> None:
        """Change calls while told to go on."""
        while not self.over.is_set():
            if not self.going.wait(0.1):
                self.quiet.set()
                continue
            self.quiet.clear()
            self.change()
            time.sleep(EVERY)
        self.wire.close()

    def change(self) -> None:
        """The next change, committed."""
        number = next(self.numbers)
        status, text = self.wire.post(
            {
                "external_id": f"{self.name_of_run}-{number % CALLS}",
                "sequence": number,
                "occurred_at": datetime.now(UTC).isoformat(),
                "call_type": "WELFARE CHECK",
                "location": {"text": f"Place {number}"},
            }
        )
        if status != 200:
            raise RuntimeError(f"a change was answered {status} {text[:200]!r}")
        self.made += 1

    def pause(self) -> None:
        """No change from now on."""
        self.quiet.clear()
        self.going.clear()
        self.quiet.wait(10)


async def cut(boards: list[Board], draw: random.Random, count: int, tally: Tally) -> None:
    """So many cuts, ten boards at a time, each away for a moment in which calls change."""
    while count > 0:
        chosen = draw.sample(boards, min(AT_ONCE, count, len(boards)))
        for board in chosen:
            board.transport.abort()
        await asyncio.sleep(draw.uniform(0, LONGEST_AWAY))
        await asyncio.gather(*(board.open() for board in chosen))
        count -= len(chosen)
        tally.cuts += len(chosen)


async def until_quiet(boards: list[Board]) -> None:
    """Until no frame has come for a while; what never comes is a miss."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if time.monotonic() - max(board.heard_at for board in boards) > QUIET:
            return
        await asyncio.sleep(0.05)


def draw_told(pages: dict[str, Wire], boards: list[Board]) -> None:
    """Who was told something draws the lists again."""
    for board in boards:
        if board.told:
            board.told = False
            board.drawn = _lists(pages[board.cookie])


def compare(pages: dict[str, Wire], boards: list[Board], tally: Tally) -> None:
    """Who was told draws again; then all are held against a board that is opened now."""
    draw_told(pages, boards)
    tally.compared += len(boards)
    for board in boards:
        # As a page asks on its return: with its own word for what it shows.
        own = shown_hash(board.drawn)
        status, _ = pages[board.cookie].ask("GET", f"{_LISTS}&state={own}")
        tally.unequal += status != SHOWS_IT_ALREADY


def _lists(page: Wire) -> str:
    status, text = page.ask("GET", _LISTS)
    if status != 200 or b'<tr class="call"' not in text:
        raise RuntimeError(f"the lists were answered {status}")
    return text.decode()


def judged(running: Product, boards: list[Board], since: int, tally: Tally) -> None:
    """Every frame against the outbox."""
    with psycopg.connect(running.dsn("superuser")) as connection:
        rows = connection.execute(
            "SELECT cursor, keys FROM storage_outbox WHERE cursor > %s"
            " AND 'dispatch' = ANY(audience) ORDER BY cursor",
            [since],
        ).fetchall()
    news = [(row[0], frozenset(str(key) for key in row[1])) for row in rows]
    cursors = Cursors(running.instance.secrets()["django_secret"])
    for board in boards:
        mine = hashlib.sha256(board.cookie.encode()).digest()
        told = [(cursors.place(word, mine), name, keys) for word, name, keys in board.frames]
        found = judge(told, news)
        tally.frames += found.frames
        tally.missed += found.missed
        tally.backwards += found.backwards
        tally.afresh += found.resets


async def _rounds(
    running: Product, changes: Changes, cookies: list[str], *, cuts: int, rounds: int
) -> Tally:
    tally, draw, heard = Tally(), random.Random(SEED), Heard()  # noqa: S311
    since = newest_cursor(running)
    boards = await opened(running, heard, cookies, Board)
    pages = {one: Wire(running.url, head=f"Cookie: tandem_session={one}\r\n") for one in cookies}
    for _round in range(rounds):
        changes.going.set()
        await cut(boards, draw, cuts // rounds, tally)
        await asyncio.to_thread(changes.pause)
        await until_quiet(boards)
        await asyncio.to_thread(draw_told, pages, boards)
        # At the end of a round all are away at once, while one more call changes.
        for board in boards:
            board.transport.abort()
        await asyncio.to_thread(changes.change)
        await asyncio.gather(*(board.open() for board in boards))
        tally.cuts += len(boards)
        await until_quiet(boards)
        await asyncio.to_thread(compare, pages, boards, tally)
    for board in boards:
        board.transport.abort()
    for page in pages.values():
        page.close()
    judged(running, boards, since, tally)
    return tally


def cut_off(
    running: Product, *, cuts: int = CUTS, boards: int = BOARDS, rounds: int = ROUNDS
) -> Tally:
    """Cut boards of as many sessions, in rounds; at least `cuts` cuts of all together."""
    changes = Changes(running)
    for _call in range(CALLS):
        changes.change()
    changes.start()
    try:
        cookies = sessions(running, boards)
        tally = loops.run(_rounds(running, changes, cookies, cuts=cuts, rounds=rounds))
    finally:
        changes.over.set()
        changes.join()
    tally.changes = changes.made
    return tally
