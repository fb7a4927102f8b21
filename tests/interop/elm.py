"""A county with one map of its own, and what a run over its files says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tandem.interop.cad.files.importing import Order, import_files

MAP = """\
version = 1
name = "elm-county"

[file]
format = "csv"
zone = "America/Chicago"

[key]
columns = ["Incident"]
sequence = "Rev"

[times.received]
column = "Taken"
formats = ["%Y-%m-%d %H:%M"]

[times.cleared]
column = "Cleared"
formats = ["%Y-%m-%d %H:%M"]

[columns]
call_type = "Nature"
location = "Where"
status = "State"

[codes.call_type]
"WELFARE" = {kind = "welfare_check", priority = 2}

[codes.status]
"C" = "closed"
"O" = "open"

[remarks.text]
column = "Remarks"
"""
HEAD = "Incident,Rev,Taken,Cleared,Nature,Where,State,Remarks\n"
PLAIN = [
    "26-1,1,2026-03-01 10:00,,WELFARE,Oak St,O,\n",
    "26-1,2,2026-03-01 10:00,,WELFARE,Elm St,O,\n",
    "26-1,3,2026-03-01 10:00,2026-03-01 11:00,WELFARE,Elm St,C,he is tired\n",
    "26-2,1,2026-03-02 09:00,,LIFT ASSIST,Mill Rd,O,\n",
    "26-3,1,2026-03-03 09:00,,,,,\n",
]
CALL = """\
<Call xmlns="http://www.newworldsystems.com/Aegis/CAD/Peripheral/CallExport/2011/02">
<CallNumber>{number}</CallNumber><NatureOfCall>{nature}</NatureOfCall>
<CreateDateTime>2026-02-01T08:15:00</CreateDateTime><ClosedFlag>{closed}</ClosedFlag>
<AssignedUnits><Unit><UnitNumber>2B12</UnitNumber>
<AssignedDateTime>2026-02-01T08:{minute:02}:00</AssignedDateTime></Unit></AssignedUnits></Call>
"""
SUMS = ("rows", "accepted", "new", "updated", "duplicates", "stale", "rejected", "skipped_by_date")


class Elm:
    """A county with one map and whatever files a test writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.map = folder / "elm.toml"
        self.map.write_text(MAP)
        self.said: list[str] = []

    def file(self, *lines: str, name: str = "calls.csv") -> str:
        path = self.folder / name
        path.write_text(HEAD + "".join(lines))
        return str(path)

    def take(self, *files: str, **more: Any) -> dict[str, Any]:
        order = Order(files, more.pop("map_name", str(self.map)), agency="LCED", **more)
        summary = import_files(order, say=self.said.append)
        assert summary["rows"] == (
            summary["accepted"] + summary["rejected"] + summary["skipped_by_date"]
        )
        assert summary["accepted"] == sum(
            summary[name] for name in ("new", "updated", "duplicates", "stale")
        )
        return summary


def sums(summary: dict[str, Any]) -> tuple[int, ...]:
    """Rows, accepted, new, updated, duplicates, stale, rejected, skipped."""
    return tuple(summary[name] for name in SUMS)


def lines_of(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """The rejects of a run."""
    text = Path(summary["rejects_file"]).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]
