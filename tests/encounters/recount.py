"""A second count of one side's encounters, written apart from the product's: over objects, by hand.

It reads every row, keeps plain lists, and sorts; the product adds up kept days in SQL.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from tandem.calls.models import Call
from tandem.dispatch.models import Encounter, Member, MemberStep
from tandem.encounters.models import ClinicalAxis, SharedAxis

AXES = {
    "police": {"contact", "adverse", "enforcement", "transport"},
    "county": {"contact", "adverse", "clinical", "destination", "referral", "follow_up"},
}


@dataclass
class Recount:
    """What the second count found."""

    encounters: int = 0
    members: int = 0
    values: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    seconds: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    released: list[int] = field(default_factory=list)
    joint: int = 0


def recount(
    program_id: uuid.UUID,
    side: str,
    first: date,
    last: date,
    zone: str,
    *,
    of: uuid.UUID | None = None,
) -> Recount:
    """Every encounter of the side, or one person's own, whose local day lies in the period."""
    found = Recount()
    for encounter in Encounter.objects.filter(program_id=program_id):
        if not first <= encounter.begun_at.astimezone(ZoneInfo(zone)).date() <= last:
            continue
        crew = list(Member.objects.filter(encounter=encounter))
        if side not in {member.side for member in crew}:
            continue
        if of is not None and of not in {member.staff_id for member in crew}:
            continue
        found.encounters += 1
        ways = {member.pk: _way(member) for member in crew}
        for member in crew:
            if member.side == side:
                found.members += 1
                _times(found, side, encounter, ways[member.pk])
        _released(found, crew, ways)
        _values(found, side, encounter)
    return found


def _way(member: Member) -> dict[str, datetime]:
    steps = list(MemberStep.objects.filter(member=member).order_by("happened_at"))
    withdrawn = {step.undoes_id for step in steps}
    way: dict[str, datetime] = {}
    for step in steps:
        if step.undoes_id is None and step.pk not in withdrawn:
            way.setdefault(step.state, step.happened_at)
    return way


def _times(found: Recount, side: str, encounter: Encounter, way: dict[str, datetime]) -> None:
    names = ["assigned", "acknowledged", "en_route", "at_address", "on_scene", "cleared"]
    pairs = [*pairwise(names), ("at_address", "cleared")]
    if side == "police" and encounter.call_id:
        way = {**way, "call": Call.objects.get(pk=encounter.call_id).received_at}
        pairs.append(("call", "assigned"))
    for start, end in pairs:
        if start in way and end in way and way[end] >= way[start]:
            found.seconds[start, end].append(round((way[end] - way[start]).total_seconds()))


def _released(found: Recount, crew: list[Member], ways: dict[Any, dict[str, datetime]]) -> None:
    if {member.side for member in crew} != {"police", "county"}:
        return
    found.joint += 1
    if all("cleared" in ways[member.pk] for member in crew):
        last = {
            side: max(ways[member.pk]["cleared"] for member in crew if member.side == side)
            for side in ("police", "county")
        }
        found.released.append(max(0, round((last["county"] - last["police"]).total_seconds())))


def _values(found: Recount, side: str, encounter: Encounter) -> None:
    stated: dict[str, set[str]] = defaultdict(set)
    for table in (SharedAxis, ClinicalAxis):
        for row in table._default_manager.filter(encounter_id=encounter.pk):
            if row.replaced_at is None:
                stated[row.axis].add(row.value)
    for axis in AXES[side]:
        found.values[axis].update(stated.get(axis) or {"unknown"})


def nearest_rank(seconds: list[int], hundredths: int) -> int | None:
    """The value that many hundredths of all values do not pass."""
    ordered = sorted(seconds)
    return ordered[-(-len(ordered) * hundredths // 100) - 1] if ordered else None
