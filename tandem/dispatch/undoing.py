"""What taking an act back has in common: how long it may be, whose it is, what stood before."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from tandem.dispatch.models import Encounter, Member, MemberStep, Response
from tandem.dispatch.sending import write_step
from tandem.dispatch.states import ENDED, MemberState
from tandem.kernel.refusals import NotPermitted, OutOfState
from tandem.privacy.acts import Trail

# What the page counts down from, and what the way of a late key press to the server may take.
UNDO_SECONDS = 10
_ON_ITS_WAY = 3


def check_may_undo(
    trail: Trail, *, by_id: uuid.UUID | None, at: datetime, entered_at: datetime | None = None
) -> None:
    """Whoever did it takes it back, within the seconds that the page showed.

    `entered_at` is the server's own time of a late entry, whose `at` lies back.
    """
    if by_id != trail.doing.staff_id:
        raise NotPermitted(_("Only who did it may take it back."))
    allowed = timedelta(seconds=UNDO_SECONDS + _ON_ITS_WAY)
    just_entered = entered_at is not None and abs(trail.doing.at - entered_at) <= allowed
    if trail.doing.at - at > allowed and not just_entered:
        raise OutOfState(_("It is too late to take it back. Enter what is true now."))


def steps_that_hold(steps: Iterable[MemberStep]) -> list[MemberStep]:
    """Without what was taken back and what took it back."""
    every = list(steps)
    gone = {step.undoes_id for step in every if step.undoes_id}
    return [step for step in every if step.pk not in gone and not step.undoes_id]


def take_back_response(trail: Trail, response: Response) -> list[uuid.UUID]:
    """Nobody of this response is sent any more; whom that is news to."""
    doing = trail.doing
    members = list(Member.objects.select_for_update().filter(response_id=response.pk))
    for member in members:
        if member.state in ENDED:
            continue
        first = MemberStep.objects.filter(member_id=member.pk).order_by("server_at").first()
        write_step(trail, member, MemberState.CANCELLED, undoes=first)
        member.state, member.state_at = MemberState.CANCELLED, doing.when
        member.save(update_fields=["state", "state_at"])
    Response.objects.filter(pk=response.pk).update(ended_at=doing.when)
    encounter = response.encounter_id
    if not Response.objects.filter(encounter_id=encounter, ended_at=None).exists():
        Encounter.objects.filter(pk=encounter).update(ended_at=doing.when)
    beside = Member.objects.filter(encounter_id=encounter).values_list("staff_id", flat=True)
    return list(dict.fromkeys(beside))
