"""Whom the advice names to be told by the desk, kept so that it can ring when it was forgotten.

What is due stands in the call's steps, not in anybody's open page: the worker reads it from there.
"""

from __future__ import annotations

from collections import Counter

from tandem.calls.models import Call
from tandem.dispatch.advising import standpoint_of
from tandem.intake.models import CallerStep
from tandem.intake.rules import TO_TELL
from tandem.privacy.acts import Trail

DUE, OVER, TOLD = "tell_due", "tell_over", "told"
DESK = "TC"


def follow_advice(trail: Trail, call: Call) -> None:
    """Note who is to be told from now on, and who is not any more; whoever was told stays told.

    A dispatcher's act alone notes it: nobody else owes the call that word.
    """
    doing = trail.doing
    stand = standpoint_of(doing.standing, call, doing.at) if doing.standing.role == DESK else None
    if stand is None:
        return
    steps = CallerStep.objects.filter(call_id=call.pk, kind__in=[DUE, OVER, TOLD])
    count = Counter(steps.values_list("kind", "result"))
    wanted = {code for code in stand.advice.tell if code in TO_TELL}
    due = {code for code in TO_TELL if count[DUE, code] > count[OVER, code]}
    new = [(DUE, code) for code in TO_TELL if code in wanted - due and not count[TOLD, code]]
    new += [(OVER, code) for code in TO_TELL if code in due - wanted]
    CallerStep.objects.bulk_create(
        CallerStep(
            program_id=doing.program_id,
            agency_id=call.agency_id,
            call_id=call.pk,
            kind=kind,
            result=code,
            by_id=doing.staff_id,
            by_name=doing.short_name,
            at=doing.at,
        )
        for kind, code in new
    )
