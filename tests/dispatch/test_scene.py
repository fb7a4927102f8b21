"""Scene stable, not going in, called away: facts with time and author; nothing is ever refused."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from tandem.board.scene import gate_line
from tandem.calls.answers import Given
from tandem.cautions.services import report_hazard
from tandem.directory.facts import program
from tandem.dispatch.models import EntryVeto, Member, MemberStep, Response, SceneFact
from tandem.dispatch.rules import Gate
from tandem.dispatch.services import (
    ask_officer,
    assign_unit,
    say_stable,
    sign_on,
    split_team,
    step_member,
    undo_word,
    veto_entry,
)
from tandem.dispatch.states import MemberState
from tandem.intake.services.desk import answer_questions
from tandem.kernel.refusals import NotFound, NotPermitted, OutOfState, Taken
from tandem.safety.models import Overdue
from tandem.safety.watching import times_of, watch_over
from tandem.storage.models import Outbox
from tests.conftest import NOON, Persona
from tests.safety.conftest import worker_runs
from tests.scene import CRU_1, PATROL, browser_of, member_of, open_call, send_pair

__all__ = ["worker_runs"]

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
S = MemberState
Turn = Callable[[datetime], tuple[int, int, int]]
Ladder = Callable[..., tuple[int, int, int]]


def minute(count: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=count)


A, B = minute(1), minute(2)


@pytest.mark.parametrize(
    ("gate", "waits"),
    [
        (Gate(), False),  # nothing asks for a word: in a ride-along she arrives with the car
        (Gate(staged_at=A), True),
        (Gate(staged_at=A, stable_at=B), False),
        (Gate(staged_at=B, stable_at=A), False),  # the word was given before she came
        (Gate(danger_at=A), True),
        (Gate(danger_at=A, stable_at=B), False),
        (Gate(danger_at=B, stable_at=A), True),  # a change opens the gate again
        (Gate(vetoed_at=B, stable_at=A), True),
        (Gate(vetoed_at=A, stable_at=B), False),
        (Gate(staged_at=A, danger_at=A, vetoed_at=A), True),
    ],
)
def test_when_a_word_is_asked_for(gate: Gate, waits: bool) -> None:
    assert gate.waits is waits


@pytest.fixture
def sent(cast: dict[str, Persona]) -> Response:
    """A pair on a call, sent at noon."""
    return send_pair(cast)


@pytest.fixture
def turn(worker_runs: Ladder) -> Turn:
    """One turn of the worker at a moment: how many clocks rang, climbed, ended."""
    return lambda at: worker_runs(watch_over, times_of(program()), at=at)


def steps(sent: Response, who: Persona, state: S, at: datetime) -> None:
    """Somebody's own tap."""
    step_member(who.doing(at=at), member_of(sent, who).pk, state)


def last_step(who: Persona) -> MemberStep:
    """The newest step of this person."""
    return MemberStep.objects.filter(member__staff_id=who.staff_id).latest("server_at")


def test_a_staged_worker_with_the_person_before_the_word_is_recorded_marked_and_told_to_both(
    sent: Response, officer: Persona, worker: Persona, turn: Turn
) -> None:
    steps(sent, worker, S.STAGED, A)
    steps(sent, worker, S.ON_SCENE, B)
    assert member_of(sent, worker).state == S.ON_SCENE
    assert last_step(worker).before_stable
    turn(B)
    rang = Overdue.objects.filter(kind="early_entry", ended_at=None)
    assert sorted(rang.values_list("desk", flat=True)) == ["crisis", "dispatch"]
    # The officer's word ends it, also one that is entered late.
    say_stable(officer.doing(at=minute(3)), member_of(sent, officer).pk)
    turn(minute(3))
    assert not rang.exists()


def test_after_the_word_nothing_is_marked(
    sent: Response, officer: Persona, worker: Persona, dispatcher: Persona, turn: Turn
) -> None:
    steps(sent, worker, S.STAGED, A)
    doing = dispatcher.doing(at=A, how_known="radio", for_staff_id=officer.staff_id)
    fact = say_stable(doing, member_of(sent, officer).pk)
    assert (fact.member.staff_id, fact.by_name, fact.how_known, fact.at) == (
        officer.staff_id,
        dispatcher.short_name,
        "radio",
        A,
    )
    steps(sent, worker, S.ON_SCENE, B)
    assert not last_step(worker).before_stable
    turn(B)
    assert not Overdue.objects.filter(kind="early_entry").exists()


