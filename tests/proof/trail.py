"""Proof `privacy`: a superuser changes the trail in four ways; each is found and named."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import psycopg

from tandem.demo.throwaway import Product
from tests.bench.feed import Events
from tests.bench.wire import Wire

BATCHES = 12
SEALED_SECONDS = 15.0
_KEEP = """
CREATE SCHEMA IF NOT EXISTS proof;
CREATE TABLE proof.kept AS SELECT * FROM public.privacy_auditentry
"""
_PUT_BACK = """
DELETE FROM public.privacy_auditentry;
INSERT INTO public.privacy_auditentry SELECT * FROM proof.kept
"""
_CHAIN = """
SELECT id::text, chain, number FROM proof.kept WHERE chain =
  (SELECT chain FROM proof.kept GROUP BY chain ORDER BY count(*) DESC, chain LIMIT 1)
ORDER BY number
"""


@dataclass(frozen=True)
class Tampered:
    """One way of tampering, and what verification said of it."""

    name: str
    found: bool
    named: bool
    faults: list[dict[str, str]]


Row = tuple[str, str, int]


def tampering(running: Product) -> list[Tampered]:
    """Tamper, verify, put back; and first of all nothing is found."""
    _write_some(running)
    with psycopg.connect(running.dsn("superuser"), autocommit=True) as connection:
        _wait_until_sealed(connection)
        connection.execute(_KEEP)
        rows: list[Row] = connection.execute(_CHAIN).fetchall()
        clean = verified(running)
        results = [Tampered("nothing", clean["ok"], clean["ok"], clean["faults"])]
        for name, work, expected in _ways(rows):
            for statement in work:
                connection.execute(statement.encode())
            faults = verified(running)["faults"]
            named = all(any(_fits(fault, wanted) for fault in faults) for wanted in expected)
            results.append(Tampered(name, bool(faults), named, faults[:5]))
            connection.execute(_PUT_BACK)
        again = verified(running)
        results.append(Tampered("put back", again["ok"], again["ok"], again["faults"]))
    return results


def verified(running: Product) -> dict[str, Any]:
    """The product's own word on its trail."""
    said = running.tandem("audit", "verify", "--json")
    report: dict[str, Any] = json.loads(said.stdout)
    if (said.returncode == 0) != report["ok"]:
        raise RuntimeError("the exit code and the report disagree")
    return report


Ways = list[tuple[str, list[str], list[tuple[str, set[str]]]]]


def _ways(rows: list[Row]) -> Ways:
    """Each with its statements, and which row must be named with which kind."""
    chain, last = rows[-1][1], rows[-1][2]
    edited, deleted = rows[len(rows) // 3], rows[len(rows) // 2]
    where = "DELETE FROM privacy_auditentry WHERE"
    return [
        (
            "one row edited",
            [f"UPDATE privacy_auditentry SET reason = 'x' WHERE id = '{edited[0]}'"],
            [("changed", {edited[0], f"{chain}:{edited[2]}"})],
        ),
        (
            "one row deleted",
            [f"{where} id = '{deleted[0]}'"],
            [("missing", {f"{chain}:{deleted[2]}"})],
        ),
        (
            "the tail cut",
            [f"{where} chain = '{chain}' AND number > {last - 3}"],
            [("cut_tail", {f"{chain}:{number}" for number in range(last - 2, last + 1)})],
        ),
        ("truncated", ["TRUNCATE privacy_auditentry"], [("cut_tail", {f"{chain}:{last}"})]),
    ]


def _fits(fault: dict[str, str], wanted: tuple[str, set[str]]) -> bool:
    return fault["kind"] == wanted[0] and fault["row"] in wanted[1]


def _write_some(running: Product) -> None:
    wire, events = Wire.of_feed(running.url, running.feed_token()), Events("trail")
    for _ in range(BATCHES):
        status, _ = wire.post([events.next() for _ in range(3)])
        if status != 200:
            raise RuntimeError(f"the feed was answered {status}")
        time.sleep(0.6)  # so that heads of several seals lie outside


def _wait_until_sealed(connection: psycopg.Connection[Any]) -> None:
    deadline = time.monotonic() + SEALED_SECONDS
    while time.monotonic() < deadline:
        if connection.execute("SELECT count(*) FROM privacy_auditintake").fetchone() == (0,):
            time.sleep(0.5)  # the head is written outside after the commit
            return
        time.sleep(0.2)
    raise RuntimeError("the trail was not sealed in time")
