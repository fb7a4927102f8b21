"""A change of danger, an emergency beside one and a sending taken back reach a silent phone."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from tandem.board.safety import alarm_of
from tandem.calls.answers import Given
from tandem.cautions.models import HazardReport
from tandem.cautions.services import report_hazard
from tandem.dispatch.models import Response
from tandem.dispatch.services import sign_off, step_member, undo_assign
from tandem.dispatch.states import MemberState
from tandem.intake.services.desk import answer_questions
from tandem.kernel.refusals import NotFound
from tandem.paging import causes, unseen
from tandem.paging.models import Page
from tandem.paging.rules import WORDS
from tandem.paging.services import enter_number, see_page
from tandem.safety.services import end_emergency, raise_emergency, see_change
from tandem.storage.models import Outbox
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.paging.conftest import Turns
from tests.scene import browser_of, eyes_of, member_of, send_county_alone, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
HEARD = json.dumps({"words": WORDS["en"]})
NUMBER = "+16085550123"


def at(seconds: float) -> dict[str, datetime]:
    """A moment after noon, as an act takes it."""
    return {"at": NOON + timedelta(seconds=seconds)}


def page_of(persona: Persona, kind: str) -> Page:
    """The one page of a kind of this person."""
    return Page.objects.get(staff_id=persona.staff_id, kind=kind)


def alarm(persona: Persona) -> str:
    """What a desk reads over everything."""
    return browser_of(persona).get("/alarm/").content.decode()


def reached(desk: Persona, seconds: float) -> list[tuple[str, str, bool]]:
    """Of each line that a desk reads then: what it is, why it was not reached, whether pushed."""
    with standing_as(desk.standing), opened():
        lines = alarm_of(desk.standing, NOON + timedelta(seconds=seconds)).overdue
    return [(one.kind, one.reached.why, bool(one.reached.pushed_at)) for one in lines]


@pytest.fixture
def crew(cast: dict[str, Persona], officer: Persona, worker: Persona, turns: Turns) -> Response:
    """A pair that was sent and acknowledged; the worker's page is closed from now on."""
    sent = send_pair(cast)
    turns.looks = True
    for persona in (officer, worker):
        step_member(persona.doing(), member_of(sent, persona).pk, MemberState.ACKNOWLEDGED)
    return sent


def test_a_change_of_danger_climbs_until_the_tap_and_the_desks_read_who_has_not_seen(
    crew: Response, officer: Persona, worker: Persona, dispatcher: Persona, turns: Turns
) -> None:
    phone, own = turns.subscribe(worker), turns.subscribe(officer)
    enter_number(worker.doing(), worker.staff_id, NUMBER, "en")
    turns.turn(5)
    assert phone.heard == []
    report_hazard(officer.doing(**at(10)), crew.encounter_id, "he has a knife now")
    turns.turn(11)
    # He who said it knows it.
    assert (phone.heard, own.heard) == ([HEARD], [])
    assert reached(dispatcher, 12) == [("unseen", "", True)]
    turns.turn(31)
    assert [text["text"] for text in turns.phones.texts.values()] == [WORDS["en"]]
    turns.turn(71)
    assert page_of(worker, "change").unreached == "unseen"
    assert reached(dispatcher, 71) == [("unseen", "unseen", True)]
    see_change(worker.doing(**at(80)), member_of(crew, worker).pk, through_at=at(80)["at"])
    turns.turn(81)
    assert page_of(worker, "change").ended_at == at(81)["at"]
    assert reached(dispatcher, 81) == []
    assert len(phone.heard) == 1


def test_a_second_danger_is_told_anew_and_one_is_told_once(
    crew: Response, officer: Persona, worker: Persona, turns: Turns
) -> None:
    phone = turns.subscribe(worker)
    report_hazard(officer.doing(**at(10)), crew.encounter_id, "a dog")
    for second in (11, 12, 13):
        turns.turn(second)
    report_hazard(officer.doing(**at(20)), crew.encounter_id, "a knife")
    for second in (21, 22):
        turns.turn(second)
    assert phone.heard == [HEARD, HEARD]


def test_an_emergency_beside_one_is_told_and_wants_a_tap(
    crew: Response, officer: Persona, worker: Persona, dispatcher: Persona, turns: Turns
) -> None:
    own, beside = turns.subscribe(worker), turns.subscribe(officer)
    emergency = raise_emergency(worker.doing(**at(10)), worker.doing().act_id)
    turns.turn(11)
    assert (beside.heard, own.heard) == ([HEARD], [])
    assert "has not tapped that they know of the emergency" in alarm(dispatcher)
    page = page_of(officer, "emergency")
    assert f"/told/{page.pk}/seen/" in browser_of(officer).get("/emergency/mine/").content.decode()
    with pytest.raises(NotFound):
        see_page(worker.doing(**at(12)), page.pk)
    browser_of(officer).post(f"/told/{page.pk}/seen/", headers={"HX-Request": "true"})
    assert "has not tapped" not in alarm(dispatcher)
    turns.turn(13)
    assert page_of(officer, "emergency").ended_at == at(13)["at"]
    assert str(page.pk) not in browser_of(officer).get("/emergency/mine/").content.decode()
    end_emergency(dispatcher.doing(**at(20)), emergency.pk, how="voice")


