"""A call that the team cleared waits for nobody, until its source says something new of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tandem.board.queries import desk_of
from tandem.calls.models import Call
from tandem.demo.seed import key
from tandem.dispatch.models import Member
from tandem.dispatch.services import assign_unit, sign_on, step_member
from tandem.dispatch.states import MemberState
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
CRU_1 = key("unit", "CRU 1")


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
