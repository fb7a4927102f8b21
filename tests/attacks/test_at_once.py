"""Two people at the same thing in the same moment: one record, one class, one winner, one pair."""

from __future__ import annotations

import threading
import time
from functools import partial

import psycopg
import pyotp

from tandem.demo.browser import Browser
from tests.attacks.conftest import Stage, at_once, until

ROUNDS = 4


def test_two_officers_and_two_savings_make_one_person_and_one_note(stage: Stage) -> None:
    call, encounter = stage.send("CRU 1", "cru-officer", "cru-officer-2", "crisis-worker")
    base = f"/encounters/{encounter}"
    first, second = stage.at("cru-officer"), stage.at("cru-officer-2")
    worker = stage.at("crisis-worker")
    at_once(
        partial(first.post, f"{base}/police/person/", name="X", age="15", age_known="known"),
        partial(second.post, f"{base}/police/person/", name="X", age="40", age_known="known"),
        partial(stage.at("cru-officer").post, f"{base}/police/draft/", text="a", sequence="1"),
        partial(stage.at("cru-officer").post, f"{base}/police/draft/", text="b", sequence="2"),
        partial(worker.post, f"{base}/crisis/person/", name="X", age="15", age_known="known"),
        partial(
            stage.at("crisis-worker").post,
            f"{base}/crisis/person/",
            name="X",
            age="16",
            age_known="known",
        ),
    )
    for table in ("people_policeperson", "people_clinicalperson", "encounters_policenote"):
        assert stage.one(f"SELECT count(*) FROM {table} WHERE encounter_id = %s", encounter) == 1
    classes = """SELECT count(DISTINCT data_class) FROM (
        SELECT data_class FROM people_policeperson WHERE encounter_id = %s
        UNION ALL SELECT data_class FROM encounters_policenote WHERE encounter_id = %s) t"""
    assert stage.one(classes, encounter, encounter) == 1
    stage.clear(call, "CRU 1")


def test_an_axis_of_one_value_has_one_and_a_note_is_signed_once(stage: Stage) -> None:
    call, encounter = stage.send("CRU 1", "cru-officer", "crisis-worker")
    base = f"/encounters/{encounter}/crisis"
    at_once(
        *[
            partial(stage.at("crisis-worker").post, f"{base}/axis/", axis="contact", value=value)
            for value in ("contacted_phone", "contacted_video", "refused_entry")
        ],
        *[partial(stage.at("crisis-worker").post, f"{base}/sign/", text=t) for t in ("one", "two")],
    )
    current = "WHERE encounter_id = %s AND axis = 'contact' AND replaced_at IS NULL"
    assert stage.one(f"SELECT count(*) FROM encounters_sharedaxis {current}", encounter) == 1
    versions = "SELECT count(*) FROM encounters_clinicalnoteversion WHERE encounter_id = %s"
    assert stage.one(versions, encounter) == 1
    stage.clear(call, "CRU 1")


def test_two_who_sign_on_at_once_are_a_pair(stage: Stage) -> None:
    unit = stage.unit("CRU 2")
    pair = ("sergeant", "crisis-worker-2")
    for _round in range(ROUNDS):
        at_once(*[partial(stage.at(who).post, "/duty/on/", unit=unit) for who in pair])
        paired = "SELECT paired FROM dispatch_unitmember WHERE unit_id = %s AND off_at IS NULL"
        assert stage.ask(paired, unit) == [(True,), (True,)]
        at_once(*[partial(stage.at(who).post, "/duty/off/", reason="end") for who in pair])
        assert stage.ask(paired, unit) == []


def test_a_split_taken_back_while_the_car_is_sent_elsewhere_tells_the_loser(stage: Stage) -> None:
    pair = ("sergeant", "crisis-worker-2")
    for _round in range(ROUNDS):
        call, encounter = stage.send("CRU 2", *pair)
        his = "SELECT id FROM dispatch_member WHERE encounter_id = %s AND side = 'police'"
        scene = f"/my-calls/scene/{stage.one(his, encounter)}/"
        stage.at("sergeant").post(scene, word="split")
        said = "SELECT id FROM dispatch_scenefact WHERE encounter_id = %s AND kind = 'split'"
        other, undo = stage.call(), f"/scene/{stage.one(said, encounter)}/undo/"
        pages = at_once(
            partial(stage.at("sergeant").post, undo, script=True),
            partial(
                stage.at("dispatcher").post, f"/desk/{other}/assign/", script=True, unit="CRU 2"
            ),
        )
        assert sorted(page.status for page in pages) == [200, 409]
        stage.clear(call, "CRU 2")
        stage.clear(other, "CRU 2")
    at_once(*[partial(stage.at(who).post, "/duty/off/", reason="end") for who in pair])


