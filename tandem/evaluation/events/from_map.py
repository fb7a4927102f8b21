"""Other people's data as event tables, by a map: one row is one call and one encounter.

A file of rows cannot say more than it holds: one team, one person, one value for each axis. What it
does not hold stays unknown.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from tandem.evaluation.events.schema import AXES, ENCOUNTERS, STEPS
from tandem.evaluation.events.store import DataRefused, as_table
from tandem.kernel.maps import Evaluation, Map, Record, Reject, Row, files_of, open_source
from tandem.kernel.maps.rows import read_source, to_rows

STEP_OF = {
    "dispatched": "assigned",
    "en_route": "en_route",
    "on_scene": "on_scene",
    "contact": "with_person",
    "cleared": "cleared",
}
SIDE_OF = {"officer": "police", "clinician": "county", "other": "other"}
OPENS = ("on_scene", "contact")
DAY_ONLY = "{}: a date without a time"


@dataclass
class Imported:
    """The tables, and what became of the rows."""

    tables: dict[str, pa.Table]
    rows: int
    rejects: list[Reject] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """Counts, and the rejects by line and reason, never their text."""
        return {
            "rows": self.rows,
            "accepted": self.rows - len(self.rejects),
            "rejected": len(self.rejects),
            "tables": {name: table.num_rows for name, table in self.tables.items()},
            "rejects": [
                {"line": one.line, "kind": one.kind, "reason": one.reason} for one in self.rejects
            ],
        }


def local_parts(moment: dt.datetime, zone: ZoneInfo, *, day_only: bool = False) -> dict[str, Any]:
    """The columns of the program's clock for an instant."""
    local = moment.astimezone(zone)
    minute = local.hour * 60 + local.minute
    return {
        "local_date": local.date(),
        "local_weekday": local.isoweekday(),
        "local_minute": None if day_only else minute,
    }


def import_file(given: str, source_map: Map) -> Imported:
    """Read a file, a folder or standard input by a map; a row that cannot be taken is a reject.

    Raises MapError, or DataRefused where the map says nothing that makes an encounter.
    """
    if not source_map.times:
        raise DataRefused(
            f"The map {source_map.name} names no times ([times.received] or another): without them"
            " there is no encounter. Add them, or give event tables."
        )
    reading = _Reading(source_map)
    for path in files_of(given, source_map):
        with open_source(path, source_map) as source:
            _, records = read_source(source, source_map)
            reading.take(records)
    reading.tables["facts"] = list(_not_recorded(source_map))
    tables = {name: as_table(name, rows) for name, rows in reading.tables.items()}
    return Imported(tables, reading.rows, reading.rejects)


def _not_recorded(source_map: Map) -> Iterator[dict[str, Any]]:
    """The words that this file cannot say, so that nobody takes its silence for a no."""
    can_say = {STEP_OF[name] for name in source_map.times if name in STEP_OF}
    step = STEPS.column("step")
    words = set(step.values if step else ()) - can_say
    contact = source_map.evaluation.codes.get("contact") if source_map.evaluation else None
    if contact is None or "duplicate" not in contact.words.values():
        words.add("duplicate")
    for word in sorted(words):
        yield {
            "county": "*",
            "fact": "not_recorded",
            "item": word,
            "from_date": dt.date.min,
            "source": f"map {source_map.name}",
        }


class _Reading:
    def __init__(self, source_map: Map) -> None:
        self.map = source_map
        self.section = source_map.evaluation or Evaluation({}, {}, {}, {}, (), (), "other")
        names = ["calls", "encounters", "steps", "axes"]
        self.tables: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        self.rejects: list[Reject] = []
        self.rows = 0
        self.persons: dict[str, str] = {}
        self.seen: Counter[str] = Counter()
        self.last: Record | None = None

    def take(self, records: Iterator[Record | Reject]) -> None:
        for row in to_rows(self._remembered(records), self.map):
            self.rows += 1
            if isinstance(row, Reject):
                self.rejects.append(row)
            elif self.seen[row.external_id]:
                text = "The same key as an earlier row."
                self.rejects.append(Reject(row.line, row.number, text, "duplicate", ""))
            elif self.last is not None:
                self._row(row, self.last)
                self.seen[row.external_id] += 1

    def _remembered(self, records: Iterator[Record | Reject]) -> Iterator[Record | Reject]:
        for record in records:
            self.last = record if isinstance(record, Record) else None
            yield record

    def _row(self, row: Row, record: Record) -> None:
        times = {
            name: time
            for name, time in row.times.items()
            if DAY_ONLY.format(name) not in row.suspects
        }
        cells = {
            name: self.section.value(name, record.cells[column])
            for name, column in self.section.columns().items()
        }
        county = cells.get("unit") or "unknown"
        key = row.external_id
        begun = times.get("received") or row.occurred_at
        opened = next((times[name] for name in OPENS if name in times), begun)
        day_only = not times
        self.tables["calls"].append(
            {
                "call_id": key,
                "county": county,
                "received_at": begun,
                **local_parts(begun, self.map.zone, day_only=day_only),
                **self._flags(row, record),
            }
        )
        self.tables["encounters"].append(
            {
                "encounter_id": key,
                "call_id": key,
                "county": county,
                "opened_at": opened,
                **local_parts(opened, self.map.zone, day_only=day_only),
                "person_id": self._pseudonym(cells.get("person")),
                **self._own_columns(cells),
            }
        )
        self._steps(key, times)
        self._values(key, cells)

    def _flags(self, row: Row, record: Record) -> dict[str, str]:
        """What the call was taken for by its type, and how it closed by the label."""
        told = {}
        meaning = row.meanings.get("call_type")
        if meaning is not None and meaning.mapped:
            told["bh_at_call"] = "yes" if meaning.kind == "behavioral_health" else "no"
        label = self.map.label
        if label is not None:
            code = record.cells[label.column].strip()
            if code and code not in label.exclude:
                told["bh_at_close"] = "yes" if code in label.positive else "no"
        return told

    def _own_columns(self, cells: dict[str, str | None]) -> dict[str, str | None]:
        """Outcomes and covariates that bear the name of a column of encounters."""
        names = {column.name for column in ENCOUNTERS.columns if column.kind == "code"} - {"county"}
        return {name: value for name, value in cells.items() if name in names}

    def _pseudonym(self, person: str | None) -> str | None:
        """A number in the order of appearance: it leads nowhere without the file."""
        if person is None:
            return None
        return self.persons.setdefault(person, f"p{len(self.persons) + 1}")

    def _steps(self, key: str, times: dict[str, dt.datetime]) -> None:
        team = self.section.team
        member = {"member_id": "team", "side": SIDE_OF[team], "discipline": team, "opening": 1}
        for name, step in STEP_OF.items():
            if name in times:
                told = {"encounter_id": key, **member, "step": step, "at": times[name]}
                self.tables["steps"].append(told)

    def _values(self, key: str, cells: dict[str, str | None]) -> None:
        column = AXES.column("axis")
        known = column.values if column else ()
        for name, value in cells.items():
            if name in known and value is not None:
                side = SIDE_OF[self.section.team]
                told = {"encounter_id": key, "axis": name, "value": value, "side": side}
                self.tables["axes"].append(told)
