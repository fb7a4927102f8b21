"""Dispatch asks the crisis desk for a worker: what crosses, who answers, what each desk reads."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from tandem.calls.answers import Given
from tandem.calls.models import Call, CallNote
from tandem.dispatch.models import Encounter, Member, MemberStep, Response
from tandem.dispatch.services import assign_unit, note_call, sign_off, sign_on, step_member
from tandem.dispatch.states import MemberState
from tandem.intake.models import WorkerRequest
from tandem.intake.services.desk import answer_questions, close_call, reopen_call
from tandem.intake.services.requests import (
    Counter,
    accept_request,
    ask_worker,
    counter_request,
    decline_request,
    withdraw_request,
)
from tandem.intake.states import TRANSITIONS, RequestState
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted, OutOfState, Taken
from tandem.storage.models import Outbox
from tests.conftest import NOON, Persona
from tests.scene import CRU_1, CRU_2, MOBILE, PATROL, eyes_of, open_call

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def call(dispatcher: Persona) -> Call:
    """An open call with a note and two answers about danger."""
    made = open_call(dispatcher)
    note_call(dispatcher.doing(), made.pk, "caller is the neighbor Aspen One")
    given = [
        Given("weapon_in_hand", "no", "second_party"),
        Given("injury_or_ingestion", "not_known", "second_party"),
        Given("warrant_or_mandatory_arrest", "yes", "dispatcher"),
        Given("suicidal_ideation", "yes", "second_party"),
    ]
    answer_questions(dispatcher.doing(), made.pk, given)
    return made


@pytest.fixture
def desk(cast: dict[str, Persona]) -> Persona:
    """Who works at the crisis desk."""
    return cast["crisis-worker-2"]


@pytest.fixture
def alone(cast: dict[str, Persona]) -> Persona:
    """A crisis worker on a unit of the crisis desk."""
    sign_on(cast["crisis-worker-3"].doing(), MOBILE)
    return cast["crisis-worker-3"]


def asked(dispatcher: Persona, call: Call, words: str = "", at: datetime = NOON) -> WorkerRequest:
    """A request of dispatch."""
    return ask_worker(dispatcher.doing(at=at), uuid.uuid4(), call.pk, words)


def test_what_crosses_is_the_place_the_dangers_and_own_words(
    dispatcher: Persona, desk: Persona, call: Call
) -> None:
    request = asked(dispatcher, call, "pacing at the bus stop")
    with eyes_of(desk.standing) as cursor:
        cursor.execute("SELECT * FROM intake_workerrequest")
        names = [column.name for column in cursor.description]
        row = dict(zip(names, cursor.fetchone(), strict=True))
        for table in ("calls_call", "calls_callnote", "calls_answer"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,), table
    assert (row["number"], row["place"], row["words"]) == (
        417,
        "Riverside Park",
        "pacing at the bus stop",
    )
    # Neither what is no danger nor what is criminal justice's.
    assert request.safety == {"weapon_in_hand": "no", "injury_or_ingestion": "not_known"}
    assert not [word for word in ("Aspen", "warrant", "suicidal") if word in str(row)]
    assert request.state == RequestState.ASKED


def test_each_desk_is_told_of_its_own_key_and_nobody_else(
    dispatcher: Persona, call: Call, trail: Callable[[], list[str]]
) -> None:
    Outbox.objects.all().delete()
    request = asked(dispatcher, call)
    news = sorted((list(row.audience), list(row.keys), row.urgent) for row in Outbox.objects.all())
    assert news == [(["clinical"], [request.pk], True), (["dispatch"], [call.pk], False)]
    assert trail()[-1] == "request.asked"


def test_a_danger_that_is_learned_later_follows(
    dispatcher: Persona, call: Call, desk: Persona
) -> None:
    request = asked(dispatcher, call)
    given = [Given("weapon_accessible", "yes", "third_party")]
    answer_questions(dispatcher.doing(at=LATER), call.pk, given)
    request.refresh_from_db()
    assert request.safety["weapon_accessible"] == "yes"
    told = Outbox.objects.filter(keys__contains=[request.pk], urgent=True)
    assert told.count() == 2
    # What is no danger is no news there.
    answer_questions(dispatcher.doing(), call.pk, [Given("veteran", "yes", "third_party")])
    assert told.count() == 2


def test_the_crisis_desk_sends_a_worker_who_then_has_the_call(
    dispatcher: Persona, desk: Persona, alone: Persona, call: Call
) -> None:
    request = asked(dispatcher, call)
    with eyes_of(alone.standing) as cursor:
        cursor.execute("SELECT count(*) FROM calls_call")
        assert cursor.fetchone() == (0,)
    response = accept_request(desk.doing(at=LATER), request.pk, alone.staff_id)
    assert (response.call_id, response.callsign, response.model) == (
        call.pk,
        "MC 1",
        "mobile_crisis_only",
    )
    member = Member.objects.get(response=response)
    assert (member.staff_id, member.side, member.state) == (alone.staff_id, "county", "assigned")
    step = MemberStep.objects.get(member=member)
    assert (step.by_id, step.happened_at) == (desk.staff_id, LATER)
    encounter = Encounter.objects.get()
    assert (encounter.call_id, encounter.number, encounter.place, encounter.agency_id) == (
        call.pk,
        417,
        "Riverside Park",
        dispatcher.agency_id,
    )
    request.refresh_from_db()
    assert (request.state, request.worker_name, request.answered_by_name) == (
        RequestState.ACCEPTED,
        "P. Vang-Ritter",
        "K. Abara",
    )
    with eyes_of(alone.standing) as cursor:
        cursor.execute("SELECT number FROM calls_call")
        assert cursor.fetchall() == [(417,)]
    # Who answered at the desk was not sent, and does not read the call.
    with eyes_of(desk.standing) as cursor:
        cursor.execute("SELECT count(*) FROM calls_call")
        assert cursor.fetchone() == (0,)
    for state in (MemberState.ACKNOWLEDGED, MemberState.EN_ROUTE, MemberState.CLEARED):
        step_member(alone.doing(at=LATER), member.pk, state)
    assert not Response.objects.filter(ended_at=None).exists()
    assert not Encounter.objects.filter(ended_at=None).exists()


def test_with_officers_there_it_is_one_encounter_and_all_of_it_are_told(
    cast: dict[str, Persona], dispatcher: Persona, desk: Persona, alone: Persona, call: Call
) -> None:
    officer = cast["patrol-officer"]
    sign_on(officer.doing(), PATROL)
    assign_unit(dispatcher.doing(), call.pk, PATROL)
    request = asked(dispatcher, call)
    Outbox.objects.all().delete()
    response = accept_request(desk.doing(), request.pk, alone.staff_id)
    assert response.model == "meet_up"
    assert Encounter.objects.count() == 1
    told = {name for row in Outbox.objects.all() for name in row.audience}
    assert told == {"clinical", "dispatch", f"staff:{alone.staff_id}", f"staff:{officer.staff_id}"}


def test_dispatch_sends_no_crisis_worker_by_herself(
    dispatcher: Persona, alone: Persona, call: Call, cast: dict[str, Persona]
) -> None:
    sign_on(cast["crisis-worker"].doing(), CRU_2)
    for unit in (MOBILE, CRU_2):
        with pytest.raises(OutOfState, match="No officer is signed on"):
            assign_unit(dispatcher.doing(), call.pk, unit)
    request = asked(dispatcher, call)
    with pytest.raises(NotPermitted):
        accept_request(dispatcher.doing(), request.pk, alone.staff_id)


@pytest.mark.parametrize("persona", ["patrol-officer", "crisis-worker", "provider"])
def test_only_dispatch_asks(cast: dict[str, Persona], call: Call, persona: str) -> None:
    with pytest.raises(NotPermitted):
        asked(cast[persona], call)


@pytest.mark.parametrize("persona", ["patrol-officer", "cru-officer", "provider", "analyst"])
def test_only_the_crisis_desk_answers(
    cast: dict[str, Persona], dispatcher: Persona, call: Call, persona: str
) -> None:
    request = asked(dispatcher, call)
    with pytest.raises(NotPermitted):
        decline_request(cast[persona].doing(), request.pk)
    with pytest.raises(NotPermitted):
        counter_request(cast[persona].doing(), request.pk, Counter("phone"))
    request.refresh_from_db()
    assert request.state == RequestState.ASKED


def test_the_database_lets_the_crisis_desk_add_its_own_workers_to_asked_calls_alone(
    dispatcher: Persona, desk: Persona, alone: Persona, call: Call, cast: dict[str, Persona]
) -> None:
    """The wall below the act: without a request, and of an officer, nothing can be added."""
    other = open_call(dispatcher, number=418)
    request = asked(dispatcher, call)
    accept_request(desk.doing(), request.pk, alone.staff_id)
    encounter = Encounter.objects.get()
    insert = (
        "INSERT INTO dispatch_member (id, program_id, agency_id, encounter_id, response_id,"
        " staff_id, short_name, side, state, state_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, 'X', %s, 'assigned', now())"
    )
    response = Response.objects.get()

    def add(side: str) -> None:
        with eyes_of(desk.standing) as cursor:
            facts = [uuid.uuid4(), desk.program_id, desk.agency_id, encounter.pk, response.pk]
            cursor.execute(insert, [*facts, uuid.uuid4(), side])

    add("county")
    with pytest.raises(DatabaseError), transaction.atomic():
        add("police")
    begin = (
        "INSERT INTO dispatch_encounter (id, program_id, agency_id, call_id, number, place,"
        " priority, begun_at) VALUES (%s, %s, %s, %s, 418, '', 3, now())"
    )
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        eyes_of(desk.standing) as cursor,
    ):
        cursor.execute(begin, [uuid.uuid4(), desk.program_id, desk.agency_id, other.pk])


def test_of_two_answers_one_counts_and_the_other_is_told(
    cast: dict[str, Persona], dispatcher: Persona, desk: Persona, alone: Persona, call: Call
) -> None:
    request = asked(dispatcher, call)
    accept_request(desk.doing(at=LATER), request.pk, alone.staff_id)
    other = cast["crisis-supervisor"]
    told = r"K\. Abara accepted at \d\d:01:00: P\. Vang-Ritter goes"
    with pytest.raises(Taken, match=told):
        accept_request(other.doing(), request.pk, alone.staff_id)
    with pytest.raises(Taken, match=told):
        decline_request(other.doing(), request.pk)
    with pytest.raises(Taken, match=told):
        counter_request(other.doing(), request.pk, Counter("phone"))
    with pytest.raises(Taken):
        withdraw_request(dispatcher.doing(), request.pk)
    assert Response.objects.count() == 1


def test_a_worker_is_sent_to_one_call_at_a_time(
    dispatcher: Persona, desk: Persona, alone: Persona, call: Call
) -> None:
    second = asked(dispatcher, open_call(dispatcher, number=418))
    accept_request(desk.doing(), asked(dispatcher, call).pk, alone.staff_id)
    with pytest.raises(Taken, match="MC 1 is on another call"):
        accept_request(desk.doing(), second.pk, alone.staff_id)
    second.refresh_from_db()
    assert (second.state, second.sent_by_id) == (RequestState.ASKED, None)


def test_who_signed_off_or_rides_in_a_pair_meanwhile_is_not_sent(
    cast: dict[str, Persona], dispatcher: Persona, desk: Persona, alone: Persona, call: Call
) -> None:
    request = asked(dispatcher, call)
    sign_off(alone.doing(at=LATER), "sick")
    with pytest.raises(Taken, match=r"P\. Vang-Ritter signed off at \d\d:01\."):
        accept_request(desk.doing(at=LATER), request.pk, alone.staff_id)
    sign_on(cast["crisis-worker"].doing(), CRU_1)
    sign_on(cast["cru-officer"].doing(), CRU_1)
    with pytest.raises(Taken, match="rides with an officer on CRU 1 now"):
        accept_request(desk.doing(at=LATER), request.pk, cast["crisis-worker"].staff_id)
    with pytest.raises(BadInput):
        accept_request(desk.doing(), request.pk, cast["cru-officer"].staff_id)
    request.refresh_from_db()
    assert request.state == RequestState.ASKED


def test_a_declined_request_says_who_and_when_and_no_reason(
    dispatcher: Persona, desk: Persona, call: Call
) -> None:
    request = asked(dispatcher, call)
    decline_request(desk.doing(at=LATER), request.pk)
    request.refresh_from_db()
    assert (request.state, request.answered_by_name, request.first_answer_at) == (
        RequestState.DECLINED,
        "K. Abara",
        LATER,
    )
    assert asked(dispatcher, call).pk != request.pk


@pytest.mark.parametrize(
    ("offer", "kept"),
    [
        (Counter("phone"), ("phone", None, "")),
        (Counter("telehealth"), ("telehealth", None, "")),
        (Counter("later", at=LATER), ("later", LATER, "")),
        (Counter("meet", place=" Hixon Forest "), ("meet", None, "Hixon Forest")),
        (Counter("phone", at=LATER, place="not offered"), ("phone", None, "")),
    ],
    ids=["phone", "telehealth", "later", "meet", "phone with leftovers"],
)
def test_a_counter_is_an_offer_and_a_worker_may_still_go(
    dispatcher: Persona,
    desk: Persona,
    alone: Persona,
    call: Call,
    offer: Counter,
    kept: tuple[str, datetime | None, str],
) -> None:
    request = asked(dispatcher, call)
    counter_request(desk.doing(at=LATER), request.pk, offer)
    request.refresh_from_db()
    assert (request.counter, request.counter_at, request.counter_place) == kept
    assert request.state == RequestState.COUNTERED
    accept_request(desk.doing(at=LATER + timedelta(minutes=9)), request.pk, alone.staff_id)
    request.refresh_from_db()
    assert (request.state, request.first_answer_at) == (RequestState.ACCEPTED, LATER)


@pytest.mark.parametrize("offer", [Counter(""), Counter("no"), Counter("later"), Counter("meet")])
def test_an_offer_that_nobody_could_act_on_is_refused(
    dispatcher: Persona, desk: Persona, call: Call, offer: Counter
) -> None:
    request = asked(dispatcher, call)
    with pytest.raises(BadInput):
        counter_request(desk.doing(), request.pk, offer)


def test_dispatch_asks_once_takes_back_and_asks_again(
    dispatcher: Persona, desk: Persona, alone: Persona, call: Call
) -> None:
    first = asked(dispatcher, call)
    with pytest.raises(OutOfState, match="asked already"):
        asked(dispatcher, call)
    withdraw_request(dispatcher.doing(), first.pk)
    with pytest.raises(OutOfState, match="Dispatch withdrew"):
        accept_request(desk.doing(), first.pk, alone.staff_id)
    second = asked(dispatcher, call)
    counter_request(desk.doing(), second.pk, Counter("phone"))
    third = asked(dispatcher, call)
    states = WorkerRequest.objects.order_by("asked_at").values_list("pk", "state", "withdrawn_why")
    assert set(states) == {
        (first.pk, "withdrawn", ""),
        (second.pk, "withdrawn", "asked_again"),
        (third.pk, "asked", ""),
    }


def test_a_call_that_closes_ends_what_was_asked_for_it(
    dispatcher: Persona, desk: Persona, alone: Persona, call: Call
) -> None:
    request = asked(dispatcher, call)
    Outbox.objects.all().delete()
    close_call(dispatcher.doing(), call.pk)
    assert Outbox.objects.filter(keys__contains=[request.pk], audience=["clinical"]).exists()
    with pytest.raises(OutOfState, match="The call ended"):
        accept_request(desk.doing(), request.pk, alone.staff_id)
    with pytest.raises(OutOfState):
        asked(dispatcher, call)
    reopen_call(dispatcher.doing(), call.pk)
    accept_request(desk.doing(), asked(dispatcher, call).pk, alone.staff_id)
    with pytest.raises(OutOfState, match="A unit is still on this call"):
        close_call(dispatcher.doing(), call.pk)


def test_what_is_not_there_is_not_found(dispatcher: Persona, desk: Persona) -> None:
    with pytest.raises(NotFound):
        ask_worker(dispatcher.doing(), uuid.uuid4(), uuid.uuid4())
    with pytest.raises(NotFound):
        decline_request(desk.doing(), uuid.uuid4())


def test_words_that_are_too_long_store_nothing(dispatcher: Persona, call: Call) -> None:
    with pytest.raises(BadInput):
        asked(dispatcher, call, "x" * 501)
    assert not WorkerRequest.objects.exists()
    assert CallNote.objects.count() == 1


def test_every_state_says_what_follows_it() -> None:
    assert set(TRANSITIONS) == set(RequestState)