def test_an_emergency_that_ended_is_told_no_further(
    crew: Response, officer: Persona, worker: Persona, dispatcher: Persona, turns: Turns
) -> None:
    enter_number(officer.doing(), officer.staff_id, NUMBER, "en")
    turns.subscribe(officer)
    emergency = raise_emergency(worker.doing(**at(10)), worker.doing().act_id)
    turns.turn(10)
    end_emergency(dispatcher.doing(**at(15)), emergency.pk, how="voice")
    turns.turn(30)
    assert turns.phones.texts == {}
    assert page_of(officer, "emergency").ended_at == at(30)["at"]


def test_a_sending_taken_back_is_told_to_whom_a_phone_told_it(
    cast: dict[str, Persona], officer: Persona, worker: Persona, dispatcher: Persona, turns: Turns
) -> None:
    sent = send_pair(cast)
    told = turns.subscribe(officer)
    turns.turn(0)
    undo_assign(dispatcher.doing(**at(5)), sent.pk)
    turns.turn(6)
    assert told.heard == [HEARD, HEARD]
    # The worker has no phone: nothing told her, and nothing has to be taken back on it.
    assert Page.objects.filter(kind="taken_back").get().staff_id == officer.staff_id
    assert "has not seen that it was taken back" in alarm(dispatcher)
    page = page_of(officer, "taken_back")
    shown = browser_of(officer).get("/emergency/mine/").content.decode()
    assert "You are not sent any more." in shown
    see_page(officer.doing(**at(9)), page.pk)
    assert "taken back" not in alarm(dispatcher)
    turns.turn(10)
    assert page_of(officer, "taken_back").ended_at == at(10)["at"]


def test_whom_nothing_told_yet_is_told_nothing_of_the_taking_back(
    cast: dict[str, Persona], officer: Persona, dispatcher: Persona, turns: Turns
) -> None:
    sent = send_pair(cast)
    told = turns.subscribe(officer)
    undo_assign(dispatcher.doing(**at(1)), sent.pk)
    turns.turn(2)
    assert told.heard == []


def everything(
    crew: Response, officer: Persona, worker: Persona, dispatcher: Persona, turns: Turns
) -> list[str]:
    """What the officer's phone hears who signs off before a danger and an emergency are told."""
    phone = turns.subscribe(officer)
    raise_emergency(worker.doing(**at(10)), worker.doing().act_id)
    given = [Given("weapon_in_hand", "yes", "third_party")]
    assert crew.call_id is not None
    answer_questions(dispatcher.doing(**at(10)), crew.call_id, given)
    sign_off(officer.doing(**at(11)), "end")
    turns.turn(12)
    return phone.heard


def test_nobody_off_duty_is_told_of_danger_or_emergency(
    crew: Response, officer: Persona, worker: Persona, dispatcher: Persona, turns: Turns
) -> None:
    assert everything(crew, officer, worker, dispatcher, turns) == []
    assert not Page.objects.filter(staff_id=officer.staff_id, kind__in=["change", "emergency"])


def test_a_ladder_that_does_not_ask_who_is_on_duty_would_be_seen(
    crew: Response,
    officer: Persona,
    worker: Persona,
    dispatcher: Persona,
    turns: Turns,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("_EMERGENCY", "_CHANGE", "_END"):
        statement = getattr(causes, name)
        blind = statement.replace("u.off_at IS NULL", "true")
        assert blind != statement
        monkeypatch.setattr(causes, name, blind)
    everything(crew, officer, worker, dispatcher, turns)
    pages = Page.objects.filter(staff_id=officer.staff_id, ended_at=None)
    assert set(pages.values_list("kind", flat=True)) >= {"change", "emergency"}


def county_alone(cast: dict[str, Persona]) -> causes.Waiting:
    """Who waits when another worker reports a danger to one whom the crisis desk alone sent."""
    away, at_desk = cast["crisis-worker-3"], cast["crisis-worker"]
    response = send_county_alone(away, at_desk, state="en_route")
    HazardReport.objects.create(
        program_id=away.program_id,
        agency_id=away.agency_id,
        encounter_id=response.encounter_id,
        words="Zyxolotl has a knife",
        by_id=at_desk.staff_id,
        by_name="crisis desk",
        at=NOON + timedelta(seconds=10),
    )
    return unseen.waiting_at(NOON + timedelta(seconds=11))


def test_whom_the_crisis_desk_sent_rings_there_alone(
    cast: dict[str, Persona], dispatcher: Persona, turns: Turns
) -> None:
    turns.looks = True
    waiting = county_alone(cast)
    assert waiting["dispatch"] == {}
    told = turns.subscribe(cast["crisis-worker-3"])
    before = set(Outbox.objects.values_list("pk", flat=True))
    assert [turns.climb(second) for second in (11, 31, 72)] == [1, 0, 0]
    turns.send(72)
    assert told.heard == [HEARD]
    with eyes_of(dispatcher.standing) as cursor:
        cursor.execute("SELECT count(*) FROM paging_page WHERE kind = 'change'")
        assert cursor.fetchone()[0] == 0
    new = Outbox.objects.exclude(pk__in=before)
    assert {audience for row in new for audience in row.audience} == {"clinical"}


def test_one_desk_for_everybody_would_be_seen(
    cast: dict[str, Persona], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unseen, "SENT_BY_CRISIS", frozenset())
    assert county_alone(cast)["dispatch"] != {}
