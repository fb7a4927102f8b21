"""A visit that is no call: a missed check rings at her own desk alone, and climbs there."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connections

from tandem.board.safety import alarm_of
from tandem.directory.facts import program
from tandem.intake.sealed import ContactFacts
from tandem.intake.services.crisis import open_contact
from tandem.kernel.refusals import NotFound, NotPermitted, OutOfState
from tandem.safety import visiting
from tandem.safety.models import Overdue, Visit
from tandem.safety.services import end_visit, hear_visit, see_overdue, start_visit
from tandem.safety.visiting import watch_visits
from tandem.safety.watching import times_of, watch_over
from tandem.storage.models import Outbox
from tandem.storage.standing import Standing, opened, standing_as
from tests.conftest import NOON, Persona
from tests.intake.worlds import Stand, differing
from tests.scene import browser_of, eyes_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
# program.toml: alone_check_seconds, on_scene_without_check, check_climb_seconds.
ALONE, TWO, CLIMB = 600, 1200, 120


def turn(seconds: float, *, others: bool = True) -> tuple[int, int, int]:
    """One turn of the worker so long after noon; with the other clocks' turn after it."""
    at = NOON + timedelta(seconds=seconds)
    with standing_as(Standing("worker")), opened():
        connection = connections["default"].connection
        told = watch_visits(connection, times_of(program()).check_climb, at=at)
        if others:
            watch_over(connection, times_of(program()), at=at)
    return told


def begin(persona: Persona, *, alone: bool = True, contact: uuid.UUID | None = None) -> Visit:
    """She is with somebody since noon."""
    return start_visit(persona.doing(), uuid.uuid4(), alone=alone, contact_id=contact)


def test_a_missed_check_rings_at_her_desk_and_climbs_to_its_supervisor(
    cast: dict[str, Persona], worker: Persona
) -> None:
    visit, desk = begin(worker), cast["crisis-supervisor"]
    assert turn(ALONE - 1) == (0, 0, 0)
    assert turn(ALONE) == (1, 0, 0)
    assert turn(ALONE + 1) == (0, 0, 0)
    row = Overdue.objects.get()
    assert (row.kind, row.desk, row.who) == ("visit", "crisis", worker.short_name)
    with standing_as(desk.standing), opened():
        bar = alarm_of(desk.standing, NOON + timedelta(seconds=ALONE + 1))
    assert bar.sounds == ["check"]
    assert bar.overdue[0].ok_url == f"/visits/{visit.pk}/ok/"
    assert turn(ALONE + CLIMB - 1) == (0, 0, 0)
    assert turn(ALONE + CLIMB) == (0, 1, 0)
    page = browser_of(desk).get("/alarm/").content.decode()
    assert "on a visit without a call: status check overdue." in page
    assert "Supervisor told at" in page
    assert program().intake.dispatch_phone in page
    see_overdue(desk.doing(), row.pk)
    # Asking after her is not an answer; what is heard of her is.
    assert turn(ALONE + CLIMB + 1) == (0, 0, 0)
    hear_visit(desk.doing(at=NOON + timedelta(seconds=800)), visit.pk)
    assert turn(801) == (0, 0, 1)
    assert turn(800 + ALONE) == (1, 0, 0)


def test_two_are_asked_after_later_and_the_end_ends_the_clock(worker: Persona) -> None:
    visit = begin(worker, alone=False)
    assert turn(ALONE) == (0, 0, 0)
    assert turn(TWO) == (1, 0, 0)
    end_visit(worker.doing(at=NOON + timedelta(seconds=TWO + 1)), visit.pk)
    assert turn(TWO + 2) == (0, 0, 1)
    assert turn(9 * TWO) == (0, 0, 0)


def test_a_worker_that_was_killed_rings_once(worker: Persona) -> None:
    begin(worker)
    assert [turn(ALONE), turn(ALONE), turn(ALONE + CLIMB), turn(ALONE + CLIMB)] == [
        (1, 0, 0), (0, 0, 0), (0, 1, 0), (0, 0, 0),
    ]  # fmt: skip


def test_a_claimed_time_to_come_holds_no_check_back(worker: Persona) -> None:
    visit = begin(worker)
    ahead = worker.doing(happened_at=NOON + timedelta(hours=3))
    hear_visit(ahead, visit.pk)
    assert turn(ALONE) == (1, 0, 0)


def test_one_visit_at_a_time_of_ones_own_contact_by_crisis_workers_alone(
    cast: dict[str, Persona], worker: Persona, officer: Persona
) -> None:
    contact = open_contact(
        worker.doing(), uuid.uuid4(), channel="crisis_line", facts=ContactFacts(place="Zyxolotl")
    )
    with pytest.raises(NotFound):
        begin(cast["crisis-worker-2"], contact=contact.pk)
    visit = begin(worker, contact=contact.pk)
    assert visit.contact_number == contact.number
    with pytest.raises(OutOfState):
        begin(worker)
    for who in (officer, cast["dispatcher"], cast["crisis-supervisor"]):
        with pytest.raises(NotPermitted):
            begin(who)
    end_visit(worker.doing(), visit.pk)
    with pytest.raises(OutOfState):
        hear_visit(worker.doing(), visit.pk)


def test_her_page_and_her_desk_say_it(cast: dict[str, Persona], worker: Persona) -> None:
    browser = browser_of(worker)
    assert "Visit without a call" in browser.get("/my-calls/").content.decode()
    browser.post("/visits/", {"with": "alone"})
    visit = Visit.objects.get()
    mine = browser.get("/my-calls/").content.decode()
    assert "On a visit" in mine
    assert f"/visits/{visit.pk}/over/" in mine
    assert (
        "On visits without a call"
        in browser_of(cast["crisis-supervisor"]).get("/crisis/").content.decode()
    )
    refused = browser.post("/visits/", {"with": "?"}, headers={"HX-Request": "true"})
    assert refused.status_code == 409
    browser.post(f"/visits/{visit.pk}/over/")
    assert Visit.objects.get().ended_at is not None


def missed(cast: dict[str, Persona]) -> None:
    """Begun, missed, climbed, asked after, answered and over."""
    visit = begin(cast["crisis-worker-2"])
    turn(ALONE, others=False)
    turn(ALONE + CLIMB, others=False)
    desk = cast["crisis-supervisor"]
    see_overdue(desk.doing(), Overdue.objects.get(kind="visit").pk)
    hear_visit(desk.doing(), visit.pk)
    end_visit(cast["crisis-worker-2"].doing(), visit.pk)


def test_dispatch_and_police_get_no_row_no_tick_and_no_differing_byte(
    cast: dict[str, Persona], stand: Stand
) -> None:
    assert differing(stand, missed) == []
    before = set(Outbox.objects.values_list("pk", flat=True))
    missed(cast)
    told = {one for row in Outbox.objects.exclude(pk__in=before) for one in row.audience}
    assert told == {"clinical", f"staff:{cast['crisis-worker-2'].staff_id}"}
    for who in ("dispatcher", "cru-officer"):
        with eyes_of(cast[who].standing) as cursor:
            cursor.execute("SELECT has_table_privilege('safety_visit', 'SELECT')")
            assert cursor.fetchone()[0] is False


def test_a_missed_visit_that_rang_at_dispatch_would_be_seen(
    cast: dict[str, Persona], stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visiting, "_RING", visiting._RING.replace("'crisis'", "'dispatch'"))

    def ringing(_cast: dict[str, Persona]) -> None:
        begin(cast["crisis-worker-2"])
        turn(ALONE, others=False)

    assert differing(stand, ringing) != []
