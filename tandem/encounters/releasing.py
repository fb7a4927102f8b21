"""What of a side's quarter may leave it, as figures with small numbers hidden. Plain Python.

A quarter is released once, a month after it is over, and stays as it was: quarters do not overlap,
so no two releases can be set against each other. Shared axes are told once, by the police side.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tandem.encounters.tallies import STATED, Tally
from tandem.encounters.times import response_times, time_released
from tandem.kernel.axes import UNKNOWN, Axis, Owner, axes_of
from tandem.kernel.disclosure import Cell, is_small, shown

SETTLED = timedelta(days=30)
MONTHS = 3
_LEFT_OUT = {"police": {Owner.CUSTODY}, "county": {Owner.SHARED}}


def quarter_of(day: date) -> date:
    """The first day of its quarter."""
    return day.replace(day=1, month=(day.month - 1) // MONTHS * MONTHS + 1)


def quarter_end(start: date) -> date:
    """The first day after a quarter."""
    return quarter_of(start + timedelta(days=31 * MONTHS))


def release(tally: Tally, side: str) -> dict[str, Any]:
    """The figures as anybody may read them who may read aggregates; None where one is hidden."""
    n = tally.encounters
    if is_small(n):
        return {"encounters": None, "axes": [], "times": [], "released": None}
    axes = [axis for axis in axes_of(side) if axis.owner not in _LEFT_OUT[side]]
    return {
        "encounters": n,
        "axes": [_axis(axis, tally) for axis in axes],
        "times": [_row(row) for row in response_times(side, tally)],
        "released": _row(time_released(tally), of=n) if side == "county" else None,
    }


def _axis(axis: Axis, tally: Tally) -> dict[str, Any]:
    counts = dict(tally.axes.get(axis.code, {}))
    n, stated = tally.encounters, counts.pop(STATED, 0)
    counts[UNKNOWN] = counts.get(UNKNOWN, 0) + n - stated
    cells = [Cell(value, counts.get(value, 0)) for value in axis.values]
    values = shown(cells, within_side=False, total=n)
    return {"axis": axis.code, "owner": str(axis.owner), "n": n, "values": values}


def _row(row: dict[str, Any], *, of: int = 0) -> dict[str, Any]:
    """A row of times is whole or hidden: of ten members a median would tell of some."""
    counts = (row["n"], row["N"], row["N"] - row["n"], of - row["N"])
    if any(is_small(count) for count in counts):
        return {**row, **dict.fromkeys(set(row) - {"from", "to"})}
    return row
