"""What an operator does at the console leaves its row in the trail, sealed before the verb ends."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

import psycopg
from django.utils import timezone

from tandem.kernel.instance import Instance, acting_as, service_account
from tandem.privacy import audit
from tandem.privacy.sealer import seal_once
from tandem.storage.standing import Standing, opened, standing_as


def note(act: str, subject: str, *, reason: str = "", also: Iterable[uuid.UUID] = ()) -> None:
    """One row of the installation's own chain."""
    with standing_as(Standing("worker")), opened():
        audit.write(
            act,
            subject=subject,
            subject_id=None,
            happened_at=timezone.now(),
            reason=reason,
            also=also,
        )


def seal_now(instance: Instance) -> None:
    """Seal what waits, where no sealer runs to do it; a running one only finds less to do."""
    with (
        psycopg.connect(instance.dsn("sealer"), autocommit=True) as connection,
        # The heads belong to the account that serves.
        acting_as(service_account()),
    ):
        while seal_once(connection, instance.audit_heads_file):
            pass
