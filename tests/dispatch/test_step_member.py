"""Where a member is: every order is recorded, the odd is marked, nobody else's is touched."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tandem.board.queries import detail_of
from tandem.dispatch.models import Encounter, Member, MemberStep, Response
from tandem.dispatch.services import assign_unit, step_member
from tandem.dispatch.states import TRANSITIONS, MemberState
from tandem.kernel.refusals import AlreadyDone, NotFound, NotPermitted
from tandem.storage.models import Outbox
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import CRU_1, CRU_2, member_of, open_call, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
S = MemberState


@pytest.fixture
def response(cast: dict[str, Persona]) -> Response:
    """A pair on its way to a call."""
    return send_pair(cast)


def test_a_step_keeps_who_for_whom_how_known_and_all_three_times(
    response: Response, dispatcher: Persona, worker: Persona, trail: Callable[[], list[str]]
) -> None:
    member, act_id = member_of(response, worker), uuid.uuid4()
    doing = dispatcher.doing(
        act_id=act_id,
        happened_at=NOON - timedelta(minutes=4),
        device_at=NOON - timedelta(minutes=3),
        for_staff_id=worker.staff_id,
        how_known="radio",
    )
    step_member(doing, member.pk, S.ON_SCENE)
    step = MemberStep.objects.get(member=member, state=S.ON_SCENE)
    assert (step.by_id, step.by_name, step.how_known) == (
        dispatcher.staff_id,
        "T. Brandvold",
        "radio",
    )
    assert (step.happened_at, step.device_at) == (
        NOON - timedelta(minutes=4),
        NOON - timedelta(minutes=3),
    )
    assert step.server_at is not None
    assert step.act_id == act_id
    assert trail()[-1] == "member.stepped"


@pytest.mark.parametrize("now", list(MemberState))
def test_no_order_of_states_is_ever_refused(
    response: Response, worker: Persona, now: MemberState
) -> None:
    member = member_of(response, worker)
    for then in MemberState:
        Member.objects.filter(pk=member.pk).update(state=now)
        doing = worker.doing()
        step_member(doing, member.pk, then)
        step = MemberStep.objects.get(act_id=doing.act_id)
        assert step.out_of_order == (then not in TRANSITIONS[now]), (now, then)
        assert Member.objects.get(pk=member.pk).state == then


def test_each_member_has_times_of_their_own(
    response: Response, officer: Persona, worker: Persona
) -> None:
    step_member(officer.doing(), member_of(response, officer).pk, S.EN_ROUTE)
    assert member_of(response, officer).state == S.EN_ROUTE
    assert member_of(response, worker).state == S.ASSIGNED
    assert MemberStep.objects.filter(member=member_of(response, worker)).count() == 1


def test_a_crisis_worker_sets_no_officers_status(
    response: Response, officer: Persona, worker: Persona, trail: Callable[[], list[str]]
) -> None:
    before = Outbox.objects.count()
    with pytest.raises((NotPermitted, NotFound)):
        step_member(worker.doing(), member_of(response, officer).pk, S.CLEARED)
    assert member_of(response, officer).state == S.ASSIGNED
    assert trail()[-1] == "member.stepped.refused"
    assert Outbox.objects.count() == before


@pytest.mark.parametrize("persona", ["administrator", "county-custodian", "police-custodian"])
def test_other_roles_set_no_status(
    response: Response,
    cast: dict[str, Persona],
    persona: str,
    worker: Persona,
    trail: Callable[[], list[str]],
) -> None:
    with pytest.raises(NotPermitted):
        step_member(cast[persona].doing(), member_of(response, worker).pk, S.CLEARED)
    assert trail()[-1] == "member.stepped.refused"


def test_a_member_that_is_not_there(officer: Persona, dispatcher: Persona) -> None:
    for persona in (officer, dispatcher):
        with pytest.raises(NotFound):
            step_member(persona.doing(), uuid.uuid4(), S.EN_ROUTE)


def test_the_same_step_sent_twice_is_one_step(response: Response, worker: Persona) -> None:
    doing, member = worker.doing(), member_of(response, worker)
    step_member(doing, member.pk, S.ACKNOWLEDGED)
    with pytest.raises(AlreadyDone):
        step_member(doing, member.pk, S.ACKNOWLEDGED)
    assert MemberStep.objects.filter(member=member, state=S.ACKNOWLEDGED).count() == 1


def test_a_claimed_time_opens_nothing_to_who_was_not_sent(
    response: Response, cast: dict[str, Persona], officer: Persona
) -> None:
    stranger = cast["patrol-officer"]
    doing = stranger.doing(happened_at=NOON - timedelta(days=1), for_staff_id=officer.staff_id)
    with pytest.raises((NotFound, NotPermitted)):
        step_member(doing, member_of(response, officer).pk, S.CLEARED)


def test_a_cleared_pair_ends_response_and_encounter_and_moving_again_opens_them(
    response: Response, officer: Persona, worker: Persona
) -> None:
    for persona in (officer, worker):
        step_member(persona.doing(), member_of(response, persona).pk, S.CLEARED)
    assert Response.objects.get(pk=response.pk).ended_at == NOON
    assert Encounter.objects.get(pk=response.encounter_id).ended_at == NOON
    step_member(worker.doing(), member_of(response, worker).pk, S.ON_SCENE)
    assert Response.objects.get(pk=response.pk).ended_at is None
    assert Encounter.objects.get(pk=response.encounter_id).ended_at is None


def test_who_moves_again_after_the_unit_went_elsewhere_takes_nothing_back(
    response: Response, officer: Persona, worker: Persona, dispatcher: Persona
) -> None:
    for persona in (officer, worker):
        step_member(persona.doing(), member_of(response, persona).pk, S.CLEARED)
    later = assign_unit(dispatcher.doing(), open_call(dispatcher, number=419).pk, CRU_1)
    step_member(worker.doing(), member_of(response, worker).pk, S.ON_SCENE)
    response.refresh_from_db()
    later.refresh_from_db()
    assert (response.ended_at is None, later.ended_at is None) == (False, True)


def test_an_encounter_stays_open_while_another_unit_is_there(
    response: Response, cast: dict[str, Persona], officer: Persona, worker: Persona
) -> None:
    second = send_pair(cast, "cru-officer-2", "crisis-worker-2", unit=CRU_2, number=420)
    Response.objects.filter(pk=second.pk).update(encounter_id=response.encounter_id)
    Member.objects.filter(response=second).update(encounter_id=response.encounter_id)
    for persona in (officer, worker):
        step_member(persona.doing(), member_of(response, persona).pk, S.CLEARED)
    response.refresh_from_db()
    assert response.ended_at is not None
    assert Encounter.objects.get(pk=response.encounter_id).ended_at is None


def test_news_of_a_step_reaches_both_desks_and_the_pair_alone(
    response: Response, officer: Persona, worker: Persona
) -> None:
    already = set(Outbox.objects.values_list("pk", flat=True))
    step_member(worker.doing(), member_of(response, worker).pk, S.EN_ROUTE)
    news = Outbox.objects.exclude(pk__in=already).get()
    assert set(news.audience) == {
        "dispatch",
        "clinical",
        f"staff:{officer.staff_id}",
        f"staff:{worker.staff_id}",
    }
    assert set(news.keys) == {response.call_id, response.encounter_id}


def test_another_programs_member_is_not_there(
    response: Response, dispatcher: Persona, worker: Persona
) -> None:
    elsewhere = replace(dispatcher.standing, program_id=uuid.uuid4())
    doing = replace(dispatcher.doing(), standing=elsewhere)
    with pytest.raises(NotFound):
        step_member(doing, member_of(response, worker).pk, S.CLEARED)


def test_the_desk_offers_what_follows_first_and_marks_what_came_out_of_order(
    response: Response, officer: Persona, dispatcher: Persona
) -> None:
    member = member_of(response, officer)
    step_member(dispatcher.doing(how_known="radio"), member.pk, S.ON_SCENE)
    with standing_as(dispatcher.standing), opened():
        detail = detail_of(dispatcher.standing, str(response.call_id), NOON)
    assert detail is not None
    shown = detail.responses[0]
    # From with the person: back to staged or the address, or cleared; the rest stays possible.
    assert shown.next_states[:3] == ["staged", "at_address", "cleared"]
    assert set(shown.next_states[3:]) == {
        *("en_route", "remote_support", "cancelled"),
        *("scene_stable", "veto", "split"),  # of a team: its words stand beside the states
    }
    assert [(event.code, event.known) for event in detail.events if event.odd] == [
        ("on_scene", "radio")
    ]
