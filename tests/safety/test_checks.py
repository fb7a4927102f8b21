"""A phone that stays silent rings at the desk and climbs; whatever is heard ends it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tandem.cautions.services import report_hazard
from tandem.dispatch.models import Response
from tandem.dispatch.services import sign_on, step_member
from tandem.dispatch.states import MemberState
from tandem.intake.services import requests
from tandem.kernel.program import Program
from tandem.kernel.refusals import NotFound, NotPermitted, Taken
from tandem.safety.models import CheckAnswer, Overdue
from tandem.safety.services import answer_check, see_overdue
from tandem.safety.watching import times_of, watch_over
from tandem.storage.models import Outbox
from tandem.storage.outbox import ALARM
from tests.conftest import NOON, Persona
from tests.safety.conftest import Ladder
from tests.scene import MOBILE, eyes_of, member_of, open_call, send_pair

pytestmark = pytest.mark.django_db
Turn = Callable[[datetime], tuple[int, int, int]]


@pytest.fixture
def turn(worker_runs: Ladder, facts: Program) -> Turn:
    """One turn of the worker at a moment: how many rang, climbed, ended."""

    def run(at: datetime) -> tuple[int, int, int]:
        told: tuple[int, int, int] = worker_runs(watch_over, times_of(facts), at=at)
        return told

    return run


def after(**given: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(**given)


def on_scene(response: Response, *personas: Persona) -> None:
    """Both are with the person at noon."""
    for persona in personas:
        step_member(persona.doing(), member_of(response, persona).pk, MemberState.ON_SCENE)


def alone_on_call(cast: dict[str, Persona]) -> Response:
    """A crisis worker whom the crisis desk sent on a request of dispatch, with the person."""
    alone, call = cast["crisis-worker-3"], open_call(cast["dispatcher"], number=419)
    sign_on(alone.doing(), MOBILE)
    asked = requests.ask_worker(cast["dispatcher"].doing(), uuid.uuid4(), call.pk)
    response = requests.accept_request(cast["crisis-supervisor"].doing(), asked.pk, alone.staff_id)
    on_scene(response, alone)
    return response


def test_an_assignment_that_a_silent_phone_never_answers_rings_and_climbs(
    cast: dict[str, Persona], officer: Persona, worker: Persona, turn: Turn
) -> None:
    response = send_pair(cast)
    step_member(officer.doing(), member_of(response, officer).pk, MemberState.ACKNOWLEDGED)
    assert turn(after(seconds=59)) == (0, 0, 0)
    assert turn(after(seconds=60)) == (1, 0, 0)
    assert turn(after(seconds=119)) == (0, 0, 0)
    assert turn(after(seconds=120)) == (0, 1, 0)
    row = Overdue.objects.get()
    assert (row.kind, row.desk, row.who) == ("acknowledge", "dispatch", worker.short_name)
    assert (row.rang_at, row.climbed_at) == (after(seconds=60), after(seconds=120))
    news = Outbox.objects.filter(keys=[ALARM])
    assert [(one.audience, one.urgent) for one in news] == [(["dispatch"], True)] * 2
    # Late is not never: it ends with the tap, and is no lapse that stays on the board.
    late = after(minutes=4)
    step_member(worker.doing(at=late), member_of(response, worker).pk, MemberState.ACKNOWLEDGED)
    assert turn(late) == (0, 0, 1)
    row.refresh_from_db()
    assert row.ended_at == late


def test_a_worker_that_was_away_makes_up_for_it_in_one_turn(
    cast: dict[str, Persona], turn: Turn
) -> None:
    send_pair(cast)
    assert turn(after(minutes=9)) == (2, 2, 0)
    assert turn(after(minutes=9)) == (0, 0, 0)


def test_a_team_on_scene_is_asked_after_twenty_minutes(
    cast: dict[str, Persona], officer: Persona, worker: Persona, turn: Turn
) -> None:
    response = send_pair(cast)
    on_scene(response, officer, worker)
    assert turn(after(minutes=19, seconds=59)) == (0, 0, 0)
    assert turn(after(minutes=20)) == (1, 0, 0)
    assert turn(after(minutes=22)) == (0, 1, 0)
    row = Overdue.objects.get()
    assert (row.kind, row.desk) == ("check_team", "dispatch")
    assert set(row.who.split(" + ")) == {officer.short_name, worker.short_name}


@pytest.mark.parametrize("by", ["tap", "radio", "status", "hazard"])
def test_whatever_is_heard_begins_the_check_anew(
    cast: dict[str, Persona], officer: Persona, worker: Persona, turn: Turn, by: str
) -> None:
    response = send_pair(cast)
    on_scene(response, officer, worker)
    heard = after(minutes=15)
    if by == "tap":
        answer_check(worker.doing(at=heard), response.pk)
    elif by == "radio":
        answer_check(cast["dispatcher"].doing(at=heard, how_known="radio"), response.pk)
    elif by == "status":
        member = member_of(response, officer)
        step_member(officer.doing(at=heard), member.pk, MemberState.AT_ADDRESS)
    else:
        report_hazard(officer.doing(at=heard), response.encounter_id, "a dog")
    assert turn(after(minutes=34, seconds=59)) == (0, 0, 0)
    assert turn(after(minutes=35)) == (1, 0, 0)


def test_a_status_entered_late_counts_from_when_it_happened(
    cast: dict[str, Persona], officer: Persona, worker: Persona, turn: Turn
) -> None:
    response = send_pair(cast)
    on_scene(response, officer, worker)
    late = cast["dispatcher"].doing(at=after(minutes=19), happened_at=after(minutes=2))
    step_member(late, member_of(response, officer).pk, MemberState.AT_ADDRESS)
    assert turn(after(minutes=21)) == (0, 0, 0)
    assert turn(after(minutes=22)) == (1, 0, 0)


def test_a_claimed_time_to_come_holds_no_check_back(
    cast: dict[str, Persona], officer: Persona, turn: Turn
) -> None:
    response = send_pair(cast)
    on_scene(response, officer)
    answer_check(officer.doing(happened_at=after(hours=9)), response.pk)
    assert CheckAnswer.objects.get().at == NOON
    assert turn(after(minutes=20))[0] == 2  # the officer's check, and her assignment


def test_a_crisis_worker_alone_is_asked_after_ten_minutes_by_the_crisis_desk_alone(
    cast: dict[str, Persona], turn: Turn
) -> None:
    response = alone_on_call(cast)
    Outbox.objects.all().delete()
    assert turn(after(minutes=9, seconds=59)) == (0, 0, 0)
    assert turn(after(minutes=10)) == (1, 0, 0)
    assert turn(after(minutes=12)) == (0, 1, 0)
    assert {tuple(one.audience) for one in Outbox.objects.all()} == {("clinical",)}
    with eyes_of(cast["dispatcher"].standing) as cursor:
        cursor.execute("SELECT count(*) FROM safety_overdue")
        assert cursor.fetchone() == (0,)
    desk = cast["crisis-worker-2"]
    answer_check(desk.doing(at=after(minutes=13), how_known="phone"), response.pk)
    assert turn(after(minutes=13)) == (0, 0, 1)


def test_an_officer_who_leaves_makes_her_one_who_is_alone(
    cast: dict[str, Persona], officer: Persona, worker: Persona, turn: Turn
) -> None:
    response = send_pair(cast)
    on_scene(response, officer, worker)
    left = after(minutes=5)
    step_member(officer.doing(at=left), member_of(response, officer).pk, MemberState.CLEARED)
    assert turn(after(minutes=10)) == (2, 0, 0)
    assert set(Overdue.objects.values_list("kind", "desk")) == {
        ("check_alone", "crisis"),
        ("check_alone", "dispatch"),
    }


def test_a_desk_that_asks_after_them_silences_its_own_sound_alone(
    cast: dict[str, Persona], officer: Persona, worker: Persona, turn: Turn
) -> None:
    response = send_pair(cast)
    on_scene(response, officer, worker)
    turn(after(minutes=20))
    row = Overdue.objects.get()
    with pytest.raises(NotFound):
        see_overdue(cast["crisis-supervisor"].doing(), row.pk)
    see_overdue(cast["dispatcher"].doing(at=after(minutes=21)), row.pk)
    with pytest.raises(Taken, match=cast["dispatcher"].short_name):
        see_overdue(cast["dispatcher-2"].doing(), row.pk)
    # The clock goes on: nobody has answered yet.
    assert turn(after(minutes=22)) == (0, 1, 0)


def test_who_is_not_of_it_says_nothing_of_it(cast: dict[str, Persona]) -> None:
    response = alone_on_call(cast)
    with pytest.raises(NotFound):
        answer_check(cast["patrol-officer"].doing(), response.pk)
    officers = send_pair(cast, "cru-officer", "crisis-worker", number=420)
    step_member(
        cast["crisis-worker"].doing(),
        member_of(officers, cast["crisis-worker"]).pk,
        MemberState.CLEARED,
    )
    with pytest.raises(NotPermitted):
        answer_check(cast["crisis-supervisor"].doing(), officers.pk)
