"""What nobody answers rings again and climbs at both desks, whoever was killed meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tandem.intake.ringing import Waits, hurry_requests, ring_again
from tandem.kernel.instance import checkout
from tests.ground import Ground, ground

pytestmark = pytest.mark.logins
AFTER = timedelta(seconds=180)


@pytest.fixture(scope="module")
def place() -> Iterator[Ground]:
    """An installation whose worker is the test's to start and kill."""
    with ground() as made:
        yield made


def asked(place: Ground, *, seconds_ago: int, taken: bool = False) -> tuple[str, str]:
    """A transfer asked so long ago; its key and its call's."""
    transfer, call, somebody = (str(uuid.uuid4()) for _ in range(3))
    place.tell(
        "INSERT INTO intake_transfer (id, program_id, agency_id, call_id, number, told, asked_at,"
        " asked_by_id, asked_by_name, rings, acknowledged_at, acknowledged_by_id,"
        " acknowledged_by_name) VALUES (%s, %s, %s, %s, 1, '', now() - make_interval(secs => %s),"
        " %s, 'T. Brandvold', 0, CASE WHEN %s THEN now() END, CASE WHEN %s THEN %s::uuid END, '')",
        *(transfer, somebody, somebody, call, seconds_ago, somebody, taken, taken, somebody),
    )
    return transfer, call


def rings(place: Ground, transfer: str) -> int:
    """How often it rang."""
    found: list[tuple[Any, ...]] = place.ask(
        "SELECT rings FROM intake_transfer WHERE id = %s", transfer
    )
    return int(found[0][0])


def test_it_rings_after_three_minutes_once_for_each_turn_and_for_nobody_taken(
    place: Ground,
) -> None:
    late, call = asked(place, seconds_ago=181)
    early, _ = asked(place, seconds_ago=170)
    taken, _ = asked(place, seconds_ago=900, taken=True)
    with place.connect("worker") as connection:
        assert ring_again(connection, after=AFTER) == 1
        assert ring_again(connection, after=AFTER) == 0
    assert [rings(place, one) for one in (late, early, taken)] == [1, 0, 0]
    told = place.ask(
        "SELECT audience, keys, urgent FROM storage_outbox WHERE %s = ANY(keys) OR %s = ANY(keys)",
        *(uuid.UUID(late), uuid.UUID(call)),
    )
    assert sorted((list(row[0]), [str(key) for key in row[1]], row[2]) for row in told) == [
        (["clinical"], [late], True),
        (["dispatch"], [call], True),
    ]
    place.tell("UPDATE intake_transfer SET rang_at = now() - interval '181 s' WHERE id = %s", late)
    with place.connect("worker") as connection:
        assert ring_again(connection, after=AFTER) == 1
    assert rings(place, late) == 2


def test_two_workers_ring_once(place: Ground) -> None:
    late, _ = asked(place, seconds_ago=181)
    with place.connect("worker") as one, place.connect("worker") as two:
        with one.transaction():
            assert ring_again(one, after=AFTER) == 1
            assert ring_again(two, after=AFTER) == 0
        assert ring_again(two, after=AFTER) == 0
    assert rings(place, late) == 1


def test_the_worker_may_not_read_what_is_told_along(place: Ground) -> None:
    with place.connect("worker") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT told FROM intake_transfer")


def started(place: Ground) -> subprocess.Popen[bytes]:
    """The worker's own process on this installation."""
    environment = {**os.environ, **place.instance.environment()}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.Popen(
        [sys.executable, "-m", "tandem.cli.worker"], cwd=checkout(), env=environment
    )


def until_rung(place: Ground, transfer: str, times: int) -> bool:
    """Whether it rang so often within a worker's patience."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if rings(place, transfer) >= times:
            return True
        time.sleep(0.2)
    return False


def test_a_worker_killed_in_between_goes_on_where_the_rows_are(place: Ground) -> None:
    waiting, _ = asked(place, seconds_ago=170)
    worker = started(place)
    time.sleep(3)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert rings(place, waiting) == 0
    back = "UPDATE intake_transfer SET asked_at = now() - interval '200 s' WHERE id = %s"
    place.tell(back, waiting)
    worker = started(place)
    try:
        assert until_rung(place, waiting, 1)
        time.sleep(2)
        assert rings(place, waiting) == 1
    finally:
        worker.terminate()
        worker.wait()


# -- requests for a worker -------------------------------------------------------------------------

NOW = datetime(2026, 7, 1, 17, 0, tzinfo=UTC)
WAITS = Waits(AFTER, timedelta(seconds=60), timedelta(seconds=120))


def request_of(place: Ground, *, at: datetime = NOW, state: str = "asked") -> tuple[str, str]:
    """A request for a worker on an open call; its key and its call's."""
    key, call, somebody = (str(uuid.uuid4()) for _ in range(3))
    place.tell(
        "INSERT INTO calls_call (id, program_id, agency_id, number, external_id, period,"
        " order_key, call_type, priority, place, area, channel, state, occurred_at, received_at,"
        " changed_at, corrected, was, remarks_not_kept, history, drawn)"
        " VALUES (%s, %s, %s, 1, '', 0, 0, '', 3, '', '', '911', 'open', %s, %s, %s, false, '',"
        " 0, false, '{}')",
        *(call, somebody, somebody, at, at, at),
    )
    answered = (at, somebody) if state == "declined" else (None, None)
    place.tell(
        "INSERT INTO intake_workerrequest (id, program_id, agency_id, call_id, number, call_type,"
        " priority, place, safety, words, state, asked_at, asked_by_id, asked_by_name,"
        " answered_at, answered_by_id, answered_by_name, counter, counter_place, worker_name,"
        " callsign, withdrawn_why) VALUES (%s, %s, %s, %s, 1, '', 3, '', '{}', '', %s, %s, %s,"
        " 'T. Brandvold', %s, %s, '', '', '', '', '', '')",
        *(key, somebody, somebody, call, state, at, somebody, *answered),
    )
    return key, call


