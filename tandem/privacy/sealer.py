"""Moves committed trail rows into the sealed chain, under its own login; one runs at a time."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tandem.kernel.instance import Instance
from tandem.kernel.logs import JsonLines
from tandem.privacy.chain import COLUMNS, START, chain_of, row_hash
from tandem.storage.alone import HELD_BY_OURS

log = logging.getLogger("tandem.sealer")
_LOCK = 7_402_001  # any number of our own: two sealers would fork the chain
_BATCH = 2_000
_PAUSE = 0.5  # seconds; the promise is two
_NAMES = ", ".join(COLUMNS)
# Oldest first; DELETE … RETURNING gives the rows and empties the intake in one step.
_TAKE = f"""
DELETE FROM privacy_auditintake WHERE id IN
  (SELECT id FROM privacy_auditintake ORDER BY server_at, id LIMIT {_BATCH})
RETURNING {_NAMES}
"""  # noqa: S608 (own column names)
_KEEP = f"""
INSERT INTO privacy_auditentry ({_NAMES}, chain, number, previous, hash)
VALUES ({", ".join(["%s"] * (len(COLUMNS) + 4))})
"""  # noqa: S608
_LAST = """
SELECT DISTINCT ON (chain) chain, number, hash FROM privacy_auditentry
WHERE chain = ANY(%s) ORDER BY chain, number DESC
"""

_ALL_LAST = """
SELECT DISTINCT ON (chain) chain, number, hash FROM privacy_auditentry ORDER BY chain, number DESC
"""


def seal_once(connection: psycopg.Connection[Any], heads_file: Path) -> int:
    """Seal what is there, at most one batch; returns how many rows."""
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s) AS mine", [_LOCK])
        mine = cursor.fetchone()
        if (mine is None or not mine["mine"]) and _another_seals(cursor):
            return 0
        rows = sorted(
            cursor.execute(_TAKE).fetchall(), key=lambda r: (r["server_at"], str(r["id"]))
        )
        if not rows:
            return 0
        heads = _last_heads(cursor, sorted({chain_of(row) for row in rows}))
        values = []
        for row in rows:
            chain = chain_of(row)
            number, previous = heads[chain][0] + 1, heads[chain][1]
            digest = row_hash(previous, chain, number, row)
            heads[chain] = (number, digest)
            values.append([*[row[name] for name in COLUMNS], chain, number, previous, digest])
        cursor.executemany(_KEEP, values)
    _write_outside(heads_file, heads)
    return len(rows)


def _another_seals(cursor: Any) -> bool:
    row = cursor.execute(HELD_BY_OURS, [_LOCK, _LOCK]).fetchone()
    return bool(row["exists"])


def _last_heads(cursor: Any, chains: list[str]) -> dict[str, tuple[int, bytes]]:
    heads = dict.fromkeys(chains, (0, START))
    for row in cursor.execute(_LAST, [chains]).fetchall():
        heads[row["chain"]] = (row["number"], bytes(row["hash"]))
    return heads


def say_heads_again(connection: psycopg.Connection[Any], heads_file: Path) -> None:
    """What was sealed just before a kill or a full disk has no head outside yet."""
    rows = connection.execute(_ALL_LAST).fetchall()
    if rows:
        _write_outside(heads_file, {row[0]: (row[1], bytes(row[2])) for row in rows})


def _write_outside(path: Path, heads: dict[str, tuple[int, bytes]]) -> None:
    """After the commit: a head outside that the database lacks would be a false alarm."""
    line = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "heads": {chain: [number, digest.hex()] for chain, (number, digest) in heads.items()},
    }
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        # A kill may have torn the last line: what is joined to it would be passed over as well.
        torn = os.pread(handle, 1, max(0, os.fstat(handle).st_size - 1)) not in (b"", b"\n")
        os.write(handle, b"\n" * torn + json.dumps(line).encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)


def run() -> None:
    """Seal until told to stop; a lost database is waited for, a full disk too.

    No row is sealed while heads cannot be written: a tail without one could be cut unseen.
    """
    instance = Instance.find()
    stop = False

    def ask_to_stop(*_: object) -> None:
        nonlocal stop
        stop = True

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    while not stop:
        try:
            with psycopg.connect(instance.dsn("sealer"), autocommit=True) as connection:
                say_heads_again(connection, instance.audit_heads_file)
                while not stop:
                    if seal_once(connection, instance.audit_heads_file) < _BATCH:
                        time.sleep(_PAUSE)
        except psycopg.OperationalError as wrong:
            log.warning("waiting for the database: %s", type(wrong).__name__)
            time.sleep(_PAUSE)
        except OSError as wrong:
            log.warning("heads cannot be written: %s", type(wrong).__name__)
            time.sleep(_PAUSE)


if __name__ == "__main__":
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    run()
