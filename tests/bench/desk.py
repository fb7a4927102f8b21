"""Area `board`: a desk of 200 open calls beside 10 thousand and a million closed, and of 500."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from tandem.demo.throwaway import Product
from tandem.kernel.instance import acting_as, service_account
from tests.bench.feed import Events
from tests.bench.rows import Rows, at
from tests.bench.wire import Wire

OPEN, FEW, MANY = 200, 10_000, 1_000_000
PAGES = 60
P50, SAME = 60, 1.10
FULL, FULL_P50, FULL_BYTES = 500, 120, 60_000
CLOSED = """
INSERT INTO calls_call (id, program_id, agency_id, number, feed_id, external_id, period, order_key,
  call_type, priority, place, area, channel, state, occurred_at, received_at, changed_at, closed_at,
  corrected, was, remarks_not_kept, history, drawn)
SELECT gen_random_uuid(), program_id, agency_id, 1000000 + n, NULL, 'closed-' || n, 2025, 0,
  'TRAFFIC STOP', n %% 5, 'invented', '', '', 'closed', past, past, past, past,
  false, '', 0, false, '{}'
FROM (SELECT n, now() - n * interval '30 seconds' AS past FROM generate_series(%s::int, %s::int) n)
  AS numbers,
  (SELECT program_id, agency_id FROM calls_feed LIMIT 1) AS feed
"""
_EXPLAIN = (
    "ALTER ROLE {role} SET session_preload_libraries = 'auto_explain'",
    "ALTER ROLE {role} SET auto_explain.log_min_duration = 0",
    "ALTER ROLE {role} SET auto_explain.log_analyze = on",
    "ALTER ROLE {role} SET auto_explain.log_buffers = on",
    "ALTER ROLE {role} SET auto_explain.log_timing = off",
    "ALTER ROLE {role} SET auto_explain.log_format = json",
)
_PLAIN = ("ALTER ROLE {role} RESET session_preload_libraries",)
_FRESH = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'"


@dataclass
class Touched:
    """What one page made the database look at."""

    statements: int = 0
    rows: int = 0
    blocks: int = 0


def touched(log: str) -> Touched:
    """Add up the plans that auto_explain wrote."""
    found = Touched()
    for plan in _plans(log):
        found.statements += 1
        found.blocks += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        found.rows += sum(_looked_at(node) for node in _nodes(plan))
    return found


def _plans(log: str) -> Iterator[dict[str, Any]]:
    reader = json.JSONDecoder()
    for part in log.split(" plan:\n")[1:]:
        yield reader.raw_decode(part.lstrip())[0]["Plan"]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _looked_at(node: dict[str, Any]) -> int:
    if "Relation Name" not in node:
        return 0
    passed_by: int = node.get("Rows Removed by Filter", 0) + node.get(
        "Rows Removed by Index Recheck", 0
    )
    return int((node["Actual Rows"] + passed_by) * node["Actual Loops"])


class Desk:
    """A dispatcher's page, asked of the web process itself."""

    def __init__(self, running: Product) -> None:
        self.running = running
        self.role = running.instance.user("dispatch")
        cookies = running.browser("dispatcher").cookies
        head = "Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items())
        self.page = Wire(
            f"http://localhost:{web_port(running)}", head=f"{head}\r\nAccept-Encoding: gzip\r\n"
        )

    def size(self) -> int:
        """Bytes of the page on the wire, compressed by the product."""
        return len(self.page.ask("GET", "/desk/")[1])

    def once(self) -> float:
        """One page, in milliseconds."""
        began = time.perf_counter()
        status, text = self.page.ask("GET", "/desk/")
        took = (time.perf_counter() - began) * 1000
        if status != 200 or b"data-acts=" not in gzip.decompress(text):
            raise RuntimeError(f"the desk answered {status}")
        return took

    def times(self) -> list[float]:
        """Page after page, warm."""
        for _ in range(5):
            self.once()
        return [self.once() for _ in range(PAGES)]

    def touched(self) -> Touched:
        """What a page of a warm connection looks at; what comes once a minute is no page's."""
        self._settings(*_EXPLAIN)
        self.once()
        found = min((self._looked_at() for _ in range(3)), key=lambda page: page.blocks)
        self._settings(*_PLAIN)
        return found

    def _looked_at(self) -> Touched:
        log = self.running.instance.logs / "postgres.log"
        with acting_as(service_account()):
            before = log.stat().st_size
            self.once()
            time.sleep(0.2)
            return touched(log.read_bytes()[before:].decode())

    def _settings(self, *statements: str) -> None:
        with psycopg.connect(self.running.dsn("superuser"), autocommit=True) as connection:
            for statement in (*statements, _FRESH):
                connection.execute(statement.format(role=self.role).encode())
        time.sleep(0.3)


def web_port(running: Product) -> int:
    """Where the web process answers, behind the front."""
    from tests.crash.kills import waited_for

    return int(waited_for(running.instance, "web").environ()["TANDEM_WEB_PORT"])


def open_calls(running: Product, count: int) -> None:
    """This many calls that wait."""
    events = Events("open")
    bodies = [
        {**events.next(), "external_id": f"{events.name}-{n}", "sequence": 0, "status": "open"}
        for n in range(count)
    ]
    status, text = Wire.of_feed(running.url, running.feed_token()).post(bodies)
    if status != 200 or json.loads(text)["new"] != count:
        raise RuntimeError(f"the open calls were answered {status}")


def close_calls(running: Product, first: int, last: int) -> None:
    """So many closed calls of earlier months, as the owner."""
    with psycopg.connect(running.dsn("owner"), autocommit=True) as connection:
        connection.execute("SET statement_timeout = 0")
        connection.execute(CLOSED, [first, last])
        connection.execute("VACUUM (ANALYZE) calls_call")


def measure(rows: Rows, running: Product) -> None:
    """The same page twice, a hundred times more history apart."""
    open_calls(running, OPEN)
    desk = Desk(running)
    close_calls(running, 1, FEW)
    few, few_times = desk.touched(), desk.times()
    close_calls(running, FEW + 1, MANY)
    many, many_times = desk.touched(), desk.times()
    for name, times in ((f"{FEW:,}", few_times), (f"{MANY:,}", many_times)):
        rows.add(
            f"desk, {OPEN} open and {name} closed calls, p50",
            at(times, 0.5),
            "ms",
            at_most=P50,
            n=len(times),
        )
    for what, one, other in (
        ("rows", few.rows, many.rows),
        ("blocks", few.blocks, many.blocks),
    ):
        ratio = max(one, other) / max(1, min(one, other))
        rows.add(
            f"desk, {what} touched with {MANY:,} closed calls",
            other,
            what,
            beside=(f"with {FEW:,}", one),
            ratio=ratio,
            n=many.statements,
        )
        rows.add(f"desk, {what} touched, one against the other", ratio, "times", at_most=SAME)
    open_calls(running, FULL - OPEN)
    full = desk.times()
    name = f"desk, {FULL} open calls"
    rows.add(f"{name}, p50", at(full, 0.5), "ms", at_most=FULL_P50, n=len(full))
    rows.add(f"{name}, compressed", desk.size(), "bytes", at_most=FULL_BYTES)
