"""Push at once, a text message when unseen, then the desk: with a silent phone, at given times."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from tandem.directory.facts import program
from tandem.dispatch.models import Response
from tandem.dispatch.services import assign_unit, sign_off, sign_on, step_member, undo_assign
from tandem.dispatch.states import MemberState
from tandem.identity.models import Session
from tandem.paging import ladder
from tandem.paging.ladder import LEASE
from tandem.paging.models import Delivery, Device, Page, PhoneNumber
from tandem.paging.services import enter_number
from tandem.storage.models import Outbox
from tests.conftest import NOON, Persona
from tests.paging.conftest import Turns, page_of
from tests.scene import CRU_1, PATROL, member_of, open_call

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
WORDS = json.dumps({"words": "New activity. Open to view."})
NUMBER = "+16085550123"
# Each of the first 70 s, then those around each further minute.
SECONDS = [*range(70), *(second for second in range(70, 700) if (second - 63) % 60 < 2)]


@pytest.fixture
def patrol(cast: dict[str, Persona]) -> Persona:
    """An officer on a patrol unit."""
    sign_on(cast["patrol-officer"].doing(), PATROL)
    return cast["patrol-officer"]


def enter(persona: Persona, typed: str = NUMBER, language: str = "en") -> None:
    """Their own number."""
    enter_number(persona.doing(), persona.staff_id, typed, language)


def send(cast: dict[str, Persona], number: int = 418) -> Response:
    """The desk sends the patrol unit."""
    call = open_call(cast["dispatcher"], number=number)
    return assign_unit(cast["dispatcher"].doing(), call.pk, PATROL)


def urgent_news() -> int:
    """How often the dispatch desk was told since the last look."""
    return Outbox.objects.filter(urgent=True, audience=["dispatch"]).count()


def test_a_silent_phone_is_pushed_texted_and_then_the_desk_knows(
    cast: dict[str, Persona], patrol: Persona, turns: Turns
) -> None:
    browser = turns.subscribe(patrol)
    enter(patrol)
    send(cast)
    turns.turn(0)
    assert browser.heard == [WORDS]
    assert not turns.phones.texts
    # 20 s by the program's file.
    turns.turn(19.9)
    assert not turns.phones.texts
    turns.turn(20)
    assert [text["text"] for text in turns.phones.texts.values()] == ["New activity. Open to view."]
    assert [text["to"] for text in turns.phones.texts.values()] == [NUMBER]
    turns.turn(59.9)
    assert page_of(patrol).unreached_at is None
    turns.turn(60)
    page = page_of(patrol)
    assert (page.unreached, page.unreached_at) == ("unseen", NOON + timedelta(seconds=60))
    assert (page.pushed_at, page.texted_at) == (NOON, NOON + timedelta(seconds=20))
    assert urgent_news() == 1
    turns.turn(300)
    turns.turn(3000)
    assert (len(browser.heard), len(turns.phones.texts)) == (1, 1)


def test_one_tap_ends_the_ladder_and_the_desk_hears_that_it_did(
    cast: dict[str, Persona], patrol: Persona, turns: Turns
) -> None:
    turns.subscribe(patrol)
    enter(patrol)
    sent = send(cast)
    turns.turn(0)
    turns.turn(61)
    assert urgent_news() == 1
    step_member(patrol.doing(), member_of(sent, patrol).pk, MemberState.ACKNOWLEDGED)
    turns.turn(62)
    assert page_of(patrol).ended_at == NOON + timedelta(seconds=62)
    assert urgent_news() == 2


def test_an_answer_within_seconds_sends_no_text_message(
    cast: dict[str, Persona], patrol: Persona, turns: Turns
) -> None:
    turns.subscribe(patrol)
    enter(patrol)
    sent = send(cast)
    turns.turn(0)
    step_member(patrol.doing(), member_of(sent, patrol).pk, MemberState.EN_ROUTE)
    for second in (20, 60, 120):
        turns.turn(second)
    assert not turns.phones.texts
    assert urgent_news() == 0


def test_whom_no_push_can_reach_gets_the_text_message_at_once(
    cast: dict[str, Persona], patrol: Persona, turns: Turns
) -> None:
    enter(patrol, "608 555 0123", "es")
    send(cast)
    turns.turn(0)
    assert [text["text"] for text in turns.phones.texts.values()] == [
        "Nueva actividad. Abra para ver."
    ]


def test_with_neither_device_nor_number_the_desk_knows_at_once(
    cast: dict[str, Persona], patrol: Persona, turns: Turns
) -> None:
    send(cast)
    turns.turn(0)
    assert page_of(patrol).unreached == "no_phone"
    assert urgent_news() == 1


def test_a_device_that_is_gone_is_forgotten_and_the_text_message_does_not_wait(
    cast: dict[str, Persona], patrol: Persona, turns: Turns
) -> None:
    turns.subscribe(patrol)
    enter(patrol)
    turns.phones.answers["push"] = [410]
    send(cast)
    turns.turn(0)
    assert Device.objects.get().ended_at == NOON
    assert not turns.phones.texts
    turns.send(0.1)
    assert len(turns.phones.texts) == 1


def test_a_dead_service_is_tried_again_later_and_later_until_it_is_too_late(
    cast: dict[str, Persona], patrol: Persona, turns: Turns
) -> None:
    turns.subscribe(patrol)
    turns.phones.answers["push"] = [503] * 100
    send(cast)
    tried = [second for second in SECONDS if turns.turn(second)]
    gaps = [later - before for before, later in pairwise(tried)]
    assert gaps[:6] == [1, 2, 4, 8, 16, 32]
    assert set(gaps[6:]) == {60}
    assert tried[-1] < 600
    delivery = Delivery.objects.get()
    assert (delivery.outcome, delivery.tries) == ("expired", len(tried))
    # Nothing was taken: the desk reads that, as soon as it must ask after them.
    assert page_of(patrol).unreached == "failed"


def test_stop_ends_text_messages_until_the_number_is_entered_anew(
    cast: dict[str, Persona], patrol: Persona, turns: Turns
) -> None:
    enter(patrol)
    turns.phones.receipts[NUMBER] = "stopped"
    send(cast)
    turns.turn(0)
    assert PhoneNumber.objects.get().stopped_at == NOON
    assert page_of(patrol).unreached == "failed"
    turns.phones.receipts.clear()
    turns.turn(30)
    assert not turns.phones.texts
    enter(patrol)
    turns.turn(31)
    assert len(turns.phones.texts) == 1


def test_receipts_say_delivered_undelivered_and_stop(
    cast: dict[str, Persona], patrol: Persona, turns: Turns
) -> None:
    enter(patrol)
    send(cast)
    turns.turn(0)
    turns.ask(5)
    assert page_of(patrol).delivered_at is None
    turns.phones.receipts[NUMBER] = "delivered"
    turns.ask(10)
    assert page_of(patrol).delivered_at == NOON + timedelta(seconds=10)
    Page.objects.update(delivered_at=None)
    turns.phones.receipts[NUMBER] = "undelivered"
    turns.ask(15)
    turns.climb(16)
    assert page_of(patrol).unreached == "failed"


def test_no_more_text_messages_leave_in_a_minute_than_the_program_says(
    cast: dict[str, Persona], patrol: Persona, turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(patrol)
    send(cast)
    turns.climb(0)
    page = page_of(patrol)
    recent = [
        Delivery(
            page=page,
            channel="sms",
            to_id=page.pk if place else page.member_id,
            due_at=NOON,
            expires_at=NOON,
            done_at=NOON,
            tried_at=NOON + timedelta(seconds=place),
            outcome="sent",
        )
        for place in (0, 1)
    ]
    Delivery.objects.bulk_create(recent)
    two = replace(ladder.steps_of(program()), texts_a_minute=2)
    monkeypatch.setattr(ladder, "steps_of", lambda _program: two)
    assert turns.send(30) == []
    assert turns.send(60) != []


def test_nobody_off_duty_is_told(cast: dict[str, Persona], patrol: Persona, turns: Turns) -> None:
    browser = turns.subscribe(patrol)
    enter(patrol)
    send(cast)
    turns.climb(0)
    # Off duty between the step that made the message due and its leaving.
    sign_off(patrol.doing(), "sick")
    assert turns.send(0) == []
    turns.turn(1)
    turns.turn(60)
    assert (browser.heard, turns.phones.texts) == ([], {})
    assert Device.objects.get().ended_at is not None
    assert set(Delivery.objects.values_list("outcome", flat=True)) == {"over"}


def test_a_signed_out_or_removed_browser_is_told_nothing(
    cast: dict[str, Persona], patrol: Persona, turns: Turns
) -> None:
    browser = turns.subscribe(patrol)
    Session.objects.using("default").filter(pk=Device.objects.get().session_id).update(
        ended_at=NOON
    )
    send(cast)
    turns.turn(0)
    assert browser.heard == []
    assert Device.objects.get().ended_at == NOON


def test_a_shared_computer_tells_only_who_subscribed_last(
    cast: dict[str, Persona], patrol: Persona, turns: Turns
) -> None:
    browser = turns.subscribe(patrol)
    other = cast["cru-officer"]
    sign_on(other.doing(), CRU_1)
    theirs = turns.subscribe(other, at=NOON + timedelta(seconds=1))
    Device.objects.filter(staff_id=other.staff_id).update(endpoint=browser.endpoint)
    send(cast)
    turns.turn(2)
    assert browser.heard == theirs.heard == []


def test_an_assignment_taken_back_is_told_no_further(
    cast: dict[str, Persona], patrol: Persona, turns: Turns
) -> None:
    turns.subscribe(patrol)
    enter(patrol)
    sent = send(cast)
    turns.turn(0)
    undo_assign(cast["dispatcher"].doing(at=NOON + timedelta(seconds=5)), sent.pk)
    for second in (20, 60):
        turns.turn(second)
    # What leaves from then on tells that it was taken back (`test_causes`).
    of_assignment = Delivery.objects.filter(page__kind="assigned")
    assert list(of_assignment.values_list("channel", "outcome")) == [("push", "sent")]
    assert urgent_news() == 0


def test_a_killed_worker_loses_nothing_and_doubles_under_one_key_alone(
    cast: dict[str, Persona], patrol: Persona, turns: Turns
) -> None:
    browser = turns.subscribe(patrol)
    enter(patrol)
    send(cast)
    # Killed after the commit of the steps, then after the sending and before it was written down.
    turns.climb(0)
    turns.send(0, settled=False)
    assert turns.send(1) == []  # somebody has it
    later = LEASE.total_seconds()
    turns.turn(later)
    assert (len(browser.heard), len({h["Topic"] for h in browser.headers})) == (2, 1)
    turns.climb(20)
    turns.send(20, settled=False)
    turns.turn(20 + later)
    assert turns.phones.attempts.count("sms") == 2
    assert len(turns.phones.texts) == 1
    assert turns.climb(60) == 0


def test_old_assignments_are_not_told_when_the_worker_starts(
    cast: dict[str, Persona], patrol: Persona, turns: Turns
) -> None:
    browser = turns.subscribe(patrol)
    send(cast)
    turns.turn(700)
    assert browser.heard == []
    assert not Page.objects.exists()


def test_keys_of_news_tell_nobody_who_may_not_see_it(
    cast: dict[str, Persona], patrol: Persona, turns: Turns
) -> None:
    """What the ladder announces reaches one desk and no responder."""
    before = set(Outbox.objects.values_list("pk", flat=True))
    send(cast)
    mine = set(Outbox.objects.values_list("pk", flat=True)) - before
    turns.turn(0)
    new = Outbox.objects.exclude(pk__in=before | mine)
    assert [row.audience for row in new] == [["dispatch"]]
