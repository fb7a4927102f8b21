"""Which calls tell of the same incident, and which wait for the crisis desk."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from tandem.intake.models import CallerStep, CallLink, Transfer
from tandem.kernel.refusals import OutOfState
from tandem.storage.standing import Standing


def links_of(standing: Standing, call_ids: list[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Calls that tell of the same incident as another, by the newest word on each."""
    found: dict[uuid.UUID, uuid.UUID | None] = {}
    rows = CallLink.objects.visible_to(standing).filter(call_id__in=call_ids).order_by("at")
    for row in rows:
        found[row.call_id] = row.into_id
    return {call: into for call, into in found.items() if into is not None}


def told_of(standing: Standing, call_id: uuid.UUID) -> list[CallerStep]:
    """Who is to be told before a unit is sent, and who was told of a call, oldest first."""
    steps = CallerStep.objects.visible_to(standing).filter(call_id=call_id)
    return list(steps.filter(kind__in=["told", "pre_alert"]).order_by("at"))


def check_not_with_crisis_desk(call_id: uuid.UUID) -> None:
    """Refuse to close a call whose caller the crisis desk was asked to take and has not taken."""
    waiting = Transfer.objects.filter(call_id=call_id, acknowledged_at=None, withdrawn_at=None)
    if waiting.exists():
        raise OutOfState(
            _("The crisis desk has not taken this caller yet. Withdraw the transfer first.")
        )
