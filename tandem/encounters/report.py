"""The first report in its smallest form: encounters counted, by axis and value, own side only."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connections
from django.utils import timezone

from tandem.dispatch.models import Encounter, Member
from tandem.dispatch.states import AWAY, Presence
from tandem.encounters.counting import Counted
from tandem.encounters.kept import tally_of
from tandem.encounters.models import SharedAxis
from tandem.encounters.tallies import STATED, Tally
from tandem.encounters.tallying import Keeper
from tandem.encounters.times import response_times, time_released
from tandem.intake.states import RequestState
from tandem.kernel.axes import UNKNOWN, Axis, Owner, axes_of
from tandem.kernel.disclosure import Cell, shown
from tandem.storage.standing import Standing

# Who comes back later than this begins another shift.
SAME_SHIFT = timedelta(hours=14)


@dataclass(frozen=True)
class OfToday:
    """Encounters of one side in a period, and how many have an ending nobody stated."""

    encounters: int
    unknown: int


def _bounds(start: date, end: date) -> tuple[datetime, datetime]:
    zone = timezone.get_current_timezone()
    first = datetime.combine(start, time.min, tzinfo=zone)
    return first, datetime.combine(end + timedelta(days=1), time.min, tzinfo=zone)


def _took_part(standing: Standing, side: str, start: date, end: date) -> Any:
    first, last = _bounds(start, end)
    mine = Member.objects.visible_to(standing).filter(side=side).values("encounter_id")
    return Encounter.objects.visible_to(standing).filter(
        pk__in=mine, begun_at__gte=first, begun_at__lt=last
    )


def today_of(standing: Standing, at: datetime) -> OfToday:
    """Today's line on a landing page: the reader's own encounters of the day."""
    day = timezone.localtime(at).date()
    side = "county" if standing.login == "clinical" else "police"
    encounters = _took_part(standing, side, day, day).filter(
        pk__in=Member.objects.visible_to(standing)
        .filter(staff_id=standing.me)
        .values("encounter_id")
    )
    keys = list(encounters.values_list("pk", flat=True))
    stated = set(
        SharedAxis.objects.filter(encounter_id__in=keys, axis="contact", replaced_at=None)
        .exclude(value=UNKNOWN)
        .values_list("encounter_id", flat=True)
    )
    return OfToday(len(keys), len(keys) - len(stated))


# Roles that read a whole side, and so may use what is kept of it.
_WHOLE = {"PRVP": "police", "PRVC": "county", "SUP": "county"}


def first_report(standing: Standing, side: str, start: date, end: date) -> dict[str, Any]:
    """Encounters by axis and value for one side; what nobody stated counts as unknown.

    Counts are whole for the own side. A custodian and a crisis supervisor count all of their side,
    everybody else the encounters they were sent to.
    """
    return report_of(_tally(standing, side, start, end), side, start, end) | {
        "away": away_by_reason(standing, side, start, end),
        "requests": requests_by_outcome(standing, start, end),
    }


def report_of(tally: Tally, side: str, start: date, end: date) -> dict[str, Any]:
    """The figures of a tally: axes, response times, officers' time released."""
    return {
        "side": side,
        "from": start.isoformat(),
        "to": end.isoformat(),
        "encounters": tally.encounters,
        "axes": [_axis(axis, tally) for axis in axes_of(side) if axis.owner is not Owner.CUSTODY],
        "times": response_times(side, tally),
        "joint": tally.joint,
        "released": time_released(tally),
    }


def _tally(standing: Standing, side: str, start: date, end: date) -> Tally:
    zone = timezone.get_current_timezone_name()
    whole = _WHOLE.get(standing.role) == side
    whose = Counted(_there(standing.program_id), side, zone, None if whole else standing.staff_id)
    keeper = Keeper(_there(standing.agency_id), side, whose) if whole else None
    return tally_of(_rows, keeper, whose, start, end)


def _there(key: uuid.UUID | None) -> uuid.UUID:
    if key is None:
        raise RuntimeError("a report is counted for an agency of a program")
    return key


