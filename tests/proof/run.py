"""`make proof [ONLY=]`: promises that are shown on the whole running product, many times over."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable
from importlib.util import find_spec

from playwright.sync_api import sync_playwright

from tandem.demo.throwaway import Product
from tests.bench.rows import Rows
from tests.crash.kills import Unit
from tests.harness import product
from tests.proof import conflicts, disconnects, dispatch, outage, shift, trail
from tests.ui.preview import CHROMIUM, FLAGS


def prove_dispatch(rows: Rows, running: Product) -> None:
    """Two dispatchers, one unit."""
    tally = dispatch.two_at_once(running)
    n = tally.rounds
    rows.add("two at once: exactly one wins", tally.one_won, "rounds", at_least=n, n=n)
    rows.add(
        "two at once: the loser sees who and when", tally.loser_told, "rounds", at_least=n, n=n
    )
    first, second = tally.won_by.values()
    rows.add("two at once: won by the first desk", first, "rounds", beside=("second", second), n=n)
    for sentence in tally.odd[:10]:
        print(f"  ! {sentence}")


def prove_conflicts(rows: Rows, running: Product) -> None:
    """Two dispatchers and two crisis desks, one unit and one worker."""
    tally = conflicts.at_once(running)
    n = tally.rounds
    rows.add("conflicts: one dispatcher, one answer win", tally.won, "rounds", at_least=n, n=n)
    rows.add("conflicts: assigned twice", tally.doubled, "units", at_most=0, n=n)
    rows.add("conflicts: calls with two encounters", tally.split, "calls", at_most=0, n=n)
    rows.add("conflicts: done and not there", tally.lost, "acts", at_most=0, n=tally.acts)
    untold = tally.losers - tally.told
    rows.add("conflicts: losers not told", untold, "acts", at_most=0, n=tally.losers)
    for sentence in tally.odd[:10]:
        print(f"  ! {sentence}")


def prove_trail(rows: Rows, running: Product) -> None:
    """A superuser at the trail."""
    for way in trail.tampering(running):
        good = way.found and way.named
        rows.add(f"trail, {way.name}: as it must be", good, "", at_least=1, n=len(way.faults))
        if not good:
            print(f"  ! {way}")


def prove_disconnects(rows: Rows, running: Product) -> None:
    """Boards that are cut off."""
    tally = disconnects.cut_off(running)
    n = tally.cuts
    rows.add("disconnects: forced", n, "cuts", at_least=disconnects.CUTS, n=tally.changes)
    rows.add("disconnects: changes missed", tally.missed, "keys", at_most=0, n=tally.frames)
    rows.add("disconnects: cursors going back", tally.backwards, "frames", at_most=0, n=n)
    rows.add("disconnects: told to start afresh", tally.afresh, "frames", n=n)
    unequal = "disconnects: not equal by hash to a fresh board"
    rows.add(unequal, tally.unequal, "boards", at_most=0, n=tally.compared)


def prove_outage(rows: Rows, running: Product) -> None:
    """A board in a browser whose stream, database or server is gone."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        found = outage.outages(running, chromium)
        chromium.close()
    Unit.of(running).stop()
    for way in dict.fromkeys(told.way for told in found):
        mine = [told for told in found if told.way == way]
        n = len(mine)
        said, whole = max(told.said for told in mine), max(told.whole for told in mine)
        rows.add(f"{way} gone: as of, latest", said, "s", at_most=outage.SAID_WITHIN, n=n)
        rows.add(f"{way} back: whole again, latest", whole, "s", at_most=outage.WHOLE_WITHIN, n=n)
        good = sum(told.good for told in mine)
        rows.add(f"{way} gone: still and readable, then equal", good, "boards", at_least=n, n=n)
    for told in found:
        if not told.good:
            print(f"  ! {told}")


def prove_shift(rows: Rows, running: Product) -> None:
    """A shift by keyboard alone."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        worked = shift.work(running, chromium)
        chromium.close()
    calls, acts = len(worked.shift.calls), len(worked.shift.acts)
    rows.add("shift: calls worked by keyboard", calls, "calls", at_least=shift.CALLS, n=acts)
    otherwise = len(worked.differences)
    rows.add("shift: otherwise than it must stand", otherwise, "facts", at_most=0, n=calls)
    rows.add("shift: browsers that saw a pointer", worked.pointed, "browsers", at_most=0, n=6)
    for what, limit in (("assign", shift.ASSIGN), ("status", shift.STATUS), ("note", shift.NOTE)):
        count = sum(one.what == what for one in worked.pressed)
        rows.add(
            f"shift: keys of one {what}, most", worked.most(what), "keys", at_most=limit, n=count
        )
    rows.add("shift: from first to last act", worked.seconds, "s", n=acts)
    for sentence in worked.differences[:10]:
        print(f"  ! {sentence}")


# These prove themselves without an installation: `tests.proof.<engine>.prove(rows)`.
ENGINES = tuple(
    name
    for name in ("canaries", "evaluation", "planning", "triage", "worlds")
    if find_spec(f"tests.proof.{name}") is not None
)
PROOFS: dict[str, Callable[[Rows, Product], None]] = {
    "conflicts": prove_conflicts,
    "disconnects": prove_disconnects,
    "dispatch": prove_dispatch,
    "outage": prove_outage,
    "privacy": prove_trail,
    "shift": prove_shift,
}


def main() -> int:
    """Read the words of the Makefile; 1 if anything was not shown."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.run", description=__doc__)
    parser.add_argument("--only", choices=sorted([*PROOFS, *ENGINES]), metavar="AREA")
    only = parser.parse_args().only
    rows = Rows("proof")
    for area, prove in PROOFS.items():
        if only in (None, area):
            with product(f"proof-{area}") as running:
                prove(rows, running)
    for engine in ENGINES:
        if only in (None, engine):
            importlib.import_module(f"tests.proof.{engine}").prove(rows)
    return rows.finish()


if __name__ == "__main__":
    sys.exit(main())
