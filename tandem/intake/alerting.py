"""Telling a team of a call before it is sent: the officers of pairs that are on, no further."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from tandem.calls.models import Call
from tandem.dispatch.models import UnitMember
from tandem.intake.models import PreAlert
from tandem.privacy.acts import Trail
from tandem.storage.standing import Standing

TEAM = "cru"  # whom a dropped line names


def alert_team(trail: Trail, call: Call) -> list[PreAlert]:
    """Tell every officer who is signed on in a pair; one who was told of this call is not again."""
    doing = trail.doing
    told = set(PreAlert.objects.filter(call_id=call.pk).values_list("staff_id", flat=True))
    slips = UnitMember.objects.filter(
        program_id=doing.program_id, side="police", paired=True, off_at=None
    )
    rows = [
        PreAlert(
            program_id=doing.program_id,
            agency_id=call.agency_id,
            call_id=call.pk,
            number=call.number,
            call_type=call.call_type,
            place=call.place,
            staff_id=slip.staff_id,
            short_name=slip.short_name,
            callsign=slip.callsign,
            by_id=doing.staff_id,
            by_name=doing.short_name,
            at=doing.when,
        )
        for slip in slips.order_by("callsign")
        if slip.staff_id not in told
    ]
    PreAlert.objects.bulk_create(rows)
    if rows:
        crew = [f"staff:{row.staff_id}" for row in rows]
        trail.announce(call.pk, *[row.pk for row in rows], to=crew, urgent=True)
    return rows


def alerts_of(standing: Standing, call_id: uuid.UUID) -> Sequence[PreAlert]:
    """Who was told of a call before being sent, and who of them has it."""
    rows = PreAlert.objects.visible_to(standing).filter(call_id=call_id)
    return list(rows.order_by("callsign", "short_name"))


def alerts_for(standing: Standing) -> list[PreAlert]:
    """What one was told and has not acknowledged, of calls that are still open."""
    waits = PreAlert.objects.visible_to(standing).filter(staff_id=standing.me, seen_at=None)
    rows = list(waits.order_by("at"))
    if not rows:
        return []
    calls = Call.objects.visible_to(standing).filter(
        pk__in=[row.call_id for row in rows], state="open"
    )
    still = set(calls.values_list("pk", flat=True))
    return [row for row in rows if row.call_id in still]
