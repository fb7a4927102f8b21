"""By which day a response plan is approved. Plain Python."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, timedelta

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
