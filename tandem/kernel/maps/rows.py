"""Turns the records of a file into rows in our words, by a map; what was known later stays out."""

import contextlib
import datetime as dt
import functools
import hashlib
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from tandem.kernel.maps.format import CodeList, Map, MapError, Meaning
from tandem.kernel.maps.new_world import BETWEEN, CallCells, elements, read_call, value
from tandem.kernel.maps.reader import Record, Reject, SourceText, Table, open_source
from tandem.kernel.maps.saying import Saying
from tandem.kernel.maps.times import TimeColumn, says_nothing
from tandem.kernel.maps.units import Units
from tandem.kernel.maps.written_times import has_hour, read_time

LONGEST_ID = 100
LONGEST_SEQUENCE = 18
MOST_LAT, MOST_LON = 90, 180
_BADLY_WRITTEN = "%(column)s: not written as the map says."
# The order in which a call's times follow each other where nothing is wrong.
STORY = ("occurred", "received", "dispatched", "en_route", "on_scene", "contact", "cleared")


@dataclass(frozen=True, slots=True)
class UnitStep:
    """One status of one of the source's units, and when."""

    unit: str
    status: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Note:
    """One remark with what the source says of it."""

    name: str
    text: str
    at: dt.datetime | None = None
    by: str = ""
    restriction: str = ""


