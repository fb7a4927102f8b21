"""Random releases over a made-up city-year, and an attacker who shares no code with the product.

The attacker works on the full product of months, areas and outcomes, and reads only what a
release shows; the product works on merged pieces. Both must come to the same verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import linprog

from tandem.evaluation.publish import Outcome, Table, leave, make_table

MONTHS = [f"2026-{month:02}" for month in range(1, 13)]
REGION = {"A1": "A", "A2": "A", "A3": "A", "B1": "B", "B2": "B"}
OUTCOMES = ["home", "hospital", "arrest", "detained"]
LEAVES = list(product(MONTHS, REGION, OUTCOMES))
Leaf = tuple[str, str, str]


@dataclass(frozen=True)
class World:
    """The true counts: encounters, and those with force, by month, area and outcome."""

    encounters: dict[Leaf, int]
    force: dict[Leaf, int]


def make_world(rng: np.random.Generator) -> World:
    """A year with many small cells: outcomes of very different size, force in few."""
    scale = rng.choice([0.3, 1.5, 4.0])
    base = {"home": 8.0, "hospital": 4.0, "arrest": 0.8, "detained": 1.2}
    encounters = {leaf: int(rng.poisson(scale * base[leaf[2]])) for leaf in LEAVES}
    share = float(rng.choice([0.03, 0.2, 0.9]))
    force = {leaf: int(rng.binomial(n, share)) for leaf, n in encounters.items()}
    return World(encounters, force)


def holds(at: dict[str, str], leaf: Leaf) -> bool:
    """Whether a place holds a leaf, read from the words alone."""
    month, area, outcome = leaf
    period = at.get("period", "2026")
    quarter = f"2026-Q{(int(month[5:]) + 2) // 3}"
    return (
        period in ("2026", quarter, month)
        and at.get("area") in (None, area, REGION[area])
        and at.get("outcome") in (None, outcome)
    )


def random_table(rng: np.random.Generator, world: World) -> Table:
    """A table such as people ask for: some dimensions, some values, with margins or not."""
    levels: dict[str, list[list[str]]] = {
        "period": [MONTHS, ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"], ["2026"]],
        "area": [list(REGION), ["A", "B"], [""], [*REGION, "A", "B"]],
        "outcome": [OUTCOMES, [""]],
    }
    chosen: dict[str, list[str]] = {}
    for name, choices in levels.items():
        values = choices[int(rng.integers(len(choices)))]
        if len(values) > 1 and rng.random() < 0.3:
            keep = sorted(rng.choice(len(values), size=len(values) - 1, replace=False))
            values = [values[number] for number in keep]
        margin = name != "period" and rng.random() < 0.6
        chosen[name] = [*values, ""] if margin and "" not in values else values
    if len(chosen["period"]) == len(MONTHS) and rng.random() < 0.7:
        chosen["period"] = chosen["period"][: int(rng.integers(1, 5))]
    measured = rng.random() < 0.4
    cells = []
    for picked in product(*chosen.values()):
        at = {name: value for name, value in zip(chosen, picked, strict=True) if value}
        inside = [leaf for leaf in LEAVES if holds(at, leaf)]
        whole = sum(world.encounters[leaf] for leaf in inside)
        cell: dict[str, Any] = {"at": at, "count": whole}
        if measured:
            part = sum(world.force[leaf] for leaf in inside)
            cell |= {"measure": "force", "count": part, "of": whole}
        cells.append(cell)
    facts = {"subject": "encounters", "population": "encounters" if measured else None}
    return make_table({**facts, "within": {"area": REGION}, "cells": cells})


def publish(
    rng: np.random.Generator, world: World, folder: Path, *, tables: int
) -> Iterator[tuple[Table, Outcome]]:
    """Offer tables one after another; whatever the gate lets through is public."""
    for _ in range(tables):
        table = random_table(rng, world)
        step = int(rng.choice([1, 1, 1, 5]))
        withhold, anyway = bool(rng.random() < 0.5), bool(rng.random() < 0.8)
        yield table, leave(table, folder, round_to=step, withhold=withhold, anyway=anyway)


def primary_only(table: Table) -> list[dict[str, Any]]:
    """The control: small cells left out and nothing else, as many offices do it."""
    lines = []
    for cell in table.cells:
        line: dict[str, Any] = {"at": dict(cell.at), "measure": cell.measure}
        for what, count in (("count", cell.count), ("of", cell.of)):
            if count is not None:
                line[what] = None if 0 < count < 11 else count
        lines.append(line)
    return lines


class Attacker:
    """Knows every release; zero is always shown, so a number not shown is at least 1."""

    def __init__(self, releases: list[tuple[list[dict[str, Any]], int]]) -> None:
        self.size = len(LEAVES)
        self.rows: list[npt.NDArray[np.float64]] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.hidden: list[npt.NDArray[np.float64]] = []
        for lines, step in releases:
            for line in lines:
                self._read(line, step)
        for number in range(self.size):
            # Force is used in a part of the encounters.
            row = np.zeros(2 * self.size)
            row[self.size + number], row[number] = 1.0, -1.0
            self._add(row, -np.inf, 0.0)

    def _read(self, line: dict[str, Any], step: int) -> None:
        inside = np.array([holds(line["at"], leaf) for leaf in LEAVES], dtype=float)
        nothing = np.zeros(self.size)
        for what in ("count", "of"):
            if what not in line:
                continue
            forced = line["measure"] == "force" and what == "count"
            row = np.concatenate([nothing, inside] if forced else [inside, nothing])
            shown = line[what]
            if shown is None:
                self.hidden.append(row)
                self._add(row, 1.0, np.inf)
            elif step == 1 or shown == 0:
                self._add(row, shown, shown)
            else:
                # Halves go up: 13 and 17 are shown as 15; nothing below 11 is ever shown.
                candidates = [n for n in range(11, shown + step + 1) if _shown_as(n, step) == shown]
                self._add(row, candidates[0], candidates[-1])

    def _add(self, row: npt.NDArray[np.float64], low: float, high: float) -> None:
        self.rows.append(row)
        self.low.append(low)
        self.high.append(high)

    def solve(self, world: World) -> tuple[int, int]:
        """How many wanted cells there are, and how many lie within 1 to 10 for sure.

        Wanted are the numbers not shown that are 1 to 10, and every leaf of 1 to 10.
        """
        counts = [world.encounters[leaf] for leaf in LEAVES]
        truth = np.array(counts + [world.force[leaf] for leaf in LEAVES], dtype=float)
        self._check(truth)
        leaves = [row for row in np.eye(2 * self.size) if 0 < truth @ row < 11]
        beside = []
        for row in self.hidden:
            if row[self.size :].any():
                beside.append(np.concatenate([row[self.size :], -row[self.size :]]))
        wanted = [row for row in (*self.hidden, *leaves, *beside) if 0 < truth @ row < 11]
        if not wanted:
            return 0, 0
        return len(wanted), self._within(np.unique(np.array(wanted), axis=0))

    def _check(self, truth: npt.NDArray[np.float64]) -> None:
        values = np.array(self.rows) @ truth
        if not ((values >= np.array(self.low)) & (values <= np.array(self.high))).all():
            raise AssertionError("a release says what is not true")

    def _within(self, wanted: npt.NDArray[np.float64]) -> int:
        matrix = sparse.csr_matrix(np.array(self.rows))
        low, high = np.array(self.low), np.array(self.high)
        above, below = np.isfinite(low), np.isfinite(high)
        a_ub = sparse.vstack([-matrix[above], matrix[below]])
        b_ub = np.concatenate([-low[above], high[below]])
        open_now = np.ones(len(wanted), dtype=bool)

        def program(objective: npt.NDArray[np.float64]) -> None:
            found = linprog(objective, A_ub=a_ub, b_ub=b_ub, bounds=(0, 1e5), method="highs")
            if found.x is None:
                raise AssertionError(found.message)
            values = wanted @ found.x
            open_now[(values > 11 - 1e-6) | (values < 1 - 1e-6)] = False

        rng = np.random.default_rng(7)
        for turn in range(8):
            weights = rng.random(len(wanted)) * open_now
            program((1.0 if turn % 2 else -1.0) * (weights @ wanted))
        for number in range(len(wanted)):
            for sign in (-1.0, 1.0):
                if open_now[number]:
                    program(sign * wanted[number])
        return int(open_now.sum())


def _shown_as(count: int, step: int) -> int:
    least = step * ((11 + step - 1) // step)
    return max(least, step * int(np.floor(count / step + 0.5)))
