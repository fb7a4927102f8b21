"""Draws `calls.csv` from the city of Seattle's file by a fixed rule; `python -m` with that file.

Only the type and the arrival time are kept: no address, no coordinate, nothing known afterwards.
"""

import csv
import datetime as dt
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tandem.kernel.maps import Row, find_map, read_rows

CALLS_FILE = Path(__file__).with_name("calls.csv")
MAP = "seattle-2015"
# One whole week of each month, Monday to Sunday, so that the days of the week keep their shape.
WEEKS = (dt.date(2015, 7, 13), dt.date(2015, 8, 10), dt.date(2015, 9, 14))
DAYS = 7
# Four of five rows, chosen by the hash of the whole row: 5,000 rows at most may ship.
KEEP, OF = 80, 100
MOST_ROWS = 5_000


@dataclass(frozen=True, order=True)
class RealCall:
    """What is real in the demonstration: a type and an arrival, in the city's own local time."""

    at_scene: dt.datetime
    initial_type: str


def load_calls(path: Path = CALLS_FILE) -> tuple[RealCall, ...]:
    """The shipped slice, in order of arrival."""
    with path.open(encoding="utf-8", newline="") as stream:
        return tuple(
            RealCall(dt.datetime.fromisoformat(row["at_scene"]), row["initial_type"])
            for row in csv.DictReader(stream)
        )


def draw(rows: Iterable[Row], zone: dt.tzinfo) -> list[RealCall]:
    """The slice of the whole file: exact duplicates once, the weeks above, four rows of five."""
    seen: set[str] = set()
    calls = []
    for row in rows:
        if row.content_hash in seen or "on_scene" not in row.times:
            continue
        seen.add(row.content_hash)
        local = row.times["on_scene"].astimezone(zone).replace(tzinfo=None)
        in_a_week = any(0 <= (local.date() - monday).days < DAYS for monday in WEEKS)
        if in_a_week and int(row.content_hash[:8], 16) % OF < KEEP:
            calls.append(RealCall(local, row.values["call_type"]))
    return sorted(calls)[:MOST_ROWS]


def write_calls(calls: Iterable[RealCall], path: Path) -> None:
    """Two columns and nothing else."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["at_scene", "initial_type"])
        for call in calls:
            stamp = call.at_scene.isoformat(timespec="minutes")
            writer.writerow([stamp, call.initial_type])


def main(source: Path, target: Path = CALLS_FILE) -> int:
    """Draw the slice again; returns how many rows it holds."""
    source_map = find_map(MAP)
    rows = (row for row in read_rows(source, source_map) if isinstance(row, Row))
    calls = draw(rows, source_map.zone)
    write_calls(calls, target)
    return len(calls)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
