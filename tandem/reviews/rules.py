"""By which day a response plan is approved, and what keeps a record open. Plain Python."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from tandem.kernel.refusals import OutOfState

# DHS 34.23(5): approved before, or within 5 working days after, the service was delivered.
WORKING_DAYS = 5
_WEEKDAYS = 5


def due_on(
    signed_on: date,
    holidays_of: Callable[[int], Collection[date]],
    *,
    days: int = WORKING_DAYS,
) -> date:
    """The last of so many working days after a day; the day itself is not counted."""
    day, left = signed_on, days
    while left:
        day += timedelta(days=1)
        if day.weekday() < _WEEKDAYS and day not in holidays_of(day.year):
            left -= 1
    return day


# Levels of the screeners for suicide at which somebody stays responsible by name.
HIGH = frozenset({"high", "acute_positive"})


def is_high(level: str, may_be: str, critical: Collection[str]) -> bool:
    """Whether a result calls for a named person: what was not answered never makes it lower."""
    return bool(critical) or level in HIGH or may_be in HIGH


class StillOpen(OutOfState):
    """Not closed: something is still open. The list says what."""

    code = "still_open"


@dataclass(frozen=True)
class RecordFacts:
    """What is known of one side's record when it is to be closed; nothing of the other side's."""

    signed: bool = True  # somebody of the side signed
    begun: tuple[str, ...] = ()  # whose note is begun and not signed
    choose: tuple[str, ...] = ()  # whose note has two versions that wait to be chosen
    silent: tuple[str, ...] = ()  # who was sent and wrote nothing
    reviews: tuple[str, ...] = ()  # what an open review was called for by
    uncovered: tuple[str, ...] = ()  # what calls for one that nobody opened yet
    unstated: tuple[str, ...] = ()  # axes of the side
    described: bool = True  # who was met
    forms: int = 0  # begun and not signed
    plans: int = 0  # signed response plans that nobody co-signed
    alerts: int = 0  # critical answers that no supervisor saw
    high_risk: bool = False
    responsible: bool = False  # a person is named who stays responsible


@dataclass(frozen=True)
class OpenPoint:
    """One thing that is open, and whether the record stays open for it."""

    code: str
    holds: bool
    of: tuple[str, ...] = ()


def open_points(facts: RecordFacts) -> list[OpenPoint]:
    """Everything that is still open, what keeps the record open first."""
    points = [
        ("not_signed", True, not facts.signed, ()),
        ("begun", True, bool(facts.begun), facts.begun),
        ("choose", True, bool(facts.choose), facts.choose),
        ("review", True, bool(facts.reviews), facts.reviews),
        ("uncovered", True, bool(facts.uncovered), facts.uncovered),
        ("responsible", True, facts.high_risk and not facts.responsible, ()),
        ("plans", False, facts.plans > 0, (str(facts.plans),)),
        ("alerts", False, facts.alerts > 0, (str(facts.alerts),)),
        ("forms", False, facts.forms > 0, (str(facts.forms),)),
        ("silent", False, bool(facts.silent), facts.silent),
        ("described", False, not facts.described, ()),
        ("unstated", False, bool(facts.unstated), facts.unstated),
    ]
    return [OpenPoint(code, holds, of) for code, holds, there, of in points if there]


def check_may_close(points: Iterable[OpenPoint]) -> None:
    """Refuse to close while one of them keeps the record open."""
    if any(point.holds for point in points):
        raise StillOpen
