"""What an officer sees on view: a call of dispatch with the own unit on it, or words beside one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from tandem.calls.answers import Given, rows_of
from tandem.calls.jurisdiction import find_for, set_ground
from tandem.calls.models import Answer, Call, CallPlace, Numbering
from tandem.directory.models import Agency
from tandem.dispatch.models import Encounter, Member, Response, UnitMember
from tandem.dispatch.sending import not_left_behind, send_crew, tell_crew, write_step
from tandem.dispatch.states import MemberState
from tandem.intake.models import OnView
from tandem.kernel.refusals import OutOfState
from tandem.privacy.acts import Trail, act

CHANNEL = "officer"
_MOST_SEEN = 120
_MOST_PLACE = 200


@dataclass(frozen=True)
class Seen:
    """What an officer sees; nothing of it has to be known."""

    place: str = ""
    lat: float | None = None
    lon: float | None = None
    call_type: str = ""
    answers: Sequence[Given] = field(default_factory=tuple)


@act("call.flagged", "call")
def flag_on_view(trail: Trail, call_id: uuid.UUID, seen: Seen) -> OnView:
    """Open a call on view; a unit that is signed on and free is on it, else it stands alone."""
    doing = trail.doing
    center = Agency.objects.filter(program_id=doing.program_id, kind="dispatch_center").first()
    if center is None:
        raise OutOfState(_("This program has no dispatch desk to tell. Use the radio."))
    slips = _own_crew(trail)
    flagged = OnView(
        pk=uuid.uuid5(call_id, "on view"),
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        call_id=call_id,
        seen=seen.call_type.strip()[:_MOST_SEEN],
        encounter_id=uuid.uuid5(call_id, "encounter") if slips else None,
        unit_id=slips[0].unit_id if slips else None,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )
    flagged.save(force_insert=True)
    call = _call_of(trail, call_id, center.pk, seen)
    call.save(force_insert=True)
    if seen.answers:
        # No row is asked back: what dispatch reads of a call is more than an officer needs to.
        Answer.objects.bulk_create(rows_of(call, seen.answers, doing))
    if slips:
        _put_on(trail, flagged, call, slips)
    also = [key for key in (flagged.encounter_id, flagged.unit_id) if key]
    trail.record("call", call.pk, also=[flagged.pk, *also])
    crew = [f"staff:{slip.staff_id}" for slip in slips]
    trail.announce(call.pk, *also, to=["dispatch", *crew], urgent=True)
    return flagged


@act("call.seen", "call")
def tell_on_view(trail: Trail, call_id: uuid.UUID, seen: Seen) -> OnView:
    """Add what the officer sees to the call that a source tells of and the own unit is on.

    The source's place and type are shown; the officer's stand beside them.
    """
    doing = trail.doing
    response = own_response(doing.staff_id)
    if response is None or response.call_id != call_id:
        raise OutOfState(_("Your unit is not on that call any more. Open the contact as another."))
    call = Call.objects.get(pk=call_id)
    told = OnView(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        call_id=call_id,
        seen=seen.call_type.strip()[:_MOST_SEEN],
        encounter_id=response.encounter_id,
        unit_id=response.unit_id,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )
    told.save(force_insert=True)
    if seen.place.strip() or seen.lat is not None:
        CallPlace(
            program_id=doing.program_id,
            agency_id=call.agency_id,
            call_id=call_id,
            place=seen.place.strip()[:_MOST_PLACE],
            lat=seen.lat,
            lon=seen.lon,
            was=call.place,
            beside_source=True,
            by_id=doing.staff_id,
            by_name=doing.short_name,
            at=doing.when,
        ).save(force_insert=True)
    if seen.answers:
        Answer.objects.bulk_create(rows_of(call, seen.answers, doing))
    trail.record("call", call_id, also=[told.pk])
    trail.announce(call_id, to=["dispatch"])
    tell_crew(trail, call_id)
    return told


def own_response(staff_id: uuid.UUID) -> Response | None:
    """What the officer's own unit is on now."""
    mine = UnitMember.objects.filter(staff_id=staff_id, off_at=None).first()
    if mine is None:
        return None
    on = Response.objects.filter(unit_id=mine.unit_id, split_at=None, ended_at=None)
    return on.order_by("-assigned_at").first()


def _own_crew(trail: Trail) -> list[UnitMember]:
    """Who is on the officer's unit, the officer first; nobody while it is off or on a call."""
    mine = UnitMember.objects.filter(staff_id=trail.doing.staff_id, off_at=None).first()
    if mine is None:
        return []
    # Whoever sends this unit at the same moment holds the same rows.
    slips = list(
        UnitMember.objects.select_for_update()
        .filter(unit_id=mine.unit_id, off_at=None)
        .order_by("side", "on_at")
    )
    if own_response(trail.doing.staff_id) is not None:
        return []
    slips = not_left_behind(slips)
    return sorted(slips, key=lambda slip: slip.staff_id != trail.doing.staff_id)


def _call_of(trail: Trail, call_id: uuid.UUID, agency_id: uuid.UUID, seen: Seen) -> Call:
    doing = trail.doing
    numbering = Numbering.objects.select_for_update().filter(pk=agency_id).first()
    if numbering is None:
        raise OutOfState(_("This agency numbers no calls. Ask your administrator."))
    number = numbering.next_number
    Numbering.objects.filter(pk=agency_id).update(next_number=number + 1)
    call = Call(
        pk=call_id,
        program_id=doing.program_id,
        agency_id=agency_id,
        number=number,
        call_type=seen.call_type.strip()[:_MOST_SEEN],
        place=seen.place.strip()[:_MOST_PLACE],
        lat=seen.lat,
        lon=seen.lon,
        channel=CHANNEL,
        occurred_at=doing.when,
        received_at=doing.at,
        changed_at=doing.at,
    )
    set_ground(call, find_for(call))
    return call


def _put_on(trail: Trail, flagged: OnView, call: Call, slips: list[UnitMember]) -> None:
    doing = trail.doing
    encounter = Encounter(
        pk=flagged.encounter_id,
        program_id=doing.program_id,
        agency_id=call.agency_id,
        call_id=call.pk,
        number=call.number,
        place=call.place,
        priority=call.priority,
        begun_at=doing.when,
    )
    encounter.save(force_insert=True)
    model = "ride_along" if slips[0].paired else "patrol_only"
    response = send_crew(trail, encounter, slips, model=model)
    # Each of the crew keeps own times: the partner says for herself where she is.
    own = Member.objects.get(response_id=response.pk, staff_id=doing.staff_id)
    write_step(trail, own, MemberState.AT_ADDRESS)
    own.state, own.state_at = MemberState.AT_ADDRESS, doing.when
    own.save(update_fields=["state", "state_at"])
