"""Holds what is stored against what was acknowledged, as the superuser of a throw-away server."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from dataclasses import dataclass, field

import psycopg

from tandem.board.cursor import Cursors
from tandem.demo.throwaway import Product
from tests.crash.events import Key, Standing, standing_after
from tests.crash.viewers import Judged, Viewer, judge

SETTLED_SECONDS = 20.0
# A row that was announced to a desk; the viewers of a run are dispatchers.
AUDIENCE = "dispatch"


@dataclass
class Found:
    """Everything that a run must show none of."""

    lost: int = 0
    doubled: int = 0
    inverted: int = 0
    calls_doubled: int = 0
    untrailed: int = 0
    cursors_wrong: int = 0
    streams: list[Judged] = field(default_factory=list)
    audit_ok: bool = True
    audit_rows: int = 0
    examples: list[str] = field(default_factory=list)


def settle(dsn: str) -> None:
    """Wait until the order of news is given and the trail is sealed."""
    deadline = time.monotonic() + SETTLED_SECONDS
    with psycopg.connect(dsn, autocommit=True) as connection:
        while time.monotonic() < deadline:
            row = connection.execute(
                "SELECT (SELECT count(*) FROM storage_outbox WHERE cursor IS NULL)"
                " + (SELECT count(*) FROM privacy_auditintake)"
            ).fetchone()
            if row == (0,):
                return
            time.sleep(0.2)


def stored(dsn: str, prefix: str, acknowledged: dict[Key, str], found: Found) -> None:
    """Each acknowledged message exactly once, and each call as its highest message says."""
    like = f"{prefix}-%"
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT external_id, order_key, call_id::text FROM calls_cadevent"
            " WHERE external_id LIKE %s",
            [like],
        ).fetchall()
        calls = connection.execute(
            "SELECT external_id, order_key, call_type, priority, place, channel, state, id::text"
            " FROM calls_call WHERE external_id LIKE %s",
            [like],
        ).fetchall()
        untrailed = connection.execute(
            "SELECT count(DISTINCT e.batch_id) FROM calls_cadevent e WHERE e.external_id LIKE %s"
            " AND NOT EXISTS (SELECT FROM privacy_auditentry a WHERE a.subject_id = e.batch_id"
            " AND a.act = 'cad.received')",
            [like],
        ).fetchone()
    times = Counter((row[0], row[1]) for row in rows)
    where = {(row[0], row[1]): row[2] for row in rows}
    missing = [key for key, call in acknowledged.items() if where.get(key) != call]
    twice = [key for key, count in times.items() if count > 1]
    found.lost, found.doubled = len(missing), len(twice)
    found.untrailed = untrailed[0] if untrailed else 0
    found.calls_doubled = len(calls) - len({row[0] for row in calls})
    found.examples += [f"lost {key}" for key in missing[:3]]
    found.examples += [f"doubled {key}" for key in twice[:3]]
    _inversions({row[0]: Standing(*row[1:7]) for row in calls}, acknowledged, found)


def _inversions(calls: dict[str, Standing], acknowledged: dict[Key, str], found: Found) -> None:
    highest: dict[str, int] = {}
    for external_id, sequence in acknowledged:
        highest[external_id] = max(sequence, highest.get(external_id, 0))
    for external_id, sequence in highest.items():
        if calls.get(external_id) != standing_after(external_id, sequence):
            found.inverted += 1
            if found.inverted <= 3:
                found.examples.append(f"{external_id} stands at {calls.get(external_id)}")


def streams(product: Product, viewers: list[Viewer], since: int, found: Found) -> None:
    """The order of news is strict, and no viewer missed a key of it."""
    with psycopg.connect(product.dsn("superuser")) as connection:
        rows = connection.execute(
            "SELECT cursor, keys FROM storage_outbox WHERE cursor > %s AND %s = ANY(audience)"
            " ORDER BY cursor",
            [since, AUDIENCE],
        ).fetchall()
        wrong = connection.execute(
            "SELECT count(*) - count(DISTINCT cursor) FROM storage_outbox"
        ).fetchone()
    found.cursors_wrong = wrong[0] if wrong else 0
    news = [(row[0], frozenset(str(key) for key in row[1])) for row in rows]
    cursors = Cursors(product.instance.secrets()["django_secret"])
    for viewer in viewers:
        mine = hashlib.sha256(viewer.cookie.encode()).digest()
        told = [(cursors.place(t.word, mine), t.name, t.keys) for t in viewer.told]
        found.streams.append(judge(told, news))


def trail(product: Product, found: Found) -> None:
    """The chain of the trail stands, by the product's own word."""
    said = product.tandem("audit", "verify", "--json")
    report = json.loads(said.stdout or '{"ok": false, "rows": 0, "faults": []}')
    found.audit_ok = bool(report["ok"]) and said.returncode == 0
    found.audit_rows = report["rows"]
    found.examples += [f"trail: {fault}" for fault in report["faults"][:3]]
