"""A call that the team cleared waits for nobody, until its source says something new of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tandem.board.queries import desk_of
from tandem.calls.models import Call
from tandem.demo.seed import key
from tandem.dispatch.models import Member, Response
from tandem.dispatch.services import assign_unit, sign_on, step_member
from tandem.dispatch.states import MemberState
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import browser_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
CRU_1 = key("unit", "CRU 1")
SCRIPT = {"HX-Request": "true"}


def pending(dispatcher: Persona) -> list[str]:
    with standing_as(dispatcher.standing), opened():
        return [row.number for row in desk_of(dispatcher.standing, now=NOON).pending]


@pytest.fixture
def call(dispatcher: Persona, officer: Persona) -> Call:
    """A call that CRU 1 was sent to."""
    made = Call.objects.create(
        program_id=dispatcher.program_id,
        agency_id=dispatcher.agency_id,
        number=8417,
        occurred_at=NOON,
        received_at=NOON,
        changed_at=NOON,
    )
    sign_on(officer.doing(), CRU_1)
    assert "8417" in pending(dispatcher)
    assign_unit(dispatcher.doing(), made.pk, CRU_1)
    return made


def end(call: Call, officer: Persona, state: MemberState) -> None:
    member = Member.objects.get(encounter__call_id=call.pk)
    step_member(officer.doing(at=NOON + timedelta(minutes=9)), member.pk, state)


def test_a_cleared_call_is_not_pending(call: Call, dispatcher: Persona, officer: Persona) -> None:
    end(call, officer, MemberState.CLEARED)
    assert "8417" not in pending(dispatcher)


def test_news_of_it_brings_it_back(call: Call, dispatcher: Persona, officer: Persona) -> None:
    end(call, officer, MemberState.CLEARED)
    Call.objects.filter(pk=call.pk).update(changed_at=NOON + timedelta(minutes=10))
    assert "8417" in pending(dispatcher)


def test_a_unit_that_was_stood_down_leaves_it_waiting(
    call: Call, dispatcher: Persona, officer: Persona
) -> None:
    end(call, officer, MemberState.CANCELLED)
    assert "8417" in pending(dispatcher)


def test_a_call_that_left_the_lists_is_closed_by_its_number(
    call: Call, dispatcher: Persona, officer: Persona
) -> None:
    client = browser_of(dispatcher, headers=SCRIPT)
    on_it = client.post("/desk/close/", {"number": "8417"})
    assert (on_it.status_code, "Clear the unit first" in on_it.content.decode()) == (409, True)
    member = Member.objects.get(staff_id=officer.staff_id)
    step_member(dispatcher.doing(at=NOON + timedelta(minutes=3)), member.pk, MemberState.CLEARED)
    assert "8417" not in pending(dispatcher)
    done = client.post("/desk/close/", {"number": "8417", "text": "all well"})
    assert (done.status_code, "8417 closed" in done.content.decode()) == (200, True)
    assert f"/desk/{call.pk}/reopen/" in done.content.decode()
    assert Call.objects.get(pk=call.pk).state == "closed"


@pytest.mark.parametrize("number", ["8417", "9999", "", "0", "-1", "x", "٤", "9" * 40])
def test_a_number_that_no_open_call_has_closes_nothing(
    call: Call, dispatcher: Persona, number: str
) -> None:
    Call.objects.filter(pk=call.pk).update(state="closed", closed_at=NOON)
    answer = browser_of(dispatcher, headers=SCRIPT).post("/desk/close/", {"number": number})
    assert answer.status_code == 409
    assert "No open call has that number" in answer.content.decode()


def test_of_two_agencies_the_own_one_s_call_is_meant(call: Call, dispatcher: Persona) -> None:
    other = key("agency", "LCPD")
    facts = {"number": 8417, "occurred_at": NOON, "received_at": NOON, "changed_at": NOON}
    made = Call.objects.create(program_id=call.program_id, agency_id=other, **facts)
    Response.objects.filter(call_id=call.pk).update(ended_at=NOON)
    assert other != dispatcher.agency_id
    browser_of(dispatcher, headers=SCRIPT).post("/desk/close/", {"number": "8417"})
    states = [Call.objects.get(pk=one.pk).state for one in (call, made)]
    assert states == ["closed", "open"]
