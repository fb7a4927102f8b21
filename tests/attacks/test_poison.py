"""One login's row, lock or crowd of connections stops neither the trail nor the news of others."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import uuid
from collections.abc import Iterator

import psycopg
import pytest

from tandem.board.push import _LOCK as PUSH_LOCK
from tandem.demo.browser import Stream
from tandem.privacy.sealer import _LOCK as SEALER_LOCK
from tests.attacks.conftest import Stage, until

STRANGER = "partner"  # a login that reads nothing of any call
_TRAIL = """INSERT INTO privacy_auditintake
    (id, program_id, side, act, outcome, reason, subject, role, how_known, {names})
    VALUES (%s, %s, 'police', 'x', 'done', '', 'x', '', '', {values})"""
_NEWS = """INSERT INTO storage_outbox (id, program_id, urgent, {names})
    VALUES (%s, %s, false, {values})"""
_KEYS, _DESK = "ARRAY[gen_random_uuid()]", "ARRAY['dispatch']"
ROWS = {
    "time-without-end": (_TRAIL, "also, happened_at", "'{}', 'infinity'"),
    "year-that-python-lacks": (_TRAIL, "also, happened_at", "'{}', '20000-01-01'"),
    "year-before-christ": (_TRAIL, "also, happened_at", "'{}', '0044-03-15 BC'"),
    "device-time": (_TRAIL, "also, happened_at, device_at", "'{}', now(), 'infinity'"),
    "server-time": (_TRAIL, "also, happened_at, server_at", "'{}', now(), 'infinity'"),
    "nested-records": (_TRAIL, "also, happened_at", f"ARRAY[{_KEYS}, {_KEYS}], now()"),
    "no-record": (_TRAIL, "also, happened_at", "ARRAY[NULL]::uuid[], now()"),
    "nested-audience": (_NEWS, "audience, keys", f"ARRAY[{_DESK}, ARRAY['police']], {_KEYS}"),
    "no-audience": (_NEWS, "audience, keys", f"ARRAY['dispatch', NULL], {_KEYS}"),
    "nested-keys": (_NEWS, "audience, keys", f"{_DESK}, ARRAY[{_KEYS}, {_KEYS}]"),
    "last-place": (_NEWS, "audience, keys, cursor", f"{_DESK}, {_KEYS}, 9223372036854775807"),
}


def connected(stage: Stage) -> psycopg.Connection[tuple[object, ...]]:
    """A raw connection of the stranger."""
    return psycopg.connect(stage.product.dsn(STRANGER), autocommit=True)


@contextlib.contextmanager
def desk(stage: Stage) -> Iterator[Stream]:
    """A dispatcher's page that is open."""
    stream = Stream(stage.at("dispatcher"))
    assert stream.status == 200
    stream.next()
    yield stream
    stream.close()


def goes_on(stage: Stage) -> None:
    """A new call is news to the desk, and everything in the trail gets sealed."""
    with desk(stage) as stream:
        call, heard = stage.call(), ""
        while call not in heard:
            heard += str(stream.next())
    until(lambda: stage.one("SELECT count(*) FROM privacy_auditintake") == 0, 5)


def begin_anew(stage: Stage, name: str) -> None:
    """Kill a process of this product; the supervisor starts it again."""

    def pid() -> int:
        told = json.loads(stage.product.tandem("status", "--json").stdout)["processes"]
        # While it begins anew it is in no list.
        return next((one["pid"] or 0 for one in told if one["name"] == name), 0)

    until(pid)
    before = pid()
    os.kill(before, signal.SIGKILL)
    until(lambda: pid() not in {0, before}, 20)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_of_any_login_stops_neither_the_trail_nor_the_news(stage: Stage, name: str) -> None:
    statement, names, values = ROWS[name]
    program = stage.one("SELECT id FROM directory_program")
    # With a page open: what a row does to its readers shows only where it has some.
    with desk(stage), connected(stage) as connection:
        with contextlib.suppress(
            psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege
        ):
            text = statement.format(names=names, values=values)
            connection.execute(text.encode(), [uuid.uuid4(), program])
        goes_on(stage)
    if name == "last-place":
        begin_anew(stage, "push")
        goes_on(stage)


def test_a_lock_of_any_login_stops_neither_the_trail_nor_the_news(stage: Stage) -> None:
    with connected(stage) as sealer, connected(stage) as push:
        sealer.execute("SET statement_timeout = 0; SET lock_timeout = 0")
        push.execute("SET statement_timeout = 0; SET lock_timeout = 0")
        sealer.execute("SELECT pg_advisory_lock(%s)", [SEALER_LOCK])
        # The push process has its lock: who waits for it has it when that process ends.
        waiting = threading.Thread(
            target=push.execute, args=["SELECT pg_advisory_lock(%s)", [PUSH_LOCK]], daemon=True
        )
        waiting.start()
        begin_anew(stage, "push")
        waiting.join(timeout=10)
        assert not waiting.is_alive()
        goes_on(stage)


def test_one_login_cannot_take_the_places_of_all_others(stage: Stage) -> None:
    with contextlib.ExitStack() as held:

        def crowd() -> None:
            for _ in range(120):
                held.enter_context(connected(stage))

        with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
            crowd()
        for persona, page in (("dispatcher-2", "/desk/"), ("crisis-supervisor", "/crisis/")):
            assert stage.at(persona).get(page).status == 200
        goes_on(stage)
