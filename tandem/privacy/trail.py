"""Reading the sealed trail for a custodian's page; the row policy leaves only the own side."""

from __future__ import annotations

import uuid
from datetime import datetime

from tandem.privacy import audit
from tandem.privacy.chain import COLUMNS, Fault, check_chain
from tandem.privacy.models import AuditEntry
from tandem.storage.standing import Standing


def entries_between(
    start: datetime, end: datetime, *, act: str, outcome: str, skip: int, most: int
) -> tuple[list[AuditEntry], int]:
    """Rows of a period, newest first, and how many there are."""
    rows = AuditEntry.objects.filter(server_at__gte=start, server_at__lt=end)
    if act:
        rows = rows.filter(act=act)
    if outcome:
        rows = rows.filter(outcome=outcome)
    return list(rows.order_by("-server_at", "-number")[skip : skip + most]), rows.count()


def acts_between(start: datetime, end: datetime) -> list[str]:
    """The acts that occur in a period."""
    rows = AuditEntry.objects.filter(server_at__gte=start, server_at__lt=end)
    return sorted(rows.order_by().values_list("act", flat=True).distinct())


def check_recent(agency_id: uuid.UUID, *, most: int) -> tuple[int, list[Fault]]:
    """Walk the newest part of the own agency's chain, link by link; returns how many rows.

    The whole chain, and the heads kept outside, are what `tandem audit verify` compares.
    """
    rows = list(AuditEntry.objects.filter(chain=str(agency_id)).order_by("-number")[:most])
    if not rows:
        return 0, []
    oldest = rows[-1]
    values = [
        {name: getattr(row, name) for name in (*COLUMNS, "number", "previous", "hash")}
        for row in reversed(rows)
    ]
    faults = check_chain(
        str(agency_id), values, number=oldest.number, previous=bytes(oldest.previous)
    )
    return len(rows), list(faults)


def note_reading(standing: Standing, *, at: datetime) -> None:
    """Who looked at the trail."""
    audit.write(
        "trail.read",
        subject="trail",
        subject_id=standing.agency_id,
        happened_at=at,
        outcome="read",
    )
