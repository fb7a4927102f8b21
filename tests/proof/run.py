"""`make proof [ONLY=]`: promises that are shown on the whole running product, many times over."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable
from importlib.util import find_spec

from tandem.demo.throwaway import Product
from tests.bench.rows import Rows
from tests.harness import product
from tests.proof import dispatch, requests, trail


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


def prove_requests(rows: Rows, running: Product) -> None:
    """Two crisis desks, two dispatchers, one request."""
    tally = requests.conflicting(running)
    n = tally.rounds
    rows.add("requests: exactly one of three acts wins", tally.one_won, "rounds", at_least=n, n=n)
    rows.add("requests: both losers are told", tally.losers_told, "rounds", at_least=n, n=n)
    rows.add("requests: one encounter of a call", tally.one_encounter, "rounds", at_least=n, n=n)
    for sentence in tally.odd[:10]:
        print(f"  ! {sentence}")


def prove_trail(rows: Rows, running: Product) -> None:
    """A superuser at the trail."""
    for way in trail.tampering(running):
        good = way.found and way.named
        rows.add(f"trail, {way.name}: as it must be", good, "", at_least=1, n=len(way.faults))
        if not good:
            print(f"  ! {way}")


# Engines prove themselves without an installation: `tests.proof.<engine>.prove(rows)`.
ENGINES = tuple(
    name
    for name in ("evaluation", "planning", "triage")
    if find_spec(f"tests.proof.{name}") is not None
)
PROOFS: dict[str, Callable[[Rows, Product], None]] = {
    "dispatch": prove_dispatch,
    "requests": prove_requests,
    "privacy": prove_trail,
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
