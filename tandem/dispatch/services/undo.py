"""Taking back, within seconds: a second act that tells again those who were told the first."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from tandem.dispatch.from_cad import settle
from tandem.dispatch.leading import lead_of
from tandem.dispatch.models import Member, MemberStep, Response
from tandem.dispatch.sending import crew_turn, write_step
from tandem.dispatch.states import MemberState
from tandem.dispatch.stepping import after_step, locked_member
from tandem.dispatch.undoing import check_may_undo, steps_that_hold, take_back_response
from tandem.kernel.refusals import NotFound, OutOfState
from tandem.privacy.acts import Trail, act


@act("unit.unassigned", "call")
def undo_assign(trail: Trail, response_id: uuid.UUID) -> Response:
    """Take back that a unit was sent: each of the crew reads that they go no more."""
    doing = trail.doing
    responses = Response.objects.filter(program_id=doing.program_id, pk=response_id)
    keys = responses.values_list("call_id", "encounter_id").first()
    if keys is None:
        raise NotFound
    crew_turn(keys[0] or keys[1])
    response = responses.select_for_update().get()
    check_may_undo(trail, by_id=response.assigned_by_id, at=response.assigned_at)
    if response.ended_at is not None:
        raise OutOfState(_("That unit is not on the call any more."))
    told = take_back_response(trail, response)
    subject = response.call_id or response.encounter_id
    trail.record("call", subject, also=[response.encounter_id, response.pk, response.unit_id])
    crew = [f"staff:{staff}" for staff in told]
    trail.announce(subject, response.encounter_id, response.unit_id, to=["dispatch", *crew])
    return response


@act("member.step_undone", "member")
def undo_step(trail: Trail, member_id: uuid.UUID) -> Member:
    """Take back the last status one entered for a member: what stood before stands again."""
    doing = trail.doing
    member = locked_member(trail, member_id)
    written = MemberStep.objects.filter(member_id=member.pk).order_by("server_at")
    steps = steps_that_hold(written)
    if len(steps) < 2:  # noqa: PLR2004 (the first is that they were sent)
        raise OutOfState(_("There is no status to take back."))
    last, before = steps[-1], steps[-2]
    check_may_undo(trail, by_id=last.by_id, at=last.happened_at, entered_at=last.server_at)
    write_step(trail, member, MemberState(before.state), undoes=last)
    lead = lead_of(member, at=doing.at)
    if lead.beside:
        settle(member, lead.spoken_at)
    else:
        member.state, member.state_at = before.state, before.happened_at
        member.save(update_fields=["state", "state_at"])
    after_step(trail, member, reason=last.state)
    return member
