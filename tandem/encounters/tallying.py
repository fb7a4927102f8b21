"""Keeps the counts of past days, so that a report of ten years need not read ten years.

A day's counts are kept once the day is over, a month's and a year's once all their days are. Each
change of a record that is counted leaves the key of its encounter to be counted again (triggers of
migration 0005), in the change's own transaction: until that is done a reader counts the day itself.
The worker does this under each side's custodian's login, which reads that side's records anyway,
and needs no Django.
"""

from __future__ import annotations

import json
import math
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from tandem.encounters.counting import Counted, Run, counted_days, values_of
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
# Days and changes of one transaction, and how long a round goes on: the worker's other work waits.
BATCH, MOST_MARKS, ROUND_SECONDS = 31, 20_000, 0.5
# What a month of a busy program is sorted in, without a file.
MEMORY = "32MB"
EVERY = 60.0  # seconds
_AGENCIES = """
SELECT a.id, a.program_id, p.zone FROM directory_agency a
JOIN directory_program p ON p.id = a.program_id WHERE a.kind = %s ORDER BY a.name
"""
_CLAIMS = """
SELECT set_config('tandem.agency', %s, true), set_config('tandem.program', %s, true),
  set_config('tandem.role', %s, true), set_config('tandem.agency_kind', %s, true),
  set_config('work_mem', %s, true), pg_advisory_xact_lock(hashtextextended(%s, 0))
"""
_RELEASED = """
SELECT quarter_on FROM encounters_quarterrelease WHERE program_id = %s AND side = %s
"""
_LEAVES = """
INSERT INTO encounters_quarterrelease (id, program_id, side, quarter_on, figures)
VALUES (%s, %s, %s, %s, %s)
"""
_FIRST = """
SELECT (min(begun_at) AT TIME ZONE %s)::date FROM dispatch_encounter WHERE program_id = %s
"""
_TRY = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_LET_GO = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"
_CLOCK = "SELECT clock_timestamp()"


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
    since: datetime | None = None,
) -> int:
    """Count days of one agency until none is left or the time is over; how many were.

    What was counted before `since` is counted again; until it is, it stays and is read.
    """
    began, counted = time.monotonic(), 0
    today = at.astimezone(ZoneInfo(keeper.whose.zone)).date()
    while True:
        with connection.transaction():
            _stand(connection, keeper)
            marks = _forget_changed(connection, keeper)
            days = _missing(connection, keeper, today, since)[:BATCH]
            _count(connection, keeper, days)
            _sum_up(connection, keeper, days, today)
            _release(connection, keeper, today)
        counted += len(days)
        done = len(days) < BATCH and marks < MOST_MARKS
        if done or time.monotonic() - began > seconds:
            return counted


def recount(connection: psycopg.Connection[Any], keeper: Keeper, *, at: datetime) -> int | None:
    """Count every day again, whatever is kept of it; how many, none if somebody else does it.

    Whoever is ended in the middle has done so much, and leaves the older counts of the rest.
    """
    lock = f"recount/{keeper.side}/{keeper.agency_id}"
    if connection.execute(_TRY, [lock]).fetchone() != (True,):
        return None
    try:
        since = connection.execute(_CLOCK).fetchone()
        days = keep(connection, keeper, at=at, seconds=math.inf, since=since[0] if since else at)
        with connection.transaction():
            _stand(connection, keeper)
            text = f"DELETE FROM {keeper.tallies} WHERE counted_at < %s"  # noqa: S608
            connection.execute(text.encode(), since)
    finally:
        connection.execute(_LET_GO, [lock])
    return days


def _stand(connection: psycopg.Connection[Any], keeper: Keeper) -> None:
    _login, role, kind = LOGINS[keeper.side]
    claims = [str(keeper.agency_id), str(keeper.whose.program_id), role, kind, MEMORY]
    connection.execute(_CLAIMS, [*claims, f"tally/{keeper.side}/{keeper.agency_id}"])


