"""Response times of one side's members, step after step, by when things happened."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db.models import Min

from tandem.calls.models import Call
from tandem.dispatch.models import Member, MemberStep
from tandem.storage.standing import Standing

# Asked, accepted, en route, at the address, with the person, clear: the words of a member's steps.
STEPS = ("assigned", "acknowledged", "en_route", "at_address", "on_scene", "cleared")
_BATCH = 5_000


def response_times(standing: Standing, side: str, keys: list[Any]) -> list[dict[str, Any]]:
    """One row for each step: n, of how many members, median and 90 in 100 in seconds, % unknown.

    A step that nobody recorded, or that lies before the one before it, is unknown. From the call
    on is counted for the police side alone: the county's custodian reads no call.
    """
    pairs = list(itertools.pairwise(STEPS))
    if side == "police":
        pairs.insert(0, ("call", "assigned"))
    seconds: dict[tuple[str, str], list[float]] = {pair: [] for pair in pairs}
    members = 0
    for start in range(0, len(keys), _BATCH):
        for when in _whens(standing, side, keys[start : start + _BATCH]):
            members += 1
            for pair in pairs:
                if pair[0] in when and pair[1] in when:
                    took = (when[pair[1]] - when[pair[0]]).total_seconds()
                    if took >= 0:
                        seconds[pair].append(took)
    return [_row(*pair, sorted(found), members) for pair, found in seconds.items()]


def _whens(standing: Standing, side: str, keys: list[Any]) -> list[dict[str, datetime]]:
    """When each member of these encounters first entered each step, and when the call came in."""
    rows = (
        MemberStep.objects.visible_to(standing)
        .filter(encounter_id__in=keys, member__side=side, state__in=STEPS)
        .values_list("member_id", "state")
        .annotate(first=Min("happened_at"))
        .order_by()
    )
    when: dict[Any, dict[str, datetime]] = defaultdict(dict)
    for member_id, state, first in rows:
        when[member_id][state] = first
    members = list(
        Member.objects.visible_to(standing)
        .filter(encounter_id__in=keys, side=side)
        .values_list("pk", "encounter__call_id")
    )
    calls = dict(
        Call.objects.visible_to(standing)
        .filter(pk__in={call_id for _pk, call_id in members if call_id})
        .values_list("pk", "received_at")
        if side == "police"
        else ()
    )
    return [
        when[pk] | ({"call": calls[call_id]} if call_id in calls else {}) for pk, call_id in members
    ]


def _row(first: str, then: str, found: list[float], members: int) -> dict[str, Any]:
    return {
        "from": first,
        "to": then,
        "n": len(found),
        "N": members,
        "median": _ranked(found, 0.5),
        "p90": _ranked(found, 0.9),
        "percent_unknown": round(100 * (members - len(found)) / members) if members else 0,
    }


def _ranked(found: list[float], share: float) -> int | None:
    """The smallest time that at least this share took no longer than: nearest rank."""
    return round(found[math.ceil(share * len(found)) - 1]) if found else None
