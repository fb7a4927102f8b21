"""The published roster of each side, a file for its own desk: nobody is on by it.

Each employer publishes its own people. A desk reads its own side's file and no other.
"""

from __future__ import annotations

import functools
import json
import uuid
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from tandem.kernel.instance import Instance, InstanceError, acting_as, service_account

SIDES = ("police", "county")
# Who is not there so long after the beginning is said to be late.
LATE = timedelta(minutes=10)
NEXT = timedelta(hours=12)
# A roster is published for weeks; what lies further off is loaded with the next one.
_BACK, _AHEAD = timedelta(days=2), timedelta(days=92)
MOST_BYTES = 5_000_000
_DESK = {"police": "dispatch", "county": "clinical"}
# A key that names no row: the page reads its regions anew.
_TELL = """INSERT INTO storage_outbox (id, program_id, audience, keys, urgent)
           SELECT gen_random_uuid(), id, %s, %s, false FROM directory_program"""


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


def planned_of(instance: Instance, side: str) -> tuple[Planned, ...] | None:
    """Every shift that was published; none where no roster is loaded or it cannot be read."""
    path = file_of(instance, side)
    try:
        facts = path.stat()
        return _read(instance, path, facts.st_mtime_ns, facts.st_size)
    except (OSError, InstanceError, KeyError, TypeError, ValueError):
        return None


@functools.lru_cache(maxsize=8)
def _read(instance: Instance, path: Path, _changed: int, _size: int) -> tuple[Planned, ...]:
    # Every desk asks at every look: the file is opened when it changed.
    read = json.loads(instance.read_private(path))
    return tuple(
        Planned(person, datetime.fromisoformat(begins), datetime.fromisoformat(ends))
        for person, begins, ends in read["shifts"]
    )


def around(shifts: Iterable[Planned], at: datetime) -> tuple[list[Planned], list[Planned]]:
    """Who is planned now, and who comes next: all that begin first within twelve hours."""
    every = sorted(shifts, key=lambda one: (one.begins, one.person))
    now = [one for one in every if one.begins <= at < one.ends]
    coming = [one for one in every if at < one.begins <= at + NEXT]
    return now, [one for one in coming if one.begins == coming[0].begins]


class Turns:
    """Tells a side's desk when a shift begins, is late or ends: nothing else would redraw it."""

    def __init__(self) -> None:
        self._said: dict[str, frozenset[tuple[Planned, bool]]] = {}

    def tell(
        self, connection: psycopg.Connection[tuple[object, ...]], instance: Instance, now: datetime
    ) -> list[str]:
        """One row of news for each side whose planned people changed; returns those sides."""
        told = []
        for side in SIDES:
            working, _coming = around(planned_of(instance, side) or (), now)
            said = frozenset((one, now >= one.begins + LATE) for one in working)
            if said != self._said.get(side, frozenset()):
                connection.execute(_TELL, [[_DESK[side]], [uuid.uuid4()]])
                told.append(side)
            self._said[side] = said
        return told