def test_in_a_ride_along_without_danger_she_arrives_with_the_car(
    sent: Response, worker: Persona
) -> None:
    steps(sent, worker, S.ON_SCENE, A)
    assert not last_step(worker).before_stable


def test_a_weapon_in_hand_asks_for_the_word_and_a_later_hazard_asks_again(
    sent: Response, officer: Persona, worker: Persona, dispatcher: Persona
) -> None:
    assert sent.call_id is not None
    answers = [Given("weapon_in_hand", "yes", "third_party")]
    answer_questions(dispatcher.doing(at=A), sent.call_id, answers)
    steps(sent, worker, S.ON_SCENE, B)
    assert last_step(worker).before_stable
    say_stable(officer.doing(at=minute(3)), member_of(sent, officer).pk)
    steps(sent, worker, S.STAGED, minute(4))
    steps(sent, worker, S.ON_SCENE, minute(5))
    assert not last_step(worker).before_stable
    steps(sent, worker, S.STAGED, minute(6))
    report_hazard(officer.doing(at=minute(7)), sent.encounter_id, "he has a second knife")
    steps(sent, worker, S.ON_SCENE, minute(8))
    assert last_step(worker).before_stable


def test_a_hazard_reported_before_anybody_was_sent_asks_for_the_word(
    cast: dict[str, Persona], sent: Response, worker: Persona, officer: Persona
) -> None:
    steps(sent, worker, S.CLEARED, A)
    steps(sent, officer, S.CLEARED, A)
    desk = cast["dispatcher"]
    call = open_call(desk, number=431, at=A)
    report_hazard(desk.doing(at=A), call.pk, "a shotgun by the door")
    again = assign_unit(desk.doing(at=B), call.pk, CRU_1)
    steps(again, worker, S.ON_SCENE, minute(3))
    assert last_step(worker).before_stable


def test_a_crisis_worker_does_not_say_that_a_scene_is_stable(
    cast: dict[str, Persona], sent: Response, worker: Persona, officer: Persona
) -> None:
    for who in (worker, cast["crisis-supervisor"]):
        with pytest.raises(NotPermitted):
            say_stable(who.doing(), member_of(sent, officer).pk)
    with pytest.raises(NotPermitted):
        say_stable(cast["dispatcher"].doing(), member_of(sent, worker).pk)
    assert not SceneFact.objects.exists()


@pytest.mark.parametrize("before", [S.ASSIGNED, S.EN_ROUTE, S.STAGED, S.AT_ADDRESS, S.ON_SCENE])
def test_she_does_not_go_in_and_owes_nobody_a_reason(
    sent: Response, officer: Persona, worker: Persona, before: S
) -> None:
    say_stable(officer.doing(at=A), member_of(sent, officer).pk)
    Member.objects.filter(pk=member_of(sent, worker).pk).update(state=before)
    told = Outbox.objects.count()
    veto_entry(worker.doing(at=B), member_of(sent, worker).pk)
    assert member_of(sent, worker).state == S.REMOTE_SUPPORT
    assert not last_step(worker).out_of_order
    names = {
        name for row in list(Outbox.objects.order_by("at", "id"))[told:] for name in row.audience
    }
    assert {"dispatch", "clinical", f"staff:{officer.staff_id}"} <= names
    # There is no place where a reason could be kept.
    kept = {field.name for field in EntryVeto._meta.get_fields()}
    assert not kept & {"reason", "words", "text", "note", "why", "kind"}


def test_an_officers_no_moves_nobody_and_asks_for_a_new_word(
    sent: Response, officer: Persona, worker: Persona
) -> None:
    say_stable(officer.doing(at=A), member_of(sent, officer).pk)
    steps(sent, worker, S.STAGED, A)
    veto_entry(officer.doing(at=B), member_of(sent, officer).pk)
    assert member_of(sent, worker).state == S.STAGED
    steps(sent, worker, S.ON_SCENE, minute(3))
    assert last_step(worker).before_stable


