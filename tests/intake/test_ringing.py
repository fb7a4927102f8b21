"""A caller whom nobody takes rings again at both desks, whoever was killed meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tandem.intake.ringing import ring_again
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
