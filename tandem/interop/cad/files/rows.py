"""Turns a row that a map has read into the same event that a feed sends. No database, no clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tandem.calls.jurisdiction import MOST_SAID
from tandem.interop.cad.event import Read, RowOrder, Times, Unreadable, micros, read
from tandem.interop.cad.remarks import RemarkRules
from tandem.kernel.maps import Map, Reject, Row
from tandem.kernel.maps.saying import Saying
from tandem.kernel.maps.times import TIMES
from tandem.kernel.numbers import counted

LIVE_WITHIN = timedelta(hours=12)
# A clock may run ahead by a time zone; what lies further ahead did not happen.
AHEAD = timedelta(days=1)
# Before the first second that a feed's time may name, a file says that nobody wrote one.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
STATUSES = frozenset({"open", "closed", "cancelled"})
_TIMES = tuple(Times.model_fields)
# A slash or an ampersand may be part of a unit's name, unless blanks stand around it.
_BETWEEN_UNITS = re.compile(r"\s*[,;|\r\n]\s*|\s+[/&+]\s+")
_HIGHEST = 9
# A content's order: its latest time to the second, then its fingerprint, so that rows of one call
# end in the same state in whatever order they come. 2^33 seconds reach past the year 2199.
_FINGERPRINT_BITS = 29
# The rules of the map at hand, by its version.
_RULES: dict[str, RemarkRules] = {}


@dataclass(frozen=True)
class Wanted:
    """Which rows are asked for, and what counts as the present."""

    now: datetime
    live: bool = False
    first_day: date | None = None
    last_day: date | None = None

    def takes(self, row: Row, source_map: Map) -> bool:
        """Whether the row's local day lies within the days that were asked for."""
        if self.first_day is None and self.last_day is None:
            return True
        day = row.occurred_at.astimezone(source_map.zone).date()
        after = self.first_day is None or day >= self.first_day
        return after and (self.last_day is None or day <= self.last_day)


def latest(row: Row) -> datetime:
    """The last thing that the row tells of."""
    return max(row.times.values())


def to_read(row: Row, source_map: Map, wanted: Wanted) -> Read:
    """The row as an event that can stand; raises Unreadable with a reason without its words."""
    newest = latest(row)
    if newest > wanted.now + AHEAD:
        name = max(row.times, key=lambda name: row.times[name])
        raise Unreadable(
            Saying("%(time)s: the year %(year)s lies ahead", time=name, year=newest.year)
        )
    if row.occurred_at < EARLIEST:
        name = min(row.times, key=lambda name: row.times[name])
        year, first = row.occurred_at.year, EARLIEST.year
        words = "%(time)s: the year %(year)s lies before %(first)s"
        raise Unreadable(Saying(words, time=name, year=year, first=first))
    history = not (wanted.live and wanted.now - newest < LIVE_WITHIN)
    # The source's own words: a map that was corrected later makes no conflict of them.
    content = bytes.fromhex(row.content_hash)
    return read(
        _event(row, newest, history=history),
        _rules(source_map),
        RowOrder(_order(row, source_map, newest), content, history),
    )


def _order(row: Row, source_map: Map, newest: datetime) -> int:
    if row.sequence is not None:
        return row.sequence
    if source_map.key.order:
        at = row.updated_at or newest
        return micros(at) + _among_units(row, source_map, at)
    order = int(newest.timestamp()) << _FINGERPRINT_BITS
    return order | (int(row.content_hash[:16], 16) >> (64 - _FINGERPRINT_BITS))


def _among_units(row: Row, source_map: Map, at: datetime) -> int:
    """Microseconds that tell apart two rows of one call and time, where each tells of one unit.

    They are of different units, so neither stands for the other; the moment itself stays, to the
    millisecond where the source writes parts of a second.
    """
    if source_map.units is None or source_map.format != "csv":
        return 0
    finer = any("%f" in shape for time in source_map.times.values() for shape in time.formats)
    finer = finer or bool(at.microsecond)
    if finer and at.microsecond % 1_000:
        return 0
    return int(row.content_hash[:16], 16) % (1_000 if finer else 1_000_000)