def test_the_officer_is_called_away_and_each_ones_times_go_on(
    cast: dict[str, Persona], sent: Response, officer: Persona, worker: Persona
) -> None:
    desk = cast["dispatcher"]
    for who in (officer, worker):
        steps(sent, who, S.ON_SCENE, A)
    split_team(desk.doing(at=B, how_known="radio"), member_of(sent, officer).pk)
    assert member_of(sent, officer).state == S.CLEARED
    assert (member_of(sent, worker).state, member_of(sent, worker).state_at) == (S.ON_SCENE, A)
    assert Response.objects.get(pk=sent.pk).ended_at is None
    # His unit may go elsewhere at once, and she does not go with it.
    other = open_call(desk, number=432, at=B)
    away = assign_unit(desk.doing(at=minute(3)), other.pk, CRU_1)
    crew = Member.objects.filter(response=away)
    assert [one.staff_id for one in crew] == [officer.staff_id]
    assert away.model == "patrol_only"
    steps(sent, worker, S.REMOTE_SUPPORT, minute(4))
    steps(sent, worker, S.CLEARED, minute(9))
    ended = Response.objects.get(pk=sent.pk)
    assert ended.ended_at == minute(9)
    assert Response.objects.get(pk=away.pk).ended_at is None
    steps(away, officer, S.CLEARED, minute(10))
    # Both free again: one act sends the pair.
    third = assign_unit(desk.doing(at=minute(11)), open_call(desk, number=433).pk, CRU_1)
    assert (third.model, Member.objects.filter(response=third).count()) == ("ride_along", 2)


def test_nobody_stays_where_nobody_else_is(
    sent: Response, officer: Persona, worker: Persona
) -> None:
    steps(sent, worker, S.CLEARED, A)
    with pytest.raises(OutOfState):
        split_team(officer.doing(at=B), member_of(sent, officer).pk)


def test_a_worker_alone_asks_for_an_officer_until_one_is_sent(
    cast: dict[str, Persona], sent: Response, officer: Persona, worker: Persona, turn: Turn
) -> None:
    steps(sent, worker, S.ON_SCENE, A)
    split_team(officer.doing(at=A), member_of(sent, officer).pk)
    ask_officer(worker.doing(at=B), member_of(sent, worker).pk)
    turn(B)
    asks = Overdue.objects.filter(kind="officer_asked", ended_at=None)
    assert [one.desk for one in asks] == ["dispatch"]
    assert sent.call_id is not None
    assign_unit(cast["dispatcher"].doing(at=minute(3)), sent.call_id, CRU_1)
    told = turn(minute(3))
    assert (told[2], asks.all().exists()) == (1, False)


def test_what_was_said_is_taken_back_within_seconds_and_stays_in_the_record(
    sent: Response, officer: Persona, worker: Persona, turn: Turn
) -> None:
    steps(sent, worker, S.STAGED, A)
    fact = say_stable(officer.doing(at=A), member_of(sent, officer).pk)
    veto = veto_entry(worker.doing(at=A), member_of(sent, worker).pk)
    with pytest.raises((NotPermitted, NotFound)):
        undo_word(worker.doing(at=A), fact.pk)
    undo_word(officer.doing(at=A + timedelta(seconds=5)), fact.pk)
    undo_word(worker.doing(at=A + timedelta(seconds=5)), veto.pk)
    assert member_of(sent, worker).state == S.STAGED
    assert SceneFact.objects.count() == EntryVeto.objects.count() == 1
    steps(sent, worker, S.ON_SCENE, B)
    assert last_step(worker).before_stable
    late = split_team(officer.doing(at=B), member_of(sent, officer).pk)
    with pytest.raises(OutOfState):
        undo_word(officer.doing(at=minute(3)), late.pk)


def test_a_split_taken_back_makes_them_one_team_again(
    sent: Response, officer: Persona, worker: Persona
) -> None:
    for who in (officer, worker):
        steps(sent, who, S.ON_SCENE, A)
    fact = split_team(officer.doing(at=B), member_of(sent, officer).pk)
    undo_word(officer.doing(at=B + timedelta(seconds=5)), fact.pk)
    assert member_of(sent, officer).state == S.ON_SCENE
    assert Response.objects.get(pk=sent.pk).split_at is None


def test_a_split_is_not_taken_back_when_the_car_was_sent_elsewhere(
    cast: dict[str, Persona], sent: Response, officer: Persona, worker: Persona
) -> None:
    for who in (officer, worker):
        steps(sent, who, S.ON_SCENE, A)
    fact = split_team(officer.doing(at=B), member_of(sent, officer).pk)
    desk, at = cast["dispatcher"], B + timedelta(seconds=3)
    assign_unit(desk.doing(at=at), open_call(desk, number=434, at=at).pk, CRU_1)
    with pytest.raises(OutOfState, match="elsewhere"):
        undo_word(officer.doing(at=B + timedelta(seconds=5)), fact.pk)
    assert member_of(sent, officer).state == S.CLEARED
    assert SceneFact.objects.get(kind="split").undone_at is None