def told(place: Ground, *keys: str) -> list[tuple[list[str], list[str], bool]]:
    """All news of these keys."""
    rows = place.ask(
        "SELECT audience, keys, urgent FROM storage_outbox WHERE keys && %s::uuid[]", list(keys)
    )
    return sorted((list(row[0]), [str(key) for key in row[1]], row[2]) for row in rows)


def hurried(place: Ground, seconds: int, waits: Waits = WAITS) -> tuple[int, int, int]:
    """What the worker does so long after."""
    with place.connect("worker") as connection:
        return hurry_requests(connection, waits, at=NOW + timedelta(seconds=seconds))


def test_a_request_rings_again_at_60_s_and_climbs_at_120_s_each_once(place: Ground) -> None:
    key, call = request_of(place)
    assert hurried(place, 59) == (0, 0, 0)
    assert hurried(place, 60) == (0, 1, 0)
    assert hurried(place, 61) == (0, 0, 0)
    assert told(place, key, call) == [(["clinical"], [key], True), (["dispatch"], [call], True)]
    assert hurried(place, 119) == (0, 0, 0)
    assert hurried(place, 120) == (1, 0, 0)
    assert hurried(place, 900) == (0, 0, 0)
    assert len(told(place, key, call)) == 4
    found = place.ask("SELECT rang_at, climbed_at FROM intake_workerrequest WHERE id = %s", key)
    assert found == [(NOW + timedelta(seconds=60), NOW + timedelta(seconds=120))]


def test_one_that_nobody_rang_for_in_time_climbs_at_once(place: Ground) -> None:
    key, _call = request_of(place)
    assert hurried(place, 300) == (1, 0, 0)
    found = place.ask("SELECT rang_at FROM intake_workerrequest WHERE id = %s", key)
    assert found == [(None,)]


def test_what_was_answered_rings_for_nobody(place: Ground) -> None:
    key, call = request_of(place, state="declined")
    assert hurried(place, 900) == (0, 0, 0)
    assert told(place, key, call) == []


@pytest.mark.parametrize("state", ["asked", "countered"])
def test_however_its_call_ends_a_request_ends_with_it(place: Ground, state: str) -> None:
    key, call = request_of(place, state=state)
    place.tell("UPDATE calls_call SET state = 'closed' WHERE id = %s", call)
    assert hurried(place, 5) == (0, 0, 1)
    found = place.ask("SELECT state, withdrawn_why FROM intake_workerrequest WHERE id = %s", key)
    assert found == [("withdrawn", "call_ended")]
    assert told(place, key, call) == [(["clinical"], [key], True), (["dispatch"], [call], True)]


def test_a_program_without_a_second_ring_climbs_alone(place: Ground) -> None:
    request_of(place)
    assert hurried(place, 119, Waits(AFTER, timedelta(0), WAITS.climb)) == (0, 0, 0)
    assert hurried(place, 120, Waits(AFTER, timedelta(0), WAITS.climb)) == (1, 0, 0)


@pytest.mark.parametrize("column", ["words", "place", "safety", "answered_by_name"])
def test_the_worker_may_not_read_what_is_asked(place: Ground, column: str) -> None:
    with place.connect("worker") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"SELECT {column} FROM intake_workerrequest".encode())


def test_the_times_are_the_program_files_own_and_a_worker_keeps_them(place: Ground) -> None:
    """Once truly: a program file with short times, the worker's own process, the real clock."""
    text = (checkout() / "program.toml").read_text()
    short = text.replace(
        'limit_seconds = 120\nring_again_seconds = 60\ntell = ["SUP"',
        'limit_seconds = 4\nring_again_seconds = 2\ntell = ["SUP"',
    )
    assert short != text
    path = place.folder / "short.toml"
    path.write_text(short)
    path.chmod(0o644)
    assert place.tandem("program", "load", path).code == 0
    worker = started(place)
    try:
        key, _call = request_of(place, at=datetime.now(UTC))
        asked_at = time.monotonic()
        assert until(place, key, "rang_at IS NOT NULL AND climbed_at IS NULL")
        assert time.monotonic() - asked_at >= 1
        assert until(place, key, "climbed_at IS NOT NULL")
        assert time.monotonic() - asked_at >= 3
    finally:
        worker.terminate()
        worker.wait()


def until(place: Ground, key: str, what: str) -> bool:
    """Whether a request comes to be so within a worker's patience."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if place.ask(f"SELECT 1 FROM intake_workerrequest WHERE id = %s AND {what}", key):
            return True
        time.sleep(0.1)
    return False
