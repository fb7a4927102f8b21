"""Counts every measure a second time, in plain Python, from the words of the definitions alone.

It shares nothing with the engine: no expression, no table join, no formula. Each function answers
for one row: whether it belongs (True, False, or None for unknown) and what it says (None: unknown).
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

Row = dict[str, Any]
Said = tuple[bool | None, Any]
ARRESTS = {"arrest_booked", "arrest_released", "mandatory_arrest", "warrant_served"}
CONSIDERED = {"emergency_detention", "detention_considered_not_pursued", "county_approval_denied"}
REACHED = {"on_scene", "with_person", "remote_support"}
DAY = dt.timedelta(days=1)


@dataclass
class Count:
    """n of N, how many unknown, and the measure's value."""

    n: float
    N: int
    unknown: int
    value: float | None


def yes(word: str | None) -> bool | None:
    """A yes-or-no word; unknown and blank are None."""
    return {"yes": True, "no": False}.get(word or "")


class Reader:
    """The rows of the event tables, by what they belong to."""

    def __init__(self, rows: dict[str, list[Row]], as_of: dt.datetime) -> None:
        self.rows = rows
        self.as_of = as_of
        self.calls, self.encounters = rows["calls"], rows["encounters"]
        self.by_key = {row["encounter_id"]: row for row in self.encounters}

    def steps(self, one: Row, **wanted: Any) -> list[Row]:
        return [
            row
            for row in self.rows["steps"]
            if row["encounter_id"] == one["encounter_id"]
            and all(row[name] == value for name, value in wanted.items())
        ]

    def times(self, one: Row, **wanted: Any) -> list[dt.datetime]:
        return sorted(row["at"] for row in self.steps(one, **wanted) if row["at"] is not None)

    def values(self, one: Row, axis: str) -> set[str]:
        """The recorded answers of an axis; unknown is not one."""
        return {
            row["value"]
            for row in self.rows["axes"]
            if row["encounter_id"] == one["encounter_id"]
            and row["axis"] == axis
            and row["value"] != "unknown"
        }

    def said(self, one: Row, axis: str, *wanted: str) -> bool | None:
        """Whether one of the answers was recorded; None where none was recorded at all."""
        found = self.values(one, axis)
        return None if not found else bool(found & set(wanted))

    def events(self, kind: str) -> list[Row]:
        return [row for row in self.rows["events"] if row["kind"] == kind]

    def after(self, one: Row, kind: str) -> list[Row]:
        key = one["encounter_id"]
        return [row for row in self.events(kind) if row.get("encounter_id") == key]

    def duplicate(self, one: Row) -> bool:
        return "duplicate" in self.values(one, "contact")

    def person(self, pseudonym: str | None) -> str | None:
        """Who a pseudonym is at the end of the data, merges in force applied."""
        for link in self.rows["links"]:
            began = link["from_at"] <= self.as_of
            over = link["until_at"] is not None and link["until_at"] <= self.as_of
            if link["person_id"] == pseudonym and began and not over:
                return str(link["same_as"])
        return pseudonym

    def staffed(self, call: Row) -> bool | None:
        """In staffed hours by the facts in force; None before a county declared any."""
        hours = [
            row
            for row in self.rows["facts"]
            if row["fact"] == "hours" and row["county"] == call["county"]
        ]
        if not hours or call["local_date"] < min(row["from_date"] for row in hours):
            return None
        return any(
            row["weekday"] == call["local_weekday"]
            and row["start_minute"] <= call["local_minute"] < row["end_minute"]
            and row["from_date"] <= call["local_date"]
            and (row["until_date"] is None or call["local_date"] <= row["until_date"])
            for row in hours
        )


def share(rows: Iterable[Row], says: Callable[[Row], Said]) -> Count:
    """A proportion: yes of yes and no; what may not belong, or says nothing, is unknown."""
    n = total = unknown = 0
    for row in rows:
        inside, answer = says(row)
        if inside is False:
            continue
        if inside is None or answer is None:
            unknown += 1
        else:
            total += 1
            n += bool(answer)
    return Count(n, total, unknown, n / total if total else None)


def number(rows: Iterable[Row], says: Callable[[Row], Said]) -> Count:
    """A count of what the rows hold."""
    found, total, unknown = 0.0, 0, 0
    for row in rows:
        inside, answer = says(row)
        if inside is None or (inside and answer is None):
            unknown += 1
        elif inside:
            total += 1
            found += answer
    return Count(found, total, unknown, found if total else None)


def middle(rows: Iterable[Row], says: Callable[[Row], Said], part: float = 0.5) -> Count:
    """The median or another percentile of minutes, interpolated between neighbors."""
    values, unknown = [], 0
    for row in rows:
        inside, answer = says(row)
        if inside is None or (inside and answer is None):
            unknown += 1
        elif inside:
            values.append(answer)
    values.sort()
    if not values:
        return Count(0, 0, unknown, None)
    if part == 0.5:
        return Count(len(values), len(values), unknown, median(values))
    place = (len(values) - 1) * part
    low = int(place)
    high = min(low + 1, len(values) - 1)
    value = values[low] * (1 - (place - low)) + values[high] * (place - low)
    return Count(len(values), len(values), unknown, value)


def minutes(start: dt.datetime | None, end: dt.datetime | None) -> float | None:
    """None where a time is missing or the gap runs backward."""
    if start is None or end is None or end < start:
        return None
    return (end - start).total_seconds() / 60


def first(times: list[dt.datetime]) -> dt.datetime | None:
    return times[0] if times else None


def last(times: list[dt.datetime]) -> dt.datetime | None:
    return times[-1] if times else None


def both(one: bool | None, other: bool | None) -> bool | None:
    """And, where unknown stays unknown unless a no decides."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True