def test_a_pair_that_clears_at_once_leaves_no_unit_on_the_call(stage: Stage) -> None:
    pair = ("sergeant", "crisis-worker-2")
    for _round in range(ROUNDS):
        call, encounter = stage.send("CRU 2", *pair)
        members = "SELECT id FROM dispatch_member WHERE encounter_id = %s ORDER BY side DESC"
        steps = [f"/my-calls/step/{row[0]}/" for row in stage.ask(members, encounter)]
        at_once(
            *[
                partial(stage.at(who).post, step, script=True, state="cleared")
                for who, step in zip(pair, steps, strict=True)
            ]
        )
        ended = "SELECT ended_at IS NOT NULL FROM dispatch_response WHERE call_id = %s"
        assert stage.ask(ended, call) == [(True,)]
        assert stage.one("SELECT ended_at FROM dispatch_encounter WHERE id = %s", encounter)
    at_once(*[partial(stage.at(who).post, "/duty/off/", reason="end") for who in pair])


def test_two_administrators_cannot_make_one_custodian_of_both_sides(stage: Stage) -> None:
    trainer = str(stage.staff("trainer"))
    agency = "SELECT id FROM directory_agency WHERE code = %s"
    roles = [("PRVP", str(stage.one(agency, "LCPD"))), ("PRVC", str(stage.one(agency, "LCHS")))]
    held = """SELECT id, role FROM directory_membership
        WHERE staff_id = %s AND until_at IS NULL AND role LIKE 'PRV%%'"""
    waits = "SELECT id FROM directory_rolerequest WHERE staff_id = %s AND decision = ''"
    for _round in range(ROUNDS):
        for role, at in roles:
            office = stage.at("administrator")
            office.post("/staff/roles/", staff=trainer, agency=at, role=role)
        asked = [str(row[0]) for row in stage.ask(waits, trainer)]
        assert len(asked) == 2
        second = stage.at("administrator-2")
        at_once(*[partial(second.post, f"/staff/roles/{one}/confirm/") for one in asked])
        now = stage.ask(held, trainer)
        assert len(now) == 1
        stage.at("administrator").post(f"/staff/roles/{now[0][0]}/end/")
        left = [str(row[0]) for row in stage.ask(waits, trainer)]
        assert len(left) == 1
        stage.at("administrator").post(f"/staff/roles/{left[0]}/refuse/")


def test_one_code_lets_one_browser_in(stage: Stage) -> None:
    person = stage.product.personas["patrol-officer-2"]
    browsers = [Browser(stage.product.url) for _ in range(4)]
    for browser in browsers:
        browser.get("/sign-in/")
        browser.post("/sign-in/", name=person.username, password=person.password)
    code = pyotp.TOTP(person.totp_secret).at(int(time.time()))
    pages = at_once(*[partial(browser.post, "/sign-in/code/", code=code) for browser in browsers])
    assert sorted(page.url for page in pages) == ["/my-calls/", *["/sign-in/code/"] * 3]


def test_a_caller_taken_while_a_unit_is_sent_does_not_close_the_call(stage: Stage) -> None:
    """The unit's sending is held where it has the call and is not committed yet."""
    stage.at("sergeant").post("/duty/on/", unit=stage.unit("CRU 2"))
    call = stage.call()
    stage.at("dispatcher").post(f"/intake/{call}/transfer/", told="x")
    transfer = stage.one("SELECT id FROM intake_transfer WHERE call_id = %s", call)
    # Another call's response is copied: what the act writes between its lock and its end.
    other, _ = stage.send("CRU 1", "cru-officer")
    copied = """INSERT INTO dispatch_response SELECT (jsonb_populate_record(r, jsonb_build_object(
        'id', gen_random_uuid(), 'unit_id', gen_random_uuid(), 'call_id', %s::text))).*
        FROM dispatch_response r WHERE r.call_id = %s"""
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
    take = partial(stage.at("crisis-worker-2").post, f"/crisis/callers/{transfer}/take/")
    with psycopg.connect(stage.product.dsn("superuser")) as sending:
        sending.execute("SELECT id FROM calls_call WHERE id = %s FOR UPDATE", [call])
        sending.execute(copied, [call, other])
        taking = threading.Thread(target=take)
        taking.start()
        until(lambda: stage.one(waits))
    taking.join(timeout=10)
    taken = "SELECT acknowledged_at IS NOT NULL FROM intake_transfer WHERE id = %s"
    assert stage.one(taken, transfer)
    assert stage.one("SELECT state FROM calls_call WHERE id = %s", call) == "open"
    stage.clear(other, "CRU 1")


def test_a_caller_taken_leaves_a_call_open_for_which_a_worker_was_asked(stage: Stage) -> None:
    call = stage.call()
    desk = stage.at("dispatcher")
    desk.post(f"/desk/{call}/ask/", words="x")
    desk.post(f"/intake/{call}/transfer/", told="x")
    transfer = stage.one("SELECT id FROM intake_transfer WHERE call_id = %s", call)
    stage.at("crisis-worker-2").post(f"/crisis/callers/{transfer}/take/")
    taken = "SELECT acknowledged_at IS NOT NULL FROM intake_transfer WHERE id = %s"
    assert stage.one(taken, transfer)
    assert stage.one("SELECT state FROM calls_call WHERE id = %s", call) == "open"
    assert stage.one("SELECT state FROM intake_workerrequest WHERE call_id = %s", call) == "asked"
