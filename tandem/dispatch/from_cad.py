"""Puts the units of a leading CAD on calls and moves them, as its feed; a process, no person's act.

Steps are added beside what was entered by hand; nothing is changed or removed.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tandem.calls.models import Call, Feed
from tandem.dispatch.models import Encounter, Member, MemberStep, Response, UnitMember
from tandem.dispatch.rules import Fact, shown
from tandem.dispatch.sending import not_left_behind
from tandem.dispatch.states import ENDED, MemberState
from tandem.dispatch.undoing import steps_that_hold

CAD = "cad"
# Who is in the car goes with it; who is there, or on the phone, does not.
STAYS = frozenset(
    {
        MemberState.STAGED,
        MemberState.REMOTE_SUPPORT,
        MemberState.AT_ADDRESS,
        MemberState.ON_SCENE,
    }
)


@dataclass(frozen=True)
class FromCad:
    """What one message says of one of our units on one call."""

    feed: Feed
    call: Call
    unit_id: uuid.UUID
    callsign: str
    facts: Sequence[tuple[MemberState, datetime]]  # not told before, oldest first
    spoken_at: datetime  # up to when CAD has spoken of this unit
    batch_id: uuid.UUID


def follow(told: FromCad) -> list[str]:
    """Carry out what CAD says; returns whose screens it changes, beside the desk's."""
    slips = list(
        UnitMember.objects.select_for_update()
        .filter(program_id=told.feed.program_id, unit_id=told.unit_id, off_at=None)
        .order_by("side", "on_at")
    )
    response = (
        Response.objects.filter(call_id=told.call.pk, unit_id=told.unit_id)
        .order_by("-assigned_at")
        .first()
    )
    if response is None:
        if not told.facts or not any(slip.side == "police" for slip in slips):
            return []
        response = _put_on_call(told, slips)
    crew = list(Member.objects.select_for_update().filter(response=response))
    for member in crew:
        if member.side == "police":
            for state, at in told.facts:
                _write(told, member, state, at)
            settle(member, told.spoken_at)
    _finish(told, response, crew)
    return [f"staff:{member.staff_id}" for member in crew]


def _put_on_call(told: FromCad, slips: list[UnitMember]) -> Response:
    at = told.facts[0][1]
    elsewhere = Response.objects.filter(unit_id=told.unit_id, split_at=None, ended_at=None).first()
    if elsewhere is not None:
        _leave(told, elsewhere, at)
    slips = not_left_behind(slips)
    encounter = Encounter.objects.filter(call_id=told.call.pk, ended_at=None).first()
    if encounter is None:
        encounter = Encounter.objects.create(
            program_id=told.call.program_id,
            agency_id=told.call.agency_id,
            call_id=told.call.pk,
            number=told.call.number,
            place=told.call.place,
            priority=told.call.priority,
            begun_at=at,
        )
    response = Response.objects.create(
        program_id=told.feed.program_id,
        agency_id=told.feed.agency_id,
        encounter=encounter,
        call_id=told.call.pk,
        unit_id=told.unit_id,
        callsign=told.callsign,
        model="ride_along" if any(slip.paired for slip in slips) else "patrol_only",
        assigned_at=at,
        assigned_by_id=told.feed.pk,
        assigned_by_name=told.feed.source[:60],
    )
    for slip in slips:
        police = slip.side == "police"
        member = Member.objects.create(
            program_id=told.feed.program_id,
            agency_id=slip.agency_id,
            encounter=encounter,
            response=response,
            staff_id=slip.staff_id,
            short_name=slip.short_name,
            side=slip.side,
            state=MemberState.ASSIGNED if police else MemberState.PROPOSED,
            state_at=at,
        )
        if not police:
            # A 911 dispatcher does not command a county's worker: she is only proposed.
            _write(told, member, MemberState.PROPOSED, at)
    return response


def _leave(told: FromCad, elsewhere: Response, at: datetime) -> None:
    """CAD moved the unit: it is on one call at a time. A crisis worker who is there stays there."""
    crew = Member.objects.filter(response=elsewhere).exclude(state__in=ENDED)
    staying = [one for one in crew if one.side == "county" and one.state in STAYS]
    for member in crew:
        if member not in staying:
            _write(told, member, MemberState.CLEARED, at)
            _show(member, MemberState.CLEARED, at)
    if staying:
        Response.objects.filter(pk=elsewhere.pk).update(split_at=at)
        return
    _end(elsewhere, at)


def _write(told: FromCad, member: Member, state: MemberState, at: datetime) -> None:
    MemberStep.objects.create(
        program_id=member.program_id,
        agency_id=member.agency_id,
        encounter_id=member.encounter_id,
        member=member,
        state=state,
        happened_at=at,
        by_id=told.feed.pk,
        by_name=told.feed.source[:60],
        how_known=CAD,
        act_id=told.batch_id,
    )


def facts_of(member: Member) -> list[Fact]:
    """Every status of a member, by whom it was told."""
    return [
        Fact(MemberState(step.state), step.happened_at, step.how_known == CAD, step.beside_cad)
        for step in steps_that_hold(MemberStep.objects.filter(member_id=member.pk))
    ]


def settle(member: Member, spoken_at: datetime | None) -> None:
    """Let the member stand where CAD and the hand together say, and who leads decides."""
    fact = shown(facts_of(member), spoken_at=spoken_at)
    if fact is not None and (member.state, member.state_at) != (fact.state, fact.at):
        _show(member, fact.state, fact.at)


def _show(member: Member, state: MemberState, at: datetime) -> None:
    member.state, member.state_at = state, at
    member.save(update_fields=["state", "state_at"])


def _finish(told: FromCad, response: Response, crew: list[Member]) -> None:
    """A response ends with its last member; one who was only proposed does not hold it open."""
    police = [member for member in crew if member.side == "police"]
    over = [member for member in police if member.state in ENDED]
    if len(over) < len(police):
        _open_again(response)
        return
    ended_at = max((member.state_at for member in police), default=told.spoken_at)
    for member in crew:
        if member.state == MemberState.PROPOSED:
            _write(told, member, MemberState.CANCELLED, ended_at)
            _show(member, MemberState.CANCELLED, ended_at)
    if all(member.state in ENDED for member in crew) and response.ended_at is None:
        _end(response, ended_at)


def _end(response: Response, at: datetime) -> None:
    Response.objects.filter(pk=response.pk).update(ended_at=at)
    if not Response.objects.filter(encounter_id=response.encounter_id, ended_at=None).exists():
        Encounter.objects.filter(pk=response.encounter_id).update(ended_at=at)


def _open_again(response: Response) -> None:
    if response.ended_at is None:
        return
    if Response.objects.filter(unit_id=response.unit_id, split_at=None, ended_at=None).exists():
        return
    others = Encounter.objects.filter(call_id=response.call_id, ended_at=None)
    if not others.exclude(pk=response.encounter_id).exists():
        Response.objects.filter(pk=response.pk).update(ended_at=None)
        Encounter.objects.filter(pk=response.encounter_id).update(ended_at=None)
