"""Response times of one side's members, step after step, by when things happened."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tandem.encounters.counting import pairs_of
from tandem.encounters.tallies import Tally, ranked


def response_times(side: str, tally: Tally) -> list[dict[str, Any]]:
    """One row for each step: n, of how many members, median and 90 in 100 in seconds, % unknown.

    A step that nobody recorded, that was taken back, or that lies before the one before it, is
    unknown. From the call on is counted for the police side alone: the county's custodian reads no
    call.
    """
    return [
        _row(first, then, tally.times.get(f"{first}>{then}", Counter()), tally.members)
        for first, then in pairs_of(side)
    ]


def time_released(tally: Tally) -> dict[str, Any]:
    """How long crisis workers stayed after the last officer was clear, of joint encounters.

    Seconds; `total` of all that are known. Unknown where somebody's clear is not recorded.
    """
    row = _row("officers_clear", "workers_clear", tally.released, tally.joint)
    return row | {"total": sum(seconds * n for seconds, n in tally.released.items())}


def _row(first: str, then: str, found: Counter[int], members: int) -> dict[str, Any]:
    n = found.total()
    return {
        "from": first,
        "to": then,
        "n": n,
        "N": members,
        "median": ranked(found, 0.5),
        "p90": ranked(found, 0.9),
        "percent_unknown": round(100 * (members - n) / members) if members else 0,
    }
