"""What the operator decides at the console where a program has no second administrator."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from tandem.directory.models import Agency, Membership, RoleRequest, Staff
from tandem.directory.services import check_may_get
from tandem.identity import sessions
from tandem.identity.services import reset_account, staff_named
from tandem.kernel.refusals import BadInput
from tandem.privacy.verify import note_by_operator
from tandem.storage.standing import Standing, opened, standing_as


@dataclass(frozen=True)
class Waiting:
    """One role that was asked for."""

    id: uuid.UUID
    name: str
    agency: str
    role: str
    asked_by: str
    asked_at: datetime


def waiting() -> list[Waiting]:
    """Every role that waits, oldest first, of all programs."""
    with standing_as(Standing("owner")), opened():
        asked = list(RoleRequest.objects.filter(decision="").order_by("asked_at"))
        names = dict(Staff.objects.values_list("pk", "display_name"))
        agencies = dict(Agency.objects.values_list("pk", "name"))
        return [
            Waiting(
                one.pk,
                names.get(one.staff_id, ""),
                agencies.get(one.agency_id, ""),
                one.role,
                names.get(one.asked_by_id, ""),
                one.asked_at,
            )
            for one in asked
        ]


def confirm(request_id: uuid.UUID) -> None:
    """Let a role take effect that an administrator asked for; every other rule still holds."""
    with standing_as(Standing("owner")), opened():
        asked = _decided(request_id, "confirmed")
        check_may_get(asked.program_id, asked.staff_id, asked.agency_id, asked.role)
        Membership.objects.create(
            pk=asked.pk,
            program_id=asked.program_id,
            agency_id=asked.agency_id,
            staff_id=asked.staff_id,
            role=asked.role,
            from_at=timezone.now(),
        )
        # Before the commit: a row without its act is better than an act without its row.
        note_by_operator("role.confirmed", "rolerequest", request_id, also=[asked.staff_id])


def refuse(request_id: uuid.UUID) -> None:
    """Say no to a role that was asked for."""
    with standing_as(Standing("owner")), opened():
        asked = _decided(request_id, "refused")
        note_by_operator("role.turned_down", "rolerequest", request_id, also=[asked.staff_id])


def _decided(request_id: uuid.UUID, decision: str) -> RoleRequest:
    asked = RoleRequest.objects.select_for_update().filter(pk=request_id, decision="").first()
    if asked is None:
        raise BadInput("No role of that number waits. `tandem staff waiting` lists those that do.")
    asked.decision, asked.decided_at, asked.by_operator = decision, timezone.now(), True
    asked.save(update_fields=["decision", "decided_at", "by_operator"])
    return asked


def reset(username: str) -> str:
    """Give anybody's sign-in a new first password, an administrator's too; returns it."""
    password = secrets.token_urlsafe(12)
    staff_id = staff_named(username)
    if staff_id is None:
        raise BadInput("Nobody has that sign-in name. Nothing was changed.")
    note_by_operator("account.reset", "staff", staff_id)
    reset_account(staff_id, password)
    sessions.end_all_of(staff_id, at=timezone.now())
    return password