def _rows(sql: str, told: dict[str, Any]) -> list[Any]:
    with connections["default"].cursor() as cursor:
        cursor.execute(sql, told)
        return list(cursor.fetchall())


def _axis(axis: Axis, tally: Tally) -> dict[str, Any]:
    """One axis with its counts; sealed values are counted by the custodian's report, to come."""
    counts = Counter(tally.axes.get(axis.code, Counter()))
    counts[UNKNOWN] += tally.encounters - counts.pop(STATED, 0)
    cells = [Cell(value, counts[value]) for value in axis.values if counts[value]]
    return {
        "axis": axis.code,
        "owner": str(axis.owner),
        "n": tally.encounters,
        "values": shown(cells, within_side=True),
    }


# Who may count what the two desks asked each other: the desks' own side, and the custodians.
_COUNTS_REQUESTS = frozenset({"clinical", "custodian_police", "custodian_county"})


_REQUESTS = """
SELECT state, count(*), count(first_answer_at),
  percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (
    ORDER BY extract(epoch FROM first_answer_at - asked_at)::double precision)
FROM intake_workerrequest
WHERE program_id = %(program)s AND asked_at >= %(first)s AND asked_at < %(last)s GROUP BY state
"""
# The next thing said of the same person ends an absence; who came back later began another shift.
_AWAY = """
SELECT kind, count(*), count(*) FILTER (WHERE came IS NOT TRUE),
  coalesce(sum(floor(extract(epoch FROM next_at - at) / 60)) FILTER (WHERE came), 0)::int
FROM (
  SELECT kind, at, next_at, next_kind = %(back)s AND next_at - at <= %(same_shift)s AS came
  FROM (
    SELECT kind, at, lead(kind) OVER later AS next_kind, lead(at) OVER later AS next_at
    FROM dispatch_presencechange
    WHERE program_id = %(program)s AND side = %(side)s
      AND at >= %(first)s AND at < %(last)s + %(same_shift)s
    WINDOW later AS (PARTITION BY staff_id ORDER BY at, server_at)
  ) changes
  WHERE kind = ANY (%(away)s) AND at < %(last)s
) gone GROUP BY kind
"""


def requests_by_outcome(standing: Standing, start: date, end: date) -> list[dict[str, Any]]:
    """Requests for a crisis worker asked in a period, by what became of them.

    `median` and `p90` are seconds until the first answer, by nearest rank, over those that were
    answered (`answered` of `n`); none where nobody answered. An officer's login counts none.
    """
    if standing.login not in _COUNTS_REQUESTS:
        return []
    first, last = _bounds(start, end)
    told = {"program": standing.program_id, "first": first, "last": last}
    found = {row[0]: row[1:] for row in _rows(_REQUESTS, told)}
    return [
        {
            "outcome": str(state),
            "n": found[state][0],
            "answered": found[state][1],
            "median": round(found[state][2][0]) if found[state][1] else None,
            "p90": round(found[state][2][1]) if found[state][1] else None,
        }
        for state in RequestState
        if state in found
    ]


def away_by_reason(standing: Standing, side: str, start: date, end: date) -> list[dict[str, Any]]:
    """How often members of a side were pulled away or sick in a period, and for how long.

    Minutes run until they were on or back again; who did not come back that shift counts in `n` and
    in `not_back`, and adds no minutes.
    """
    first, last = _bounds(start, end)
    told = {
        "program": standing.program_id,
        "side": side,
        "first": first,
        "last": last,
        "same_shift": SAME_SHIFT,
        "back": str(Presence.BACK),
        "away": [str(kind) for kind in AWAY],
    }
    found = {row[0]: row[1:] for row in _rows(_AWAY, told)}
    rows = []
    for kind in sorted(AWAY):
        n, not_back, minutes = found.get(kind, (0, 0, 0))
        rows.append({"reason": str(kind), "n": n, "minutes": minutes, "not_back": not_back})
    return rows
