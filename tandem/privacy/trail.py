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
    """Check the newest rows of the own agency's chain by their seals; returns how many rows.

    The chain also holds rows of sides that this reader may not see, so a gap in the numbers proves
    nothing here: `tandem audit verify` walks every chain whole and compares the heads outside.
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
    return len(rows), [fault for fault in faults if fault.kind == "changed"]


def note_reading(standing: Standing, *, at: datetime) -> None:
    """Who looked at the trail."""
    audit.write(
        "trail.read",
        subject="trail",
        subject_id=standing.agency_id,
        happened_at=at,
        outcome="read",
    )
