"""`make crash`: a feed writes over HTTP while every kind of process is killed; nothing may be lost.

A BREAK run weakens a throw-away installation on purpose and must fail: it shows that the
comparison would notice.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import dataclass, field

from tandem.demo.throwaway import Product
from tests.bench.rows import Rows, at
from tests.crash import breaks, compare
from tests.crash.compare import Found
from tests.crash.events import Plan
from tests.crash.kills import KINDS, Unit, kill, order_of_kinds
from tests.crash.viewers import Viewer
from tests.crash.writers import Ledger, Probe, Writers
from tests.harness import product

EVENTS, KILLS, SEED = 20_000, 22, 1
VIEWERS = 3
RECOVERY_P50, RECOVERY_MAX = 2.0, 8.0
LONGEST_RECOVERY = 60.0
SEEDS_OF_A_BREAK = (1, 2, 3, 4, 5)


@dataclass
class Outcome:
    """One run: what was sent, how long each kill was felt, and what was found."""

    ledger: Ledger
    found: Found
    recoveries: list[tuple[str, float]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def wrong(self) -> int:
        """How much acknowledged work is gone, twice or in the wrong order."""
        found = self.found
        return found.lost + found.doubled + found.inverted + found.calls_doubled


def run(
    running: Product,
    unit: Unit,
    *,
    events: int,
    kills: int,
    seed: int,
    kinds: tuple[str, ...] = KINDS,
) -> Outcome:
    """Write, kill in between, wait, compare."""
    name = f"crash{time.time_ns() % 10**9}"
    plan = Plan(seed=seed, events=events, kills=kills, name=name)
    outcome = Outcome(Ledger(), Found())
    draw = random.Random(seed)  # noqa: S311
    since = newest_cursor(running)
    cookie = running.browser("dispatcher").cookies["tandem_session"]
    viewers = [Viewer(running.url, cookie) for _ in range(VIEWERS)]
    for viewer in viewers:
        viewer.start()
    writers = Writers(plan, outcome.ledger, url=running.url, token=running.feed_token(), seed=seed)
    probe = Probe(plan, outcome.ledger, url=running.url, token=running.feed_token(), name=name)
    began = time.monotonic()
    writers.start()
    try:
        for number, kind in enumerate(order_of_kinds(kinds, kills, draw), start=1):
            wait_for_progress(writers, number * plan.slice)
            time.sleep(draw.uniform(0, 0.2))
            kill(unit, kind, draw)
            outcome.recoveries.append((kind, probe.recovery(longest=LONGEST_RECOVERY)))
            plan.allow(number)
        plan.allow_all()
        while writers.busy():
            time.sleep(0.05)
    finally:
        plan.allow_all()
        writers.stop()
        outcome.seconds = time.monotonic() - began
        compare.settle(running.dsn("superuser"))
        wait_for_silence(viewers)
        for viewer in viewers:
            viewer.stop()
    compare.stored(running.dsn("superuser"), name, outcome.ledger.acknowledged, outcome.found)
    compare.streams(running, viewers, since, outcome.found)
    compare.trail(running, outcome.found)
    return outcome


def newest_cursor(running: Product) -> int:
    """Where the order of news stands before the run."""
    import psycopg

    with psycopg.connect(running.dsn("superuser")) as connection:
        row = connection.execute("SELECT coalesce(max(cursor), 0) FROM storage_outbox").fetchone()
    return int(row[0]) if row else 0


def wait_for_progress(writers: Writers, count: float) -> None:
    """Kills are spread over the events, so that each finds the writers at work."""
    while writers.busy() and writers.ledger.count() < count:
        time.sleep(0.01)


def wait_for_silence(viewers: list[Viewer]) -> None:
    """The last frames are on their way for a moment."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        newest = max((viewer.heard_at for viewer in viewers), default=0.0)
        if time.monotonic() - newest > 2.5:
            return
        time.sleep(0.1)


def put_into(rows: Rows, outcome: Outcome) -> None:
    """What a run came to, as rows."""
    found, ledger = outcome.found, outcome.ledger
    sent = ledger.count()
    rows.add("events acknowledged", sent, "events", n=ledger.requests)
    rows.add("rate while killing", sent / outcome.seconds, "events/s", n=ledger.retries)
    rows.add("lost", found.lost, "events", at_most=0, n=sent)
    rows.add("duplicated", found.doubled, "events", at_most=0, n=sent)
    rows.add("calls made twice", found.calls_doubled, "calls", at_most=0, n=sent)
    rows.add("inversions", found.inverted, "calls", at_most=0, n=sent)
    rows.add("wrong answers", len(ledger.faults), "answers", at_most=0, n=ledger.requests)
    rows.add("cursors given twice", found.cursors_wrong, "cursors", at_most=0, n=sent)
    frames = sum(judged.frames for judged in found.streams)
    resets = sum(judged.resets for judged in found.streams)
    rows.add(
        "cursors going back", sum(j.backwards for j in found.streams), "frames", at_most=0, n=frames
    )
    rows.add(
        "keys missed by streams", sum(j.missed for j in found.streams), "keys", at_most=0, n=frames
    )
    rows.add("streams told to start afresh", resets, "frames", n=frames)
    rows.add(
        "batches without a trail row", found.untrailed, "batches", at_most=0, n=ledger.requests
    )
    rows.add("trail does not verify", not found.audit_ok, "", at_most=0, n=found.audit_rows)
    times = [seconds for _, seconds in outcome.recoveries]
    if times:
        rows.add("recovery p50", at(times, 0.5), "s", at_most=RECOVERY_P50, n=len(times))
        rows.add("recovery max", max(times), "s", at_most=RECOVERY_MAX, n=len(times))
    for kind in sorted({kind for kind, _ in outcome.recoveries}):
        mine = [seconds for other, seconds in outcome.recoveries if other == kind]
        rows.add(f"recovery of {kind}, longest", max(mine), "s", n=len(mine))
    for sentence in [*found.examples[:10], *ledger.faults[:10]]:
        print(f"  ! {sentence}")


def whole(args: argparse.Namespace) -> int:
    """The run that must show nothing."""
    rows = Rows("crash")
    with product("crash") as running:
        unit = Unit.of(running)
        outcome = run(running, unit, events=args.events, kills=args.kills, seed=args.seed or SEED)
        unit.stop()
    put_into(rows, outcome)
    return rows.finish()


def broken(args: argparse.Namespace) -> int:
    """The control: 1 when every seed shows a loss or a double, 0 when the control did not bite."""
    rows = Rows("crash")
    seeds = (args.seed,) if args.seed else SEEDS_OF_A_BREAK
    shown = []
    with product("break") as running:
        unit = Unit.of(running)
        breaks.weaken(running, unit, args.control)
        for seed in seeds:
            outcome = breaks.run_one(running, unit, args.control, seed=seed)
            found = outcome.found
            count = found.lost + found.doubled
            rows.add(f"{args.control}, seed {seed}: lost", found.lost, "events", at_most=0)
            rows.add(f"{args.control}, seed {seed}: doubled", found.doubled, "events", at_most=0)
            shown.append(count > 0)
        unit.stop()
    rows.finish()
    if all(shown):
        print(f"BREAK={args.control} fails, as it must: seen for each of {len(seeds)} seeds.")
        return 1
    print(f"BREAK={args.control} was not noticed for every seed: this comparison proves nothing.")
    return 0


def main() -> int:
    """Read the words of the Makefile."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.run", description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--break", dest="control", choices=sorted(breaks.CONTROLS))
    args = parser.parse_args()
    return broken(args) if args.control else whole(args)


if __name__ == "__main__":
    sys.exit(main())
