"""Keeps the counts of past days, so that a report of ten years need not read ten years.

A day's counts are kept once the day is over, a month's and a year's once all their days are. Each
change of a record that is counted leaves the key of its encounter to be counted again (triggers of
migration 0005), in the change's own transaction: until that is done a reader counts the day itself.
The worker does this under each side's custodian's login, which reads that side's records anyway,
and needs no Django.
"""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from tandem.encounters.counting import Counted, count_days
from tandem.encounters.releasing import MONTHS, SETTLED, quarter_end, quarter_of, release
from tandem.encounters.tallies import Tally, summed
from tandem.kernel.instance import Instance

TALLIES = {"police": "encounters_policetally", "county": "encounters_clinicaltally"}
# What of a side is to be counted again: of the spine, and of the county's own axes.
RECOUNTS = {
    "police": ("encounters_spinerecount",),
    "county": ("encounters_spinerecount", "encounters_clinicalrecount"),
}
LOGINS = {
    "police": ("custodian_police", "PRVP", "police"),
    "county": ("custodian_county", "PRVC", "county_crisis"),
}
# Days of one transaction, and for how long a round goes on: the worker's other work waits.
BATCH, ROUND_SECONDS = 10, 0.5
EVERY = 60.0  # seconds
_AGENCIES = """
SELECT a.id, a.program_id, p.zone FROM directory_agency a
JOIN directory_program p ON p.id = a.program_id WHERE a.kind = %s ORDER BY a.name
"""
_CLAIMS = """
SELECT set_config('tandem.agency', %s, true), set_config('tandem.program', %s, true),
  set_config('tandem.role', %s, true), set_config('tandem.agency_kind', %s, true),
  pg_advisory_xact_lock(hashtextextended(%s, 0))
"""
_RELEASED = """
SELECT quarter_on FROM encounters_quarterrelease WHERE program_id = %s AND side = %s
"""
_LEAVES = """
INSERT INTO encounters_quarterrelease (id, program_id, side, quarter_on, figures)
VALUES (%s, %s, %s, %s, %s)
"""
_FIRST = """
SELECT min((begun_at AT TIME ZONE %s)::date) FROM dispatch_encounter WHERE program_id = %s
"""


@dataclass(frozen=True)
class Keeper:
    """Whose counts are kept: one agency, its side, its program's zone."""

    agency_id: uuid.UUID
    side: str
    whose: Counted

    @property
    def tallies(self) -> str:
        """Where they are kept."""
        return TALLIES[self.side]


class Counting:
    """The worker's part: each minute, and at every look while days are left from the last."""

    def __init__(self) -> None:
        self.next_at = 0.0

    def go_on(self, instance: Instance) -> int:
        """Count what is not counted yet or was changed, of every agency; how many days."""
        if time.monotonic() < self.next_at:
            return 0
        counted = 0
        for keeper in keepers(instance):
            with connected(instance, keeper) as connection:
                counted += keep(connection, keeper, at=datetime.now(UTC))
        if not counted:
            self.next_at = time.monotonic() + EVERY
        return counted


def connected(instance: Instance, keeper: Keeper) -> psycopg.Connection[Any]:
    """As the custodian of that side, outside of any transaction."""
    return psycopg.connect(instance.dsn(LOGINS[keeper.side][0]), autocommit=True)


def keepers(instance: Instance) -> list[Keeper]:
    """Every agency whose encounters are counted."""
    found = []
    with psycopg.connect(instance.dsn("identity"), autocommit=True) as connection:
        for side, (_login, _role, kind) in LOGINS.items():
            for agency, program, zone in connection.execute(_AGENCIES, [kind]).fetchall():
                found.append(Keeper(agency, side, Counted(program, side, zone)))
    return found


def keep(
    connection: psycopg.Connection[Any],
    keeper: Keeper,
    *,
    at: datetime,
    seconds: float = ROUND_SECONDS,
) -> int:
    """Count days of one agency until none is left or the time is over; how many were."""
    began, counted = time.monotonic(), 0
    today = at.astimezone(ZoneInfo(keeper.whose.zone)).date()
    while True:
        with connection.transaction():
            _stand(connection, keeper)
            days = _batch(connection, keeper, today)
        counted += days
        if days < BATCH or time.monotonic() - began > seconds:
            return counted


def forget_all(connection: psycopg.Connection[Any], keeper: Keeper) -> None:
    """Drop every count that is kept; the next rounds count from the records."""
    with connection.transaction():
        _stand(connection, keeper)
        connection.execute(f"DELETE FROM {keeper.tallies}".encode())  # noqa: S608


def _stand(connection: psycopg.Connection[Any], keeper: Keeper) -> None:
    _login, role, kind = LOGINS[keeper.side]
    claims = [str(keeper.agency_id), str(keeper.whose.program_id), role, kind]
    connection.execute(_CLAIMS, [*claims, f"tally/{keeper.side}/{keeper.agency_id}"])


