"""Area `interop`: one event per POST, batches of 100, and what the database alone would take."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from tandem.demo.throwaway import Product
from tests.bench.rows import Rows, at
from tests.bench.wire import Wire

CLIENTS = 8
SINGLES_EACH, BATCHES_EACH, BATCH = 150, 25, 100
BATCH_CLIENTS = 4
SINGLE_RATE, SINGLE_P99 = 120, 200
BATCH_RATE, BATCH_RATIO = 3_000, 5
NEW_CALL_EVERY = 3
RAW_SECONDS = 5
# The same rows beside the same indexes, without the product: the ceiling of this machine.
_RAW = f"""
INSERT INTO bench.raw (id, program_id, agency_id, feed_id, batch_id, call_id, external_id, period,
  order_key, content_hash, outcome, payload)
SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
  gen_random_uuid(), gen_random_uuid(), gen_random_uuid()::text, 2026, n, sha256(n::text::bytea),
  'new', decode(repeat(md5(n::text), 16), 'hex')
FROM generate_series(1, {BATCH}) AS n;
"""
_RAW_TABLE = """
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TABLE IF NOT EXISTS bench.raw (LIKE public.calls_cadevent INCLUDING ALL);
TRUNCATE bench.raw;
"""


class Events:
    """Events as a dispatch center sends them: a call and the messages that follow it."""

    def __init__(self, name: str) -> None:
        self.name, self.number = f"{name}-{time.time_ns() % 10**9}", 0
        self.occurred_at = datetime.now(UTC).isoformat()

    def next(self) -> dict[str, Any]:
        """The next message."""
        call, sequence = divmod(self.number, NEW_CALL_EVERY)
        self.number += 1
        return {
            "external_id": f"{self.name}-{call}",
            "sequence": sequence,
            "occurred_at": self.occurred_at,
            "call_type": "WELFARE CHECK",
            "priority": 3,
            "status": "closed" if sequence == NEW_CALL_EVERY - 1 else "open",
            "channel": "LAW 1",
            "location": {"text": "100 block of an invented street", "lat": 43.8, "lon": -91.25},
            "units": [{"id": "2B12", "status": "dispatched"}],
        }


def drive(clients: int, each: int, work: Callable[[int, int], None]) -> float:
    """Let this many clients work at once; the seconds that all of it took."""

    def run(number: int) -> None:
        for turn in range(each):
            work(number, turn)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


class Load:
    """Clients of one door, and how long each of their requests took."""

    def __init__(self, url: str, token: str, name: str, clients: int) -> None:
        self.wires = [Wire.of_feed(url, token) for _ in range(clients)]
        self.events = [Events(f"{name}-{number}") for number in range(clients)]
        self.seconds: list[float] = []
        self.bad: list[int] = []

    def send(self, number: int, size: int) -> None:
        """One request of one client."""
        events = [self.events[number].next() for _ in range(size)]
        began = time.perf_counter()
        status, text = self.wires[number].post(events[0] if size == 1 else events)
        self.seconds.append(time.perf_counter() - began)
        if status != 200 or json.loads(text)["accepted"] != size:
            self.bad.append(status)

    def run(self, each: int, size: int) -> float:
        """All clients at once; events per second."""
        self.seconds.clear()
        took = drive(len(self.wires), each, lambda number, _: self.send(number, size))
        return len(self.wires) * each * size / took


def raw_rate(running: Product) -> tuple[str, float]:
    """Rows per second that pgbench inserts, a hundred in each transaction."""
    with psycopg.connect(running.dsn("superuser"), autocommit=True) as connection:
        connection.execute(_RAW_TABLE)
        program = running.instance.postgres_program("pgbench")
        if not Path(program).exists():
            began, rounds = time.perf_counter(), 0
            while time.perf_counter() - began < RAW_SECONDS:
                connection.execute(_RAW.encode())
                rounds += 1
            return "raw insert by psycopg", rounds * BATCH / (time.perf_counter() - began)
    server = running.instance.server()
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_RAW.replace("\n", " ").strip() + "\n")
        script.flush()
        words = [program, "-n", "-c", str(BATCH_CLIENTS), "-j", "1", "-T", str(RAW_SECONDS)]
        words += ["-f", script.name, "-h", server.host, "-p", str(server.port)]
        words += ["-U", running.instance.user("superuser"), server.database]
        password = running.instance.password("superuser")
        ran = subprocess.run(
            words,
            env={**os.environ, "PGPASSWORD": password},
            capture_output=True,
            text=True,
            check=True,
        )
    for line in ran.stdout.splitlines():
        if line.startswith("tps = "):
            return "raw insert by pgbench", float(line.split()[2]) * BATCH
    raise RuntimeError("pgbench said no rate")


def measure(rows: Rows, running: Product) -> None:
    """The feed's door under load, everything on."""
    token = running.feed_token()
    singles = Load(running.url, token, "single", CLIENTS)
    singles.run(10, 1)  # connections open, code is loaded
    rate = singles.run(SINGLES_EACH, 1)
    n = len(singles.seconds)
    p99 = at(singles.seconds, 0.99) * 1000
    rows.add("single POST, 8 clients", rate, "events/s", at_least=SINGLE_RATE, n=n)
    rows.add("single POST, 8 clients, p50", at(singles.seconds, 0.5) * 1000, "ms", n=n)
    rows.add("single POST, 8 clients, p99", p99, "ms", at_most=SINGLE_P99, n=n)
    batches = Load(running.url, token, "batch", BATCH_CLIENTS)
    batches.run(2, BATCH)
    many = batches.run(BATCHES_EACH, BATCH)
    raw = raw_rate(running)
    rows.add(
        "batches of 100",
        many,
        "events/s",
        at_least=BATCH_RATE,
        beside=raw,
        ratio=many / raw[1],
        n=len(batches.seconds),
    )
    rows.add(
        "batches against singles",
        many / rate,
        "times",
        at_least=BATCH_RATIO,
        beside=("single POST", rate),
        ratio=many / rate,
        n=len(batches.seconds),
    )
    wrong = len(singles.bad) + len(batches.bad)
    rows.add("requests of the feed not taken", wrong, "requests", at_most=0, n=n)
