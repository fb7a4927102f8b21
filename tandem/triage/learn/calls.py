"""Reads the calls of a file for learning and judging: its inputs, its label, its month."""

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tandem.kernel.maps import (
    AT_ASSIGNMENT,
    Map,
    MapError,
    Record,
    Row,
    files_of,
    open_source,
    read_source,
    to_rows,
)
from tandem.triage.learn.inputs import Inputs

# A month lacks its labels below this share of the best month's rate, where that is no chance.
MISSING_BELOW, MISSING_CHANCE, FULL_MONTH = 0.2, 1e-4, 300
# The words of a remark beyond this say nothing more about what the call is.
LONGEST_REMARK = 20_000


class Call(NamedTuple):
    """One call as the score may see it, and beside it what only the judging may see.

    Attributes:
        when: the call's earliest time, in the source's zone.
        call_types: by our name, blank left out.
        answers: by our name, blank left out.
        remarks: those that stood when the first unit was assigned.
        crisis: the label; None where it is missing or left out.
        area, group: for the disparity check; blank where the map names none.
    """

    when: dt.datetime
    call_types: dict[str, str]
    answers: dict[str, str]
    remarks: tuple[str, ...]
    crisis: bool | None
    area: str
    group: str

    @property
    def month(self) -> str:
        return self.when.strftime("%Y-%m")


@dataclass
class Reading:
    """The calls of a file, and what was left out and why."""

    calls: list[Call]
    rejected: int = 0
    duplicates: int = 0
    unlabeled: int = 0
    late_remarks: int = 0
    left_out: int = 0
    encoding: str = ""
    months_left_out: dict[str, str] = field(default_factory=dict)


def read_head(file: str, source_map: Map) -> list[str]:
    """The column names of the file; raises MapError where it lacks one of the map's."""
    with open_source(files_of(file, source_map)[0], source_map) as source:
        head, _ = read_source(source, source_map)
        return head


def read_calls(
    file: str,
    source_map: Map,
    inputs: Inputs,
    *,
    first: dt.date | None = None,
    last: dt.date | None = None,
) -> Reading:
    """Every call between two local dates, both included; equal rows count once.

    Months whose labels are missing are left out, both those that the map names and those where the
    rate of crises falls far below the best month's: missing labels are never negatives. A remark
    written after the first unit was assigned is left out and counted.

    Raises MapError where the map has no label, where the file lacks a column, or where it is empty.
    """
    if source_map.label is None:
        raise MapError(
            f"The map {source_map.name} has no [label]: nothing says which calls were crises."
        )
    reading = Reading([])
    seen: set[str] = set()
    for row, record in _rows(file, source_map, reading):
        when = row.occurred_at.astimezone(source_map.zone)
        if (first and when.date() < first) or (last and when.date() > last):
            continue
        if row.content_hash in seen:
            reading.duplicates += 1
            continue
        seen.add(row.content_hash)
        reading.calls.append(_call(row, record, source_map, inputs, reading))
    _leave_months_out(reading, source_map)
    return reading


def _rows(file: str, source_map: Map, reading: Reading) -> Iterator[tuple[Row, Record]]:
    for path in files_of(file, source_map):
        with open_source(path, source_map) as source:
            reading.encoding = source.encoding
            _, records = read_source(source, source_map)
            for record in records:
                row = next(to_rows([record], source_map))
                if isinstance(row, Row) and isinstance(record, Record):
                    yield row, record
                else:
                    reading.rejected += 1


def _call(row: Row, record: Record, source_map: Map, inputs: Inputs, reading: Reading) -> Call:
    remarks = []
    for name, written in inputs.remarks.items():
        text = row.remarks.get(name, "")[:LONGEST_REMARK]
        if not text:
            continue
        assigned = row.times.get("dispatched")
        moment = row.times.get(written)
        late = written != AT_ASSIGNMENT and not (assigned and moment and moment <= assigned)
        if late:
            reading.late_remarks += 1
        else:
            remarks.append(text)
    crisis = _label(record, source_map)
    reading.unlabeled += crisis is None
    group = source_map.triage.group if source_map.triage else ""
    return Call(
        when=row.occurred_at.astimezone(source_map.zone),
        call_types={
            name: " ".join(row.values[name].split())
            for name in inputs.call_types
            if name in row.values
        },
        answers={
            name: cell
            for name, column in inputs.answers.items()
            if (cell := record.cells[column].strip())
        },
        remarks=tuple(remarks),
        crisis=crisis,
        area=row.values.get("area", ""),
        group=record.cells[group].strip() if group else "",
    )


def _label(record: Record, source_map: Map) -> bool | None:
    if source_map.label is None:
        return None
    code = record.cells[source_map.label.column].strip()
    if not code or code in source_map.label.exclude:
        return None
    return code in source_map.label.positive


def _leave_months_out(reading: Reading, source_map: Map) -> None:
    named = set(source_map.triage.unlabeled_months) if source_map.triage else set()
    every = Counter(call.month for call in reading.calls if call.crisis is not None)
    crises = Counter(call.month for call in reading.calls if call.crisis)
    full = {month: count for month, count in every.items() if count >= FULL_MONTH}
    best = max((crises[month] / count for month, count in full.items()), default=0.0)
    for month in sorted(every):
        expected = best * every[month]
        few = (
            crises[month] < MISSING_BELOW * expected
            and poisson_at_most(crises[month], expected * MISSING_BELOW * 2) < MISSING_CHANCE
        )
        if month in named:
            reading.months_left_out[month] = "the map says that its labels are missing"
        elif few:
            reading.months_left_out[month] = (
                f"{crises[month]} crises where about {expected:.0f} were to be expected: its labels"
                " are missing"
            )
    kept = [call for call in reading.calls if call.month not in reading.months_left_out]
    gone = (call for call in reading.calls if call.month in reading.months_left_out)
    reading.left_out = sum(call.crisis is not None for call in gone)
    reading.calls = kept


def poisson_at_most(count: int, expected: float) -> float:
    """The chance of no more than this many events where so many are expected."""
    term = total = math.exp(-expected)
    for number in range(1, count + 1):
        term *= expected / number
        total += term
    return min(total, 1.0)
