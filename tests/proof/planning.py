"""Proves the planning engine: histories, backtest and rosters."""

from __future__ import annotations

from tests.bench.rows import Rows
from tests.proof import planning_roster


def prove(rows: Rows) -> None:
    """What needs no peer and takes longer than a test may."""
    planning_roster.prove(rows)
