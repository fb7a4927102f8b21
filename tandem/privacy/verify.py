"""Checking the sealed trail against itself and against the heads kept outside the database."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from django.utils import timezone
from psycopg.rows import dict_row

from tandem.kernel.instance import Instance, acting_as, service_account
from tandem.privacy import audit
from tandem.privacy.chain import COLUMNS, Fault, check_chain, check_heads
from tandem.storage.standing import Standing, opened, standing_as

UNSEALED_AFTER = 10  # seconds
_ROWS = f"""
SELECT {", ".join(COLUMNS)}, chain, number, previous, hash FROM privacy_auditentry
ORDER BY chain, number, id
"""  # noqa: S608 (own column names)
_LATE = """
SELECT id FROM privacy_auditintake WHERE server_at < now() - make_interval(secs => %s)
"""


def outside_heads(path: Path) -> Iterator[tuple[str, int, bytes]]:
    """Every head that was written outside; a torn last line (a killed sealer) is passed over."""
    try:
        with acting_as(service_account()):
            lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            heads = json.loads(line)["heads"]
        except ValueError:
            continue
        for chain, (number, digest) in heads.items():
            yield chain, number, bytes.fromhex(digest)


def verify(instance: Instance) -> dict[str, Any]:
    """The contract's report; reads every sealed row under the sealer's login."""
    faults: list[Fault] = []
    held: dict[tuple[str, int], tuple[str, bytes]] = {}
    times: list[datetime] = []
    with psycopg.connect(instance.dsn("sealer"), row_factory=dict_row) as connection:
        connection.execute("SET statement_timeout = 0")
        late = connection.execute(_LATE, [UNSEALED_AFTER]).fetchall()
        faults += [Fault(str(row["id"]), "unsealed") for row in late]
        waiting = connection.execute("SELECT count(*) AS n FROM privacy_auditintake").fetchone()
        with connection.cursor(name="rows") as cursor:
            cursor.execute(_ROWS)
            for chain, rows in _by_chain(cursor):
                for row in rows:
                    held[chain, row["number"]] = (str(row["id"]), bytes(row["hash"]))
                    times.append(row["server_at"])
                faults += check_chain(chain, rows)
    faults += check_heads(outside_heads(instance.audit_heads_file), held)
    unique = list(dict.fromkeys(faults))
    return {
        "rows": len(held) + (waiting["n"] if waiting else 0),
        "sealed": len(held),
        "first": _stamp(min(times)) if times else None,
        "last": _stamp(max(times)) if times else None,
        "ok": not unique,
        "faults": [fault.as_json() for fault in unique],
    }


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _by_chain(cursor: Any) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    chain = ""
    rows: list[dict[str, Any]] = []
    for row in cursor:
        if row["chain"] != chain and rows:
            yield chain, rows
            rows = []
        chain = row["chain"]
        rows.append(row)
    if rows:
        yield chain, rows


def note_by_operator(
    what: str,
    subject: str = "operator",
    subject_id: uuid.UUID | None = None,
    *,
    also: Iterable[uuid.UUID] = (),
) -> None:
    """An operator's look at secrets, or decision at the console, leaves a row as well."""
    with standing_as(Standing("worker")), opened():
        audit.write(
            what,
            subject=subject,
            subject_id=subject_id or uuid.uuid4(),
            happened_at=timezone.now(),
            also=also,
        )