def _batch(connection: psycopg.Connection[Any], keeper: Keeper, today: date) -> int:
    """Count up to BATCH days, newest first, in the open transaction."""
    marks = changed(lambda sql, told: connection.execute(sql.encode(), told).fetchall(), keeper)
    text = f"SELECT start_on FROM {keeper.tallies} WHERE unit = 'day'"  # noqa: S608
    kept = {row[0] for row in connection.execute(text.encode())}
    first = connection.execute(_FIRST, [keeper.whose.zone, keeper.whose.program_id]).fetchone()
    begun = first[0] if first and first[0] else today
    every = {begun + timedelta(days=n) for n in range((today - begun).days)}
    dirty = {day for _table, _key, day in marks if day is not None and day < today}
    days = sorted((every - kept) | dirty, reverse=True)[:BATCH]
    for day in days:
        _keep(connection, keeper, "day", day, _count(connection, keeper, day))
    _sum_up(connection, keeper, days, today)
    _release(connection, keeper, today)
    done = set(days)
    for table in RECOUNTS[keeper.side]:
        keys = [
            key
            for where, key, day in marks
            if where == table and (day is None or day >= today or day in done)
        ]
        text = f"DELETE FROM {table} WHERE id = ANY (%s)"  # noqa: S608
        connection.execute(text.encode(), [keys])
    return len(days)


def changed(run: Any, keeper: Keeper) -> list[tuple[str, uuid.UUID, date | None]]:
    """What is to be counted again: where it says so, its key, and the day it belongs to."""
    found = []
    for table in RECOUNTS[keeper.side]:
        text = f"""
          SELECT r.id, (e.begun_at AT TIME ZONE %(zone)s)::date FROM {table} r
          LEFT JOIN dispatch_encounter e ON e.id = r.encounter_id
          WHERE r.program_id = %(program)s AND r.side = %(side)s"""  # noqa: S608
        told = {
            "zone": keeper.whose.zone,
            "program": keeper.whose.program_id,
            "side": keeper.side,
        }
        found += [(table, key, day) for key, day in run(text, told)]
    return found


def _count(connection: psycopg.Connection[Any], keeper: Keeper, day: date) -> Tally:
    def run(sql: str, told: dict[str, Any]) -> list[Any]:
        return connection.execute(sql.encode(), told).fetchall()

    return count_days(run, keeper.whose, day, day)[day]


def _keep(
    connection: psycopg.Connection[Any], keeper: Keeper, unit: str, start: date, tally: Tally
) -> None:
    _drop(connection, keeper, unit, start)
    text = f"""
      INSERT INTO {keeper.tallies} (id, program_id, agency_id, unit, start_on, counts)
      VALUES (%s, %s, %s, %s, %s, %s)"""  # noqa: S608
    told = [uuid.uuid4(), keeper.whose.program_id, keeper.agency_id, unit, start, tally.as_json()]
    connection.execute(text.encode(), told)


def _drop(connection: psycopg.Connection[Any], keeper: Keeper, unit: str, start: date) -> None:
    text = f"DELETE FROM {keeper.tallies} WHERE unit = %s AND start_on = %s"  # noqa: S608
    connection.execute(text.encode(), [unit, start])


def _sum_up(
    connection: psycopg.Connection[Any], keeper: Keeper, days: Iterable[date], today: date
) -> None:
    """The months and years of these days: summed where all their parts are there, else none."""
    months = {day.replace(day=1) for day in days}
    for start in sorted(months):
        end = month_end(start)
        _sum(connection, keeper, ("month", start), ("day", end), today, (end - start).days)
    for start in sorted({month.replace(month=1) for month in months}):
        end = start.replace(year=start.year + 1)
        _sum(connection, keeper, ("year", start), ("month", end), today, 12)


def _sum(
    connection: psycopg.Connection[Any],
    keeper: Keeper,
    whole: tuple[str, date],
    parts: tuple[str, date],
    today: date,
    wanted: int,
) -> None:
    (unit, start), (part, end) = whole, parts
    _drop(connection, keeper, unit, start)
    if end > today:
        return
    text = f"""
      SELECT counts::text FROM {keeper.tallies}
      WHERE unit = %s AND start_on >= %s AND start_on < %s"""  # noqa: S608
    rows = connection.execute(text.encode(), [part, start, end]).fetchall()
    if len(rows) == wanted:
        _keep(connection, keeper, unit, start, summed(Tally.of_json(row[0]) for row in rows))


def _release(connection: psycopg.Connection[Any], keeper: Keeper, today: date) -> None:
    """Each quarter that is settled and whole leaves its side once, and then stays as it left."""
    program, side = keeper.whose.program_id, keeper.side
    left = {row[0] for row in connection.execute(_RELEASED, [program, side]).fetchall()}
    text = f"SELECT start_on FROM {keeper.tallies} WHERE unit = 'month'"  # noqa: S608
    months = [row[0] for row in connection.execute(text.encode()).fetchall()]
    whole = Counter(quarter_of(start) for start in months)
    for quarter, count in whole.items():
        ends = quarter_end(quarter)
        if count < MONTHS or quarter in left or ends + SETTLED > today:
            continue
        text = f"""
          SELECT counts::text FROM {keeper.tallies}
          WHERE unit = 'month' AND start_on >= %s AND start_on < %s"""  # noqa: S608
        rows = connection.execute(text.encode(), [quarter, ends]).fetchall()
        figures = json.dumps(release(summed(Tally.of_json(row[0]) for row in rows), side))
        connection.execute(_LEAVES, [uuid.uuid4(), program, side, quarter, figures])


def month_end(start: date) -> date:
    """The first day after the month that begins then."""
    return (start + timedelta(days=32)).replace(day=1)
