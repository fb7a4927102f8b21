"""Sending a unit: a pair moves with one act, the second dispatcher learns who was first."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from tandem.calls.models import Call
from tandem.demo.seed import key
from tandem.dispatch.models import Encounter, Member, MemberStep, Response
from tandem.dispatch.services import assign_unit, sign_off, sign_on, step_member
from tandem.dispatch.states import TRANSITIONS, MemberState
from tandem.kernel.refusals import AlreadyDone, NotFound, NotPermitted, OutOfState, Taken
from tandem.storage.models import Outbox
from tests.conftest import NOON, Persona

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
CRU_1 = key("unit", "CRU 1")


@pytest.fixture
def call(dispatcher: Persona) -> Call:
    """An open call."""
    return Call.objects.create(
        program_id=dispatcher.program_id,
        agency_id=dispatcher.agency_id,
        number=417,
        place="Riverside Park",
        occurred_at=NOON,
        received_at=NOON,
        changed_at=NOON,
    )


@pytest.fixture
def pair(officer: Persona, worker: Persona) -> None:
    """Both signed on to CRU 1."""
    sign_on(officer.doing(), CRU_1)
    sign_on(worker.doing(), CRU_1)


def test_one_act_sends_both_of_a_pair(
    call: Call,
    pair: None,
    dispatcher: Persona,
    officer: Persona,
    worker: Persona,
    trail: Callable[[], list[str]],
) -> None:
    response = assign_unit(dispatcher.doing(), call.pk, CRU_1)
    members = Member.objects.filter(response=response)
    assert {m.staff_id for m in members} == {officer.staff_id, worker.staff_id}
    assert {m.side for m in members} == {"police", "county"}
    assert MemberStep.objects.filter(member__response=response).count() == 2
    assert Encounter.objects.get(pk=response.encounter_id).number == 417
    assert trail()[-1] == "unit.assigned"
    news = Outbox.objects.get(keys__contains=[call.pk])
    assert set(news.audience) == {
        "dispatch",
        f"staff:{officer.staff_id}",
        f"staff:{worker.staff_id}",
    }


def test_the_second_dispatcher_learns_who_was_first(
    call: Call,
    pair: None,
    dispatcher: Persona,
    cast: dict[str, Persona],
    trail: Callable[[], list[str]],
) -> None:
    assign_unit(dispatcher.doing(), call.pk, CRU_1)
    with pytest.raises(Taken, match=dispatcher.short_name):
        assign_unit(cast["dispatcher-2"].doing(), call.pk, CRU_1)
    assert trail()[-1] == "unit.assigned.refused"
    assert Response.objects.filter(unit_id=CRU_1).count() == 1


def test_an_officer_may_not_send(
    call: Call, pair: None, officer: Persona, trail: Callable[[], list[str]]
) -> None:
    before = Outbox.objects.count()
    with pytest.raises(NotPermitted):
        assign_unit(officer.doing(), call.pk, CRU_1)
    assert trail()[-1] == "unit.assigned.refused"
    assert not Response.objects.exists()
    assert Outbox.objects.count() == before


def test_a_unit_that_nobody_signed_on_to_is_not_sent(call: Call, dispatcher: Persona) -> None:
    with pytest.raises(OutOfState):
        assign_unit(dispatcher.doing(), call.pk, CRU_1)


def test_a_crisis_worker_alone_on_the_unit_is_never_picked(
    call: Call, dispatcher: Persona, worker: Persona
) -> None:
    sign_on(worker.doing(), CRU_1)
    with pytest.raises(OutOfState):
        assign_unit(dispatcher.doing(), call.pk, CRU_1)


def test_the_same_act_sent_twice_is_done_once(call: Call, pair: None, dispatcher: Persona) -> None:
    doing = dispatcher.doing(act_id=uuid.uuid4())
    assign_unit(doing, call.pk, CRU_1)
    with pytest.raises(AlreadyDone):
        assign_unit(doing, call.pk, CRU_1)
    assert Response.objects.count() == 1


def test_a_call_that_is_not_there_cannot_be_answered(pair: None, dispatcher: Persona) -> None:
    with pytest.raises(NotFound):
        assign_unit(dispatcher.doing(), uuid.uuid4(), CRU_1)


def test_a_status_out_of_order_is_recorded_and_marked(
    call: Call, pair: None, dispatcher: Persona, worker: Persona
) -> None:
    response = assign_unit(dispatcher.doing(), call.pk, CRU_1)
    member = Member.objects.get(response=response, staff_id=worker.staff_id)
    step_member(worker.doing(), member.pk, MemberState.ON_SCENE)
    step = MemberStep.objects.get(member=member, state=MemberState.ON_SCENE)
    assert step.out_of_order
    member.refresh_from_db()
    assert member.state == MemberState.ON_SCENE


def test_a_member_sets_only_the_own_status(
    call: Call, pair: None, dispatcher: Persona, officer: Persona, worker: Persona
) -> None:
    response = assign_unit(dispatcher.doing(), call.pk, CRU_1)
    other = Member.objects.get(response=response, staff_id=worker.staff_id)
    # The row policy gives an officer only the own row to change: for them there is nothing there.
    with pytest.raises(NotFound):
        step_member(officer.doing(), other.pk, MemberState.CLEARED)


def test_the_unit_is_free_again_when_its_last_member_cleared(
    call: Call, pair: None, dispatcher: Persona, officer: Persona, worker: Persona
) -> None:
    response = assign_unit(dispatcher.doing(), call.pk, CRU_1)
    for person in (officer, worker):
        member = Member.objects.get(response=response, staff_id=person.staff_id)
        step_member(person.doing(), member.pk, MemberState.CLEARED)
    response.refresh_from_db()
    assert response.ended_at is not None
    assign_unit(dispatcher.doing(), call.pk, CRU_1)


def test_going_off_duty_is_never_blocked_by_a_running_call(
    call: Call, pair: None, dispatcher: Persona, officer: Persona, trail: Callable[[], list[str]]
) -> None:
    assign_unit(dispatcher.doing(), call.pk, CRU_1)
    sign_off(officer.doing(), "sick")
    assert trail()[-1] == "duty.signed_off"


def test_every_state_says_what_usually_follows_it() -> None:
    assert set(TRANSITIONS) == set(MemberState)
