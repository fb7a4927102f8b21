"""Handing a caller from dispatch to the crisis desk: asked, taken by name, or withdrawn."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from tandem.calls.models import Call
from tandem.dispatch.models import Response
from tandem.intake.asking import hold_requests
from tandem.intake.models import Transfer
from tandem.kernel.refusals import BadInput, NotFound, OutOfState, Taken
from tandem.privacy.acts import Trail, act

BOTH_DESKS = ("dispatch", "clinical")


@act("transfer.asked", "transfer")
def ask_transfer(trail: Trail, transfer_id: uuid.UUID, call_id: uuid.UUID, told: str) -> Transfer:
    """Ask the crisis desk to take a caller; the call stays open until somebody there has."""
    doing = trail.doing
    calls = Call.objects.select_for_update()
    call = calls.filter(pk=call_id, program_id=doing.program_id).first()
    if call is None:
        raise NotFound
    if call.state != "open":
        raise OutOfState(_("This call is closed already."))
    if len(told) > 1000:  # noqa: PLR2004 (the column)
        raise BadInput(_("What is told along has at most 1,000 characters."))
    waiting = Transfer.objects.filter(call_id=call.pk, acknowledged_at=None, withdrawn_at=None)
    if waiting.exists():
        raise OutOfState(_("The crisis desk was asked already and has not answered yet."))
    transfer = Transfer(
        pk=transfer_id,
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        call_id=call.pk,
        number=call.number,
        told=told.strip(),
        asked_at=doing.at,
        asked_by_id=doing.staff_id,
        asked_by_name=doing.short_name,
    )
    transfer.save(force_insert=True)
    trail.record("transfer", transfer.pk, also=[call.pk])
    trail.announce(call.pk, to=["dispatch"])
    trail.announce(transfer.pk, to=["clinical"], urgent=True)
    return transfer


def _open(trail: Trail, transfer_id: uuid.UUID) -> Transfer:
    transfers = Transfer.objects.select_for_update()
    transfer = transfers.filter(pk=transfer_id, program_id=trail.doing.program_id).first()
    if transfer is None:
        raise NotFound
    if transfer.withdrawn_at is not None:
        raise OutOfState(_("Dispatch withdrew this transfer."))
    if transfer.acknowledged_at is not None:
        raise Taken(_("%(who)s took this caller already.") % {"who": transfer.acknowledged_by_name})
    return transfer


@act("transfer.taken", "transfer")
def take_transfer(trail: Trail, transfer_id: uuid.UUID) -> Transfer:
    """Take the caller at the crisis desk; with this, and not before, dispatch's call is closed.

    While a unit is on it, or a worker is asked for, the call stays on the dispatchers' desk.
    """
    doing = trail.doing
    transfer = _open(trail, transfer_id)
    transfer.acknowledged_at = doing.when
    transfer.acknowledged_by_id = doing.staff_id
    transfer.acknowledged_by_name = doing.short_name
    transfer.save(update_fields=["acknowledged_at", "acknowledged_by_id", "acknowledged_by_name"])
    # Held first: a unit or a worker who is being sent at this moment is seen below.
    Call.objects.select_for_update().filter(pk=transfer.call_id).first()
    asked = hold_requests(transfer.call_id)
    sent = Response.objects.filter(call_id=transfer.call_id, ended_at=None).exists()
    if not asked and not sent:
        Call.objects.filter(pk=transfer.call_id, state="open").update(
            state="closed", closed_at=doing.when, changed_at=doing.at
        )
    trail.record("transfer", transfer.pk, also=[transfer.call_id])
    trail.announce(transfer.call_id, to=["dispatch"])
    trail.announce(transfer.pk, to=["clinical"])
    return transfer


@act("transfer.withdrawn", "transfer")
def withdraw_transfer(trail: Trail, transfer_id: uuid.UUID) -> Transfer:
    """Take the question back, as when the caller hung up or a weapon was named."""
    doing = trail.doing
    transfer = _open(trail, transfer_id)
    transfer.withdrawn_at = doing.when
    transfer.withdrawn_by_id = doing.staff_id
    transfer.save(update_fields=["withdrawn_at", "withdrawn_by_id"])
    trail.record("transfer", transfer.pk, also=[transfer.call_id])
    trail.announce(transfer.call_id, to=["dispatch"])
    trail.announce(transfer.pk, to=["clinical"])
    return transfer
