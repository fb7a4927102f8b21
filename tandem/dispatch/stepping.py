"""What every status of a member has in common: who may enter it, and what follows from it."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from tandem.dispatch.models import Encounter, Member, Response
from tandem.dispatch.sending import crew_turn
from tandem.dispatch.states import ENDED
from tandem.kernel.refusals import NotFound, NotPermitted
from tandem.privacy.acts import Trail
from tandem.storage.turns import take_turn


def locked_member(trail: Trail, member_id: uuid.UUID) -> Member:
    """A member whom nobody else of the crew moves meanwhile; raises NotFound.

    Two who clear at once would each see the other there, and the call would never end.
    """
    members = Member.objects.filter(program_id=trail.doing.program_id, pk=member_id)
    keys = members.values_list("encounter__call_id", "encounter_id").first()
    if keys is None:
        raise NotFound
    crew_turn(keys[0] or keys[1])
    member = members.select_for_update().first()
    if member is None:
        raise NotFound
    return member


def check_may_step(trail: Trail, member: Member) -> None:
    """One's own; dispatch for anybody on its calls; the crisis desk for its own workers."""
    standing = trail.doing.standing
    desk = standing.role == "TC" or (standing.login == "clinical" and member.side == "county")
    if not desk and member.staff_id != trail.doing.staff_id:
        raise NotPermitted(_("You may set your own status only."))


def after_step(trail: Trail, member: Member, *, reason: str) -> None:
    """What follows from a member's new status: what ended, the row, who is told."""
    _end_what_ended(member, trail.doing.when)
    trail.record("member", member.pk, also=[member.encounter_id], reason=reason)
    crew = Member.objects.filter(encounter_id=member.encounter_id).values_list(
        "staff_id", flat=True
    )
    keys = [key for key in (member.encounter.call_id, member.encounter_id) if key]
    # The crisis desk sends its own workers: it hears where they are.
    county = ["clinical"] if member.side == "county" else []
    trail.announce(*keys, to=["dispatch", *county, *[f"staff:{staff}" for staff in crew]])


def _end_what_ended(member: Member, when: datetime) -> None:
    """A response ends with its last member, the encounter's open time with its last response."""
    running = Member.objects.filter(response_id=member.response_id).exclude(state__in=ENDED)
    if running.exists():
        _open_again(member)
        return
    Response.objects.filter(pk=member.response_id).update(ended_at=when)
    if not Response.objects.filter(encounter_id=member.encounter_id, ended_at=None).exists():
        Encounter.objects.filter(pk=member.encounter_id).update(ended_at=when)


def is_elsewhere(response: Response) -> bool:
    """Whether the unit of this response is on another one by now; nobody sends it meanwhile."""
    take_turn("unit", response.unit_id)
    running = Response.objects.filter(unit_id=response.unit_id, split_at=None, ended_at=None)
    return running.exclude(pk=response.pk).exists()


def _open_again(member: Member) -> None:
    """A cleared member who moves again is back on the call, unless the unit went elsewhere.

    An officer who was called away and is there again has the car there again.
    """
    response = member.response
    back = member.side == "police" and member.state not in ENDED
    if response.split_at is not None and back and not is_elsewhere(response):
        Response.objects.filter(pk=response.pk).update(split_at=None)
        response.split_at = None
    if response.ended_at is None:
        return
    if response.split_at is None and is_elsewhere(response):
        return
    others = Encounter.objects.filter(call_id=response.call_id, ended_at=None)
    if others.exclude(pk=member.encounter_id).exists():
        return
    Response.objects.filter(pk=response.pk).update(ended_at=None)
    Encounter.objects.filter(pk=member.encounter_id).update(ended_at=None)
