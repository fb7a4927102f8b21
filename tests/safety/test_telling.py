"""Whom the advice names rings at the dispatchers' desk until somebody told them."""

from __future__ import annotations

import html
import uuid
from datetime import timedelta

import pytest
from django.db import connections

from tandem.calls.answers import Given
from tandem.calls.models import Call
from tandem.directory.facts import program
from tandem.intake.models import CallerStep
from tandem.intake.services.desk import (
    Entered,
    NewCall,
    answer_questions,
    close_call,
    follow_caller,
    link_call,
    open_call,
)
from tandem.kernel.refusals import BadInput
from tandem.safety.models import Overdue
from tandem.safety.services import see_overdue
from tandem.safety.telling import remind_to_tell
from tandem.storage.models import Outbox
from tandem.storage.standing import Standing, opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import browser_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
CHILD = "child_alone_or_cps_concern"
# program.toml: tell_seconds = 120.
LIMIT = 120


@pytest.fixture
def desk(cast: dict[str, Persona]) -> Persona:
    """A dispatcher."""
    return cast["dispatcher"]


def of_a_child(desk: Persona, value: str = "yes") -> Call:
    """A call whose advice names child protection on call, asked at noon."""
    call = open_call(desk.doing(), uuid.uuid4(), NewCall(Entered(channel="911")))
    answer_questions(desk.doing(), call.pk, [Given(CHILD, value, "third_party")])
    return call


def turn(after: int) -> tuple[int, int]:
    """The worker's look so many seconds after noon: for how many it rang, for how many it ended."""
    with standing_as(Standing("worker")), opened():
        line = connections["default"].connection
        after_how_long = timedelta(seconds=program().intake.tell_seconds)
        return remind_to_tell(line, after_how_long, at=NOON + timedelta(seconds=after))


def alarm(desk: Persona) -> str:
    """The bar over the desk, as it is read."""
    return html.unescape(browser_of(desk).get("/alarm/").content.decode())


def test_who_was_not_told_rings_at_the_desk_until_somebody_tells_them(desk: Persona) -> None:
    call = of_a_child(desk)
    assert turn(LIMIT - 1) == (0, 0)
    assert turn(LIMIT) == (1, 0)
    assert turn(LIMIT + 60) == (0, 0)
    (owed,) = Overdue.objects.filter(ended_at=None)
    assert (owed.kind, owed.desk, owed.who, owed.call_id) == ("tell", "dispatch", "cps", call.pk)
    assert Outbox.objects.order_by("cursor").last().audience == ["dispatch"]  # type: ignore[union-attr]
    shown = alarm(desk)
    assert "child protection on call" in shown
    assert f"has not been told of call {call.number:04d}, as the advice says." in shown
    assert "data-alarm-sound" in shown
    see_overdue(desk.doing(), owed.pk)
    assert "data-alarm-sound" not in alarm(desk)
    follow_caller(desk.doing(), call.pk, kind="told", result="cps")
    assert turn(LIMIT + 61) == (0, 1)
    assert "has not been told" not in alarm(desk)
    answer_questions(desk.doing(), call.pk, [Given(CHILD, "yes", "officer")])
    assert turn(10 * LIMIT) == (0, 0)


def test_whom_the_advice_names_no_more_and_whose_call_ended_rings_nobody(desk: Persona) -> None:
    changed, ended = of_a_child(desk), of_a_child(desk)
    answer_questions(desk.doing(), changed.pk, [Given(CHILD, "no", "officer")])
    assert turn(LIMIT) == (1, 0)
    close_call(desk.doing(), ended.pk, "entered_in_error")
    assert turn(LIMIT + 1) == (0, 1)
    answer_questions(desk.doing(), changed.pk, [Given(CHILD, "yes", "officer")])
    assert turn(LIMIT + 2) == (1, 0)


def test_a_danger_of_a_call_that_was_linked_rings_for_the_one_that_leads(desk: Persona) -> None:
    leader = open_call(desk.doing(), uuid.uuid4(), NewCall(Entered(channel="911")))
    other = of_a_child(desk)
    link_call(desk.doing(), other.pk, leader.pk)
    close_call(desk.doing(), other.pk, "entered_in_error")
    turn(LIMIT)
    assert {row.call_id for row in Overdue.objects.filter(ended_at=None)} == {leader.pk}


def test_what_is_due_is_never_entered_by_hand_and_shows_as_no_step(desk: Persona) -> None:
    call = of_a_child(desk)
    for kind in ("tell_due", "tell_over"):
        with pytest.raises(BadInput):
            follow_caller(desk.doing(), call.pk, kind=kind, result="cps")
    assert [step.kind for step in CallerStep.objects.all()] == ["tell_due"]
    assert "tell_due" not in browser_of(desk).get(f"/intake/{call.pk}/").content.decode()
