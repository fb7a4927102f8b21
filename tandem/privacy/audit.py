"""Writing the trail: one row per act, refusal or reading, inserted and never looked at again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connections

from tandem.kernel.refusals import TrailUnavailable
from tandem.privacy.models import AuditIntake
from tandem.storage.standing import Standing, current

SIDE_OF_LOGIN = {
    "dispatch": "dispatch",
    "police": "police",
    "custodian_police": "police",
    "clinical": "county",
    "part2": "county",
    "custodian_county": "county",
    "feed": "feed",
}


def side_of(standing: Standing) -> str:
    """Whose trail an act of this standing belongs to."""
    return SIDE_OF_LOGIN.get(standing.login, "admin")


def write(
    act: str,
    *,
    subject: str,
    subject_id: uuid.UUID | None,
    happened_at: datetime,
    outcome: str = "done",
    reason: str = "",
    also: Iterable[uuid.UUID] = (),
    act_id: uuid.UUID | None = None,
    for_staff_id: uuid.UUID | None = None,
    how_known: str = "",
    device_at: datetime | None = None,
    side: str = "",
) -> None:
    """Add one row under the present standing; without it the act may not stand."""
    standing = current()
    if standing is None:
        raise TrailUnavailable("nobody is acting")
    row = AuditIntake(
        program_id=standing.program_id,
        agency_id=standing.agency_id,
        side=side or side_of(standing),
        act=act,
        outcome=outcome,
        reason=reason,
        subject=subject,
        subject_id=subject_id,
        also=list(also),
        staff_id=standing.staff_id,
        role=standing.role,
        for_staff_id=for_staff_id,
        how_known=how_known,
        happened_at=happened_at,
        device_at=device_at,
        act_id=act_id,
    )
    try:
        _insert(row)
    except DatabaseError as wrong:
        raise TrailUnavailable from wrong


# RETURNING would need the right to read; the intake gives nobody that right.
_COLUMNS = [
    field.attname for field in AuditIntake._meta.concrete_fields if field.attname != "server_at"
]
_INSERT = (
    f"INSERT INTO privacy_auditintake ({', '.join(_COLUMNS)}) "  # noqa: S608 (own column names)
    f"VALUES ({', '.join(['%s'] * len(_COLUMNS))})"
)


def _insert(row: AuditIntake) -> None:
    values: list[Any] = [getattr(row, name) for name in _COLUMNS]
    with connections["default"].cursor() as cursor:
        cursor.execute(_INSERT, values)


def read(subject: str, subject_id: uuid.UUID, *, at: datetime, reason: str = "") -> None:
    """Note that a person's record was opened, before its body is sent."""
    write(
        f"{subject}.read",
        subject=subject,
        subject_id=subject_id,
        happened_at=at,
        outcome="read",
        reason=reason,
    )