# Not frozen: one is made for each row of a file, and freezing it is a tenth of its cost.
@dataclass(slots=True)
class Row:
    """One record of somebody else's file, in our words."""

    line: int
    number: int
    external_id: str
    content_hash: str
    sequence: int | None
    updated_at: dt.datetime | None
    occurred_at: dt.datetime
    times: dict[str, dt.datetime]
    values: dict[str, str]
    meanings: dict[str, Meaning]
    place: tuple[float, float] | None
    remarks: dict[str, str]
    suspects: tuple[str, ...]
    planning: dict[str, str] = field(default_factory=dict)
    steps: tuple[UnitStep, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Our columns whose code the map does not know."""
        return tuple(ours for ours, meaning in self.meanings.items() if not meaning.mapped)


class _Unusable(Exception):
    """The record stands as it is, and cannot be taken."""

    def __init__(self, kind: str, words: str, **facts: object) -> None:
        self.kind, self.reason = kind, Saying(words, **facts)
        super().__init__(self.reason)


def read_rows(path: Path | None, source_map: Map) -> Iterator[Row | Reject]:
    """Every record of a file in our words, or why it is none; None reads standard input."""
    with open_source(path, source_map) as source:
        _, records = read_source(source, source_map)
        yield from to_rows(records, source_map)


def read_source(source: SourceText, source_map: Map) -> tuple[list[str], Iterator[Record | Reject]]:
    """The columns of an open file, checked against the map, and its records."""
    if source_map.format == "new-world-xml":
        return read_call(source, source_map)
    table = Table(source, source_map)
    return table.head, table.records()


def check_group(paths: Iterable[Path | BinaryIO | None], source_map: Map) -> None:
    """Refuse the files behind one FILE where the map plainly belongs to others; raises MapError.

    Of tables each must have the map's columns. Of a folder of calls those that are none are rejects
    among the others; where not one is a call the map is the wrong one.
    """
    fits, wrong = False, ""
    for path in paths:
        with open_source(path, source_map) as source:
            if fits and source_map.format != "csv":
                continue  # that it can be opened is enough
            _, records = read_source(source, source_map)
            first = next(records, None) if source_map.format != "csv" else None
            fits = fits or not isinstance(first, Reject)
            if isinstance(first, Reject):
                wrong = wrong or f"{source.name}: {first.reason}"
    if wrong and not fits:
        raise MapError(f"{wrong} The map {source_map.name} reads calls of New World's export.")


def to_rows(
    records: Iterable[Record | Reject], source_map: Map, copies: Counter[str] | None = None
) -> Iterator[Row | Reject]:
    """The rows of records already read; `copies` goes on counting equal keys from file to file."""
    copies = Counter() if copies is None else copies
    for record in records:
        if isinstance(record, Reject):
            yield record
            continue
        try:
            yield _row(record, source_map, copies)
        except _Unusable as fault:
            yield Reject(record.line, record.number, fault.reason, fault.kind, record.raw)


def _row(record: Record, source_map: Map, copies: Counter[str]) -> Row:
    suspects: list[str] = []
    times = _times(record, source_map, suspects)
    content = _hash(record.cells.values())
    external_id = _external_id(record, source_map, content)
    if source_map.key.equal_rows == "distinct":
        copies[external_id] += 1
        if copies[external_id] > 1:
            external_id = f"{external_id}#{copies[external_id]}"
    values = {}
    meanings = {}
    for ours, theirs in source_map.columns.items():
        value = record.cells[theirs].replace(BETWEEN, ", ").strip()
        if value:
            values[ours] = value
            meaning = _meaning(source_map.codes.get(ours), value)
            if meaning is not None:
                meanings[ours] = meaning
    return Row(
        line=record.line,
        number=record.number,
        external_id=external_id,
        content_hash=content,
        sequence=_sequence(record, source_map),
        updated_at=_updated_at(times, source_map.key.order),
        occurred_at=min(times.values()),
        times=times,
        values=values,
        meanings=meanings,
        place=_place(values),
        remarks={
            name: text
            for name, remark in source_map.remarks.items()
            if (text := record.cells[remark.column].replace(BETWEEN, "\n").strip())
        },
        suspects=tuple(suspects),
        planning={
            ours: cell
            for ours, theirs in (source_map.planning.columns if source_map.planning else {}).items()
            if (cell := record.cells[theirs].replace(BETWEEN, ", ").strip())
        },
        steps=_steps(record, source_map),
        notes=_notes(record, source_map),
    )


def _steps(record: Record, source_map: Map) -> tuple[UnitStep, ...]:
    """What the call says of its units: their own times, and the log of each."""
    units = source_map.units
    if units is None:
        return ()
    if not isinstance(record.cells, CallCells):
        return _steps_of_row(record, units, source_map)
    found: dict[UnitStep, None] = {}
    plain_missing = _missing(source_map)
    for unit in elements(record.cells.call, units.each):
        name = value(unit, units.id)
        told = [(step, value(unit, path)) for step, path in units.times.items()]
        if log := units.log:
            for entry in elements(unit, log.each):
                status = value(entry, log.status)
                told.append((units.statuses.get(status, status), value(entry, log.at[0])))
        for step, text in told:
            if name and step and not says_nothing(text, plain_missing):
                at = _moment_of(text, units.each, units.formats, source_map.zone)
                found[UnitStep(name, step, at)] = None
    return tuple(sorted(found, key=lambda step: step.at))


def _steps_of_row(record: Record, units: Units, source_map: Map) -> tuple[UnitStep, ...]:
    """What one row of a table says of one unit."""
    name = record.cells[units.id].strip()
    told: list[tuple[str, tuple[str, ...]]] = [
        (step, (column,)) for step, column in units.times.items()
    ]
    if log := units.log:
        status = record.cells[log.status].strip()
        told.append((units.statuses.get(status, status), log.at))
    found = []
    for step, columns in told:
        column = _unit_time(columns, units.formats, _missing(source_map))
        texts, in_part = _texts(record, column)
        if name and step and texts and not in_part:
            at = _moment(texts[0], column.column, column, source_map.zone, [])
            found.append(UnitStep(name, step, at))
    return tuple(sorted(found, key=lambda step: step.at))


def _notes(record: Record, source_map: Map) -> tuple[Note, ...]:
    """Each remark by itself, with its time, its author and the source's own restriction."""
    if not isinstance(record.cells, CallCells):
        return ()
    found = []
    for name, remark in source_map.remarks.items():
        above, _, own = remark.column.rpartition("/")
        marks = remark.marks
        for part in elements(record.cells.call, above):
            text = value(part, own)
            if not text:
                continue
            restriction = value(part, marks.restriction) if marks.restriction else ""
            at = value(part, marks.at) if marks.at else ""
            at = "" if says_nothing(at, _missing(source_map)) else at
            note = Note(
                name,
                text,
                _moment_of(at, remark.column, marks.formats, source_map.zone) if at else None,
                value(part, marks.by) if marks.by else "",
                "" if restriction in marks.unrestricted else restriction,
            )
            found.append(note)
    return tuple(found)


def _missing(source_map: Map) -> frozenset[str]:
    """What this source writes where it knows no time; every time of a map holds the same."""
    return next((time.missing for time in source_map.times.values()), frozenset())


@functools.lru_cache(maxsize=256)
def _unit_time(
    columns: tuple[str, ...], formats: tuple[str, ...], missing: frozenset[str]
) -> TimeColumn:
    return TimeColumn(
        columns, formats, on_gap="forward", on_fold="first", midnight="kept", missing=missing
    )


def _moment_of(text: str, column: str, formats: tuple[str, ...], zone: ZoneInfo) -> dt.datetime:
    return _moment(text, column, _unit_time((column,), formats, frozenset()), zone, [])


def _meaning(codes: CodeList | None, value: str) -> Meaning | None:
    return codes.meaning(value) if codes else None


def _hash(cells: Iterable[str]) -> str:
    # The separator cannot stand in a cell's text, so two rows never hash alike by shifting.
    return hashlib.sha256("\x1f".join(cells).encode("utf-8", "surrogatepass")).hexdigest()


def _external_id(record: Record, source_map: Map, content: str) -> str:
    key = source_map.key
    if key.whole_row:
        return content
    cells = [record.cells[column].strip() for column in key.columns]
    if not all(cells):
        blank = key.columns[cells.index("")]
        raise _Unusable("no_key", "No key: the column %(column)r is blank.", column=blank)
    if len(cells) > 1:
        return _hash(cells)
    if not cells[0][-1].isdecimal() and says_nothing(cells[0]):
        # Every call without a number would become one call.
        column = key.columns[0]
        raise _Unusable("no_key", "No key: the column %(column)r names none.", column=column)
    if len(cells[0]) > LONGEST_ID:
        raise _Unusable("no_key", "The key is longer than %(most)s characters.", most=LONGEST_ID)
    return cells[0]


def _sequence(record: Record, source_map: Map) -> int | None:
    if not source_map.key.sequence:
        return None
    text = record.cells[source_map.key.sequence].strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_SEQUENCE):
        column = source_map.key.sequence
        raise _Unusable(
            "no_order", "The sequence in %(column)r is not a whole number.", column=column
        )
    return int(text)