def _event(row: Row, newest: datetime, *, history: bool) -> dict[str, Any]:
    values = row.values
    event: dict[str, Any] = {
        "external_id": row.external_id,
        "occurred_at": row.occurred_at.isoformat(),
        "updated_at": (row.updated_at or newest).isoformat(),
        "priority": _priority(row),
        "times": {name: row.times[name].isoformat() for name in _TIMES if name in row.times},
    }
    if row.sequence is not None:
        event["sequence"] = row.sequence
    for name in ("channel", "disposition"):
        if name in values:
            event[name] = _word(row, name)
    if "jurisdiction" in values:
        event["jurisdiction"] = values["jurisdiction"].strip()[:MOST_SAID]
    _add_type(event, row)
    if status := _status(row, history=history):
        event["status"] = status
    if location := _location(row):
        event["location"] = location
    if units := _units(row):
        event["units"] = units
    if remarks := _remarks(row):
        event["remarks"] = remarks
    return event


def _remarks(row: Row) -> list[dict[str, str]]:
    if not row.notes:
        return [{"field": name, "text": text} for name, text in row.remarks.items()]
    return [
        {
            "field": note.name,
            "text": note.text,
            "by": note.by,
            "restriction": note.restriction,
            **({"at": note.at.isoformat()} if note.at else {}),
        }
        for note in row.notes
    ]


def _rules(source_map: Map) -> RemarkRules:
    """A map's own classes and shapes, compiled once for a file."""
    if source_map.version not in _RULES:
        _RULES.clear()
        _RULES[source_map.version] = RemarkRules.of_remarks(source_map.remarks)
    return _RULES[source_map.version]


def _word(row: Row, name: str) -> str:
    """What the map calls it, else the source's own word."""
    meaning = row.meanings.get(name)
    return meaning.word if meaning and meaning.mapped and meaning.word else row.values[name]


def _add_type(event: dict[str, Any], row: Row) -> None:
    if "call_type" in row.values:
        event["call_type"] = row.values["call_type"]
    meaning = row.meanings.get("call_type")
    if meaning:
        event["kind"] = meaning.kind
    text = row.values.get("call_type_text") or (meaning.word if meaning and meaning.mapped else "")
    if text:
        event["call_type_text"] = text


def _priority(row: Row) -> int:
    told = row.meanings.get("priority")
    if told and told.mapped:
        return told.priority
    number = counted(row.values.get("priority", ""), most=_HIGHEST)
    if number is not None:
        return number
    meaning = row.meanings.get("call_type")
    return meaning.priority if meaning else 3


def _status(row: Row, *, history: bool) -> str:
    meaning = row.meanings.get("status")
    word = meaning.word if meaning else row.values.get("status", "").lower()
    if word in STATUSES:
        return word
    # A past call of which nothing else is known is over.
    return "closed" if history else ""


def _location(row: Row) -> dict[str, Any]:
    values = row.values
    place: dict[str, Any] = {}
    if "location" in values:
        place["text"] = values["location"]
    if "area" in values:
        place["area"] = values["area"]
    if row.place:
        place["lat"], place["lon"] = row.place
    return place


def _units(row: Row) -> list[dict[str, str]]:
    """Each status of each unit with its time; a table only names the units."""
    if row.steps:
        return [
            {"id": step.unit, "status": step.status, "at": step.at.isoformat()}
            for step in row.steps
        ]
    text = row.values.get("units", "")
    return [{"id": unit} for unit in dict.fromkeys(_BETWEEN_UNITS.split(text.strip())) if unit]


def kind_of(wrong: Unreadable) -> str:
    """What is wrong with a row whose values cannot stand: a time, or something else."""
    place = str(wrong).partition(":")[0]
    return "bad_time" if place in (*TIMES, "occurred_at", "updated_at") else "bad_value"


def refusal_of(row: Row, source_map: Map, wanted: Wanted) -> str:
    """Why no call can hold a row that the map could read, or nothing."""
    try:
        to_read(row, source_map, wanted)
    except Unreadable as wrong:
        return wrong.reason
    return ""


def rejected(row: Row, raw: str, wrong: Unreadable) -> Reject:
    """A row that the map could read and no call can hold."""
    return Reject(row.line, row.number, wrong.reason, kind_of(wrong), raw)
