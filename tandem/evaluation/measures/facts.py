"""The program's facts in force: staffed hours, changes of meaning, authorities, costs."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import ibis

from tandem.evaluation.measures.definition import Measure
from tandem.evaluation.measures.periods import Period

EVERY = "*"


@dataclass(frozen=True)
class Cost:
    """Dollars for one item: what is assumed, and the range it is believed to lie in."""

    low: float
    middle: float
    high: float


class Facts:
    """What the program declared, each with its dates."""

    def __init__(self, rows: Iterable[dict[str, Any]]) -> None:
        self.rows = list(rows)

    def _of(self, fact: str, item: str = "") -> list[dict[str, Any]]:
        return [
            row
            for row in self.rows
            if row["fact"] == fact and (not item or row["item"] in (item, EVERY))
        ]

    def authority(self, measure: str, window: tuple[dt.date, dt.date]) -> bool:
        """Whether one is on file that holds at the end of the window."""
        end = window[1]
        return any(
            row["from_date"] <= end and (row["until_date"] is None or row["until_date"] >= end)
            for row in self._of("authority", measure)
        )

    def not_recorded(self) -> frozenset[str]:
        """The words that the source cannot say."""
        return frozenset(row["item"] for row in self._of("not_recorded") if row["item"])

    def cost(self, item: str) -> Cost | None:
        """The three figures of an item, the latest declared; none where one is missing."""
        figures = []
        for fact in ("cost_low", "cost", "cost_high"):
            rows = [row for row in self._of(fact) if row["item"] == item and item]
            if not rows:
                return None
            figures.append(max(rows, key=lambda row: row["from_date"])["amount"])
        return Cost(*figures)

    def in_hours(self, table: Any) -> Any:
        """Whether a row's local time was staffed.

        Unknown where its county declared no hours, and before the first that it declared.
        """
        rows = self._of("hours")
        if not rows:
            return ibis.null("boolean")
        stated = reduce(lambda a, b: a | b, [_declared(table, county, rows) for county in
                                             sorted({row["county"] for row in rows})])  # fmt: skip
        stated = stated & table["local_minute"].notnull() & table["local_weekday"].notnull()
        staffed = reduce(lambda a, b: a | b, [_covers(table, row) for row in rows])
        return ibis.cases((stated, staffed.fill_null(False)))

    def change(self, measure: Measure, period: Period, county: str) -> str:
        """Why a result cannot be compared with the period before it; blank where it can."""
        reasons = []
        for kind in measure.sensitive_to:
            rows = self._of("hours") if kind == "hours" else self._of("definition", measure.id)
            dates = [row["from_date"] for row in rows if _touches(row, county)]
            # The first declaration is a beginning, not a change.
            first = min(dates, default=None)
            later = {date for date in dates if kind == "definition" or date != first}
            ends = {
                row["until_date"] + dt.timedelta(days=1)
                for row in rows
                if row["until_date"] is not None and _touches(row, county)
            }
            hit = sorted(date for date in later | ends if period.before < date <= period.last)
            if hit:
                reasons.append(f"{kind} changed on {', '.join(day.isoformat() for day in hit)}")
        return "; ".join(reasons)


def _touches(row: dict[str, Any], county: str) -> bool:
    return not county or row["county"] in (county, EVERY)


def _declared(table: Any, county: str, rows: list[dict[str, Any]]) -> Any:
    first = min(row["from_date"] for row in rows if row["county"] == county)
    since = table["local_date"] >= first
    return since if county == EVERY else since & (table["county"] == county)


def _covers(table: Any, row: dict[str, Any]) -> Any:
    covered = (
        (table["local_weekday"] == row["weekday"])
        & (table["local_minute"] >= row["start_minute"])
        & (table["local_minute"] < row["end_minute"])
        & (table["local_date"] >= row["from_date"])
    )
    if row["county"] != EVERY:
        covered = covered & (table["county"] == row["county"])
    if row["until_date"] is not None:
        covered = covered & (table["local_date"] <= row["until_date"])
    return covered
