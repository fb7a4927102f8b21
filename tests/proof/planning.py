"""Proves the planning engine: the simulation and the hypercube; histories, backtest and rosters."""

from __future__ import annotations

from tests.bench.rows import Rows
from tests.proof import planning_roster, planning_simulation


def prove(rows: Rows) -> None:
    """What needs no peer and takes longer than a test may."""
    planning_simulation.prove(rows)
    planning_roster.prove(rows)
