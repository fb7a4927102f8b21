"""Who is removed while on duty leaves the unit, whoever died meanwhile; nobody else does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psycopg

from tandem.demo.browser import Stream
from tandem.identity.sessions import COOKIE
from tandem.kernel.instance import checkout
from tests.attacks.conftest import Stage, until

WITHIN = 5.0
HELD = "SELECT id FROM directory_membership WHERE staff_id = %s AND until_at IS NULL"
ON = "SELECT staff_id, paired FROM dispatch_unitmember WHERE unit_id = %s AND off_at IS NULL"
OPEN = "SELECT count(*) FROM identity_session WHERE staff_id = %s AND ended_at IS NULL"
DUTY = "SELECT off_reason FROM directory_dutyperiod WHERE staff_id = %s ORDER BY on_at DESC LIMIT 1"


def give_back(stage: Stage, persona: str) -> None:
    """As it was: the tests after this one find the person in the old role."""
    with psycopg.connect(stage.product.dsn("superuser"), autocommit=True) as connection:
        connection.execute(
            "UPDATE directory_membership SET until_at = NULL WHERE staff_id = %s",
            [stage.staff(persona)],
        )
    stage.browsers.pop(persona, None)


def paired(stage: Stage, *crew: str) -> str:
    """These people on one ride-along unit, seen as a pair."""
    unit = stage.unit("CRU 2")
    # Other attacks leave their people on the units.
    with psycopg.connect(stage.product.dsn("superuser"), autocommit=True) as connection:
        for table in ("dispatch_unitmember", "directory_dutyperiod"):
            connection.execute(
                f"UPDATE {table} SET off_at = now() WHERE off_at IS NULL AND unit_id = %s".encode(),
                [unit],
            )
    for persona in crew:
        stage.at(persona).post("/duty/on/", unit=unit)
    assert {row[0] for row in stage.ask(ON, unit)} == {stage.staff(who) for who in crew}
    return unit


def test_a_removed_officer_leaves_the_unit_and_the_pair_is_none(stage: Stage) -> None:
    officer, worker = "cru-officer-2", "crisis-worker-2"
    unit = paired(stage, officer, worker)
    desk = Stream(stage.at("dispatcher"))
    desk.next()
    membership = stage.one(HELD, stage.staff(officer))
    stage.at("administrator").post(f"/staff/roles/{membership}/end/")
    partner = [(stage.staff(worker), False)]
    assert until(lambda: stage.ask(ON, unit) == partner) < WITHIN
    assert stage.one(DUTY, stage.staff(officer)) == "removed"
    while unit not in str((frame := desk.next())[1]):
        assert frame[0] == "changed"
    desk.close()
    text = stage.at("dispatcher").get("/desk/fragments/?regions=units").text
    assert stage.product.personas[officer].name.split(" ")[-1] not in text
    row = """SELECT side, reason, staff_id, for_staff_id FROM privacy_auditentry
        WHERE act = 'duty.signed_off' AND reason = 'removed'"""
    until(lambda: stage.ask(row))
    assert stage.ask(row) == [("police", "removed", None, stage.staff(officer))]
    stage.at(worker).post("/duty/off/", reason="end")
    give_back(stage, officer)


def test_a_kill_between_commit_and_ending_leaves_nobody_signed_in(stage: Stage) -> None:
    removed = "patrol-officer"
    unit = stage.unit("2B12")
    stage.at(removed).post("/duty/on/", unit=unit)
    stream = Stream(stage.at(removed))
    stream.next()
    membership = stage.one(HELD, stage.staff(removed))
    # The worker is held, so that what the killed process leaves can be seen.
    worker = stage.product.instance.read_state()["pids"]["worker"]
    os.kill(worker, signal.SIGSTOP)
    try:
        told = {**os.environ, **stage.product.instance.environment()}
        told.pop("DJANGO_SETTINGS_MODULE", None)
        cookie = stage.at("administrator").cookies[COOKIE]
        address = f"/staff/roles/{membership}/end/"
        ran = subprocess.run(
            [sys.executable, "-m", "tests.attacks.killed_between", cookie, address],
            env=told,
            cwd=checkout(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == -signal.SIGKILL, ran.stdout + ran.stderr
        assert stage.ask(HELD, stage.staff(removed)) == []
        assert stage.one(OPEN, stage.staff(removed)) >= 1
        assert stage.ask(ON, unit) != []
    finally:
        os.kill(worker, signal.SIGCONT)
    began = time.monotonic()
    assert until(lambda: stage.one(OPEN, stage.staff(removed)) == 0) < WITHIN
    assert until(lambda: stage.ask(ON, unit) == []) < WITHIN
    while stream.next()[0] not in {"bye", "closed"}:
        pass
    assert time.monotonic() - began < WITHIN
    stream.close()
    give_back(stage, removed)


def test_a_killed_worker_is_no_hiding_place(stage: Stage) -> None:
    removed = "patrol-officer-2"
    unit = stage.unit("2B18")
    stage.at(removed).post("/duty/on/", unit=unit)
    os.kill(stage.product.instance.read_state()["pids"]["worker"], signal.SIGKILL)
    membership = stage.one(HELD, stage.staff(removed))
    stage.at("administrator").post(f"/staff/roles/{membership}/end/")
    assert until(lambda: stage.ask(ON, unit) == []) < WITHIN
    give_back(stage, removed)


def test_who_keeps_the_role_stays_on_the_unit(stage: Stage) -> None:
    crew = ("cru-officer", "crisis-worker")
    unit = paired(stage, *crew)
    time.sleep(2.5)
    assert [row[1] for row in stage.ask(ON, unit)] == [True, True]
    for persona in crew:
        stage.at(persona).post("/duty/off/", reason="end")


def test_a_shut_or_reset_sign_in_ends_sessions_that_a_kill_left(stage: Stage) -> None:
    for change in ("epoch = epoch + 1", "disabled_at = now()"):
        stage.at("trainer")
        staff = stage.staff("trainer")
        assert stage.one(OPEN, staff) >= 1
        with psycopg.connect(stage.product.dsn("identity"), autocommit=True) as connection:
            connection.execute(
                f"UPDATE identity_account SET {change} WHERE staff_id = %s".encode(), [staff]
            )
        assert until(lambda staff=staff: stage.one(OPEN, staff) == 0) < WITHIN  # type: ignore[misc]
        with psycopg.connect(stage.product.dsn("identity"), autocommit=True) as connection:
            connection.execute(
                "UPDATE identity_account SET disabled_at = NULL WHERE staff_id = %s", [staff]
            )
        stage.browsers.pop("trainer")


def test_a_desks_entry_makes_and_ends_the_pair_and_the_own_period(stage: Stage) -> None:
    officer, worker = "cru-officer-2", "crisis-worker-2"
    unit = paired(stage, worker)
    desk = stage.at("dispatcher")
    who = str(stage.staff(officer))
    desk.post("/desk/presence/", who=who, unit="CRU 2", change="on")
    both = [(stage.staff(officer), True), (stage.staff(worker), True)]
    assert until(lambda: sorted(stage.ask(ON, unit)) == sorted(both)) < WITHIN
    stage.at(officer).post("/duty/on/", unit=unit)
    desk.post("/desk/presence/", who=who, change="pulled")
    assert until(lambda: stage.ask(ON, unit) == [(stage.staff(worker), False)]) < WITHIN
    assert until(lambda: stage.one(DUTY, stage.staff(officer)) == "pulled") < WITHIN
    # Half a pair without its officer is no unit of dispatch.
    text = desk.get("/desk/fragments/?regions=units").text
    assert stage.product.personas[worker].name.split(" ")[-1] not in text
    stage.at(worker).post("/duty/off/", reason="end")
