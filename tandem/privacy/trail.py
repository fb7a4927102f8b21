"""Reading the sealed trail for a custodian's page; the row policy leaves only the own side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tandem.privacy import audit
from tandem.privacy.chain import COLUMNS, Fault, row_hash
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


def check_rows(rows: Sequence[AuditEntry]) -> list[Fault]:
    """Whether each shown row still fits its own seal; the whole chain is `tandem audit verify`."""
    found = []
    for row in rows:
        values = {name: getattr(row, name) for name in COLUMNS}
        if row_hash(bytes(row.previous), row.chain, row.number, values) != bytes(row.hash):
            found.append(Fault(str(row.pk), "changed"))
    return found


def note_reading(standing: Standing, *, at: datetime) -> None:
    """Who looked at the trail."""
    audit.write(
        "trail.read",
        subject="trail",
        subject_id=standing.agency_id,
        happened_at=at,
        outcome="read",
    )
