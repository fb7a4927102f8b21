"""What the acts of both desks share when somebody is sent: encounter, member, first step."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from tandem.dispatch.models import Encounter, Member, MemberStep, Response, UnitMember
from tandem.dispatch.states import ENDED, MemberState
from tandem.privacy.acts import Trail
from tandem.storage.outbox import ALARM
from tandem.storage.turns import take_turn


@dataclass(frozen=True)
class Going:
    """The call that somebody goes to, as far as who sends them knows it."""

    call_id: uuid.UUID
    agency_id: uuid.UUID
    number: int
    place: str
    priority: int


def crew_turn(key: uuid.UUID) -> None:
    """Who is sent to a call, and who of them is clear, is entered one after the other.

    The key is the call's, or the encounter's where there is no call. It comes before the rows of
    members and before a unit's own turn.
    """
    take_turn("encounter of a call", key)


def encounter_of(trail: Trail, going: Going) -> Encounter:
    """The encounter that runs for a call, or a new one; both desks at once make one."""
    crew_turn(going.call_id)
    encounter = Encounter.objects.filter(call_id=going.call_id, ended_at=None).first()
    if encounter is None:
        encounter = Encounter.objects.create(
            program_id=trail.doing.program_id,
            agency_id=going.agency_id,
            call_id=going.call_id,
            number=going.number,
            place=going.place,
            priority=going.priority,
            begun_at=trail.doing.when,
        )
    return encounter


def not_left_behind(slips: list[UnitMember]) -> list[UnitMember]:
    """Without those who stayed on a call when the officer was called away with the car."""
    staying = Member.objects.filter(
        staff_id__in=[slip.staff_id for slip in slips],
        response__split_at__isnull=False,
        response__ended_at=None,
    ).exclude(state__in=ENDED)
    left = set(staying.values_list("staff_id", flat=True))
    return [slip for slip in slips if slip.staff_id not in left]


def write_step(
    trail: Trail,
    member: Member,
    state: MemberState,
    *,
    out_of_order: bool = False,
    beside_cad: str = "",
    before_stable: bool = False,
    undoes: MemberStep | None = None,
) -> MemberStep:
    """A state that a member entered, with who says so and how it is known."""
    doing = trail.doing
    return MemberStep.objects.create(
        program_id=doing.program_id,
        agency_id=member.agency_id,
        encounter_id=member.encounter_id,
        member=member,
        state=state,
        happened_at=doing.when,
        device_at=doing.device_at,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        how_known=doing.how_known or "own_device",
        out_of_order=out_of_order,
        before_stable=before_stable,
        beside_cad=beside_cad,
        act_id=doing.act_id,
        undoes_id=undoes.pk if undoes else None,
    )


def send_crew(
    trail: Trail, encounter: Encounter, slips: list[UnitMember], *, model: str
) -> Response:
    """Put the people of one unit on an encounter, each a member with times of their own."""
    doing = trail.doing
    response = Response.objects.create(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        encounter=encounter,
        call_id=encounter.call_id,
        unit_id=slips[0].unit_id,
        callsign=slips[0].callsign,
        model=model,
        assigned_at=doing.when,
        assigned_by_id=doing.staff_id,
        assigned_by_name=doing.short_name,
    )
    for slip in slips:
        member = Member.objects.create(
            program_id=doing.program_id,
            agency_id=slip.agency_id,
            encounter=encounter,
            response=response,
            staff_id=slip.staff_id,
            short_name=slip.short_name,
            side=slip.side,
            state_at=doing.when,
        )
        write_step(trail, member, MemberState.ASSIGNED)
    return response


def tell_crew(trail: Trail, call_id: uuid.UUID) -> None:
    """What may endanger those on a call changed: their pages ask for it, and so does the desk's."""
    encounter = Encounter.objects.filter(call_id=call_id, ended_at=None).first()
    if encounter is None:
        return
    crew = Member.objects.filter(encounter_id=encounter.pk).exclude(state__in=ENDED)
    told = {f"staff:{one.staff_id}" for one in crew}
    if any(one.side == "county" for one in crew):
        told.add("clinical")
    trail.announce(encounter.pk, ALARM, to=["dispatch", *sorted(told)], urgent=True)