def test_a_worker_who_takes_her_own_going_back_leaves_the_officers_car_away(
    cast: dict[str, Persona], sent: Response, officer: Persona, worker: Persona
) -> None:
    desk = cast["dispatcher"]
    sign_on(cast["patrol-officer"].doing(at=A), PATROL)
    assert sent.call_id is not None
    assign_unit(desk.doing(at=A), sent.call_id, PATROL)
    split_team(officer.doing(at=A), member_of(sent, officer).pk)
    hers = split_team(worker.doing(at=B), member_of(sent, worker).pk)
    undo_word(worker.doing(at=B + timedelta(seconds=5)), hers.pk)
    assert member_of(sent, officer).state == S.CLEARED
    assert Response.objects.get(pk=sent.pk).split_at == A
    away = assign_unit(desk.doing(at=minute(3)), open_call(desk, number=434, at=B).pk, CRU_1)
    assert away.model == "patrol_only"


def test_an_officer_who_comes_back_has_the_car_there_again(
    cast: dict[str, Persona], sent: Response, officer: Persona, worker: Persona
) -> None:
    steps(sent, worker, S.ON_SCENE, A)
    split_team(officer.doing(at=A), member_of(sent, officer).pk)
    gate = gate_line(worker.standing, sent.encounter, list(sent.member_set.all()), B)
    assert gate is not None
    assert gate.left == officer.short_name
    steps(sent, officer, S.ON_SCENE, B)
    gate = gate_line(worker.standing, sent.encounter, list(sent.member_set.all()), B)
    assert gate is not None
    assert gate.left == ""
    desk = cast["dispatcher"]
    with pytest.raises(Taken):
        assign_unit(desk.doing(at=minute(3)), open_call(desk, number=434, at=B).pk, CRU_1)


def test_the_desk_types_each_of_them_and_takes_it_back(cast: dict[str, Persona]) -> None:
    sent = send_pair(cast, at=timezone.now())
    desk = browser_of(cast["dispatcher"])
    path, script = f"/desk/{sent.call_id}/status/", {"HX-Request": "true"}
    for word in ("scene_stable", "veto", "split"):
        body = {"unit": "cru1", "state": word, "known": "radio", "act_id": str(uuid.uuid4())}
        answer = desk.post(path, body, headers=script)
        text = answer.content.decode()
        assert (answer.status_code, "data-undo" in text) == (200, True), text
    page = desk.get(f"/desk/?call={sent.call_id}").content.decode()
    for words in ("scene stable", "not going in", "team split"):
        assert words in page.lower()
    fact = SceneFact.objects.get(kind="split")
    assert fact.member.staff_id == cast["cru-officer"].staff_id
    assert EntryVeto.objects.get().member.staff_id == cast["crisis-worker"].staff_id
    undone = desk.post(f"/scene/{fact.pk}/undo/", {"act_id": str(uuid.uuid4())}, headers=script)
    assert undone.status_code == 200
    assert member_of(sent, cast["cru-officer"]).state == S.ASSIGNED


def test_each_change_offers_what_comes_next(cast: dict[str, Persona]) -> None:
    sent = send_pair(cast, at=timezone.now())
    officer, worker = cast["cru-officer"], cast["crisis-worker"]
    hers, his = browser_of(worker), browser_of(officer)
    case = f"/encounters/{sent.encounter_id}/spine/"

    def offered(browser: object) -> set[str]:
        text = browser.get(case).content.decode()  # type: ignore[attr-defined]
        words = ("scene_stable", "veto", "more_help", "split", "told_who_stays")
        states = ("remote_support", "cleared", "staged", "on_scene")
        return {word for word in words if f"word={word}" in text} | {
            state for state in states if f"state={state}" in text
        }

    for who in (officer, worker):
        step_member(who.doing(at=timezone.now()), member_of(sent, who).pk, S.AT_ADDRESS)
    assert {"scene_stable", "veto", "more_help"} <= offered(his)
    assert {"veto", "more_help", "remote_support", "on_scene"} <= offered(hers)
    report_hazard(officer.doing(at=timezone.now()), sent.encounter_id, "a knife")
    assert "staged" in offered(hers)
    assert "goes in when an officer says" in hers.get(case).content.decode()
    split_team(officer.doing(at=timezone.now()), member_of(sent, officer).pk)
    # By phone, leave, another officer; and the person is told who stays.
    assert {"remote_support", "cleared", "more_help", "told_who_stays"} <= offered(hers)
    assert "was called away at" in hers.get(case).content.decode()
