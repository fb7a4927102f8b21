"""The published roster of each side, a file for its own desk: nobody is on by it.

Each employer publishes its own people. A desk reads its own side's file and no other.
"""

from __future__ import annotations

import json
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tandem.kernel.instance import Instance, InstanceError, acting_as, service_account

SIDES = ("police", "county")
# Who is not there so long after the beginning is said to be late.
LATE = timedelta(minutes=10)
NEXT = timedelta(hours=12)
# A roster is published for weeks; what lies further off is loaded with the next one.
_BACK, _AHEAD = timedelta(days=2), timedelta(days=92)
MOST_BYTES = 5_000_000


@dataclass(frozen=True)
class Planned:
    """One person's shift as it was published."""

    person: str
    begins: datetime
    ends: datetime


def file_of(instance: Instance, side: str) -> Path:
    """Where a side's roster is kept: below the data folder, closed to everybody else."""
    return instance.data / "roster" / f"{side}.json"


def load_roster(instance: Instance, side: str, path: Path, *, zone: str, now: datetime) -> int:
    """Keep the shifts of an iCalendar file in place of those before; how many there are.

    Raises:
        InstanceError: what is no calendar, or holds no shift of these weeks.
    """
    from tandem.planning.roster.calendar_file import shifts_of_calendar

    raw = path.read_bytes()[: MOST_BYTES + 1]
    if len(raw) > MOST_BYTES:
        raise InstanceError("The calendar is larger than 5 MB. Nothing was loaded.")
    clock = zoneinfo.ZoneInfo(zone)
    local = now.astimezone(clock).replace(tzinfo=None)
    span = (local - _BACK, local + _AHEAD)
    shifts = [
        [one.person, *(at.replace(tzinfo=clock).astimezone(UTC).isoformat() for at in when)]
        for one, _where in shifts_of_calendar(path.name, raw, zone, span)
        for when in [(one.start, one.end)]
        if span[0] <= one.start <= span[1]
    ]
    if not shifts:
        raise InstanceError("The calendar holds no shift of the coming weeks. Nothing was loaded.")
    kept = file_of(instance, side)
    with acting_as(service_account()):
        kept.parent.mkdir(mode=0o700, exist_ok=True)
    instance.write_private(kept, json.dumps({"shifts": sorted(shifts)}))
    return len(shifts)


def planned_of(instance: Instance, side: str) -> list[Planned] | None:
    """Every shift that was published; none where no roster is loaded or it cannot be read."""
    try:
        read = json.loads(instance.read_private(file_of(instance, side)))
        return [
            Planned(person, datetime.fromisoformat(begins), datetime.fromisoformat(ends))
            for person, begins, ends in read["shifts"]
        ]
    except (OSError, InstanceError, KeyError, TypeError, ValueError):
        return None


def around(shifts: Iterable[Planned], at: datetime) -> tuple[list[Planned], list[Planned]]:
    """Who is planned now, and who comes next: all that begin first within twelve hours."""
    every = sorted(shifts, key=lambda one: (one.begins, one.person))
    now = [one for one in every if one.begins <= at < one.ends]
    coming = [one for one in every if at < one.begins <= at + NEXT]
    return now, [one for one in coming if one.begins == coming[0].begins]