def _updated_at(times: dict[str, dt.datetime], order: str) -> dt.datetime | None:
    if not order:
        return None
    return max(times.values()) if order == "latest" else times.get(order)


def _place(values: dict[str, str]) -> tuple[float, float] | None:
    with contextlib.suppress(KeyError, ValueError):
        lat, lon = float(values["lat"]), float(values["lon"])
        # 0,0 lies in the sea: it is how sources write that they know no place.
        if abs(lat) <= MOST_LAT and abs(lon) <= MOST_LON and (lat, lon) != (0, 0):
            return lat, lon
    return None


def _times(record: Record, source_map: Map, suspects: list[str]) -> dict[str, dt.datetime]:
    times: dict[str, dt.datetime] = {}
    dates: dict[str, dt.datetime] = {}
    parts: dict[str, TimeColumn] = {}
    for name, column in source_map.times.items():
        texts, in_part = _texts(record, column)
        if in_part and not _shape_of(texts[0], column):
            parts[name] = column
            continue
        if not texts:
            continue
        moments = [_moment(text, name, column, source_map.zone, suspects) for text in texts]
        # Of several units the first to come counts, and the last to leave.
        told = max(moments) if name in ("cleared", "updated") else min(moments)
        unrecorded = column.midnight == "unrecorded" and _is_midnight(told, source_map.zone)
        (dates if unrecorded else times)[name] = told
    if not times and dates:
        # Only the day is known: it says when, but not which step of the call.
        name = next(iter(dates))
        times[name] = dates[name]
        suspects.append(f"{name}: a date without a time")
    if not times:
        for column in parts.values():
            raise _Unusable("bad_time", _BADLY_WRITTEN, column=column.column)
        named = ", ".join(column.column for column in source_map.times.values())
        raise _Unusable("no_time", "No time: %(columns)s is blank.", columns=named)
    suspects += [f"{name}: only a part of it is written" for name in parts]
    for before, after in itertools.pairwise([name for name in STORY if name in times]):
        if times[after] < times[before]:
            suspects.append(f"{after} before {before}")
    return times


