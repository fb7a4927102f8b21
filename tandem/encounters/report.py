"""The first report in its smallest form: encounters counted, by axis and value, own side only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone

from tandem.dispatch.models import Encounter, Member, PresenceChange
from tandem.dispatch.states import AWAY, Presence
from tandem.encounters.models import AxisValue, ClinicalAxis, SharedAxis
from tandem.encounters.times import response_times
from tandem.intake.models import WorkerRequest
from tandem.intake.states import RequestState
from tandem.kernel.axes import UNKNOWN, Owner, axes_of
from tandem.kernel.disclosure import Cell, shown
from tandem.storage.standing import Standing

# Who comes back later than this begins another shift.
SAME_SHIFT = timedelta(hours=14)


@dataclass(frozen=True)
class Counted:
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


def today_of(standing: Standing, at: datetime) -> Counted:
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
    return Counted(len(keys), len(keys) - len(stated))


def first_report(standing: Standing, side: str, start: date, end: date) -> dict[str, Any]:
    """Encounters by axis and value for one side; what nobody stated counts as unknown.

    Counts are whole for the own side; `kernel.disclosure` decides what leaves.
    """
    keys = list(_took_part(standing, side, start, end).values_list("pk", flat=True))
    axes: list[dict[str, Any]] = []
    for axis in axes_of(side):
        if axis.owner is Owner.CUSTODY:
            continue  # sealed values are counted by the custodian's report, still to come
        table: type[AxisValue] = ClinicalAxis if axis.owner is Owner.CRISIS else SharedAxis
        rows = table._default_manager.filter(
            encounter_id__in=keys, axis=axis.code, replaced_at=None
        )
        counts = dict(
            rows.values_list("value").annotate(n=Count("encounter_id", distinct=True)).order_by()
        )
        stated = rows.values("encounter_id").distinct().count()
        counts[UNKNOWN] = counts.get(UNKNOWN, 0) + len(keys) - stated
        cells = [Cell(value, counts[value]) for value in axis.values if counts.get(value)]
        axes.append(
            {
                "axis": axis.code,
                "owner": str(axis.owner),
                "n": len(keys),
                "values": shown(cells, within_side=True),
            }
        )
    return {
        "side": side,
        "from": start.isoformat(),
        "to": end.isoformat(),
        "encounters": len(keys),
        "axes": axes,
        "times": response_times(standing, side, keys),
        "away": away_by_reason(standing, side, start, end),
        "requests": requests_by_outcome(standing, start, end),
    }


# Who may count what the two desks asked each other: the desks' own side, and the custodians.
_COUNTS_REQUESTS = frozenset({"clinical", "custodian_police", "custodian_county"})


def requests_by_outcome(standing: Standing, start: date, end: date) -> list[dict[str, Any]]:
    """Requests for a crisis worker asked in a period, by what became of them.

    `median` and `p90` are seconds until the first answer, by nearest rank, over those that were
    answered (`answered` of `n`); none where nobody answered. An officer's login counts none.
    """
    if standing.login not in _COUNTS_REQUESTS:
        return []
    first, last = _bounds(start, end)
    rows = WorkerRequest.objects.visible_to(standing).filter(asked_at__gte=first, asked_at__lt=last)
    waits: dict[str, list[float]] = {}
    counts: dict[str, int] = {}
    for state, asked_at, answered_at in rows.values_list("state", "asked_at", "first_answer_at"):
        counts[state] = counts.get(state, 0) + 1
        if answered_at is not None:
            waits.setdefault(state, []).append((answered_at - asked_at).total_seconds())
    return [
        {
            "outcome": str(state),
            "n": counts[state],
            "answered": len(waits.get(state, [])),
            "median": _ranked(waits.get(state, []), 0.5),
            "p90": _ranked(waits.get(state, []), 0.9),
        }
        for state in RequestState
        if state in counts
    ]


def _ranked(seconds: list[float], share: float) -> int | None:
    if not seconds:
        return None
    return round(sorted(seconds)[max(0, math.ceil(share * len(seconds)) - 1)])


def away_by_reason(standing: Standing, side: str, start: date, end: date) -> list[dict[str, Any]]:
    """How often members of a side were pulled away or sick in a period, and for how long.

    Minutes run until they were on or back again; who did not come back that shift counts in `n` and
    in `not_back`, and adds no minutes.
    """
    first, last = _bounds(start, end)
    changes = PresenceChange.objects.visible_to(standing).filter(side=side, at__gte=first)
    told: dict[str, dict[str, Any]] = {
        str(kind): {"reason": str(kind), "n": 0, "minutes": 0, "not_back": 0}
        for kind in sorted(AWAY)
    }
    left: dict[Any, PresenceChange] = {}
    for change in changes.order_by("at", "server_at"):
        gone = left.pop(change.staff_id, None)
        if gone is not None and gone.at < last:
            row = told[gone.kind]
            came = change.kind == Presence.BACK and change.at - gone.at <= SAME_SHIFT
            row["minutes"] += int((change.at - gone.at).total_seconds() // 60) if came else 0
            row["not_back"] += not came
            row["n"] += 1
        if change.kind in AWAY:
            left[change.staff_id] = change
    for gone in left.values():
        if gone.at < last:
            told[gone.kind]["n"] += 1
            told[gone.kind]["not_back"] += 1
    return list(told.values())
