"""What changed for those who were sent and who has not seen it, as far as the reader may know."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tandem.calls.models import Answer, Call
from tandem.cautions.queries import hazards_of_encounters
from tandem.dispatch.models import Encounter, Member
from tandem.dispatch.states import ENDED
from tandem.safety.models import ChangeSeen
from tandem.safety.rules import (
    DANGERS,
    Answered,
    Change,
    ChangeKind,
    danger_changes,
    not_seen,
)
from tandem.storage.standing import Standing


@dataclass(frozen=True)
class Unseen:
    """One member of a running call and the changes that wait for their tap, oldest first."""

    member: Member
    changes: list[Change]
    place: str  # of the call now


def running_members(standing: Standing) -> list[Member]:
    """Everybody who is on a call now, as far as the reader sees them."""
    members = Member.objects.visible_to(standing).filter(response__ended_at=None)
    running = members.exclude(state__in=[*ENDED, "proposed"])
    return list(running.select_related("encounter", "response").order_by("state_at"))


def unseen_of(standing: Standing, members: Sequence[Member], *, at: datetime) -> list[Unseen]:
    """Of these members, who has not seen what; in a fixed number of queries."""
    encounters = {one.encounter_id: one.encounter for one in members}
    changes = _changes(standing, list(encounters.values()), at)
    places = places_now(standing, encounters.values())
    seen = _seen(standing, encounters)
    found = []
    for member in members:
        last = seen.get(member.pk)
        waits = not_seen(
            changes[member.encounter_id],
            staff_id=member.staff_id,
            since=member.response.assigned_at,
            seen_through=last.through_at if last else None,
        )
        place = places[member.encounter_id]
        shown = last.place if last and last.place else member.encounter.place
        if place and place != shown:
            waits.append(Change(ChangeKind.PLACE, shown, place, None, "", at))
        if waits:
            found.append(Unseen(member, waits, place))
    return found


def places_now(standing: Standing, encounters: Iterable[Encounter]) -> dict[uuid.UUID, str]:
    """Where each encounter's call is now, as far as the reader sees the call; else as when sent."""
    running = list(encounters)
    of_call = dict(
        Call.objects.visible_to(standing)
        .filter(pk__in=[one.call_id for one in running if one.call_id])
        .values_list("pk", "place")
    )
    return {
        one.pk: (of_call.get(one.call_id) if one.call_id else None) or one.place for one in running
    }


def _changes(
    standing: Standing, encounters: list[Encounter], at: datetime
) -> dict[uuid.UUID, list[Change]]:
    found: dict[uuid.UUID, list[Change]] = defaultdict(list)
    for key, reports in hazards_of_encounters(standing, encounters, now=at).items():
        for one in reports:
            by = one.said_by or one.by_name
            found[key].append(Change(ChangeKind.HAZARD, "", one.words, one.by_id, by, one.at))
    of_call = {one.call_id: one.pk for one in encounters if one.call_id}
    told: dict[uuid.UUID, list[Answered]] = defaultdict(list)
    rows = Answer.objects.visible_to(standing).filter(call_id__in=list(of_call))
    for row in rows.filter(question__in=DANGERS).order_by("at", "entered_at"):
        answered = Answered(row.question, row.value, row.by_id, row.by_name, row.at)
        told[of_call[row.call_id]].append(answered)
    for key, answers in told.items():
        found[key] += danger_changes(answers)
    return found


def _seen(standing: Standing, encounters: Iterable[uuid.UUID]) -> dict[uuid.UUID, ChangeSeen]:
    """The newest tap of each member."""
    rows = ChangeSeen.objects.visible_to(standing).filter(encounter_id__in=list(encounters))
    return {row.member_id: row for row in rows.order_by("at")}