def _is_midnight(at: dt.datetime, zone: ZoneInfo) -> bool:
    return at.astimezone(zone).time() == dt.time()


def _texts(record: Record, column: TimeColumn) -> tuple[list[str], bool]:
    """What the source writes of one time, and whether of several columns one is left open.

    Of a table it is one text, of a call one for each unit.
    """
    if len(column.columns) == 1:
        cells = record.cells[column.columns[0]].split(BETWEEN)
        return [text for cell in cells if (text := cell.strip()) and _tells(text, column)], False
    told = {
        name: cell
        for name in column.columns
        if (cell := record.cells[name].strip()) and not says_nothing(cell, column.missing)
    }
    if not told:
        return [], False
    if len(told) == len(column.columns):
        return [" ".join(told.values())], False
    # Without this one's hour, the one date of several times says nothing of this one.
    text = " ".join(told.values())
    alone = not column.shared.issuperset(told) or _shape_of(text, column) is not None
    return ([text], True) if alone else ([], False)


def _tells(text: str, column: TimeColumn) -> bool:
    """Whether a cell tells a time, well written or not; quickly where it plainly does."""
    if not column.missing and text[0].isdecimal() and text[-1].isdecimal():
        return True
    return not says_nothing(text, column.missing)


def _moment(
    text: str, name: str, column: TimeColumn, zone: ZoneInfo, suspects: list[str]
) -> dt.datetime:
    """The instant that a local time of the source means."""
    local, shape = _parse(text, column)
    if not has_hour(shape):
        suspects.append(f"{name}: a date without a time")
    try:
        return _instant(local, name, column, zone, suspects)
    except OverflowError:
        # The first and the last day of the calendar have no instant in every zone.
        raise _Unusable(
            "bad_time", "%(column)s: outside the calendar.", column=column.column
        ) from None


def _instant(
    local: dt.datetime, name: str, column: TimeColumn, zone: ZoneInfo, suspects: list[str]
) -> dt.datetime:
    if local.tzinfo is not None:
        return local.astimezone(dt.UTC)
    first = local.replace(tzinfo=zone, fold=0)
    second = local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(dt.UTC)
    if first.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != local:
        if column.on_gap == "reject":
            raise _Unusable(
                "bad_time", "%(column)s: a time that never existed there.", column=column.column
            )
        suspects.append(f"{name}: a time that never existed")
        return first.astimezone(dt.UTC)
    if column.on_fold == "reject":
        raise _Unusable(
            "bad_time", "%(column)s: an hour that happened twice.", column=column.column
        )
    suspects.append(f"{name}: an hour that happened twice")
    return (first if column.on_fold == "first" else second).astimezone(dt.UTC)


def _parse(text: str, column: TimeColumn) -> tuple[dt.datetime, str]:
    found = _shape_of(text, column)
    if found is None:
        # The cell itself is not said: in a torn row it may be anybody's words.
        raise _Unusable("bad_time", _BADLY_WRITTEN, column=column.column)
    return found


def _shape_of(text: str, column: TimeColumn) -> tuple[dt.datetime, str] | None:
    for shape in column.formats:
        if (found := read_time(text, shape)) is not None:
            return found, shape
    return None
