"""Proof: nobody can work out a number of 1 to 10 from all that was published together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.bench.rows import Rows
from tests.evaluation.releases import Attacker, make_world, primary_only, publish

RELEASES, PER_LEDGER = 1000, 12


@dataclass
class Tally:
    """What came of all ledgers."""

    published: int = 0
    refused: int = 0
    wider: int = 0
    wanted: int = 0
    solved: int = 0
    solved_control: int = 0
    shown: int = 0
    hidden: int = 0


def attack_random(releases: int, *, seed: int, tables: int = PER_LEDGER) -> Tally:
    """Publish random tables of many made-up years, and attack each ledger as a whole."""
    rng = np.random.default_rng(seed)
    tally = Tally()
    while tally.published < releases:
        world = make_world(rng)
        public = []
        careless = []
        with TemporaryDirectory() as folder:
            for table, outcome in publish(rng, world, Path(folder), tables=tables):
                if outcome.status == "published":
                    step = 5 if any("are rounded" in note for note in outcome.notes) else 1
                    public.append((outcome.cells, step))
                    careless.append((primary_only(table), 1))
                    tally.shown += outcome.shown
                    tally.hidden += outcome.hidden
                tally.refused += outcome.status == "refused"
                tally.wider += outcome.status == "wider"
        tally.published += len(public)
        if public:
            wanted, solved = Attacker(public).solve(world)
            tally.wanted += wanted
            tally.solved += solved
            tally.solved_control += Attacker(careless).solve(world)[1]
    return tally


def prove(rows: Rows) -> None:
    """A thousand releases and the control, each ledger attacked as a whole."""
    tally = attack_random(RELEASES, seed=20261123)
    n = tally.published
    rows.add("publish: cells of 1 to 10 solved", tally.solved, "cells", at_most=0, n=n)
    rows.add("publish: cells of 1 to 10 attacked", tally.wanted, "cells", at_least=1, n=n)
    rows.add(
        "publish: solved when only small cells are left out",
        tally.solved_control,
        "cells",
        at_least=1,
        n=n,
    )
    share = tally.shown / max(1, tally.shown + tally.hidden)
    rows.add("publish: numbers shown", 100 * share, "%", n=n)
    rows.add("publish: tables refused", tally.refused, "tables", n=n)
    rows.add("publish: tables sent to a wider one", tally.wider, "tables", n=n)
