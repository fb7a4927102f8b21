"""Measures the planning engine: the simulation and the hypercube, then the rosters."""

from __future__ import annotations

from tests.bench import planning_roster, planning_simulation
from tests.bench.rows import Rows


def measure(rows: Rows) -> None:
    """Both halves, the quick one first."""
    planning_simulation.measure(rows)
    planning_roster.measure(rows)
