"""Sets the minutes that a file states against the minutes of its own times, row by row."""

import dataclasses
import datetime as dt
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tandem.kernel.maps import Map, MapError, Record, Reject, Row, files_of, open_source
from tandem.kernel.maps.rows import read_source, to_rows
from tandem.kernel.maps.times import TIMES

PREFIX = "minutes_"
EQUAL, BLANK = "equal", "blank in both"
ROUNDED = "the file rounds up to a whole minute"
BACKWARD = "the gap runs backward and the file writes 0"
NOT_WRITTEN = "both times are recorded and the file leaves its minutes blank"
BLANK_BACKWARD = "the gap runs backward and the file leaves it blank"
BLANK_LONG = "the gap is longer than any the file states in this column, and left blank"
MIDNIGHT = "the file counts from or to a midnight that means not recorded"
NO_TIME = "the file states minutes where a time is missing"
NO_NUMBER = "the file's minutes are no number"
CLOCK = "a time lies in an hour that the clock skipped or showed twice"
UNEXPLAINED = "not explained"
HOUR = 60


@dataclass(frozen=True)
class Difference:
    """One cell that is not the minutes of its times; minutes, None for blank."""

    line: int
    gap: str
    file: float | None
    times: float | None
    why: str


@dataclass
class Comparison:
    """Every gap's counts, and every row that differs."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    rows: list[Difference] = field(default_factory=list)
    records: int = 0
    rejected: int = 0

    @property
    def unexplained(self) -> int:
        """How many rows differ for no reason that is known here."""
        return sum(row.why == UNEXPLAINED for row in self.rows)

    def as_json(self) -> dict[str, Any]:
        """Counts by gap and reason, and the rows."""
        return {
            "records": self.records,
            "rejected": self.rejected,
            "gaps": {name: dict(counts) for name, counts in self.counts.items()},
            "unexplained": self.unexplained,
            "rows": [dataclasses.asdict(row) for row in self.rows],
        }


def gaps_of(source_map: Map) -> dict[str, tuple[str, str, str]]:
    """The outcomes named `minutes_FROM_TO`: name -> (from, to, the file's column)."""
    found = {}
    outcomes = source_map.evaluation.outcomes if source_map.evaluation else {}
    for name, column in outcomes.items():
        for start in source_map.times:
            end = name.removeprefix(f"{PREFIX}{start}_")
            if name.startswith(PREFIX) and end != name and end in source_map.times:
                found[name] = (start, end, column)
    if not found:
        raise MapError(
            f"The map {source_map.name} names no outcome such as minutes_received_dispatched;"
            f" known times: {', '.join(TIMES)}."
        )
    return found


def compare(given: str, source_map: Map) -> Comparison:
    """Read a file by its map and compare every gap; times count only where they are recorded."""
    gaps = gaps_of(source_map)
    plain = {
        name: dataclasses.replace(time, midnight="kept") for name, time in source_map.times.items()
    }
    at_face_value = dataclasses.replace(source_map, times=plain)
    found = Comparison(counts={name: Counter() for name in gaps})
    longest: dict[str, float] = {}
    for record, row in _pairs(given, source_map):
        found.records += 1
        if isinstance(row, Reject) and row.kind != "no_time":
            found.rejected += 1
            continue
        times = _recorded(row) if isinstance(row, Row) else {}
        face = next(iter(to_rows([record], at_face_value)))
        all_times = face.times if isinstance(face, Row) else {}
        for name, (start, end, column) in gaps.items():
            stated = _number(record.cells[column])
            exact = _minutes(times, start, end)
            why = _why(stated, exact, _minutes(all_times, start, end))
            if why == UNEXPLAINED and _by_the_clock(row, (start, end), stated, exact):
                why = CLOCK
            found.counts[name][why] += 1
            if why not in (EQUAL, BLANK):
                told = None if isinstance(stated, str) else stated
                found.rows.append(Difference(record.line, name, told, exact, why))
            elif stated is not None:
                longest[name] = max(longest.get(name, 0.0), float(stated))
    _look_at_blanks(found, longest)
    return found


def _look_at_blanks(found: Comparison, longest: dict[str, float]) -> None:
    """Say more of a blank beside two times, once every stated length is known."""
    for place, row in enumerate(found.rows):
        if row.why != NOT_WRITTEN or row.times is None:
            continue
        why = UNEXPLAINED
        if row.times < 0:
            why = BLANK_BACKWARD
        elif row.times > longest.get(row.gap, 0.0):
            why = BLANK_LONG
        found.counts[row.gap][NOT_WRITTEN] -= 1
        found.counts[row.gap][why] += 1
        found.rows[place] = dataclasses.replace(row, why=why)
    for counts in found.counts.values():
        counts += Counter()  # drops what fell to nothing


def _pairs(given: str, source_map: Map) -> Iterator[tuple[Record, Row | Reject]]:
    """Each record beside the row it became; a torn record has no cells to compare."""
    for path in files_of(given, source_map):
        with open_source(path, source_map) as source:
            _, records = read_source(source, source_map)
            for record in records:
                if isinstance(record, Record):
                    yield record, next(iter(to_rows([record], source_map)))


def _recorded(row: Row) -> dict[str, dt.datetime]:
    """The times that somebody wrote; a day alone is none."""
    return {
        name: time
        for name, time in row.times.items()
        if f"{name}: a date without a time" not in row.suspects
    }


def _minutes(times: dict[str, dt.datetime], start: str, end: str) -> float | None:
    if start not in times or end not in times:
        return None
    return (times[end] - times[start]).total_seconds() / 60


def _number(cell: str) -> float | str | None:
    try:
        return float(cell) if cell.strip() else None
    except ValueError:
        return NO_NUMBER


def _why(stated: float | str | None, exact: float | None, face: float | None) -> str:
    if isinstance(stated, str):
        return NO_NUMBER
    if stated is None:
        return BLANK if exact is None else NOT_WRITTEN
    if exact is None:
        if face is None:
            return NO_TIME
        return MIDNIGHT if _explained(stated, face) else UNEXPLAINED
    if stated == exact:
        return EQUAL
    if stated == 0 and exact < 0:
        return BACKWARD
    return ROUNDED if stated == math.ceil(exact) else UNEXPLAINED


def _by_the_clock(
    row: Row | Reject, names: tuple[str, str], stated: float | str | None, exact: float | None
) -> bool:
    """Whether the file and its times are one hour apart because the clock was set that night."""
    if isinstance(row, Reject) or exact is None or not isinstance(stated, float):
        return False
    odd = ("an hour that happened twice", "a time that never existed")
    if not any(f"{name}: {word}" in row.suspects for name in names for word in odd):
        return False
    return any(stated == math.ceil(exact + shift) for shift in (HOUR, -HOUR))


def _explained(stated: float, face: float) -> bool:
    return stated == max(0, math.ceil(face))
