"""Statuses of one unit that came without a time of their own, in the feed's order. Plain Python.

A source that repeats where each unit stands in every message tells the same status many times, and
its messages may come in any order. What counts is the beginning of each status; the tellings
behind it are kept, so that one that comes late finds its place, whatever came before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

# Between messages of one moment: whoever sorts by time has the feed's order. No page shows it.
_APART = timedelta(milliseconds=10)
# How a unit that is only named stands: it is on the call, since its first message says so.
NAMED = ""


@dataclass(frozen=True, order=True)
class Telling:
    """One message's word on the unit: its place in the feed's order, and when it says so."""

    order: int
    place: int  # of several words in one message
    at: datetime
    status: str = field(compare=False)
    state: str = field(compare=False)

    def as_json(self) -> list[Any]:
        """As it is kept beside its fact."""
        return [self.order, self.place, self.at.isoformat(), self.status, self.state]

    @classmethod
    def of_json(cls, kept: Sequence[Any]) -> Telling:
        """As it was kept."""
        order, place, at, status, state = kept
        return cls(order, place, datetime.fromisoformat(at), status, state)


def runs_of(
    held: Iterable[Telling], new: Iterable[Telling], dated: Iterable[tuple[datetime, str]]
) -> list[list[Telling]]:
    """Each status of the unit with the tellings of it, from its beginning on, oldest first.

    In whatever order the tellings came the runs are the same. `dated` are the statuses that have
    times of their own: they stand for themselves, and what only repeats them is no other status.
    """
    line = sorted(held)
    for one in sorted(new):
        _put(line, one)
    own = sorted(dated)
    runs: list[list[Telling]] = []
    run: list[Telling] | None = None
    now = ""
    for one in line:
        while own and own[0][0] <= one.at:
            now, run = own.pop(0)[1], None
        if one.state != now and not (one.status == NAMED and now):
            now, run = one.state, []
            runs.append(run)
        if run is not None:
            run.append(one)
    return runs


def _put(line: list[Telling], new: Telling) -> None:
    """Into its place by the feed's order, with a time between those of its neighbors."""
    place = len(line)
    while place and (line[place - 1].order, line[place - 1].place) > (new.order, new.place):
        place -= 1
    before = line[place - 1] if place else None
    if before and (before.order, before.place) == (new.order, new.place):
        return
    after = line[place] if place < len(line) else None
    line.insert(place, replace(new, at=_between(before, new.at, after)))


def _between(before: Telling | None, at: datetime, after: Telling | None) -> datetime:
    """The message's own time, where its neighbors leave it; else one between theirs."""
    late, early = before is not None and at <= before.at, after is not None and at >= after.at
    if before and after and (late or early):
        return before.at + (after.at - before.at) / 2
    if before and late:
        return before.at + _APART
    return after.at - _APART if after and early else at
