"""`make bench [ONLY=area]`: each promise on speed, measured beside its limit or its peer.

Areas are names of packages. Every area has a throw-away installation of its own.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable
from importlib.util import find_spec

from tandem.demo.throwaway import Product
from tests.bench import (
    desk,
    encounters,
    feed,
    files,
    painted,
    people,
    report,
    safety,
    streams,
    walls,
)
from tests.bench.rows import Rows
from tests.harness import product

# Engines measure themselves without an installation: `tests.bench.<engine>.measure(rows)`.
ENGINES = tuple(
    name
    for name in ("advice", "evaluation", "planning", "triage")
    if find_spec(f"tests.bench.{name}") is not None
)
AREAS: dict[str, tuple[Callable[[Rows, Product], None], ...]] = {
    "interop": (feed.measure, files.measure),
    "board": (streams.measure, desk.measure),
    "painted": (painted.measure,),
    "people": (people.measure,),
    "privacy": (walls.measure,),
    "encounters": (encounters.measure, report.measure),
    "safety": (safety.measure,),
}


def main() -> int:
    """Read the words of the Makefile; 1 if any limit was missed, 2 for an unknown area."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.run", description=__doc__)
    parser.add_argument("--only", choices=sorted([*AREAS, *ENGINES]), metavar="AREA")
    only = parser.parse_args().only
    rows = Rows("bench")
    for area, measures in AREAS.items():
        if only in (None, area):
            for measure in measures:
                with product(f"bench-{area}") as running:
                    measure(rows, running)
    for engine in ENGINES:
        if only in (None, engine):
            importlib.import_module(f"tests.bench.{engine}").measure(rows)
    return rows.finish()


if __name__ == "__main__":
    sys.exit(main())