def _forget_changed(connection: psycopg.Connection[Any], keeper: Keeper) -> int:
    """Drop the days on which something changed, with their months and years; how many marks."""
    marks, days = 0, set()
    for table in RECOUNTS[keeper.side]:
        text = f"""
          WITH gone AS (
            DELETE FROM {table} WHERE id IN (
              SELECT id FROM {table} WHERE program_id = %(program)s AND side = %(side)s
              LIMIT {MOST_MARKS}) RETURNING encounter_id
          )
          SELECT (e.begun_at AT TIME ZONE %(zone)s)::date, count(*) FROM gone
          LEFT JOIN dispatch_encounter e ON e.id = gone.encounter_id GROUP BY 1"""  # noqa: S608
        for day, count in connection.execute(text.encode(), _told(keeper)):
            marks += count
            days |= {day} if day else set()
    for unit, starts in (
        ("day", days),
        ("month", {day.replace(day=1) for day in days}),
        ("year", {day.replace(day=1, month=1) for day in days}),
    ):
        _drop(connection, keeper, unit, starts)
    return marks


def _missing(
    connection: psycopg.Connection[Any], keeper: Keeper, today: date, since: datetime | None
) -> list[date]:
    """The days that are over and not kept, newest first."""
    text = f"""
      SELECT start_on FROM {keeper.tallies}
      WHERE unit = 'day' AND (%(since)s::timestamptz IS NULL OR counted_at >= %(since)s)
      """  # noqa: S608
    kept = {row[0] for row in connection.execute(text.encode(), {"since": since})}
    first = connection.execute(_FIRST, [keeper.whose.zone, keeper.whose.program_id]).fetchone()
    begun = first[0] if first and first[0] else today
    every = (today - timedelta(days=n) for n in range(1, (today - begun).days + 1))
    return [day for day in every if day not in kept]


def changed(run: Run, keeper: Keeper) -> set[date]:
    """The days of which something is to be counted again."""
    found = set()
    for table in RECOUNTS[keeper.side]:
        text = f"""
          SELECT DISTINCT (e.begun_at AT TIME ZONE %(zone)s)::date FROM {table} r
          JOIN dispatch_encounter e ON e.id = r.encounter_id
          WHERE r.program_id = %(program)s AND r.side = %(side)s"""  # noqa: S608
        found |= {row[0] for row in run(text, _told(keeper))}
    return found


def _told(keeper: Keeper) -> dict[str, Any]:
    whose = keeper.whose
    return {"program": whose.program_id, "side": keeper.side, "zone": whose.zone}


def _count(connection: psycopg.Connection[Any], keeper: Keeper, days: Sequence[date]) -> None:
    """Keep each of these days' counts; one on which nothing was is kept empty."""
    _drop(connection, keeper, "day", days)
    text = f"""
      INSERT INTO {keeper.tallies} (id, program_id, agency_id, unit, start_on, counts)
      WITH found AS MATERIALIZED ({counted_days(keeper.whose)})
      SELECT gen_random_uuid(), %(program)s, %(agency)s, 'day', every.day,
        coalesce(found.counts, '{{}}')
      FROM (
        SELECT %(first)s::date + n AS day
        FROM generate_series(0, %(last)s::date - %(first)s::date) AS n
      ) every LEFT JOIN found ON found.day = every.day"""  # noqa: S608
    for first, last in stretches(days):
        told = values_of(keeper.whose, first, last) | {"agency": keeper.agency_id}
        connection.execute(text.encode(), told)


def stretches(days: Iterable[date]) -> list[tuple[date, date]]:
    """These days as first and last of each stretch without a gap."""
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and found[-1][1] == day - timedelta(days=1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def _keep(
    connection: psycopg.Connection[Any], keeper: Keeper, unit: str, start: date, tally: Tally
) -> None:
    text = f"""
      INSERT INTO {keeper.tallies} (id, program_id, agency_id, unit, start_on, counts)
      VALUES (%s, %s, %s, %s, %s, %s)"""  # noqa: S608
    told = [uuid.uuid4(), keeper.whose.program_id, keeper.agency_id, unit, start, tally.as_json()]
    connection.execute(text.encode(), told)


def _drop(
    connection: psycopg.Connection[Any], keeper: Keeper, unit: str, starts: Iterable[date]
) -> None:
    text = f"DELETE FROM {keeper.tallies} WHERE unit = %s AND start_on = ANY (%s)"  # noqa: S608
    connection.execute(text.encode(), [unit, sorted(starts)])


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
    _drop(connection, keeper, unit, [start])
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
