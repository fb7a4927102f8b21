"""Periods of a run, as numbers that every engine computes alike, and as dates."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import ibis

PERIODS = ("all", "year", "quarter", "month")
MONTHS = {"year": 12, "quarter": 3, "month": 1}
MONTHS_OF_A_YEAR = 12


def period_number(table: Any, period: str) -> Any:
    """Months since year 0 at the period's start; 0 where the run is one period."""
    if period == "all":
        return ibis.literal(0, "int64")
    date = table["local_date"]
    months = (date.year() * MONTHS_OF_A_YEAR + date.month() - 1).cast("int64")
    length = MONTHS[period]
    return months if length == 1 else months - months % length


@dataclass(frozen=True)
class Period:
    """One period: its name, its dates (both included) and where the one before it began."""

    name: str
    first: dt.date
    last: dt.date
    before: dt.date

    @classmethod
    def of(cls, period: str, number: int, window: tuple[dt.date, dt.date]) -> "Period":
        """The period of that number."""
        if period == "all":
            return cls("all", window[0], window[1], window[0])
        length = MONTHS[period]
        first, after = _month(number), _month(number + length)
        name = {
            "year": f"{first.year}",
            "quarter": f"{first.year}-Q{(first.month - 1) // 3 + 1}",
            "month": f"{first.year}-{first.month:02}",
        }[period]
        return cls(name, first, after - dt.timedelta(days=1), _month(number - length))


def _month(number: int) -> dt.date:
    return dt.date(number // MONTHS_OF_A_YEAR, number % MONTHS_OF_A_YEAR + 1, 1)
