"""Taking calls by hand at dispatch: nothing needs to be known, nobody dropped, callers apart."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from tandem.calls.answers import Given
from tandem.calls.models import Answer, Call, Numbering
from tandem.calls.queries import answers_of
from tandem.demo.story.told import plain
from tandem.intake.models import Caller, CallerStep, CallLink, Transfer
from tandem.intake.rules import CalledBackTooSeldom
from tandem.intake.services.desk import (
    Entered,
    NewCall,
    add_caller,
    answer_questions,
    close_call,
    follow_caller,
    link_call,
    open_call,
)
from tandem.intake.services.transfers import ask_transfer, take_transfer
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted
from tandem.storage.standing import opened as opened_standing
from tandem.storage.standing import standing_as
from tests.conftest import NOON, Persona
from tests.scene import browser_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
UNKNOWN = Entered(channel="911")


def opened(by: Persona, new: NewCall | None = None) -> Call:
    """A call entered by hand."""
    return open_call(by.doing(), uuid.uuid4(), new or NewCall(caller=UNKNOWN))


def test_a_call_of_which_nothing_is_known_is_made_and_numbered(
    dispatcher: Persona, trail: Callable[[], list[str]]
) -> None:
    following = Numbering.objects.get(pk=dispatcher.agency_id).next_number
    first, second = opened(dispatcher), opened(dispatcher)
    assert (first.number, second.number) == (following, following + 1)
    assert (first.place, first.call_type, first.state, first.channel) == ("", "", "open", "911")
    assert Answer.objects.count() == 0
    assert trail() == ["call.opened", "call.opened"]


def test_a_call_keeps_its_caller_answers_and_place(dispatcher: Persona) -> None:
    new = NewCall(
        caller=Entered(
            channel="988",
            party="third_party",
            callback="608-555-0117",
            counselor="Avery",
            center="Lifeline center",
            language="Hmoob",
            line="vrs",
        ),
        place="4th St & Main St",
        priority=2,
        answers=[Given("weapon_accessible", "not_known", "third_party")],
    )
    call = opened(dispatcher, new)
    caller = Caller.objects.get(call_id=call.pk)
    assert (caller.counselor, caller.center, caller.callback) == (
        "Avery",
        "Lifeline center",
        "608-555-0117",
    )
    assert (caller.language, caller.line, call.place) == ("Hmoob", "vrs", "4th St & Main St")
    assert Answer.objects.get(call_id=call.pk).value == "not_known"


def test_a_relay_is_told_by_name_and_time_who_took_it(dispatcher: Persona) -> None:
    """Scenario 3: source 988, only what was relayed, place to be found, acknowledged by name."""
    relay = Entered(channel="988", counselor="Avery", callback="608-555-0117")
    call = opened(dispatcher, NewCall(caller=relay))
    caller = Caller.objects.get(call_id=call.pk)
    page = browser_of(dispatcher).get(f"/intake/{call.pk}/").content.decode()
    assert "Nobody knows the place yet" in page
    assert "I told the relay my name" in page
    later = dispatcher.doing(at=NOON + timedelta(minutes=1))
    step = follow_caller(
        later, call.pk, kind="relay_acknowledged", result="told", caller_id=caller.pk
    )
    assert (step.by_name, step.at) == (dispatcher.short_name, NOON + timedelta(minutes=1))
    page = browser_of(dispatcher).get(f"/intake/{call.pk}/").content.decode()
    assert "I told the relay my name" not in page


@pytest.mark.parametrize(
    ("caller", "offered"),
    [
        (Entered(channel="911", party="third_party"), "third_party"),
        (Entered(channel="911"), "dispatcher"),
        (Entered(channel="988", counselor="Avery"), "counselor"),
        (Entered(channel="officer"), "officer"),
    ],
)
def test_an_answer_is_never_offered_as_the_persons_own_when_another_speaks(
    dispatcher: Persona, caller: Entered, offered: str
) -> None:
    """The desk that answers a question without a look at "who said it" writes down who rang."""
    call = opened(dispatcher, NewCall(caller=caller))
    page = browser_of(dispatcher).get(f"/intake/{call.pk}/").content.decode()
    asked = page.split('name="said_by"')[1].split("</select>")[0]
    assert [part.split('"')[0] for part in asked.split('value="') if " selected" in part] == [
        offered
    ]


def test_a_dropped_line_asks_to_tell_the_team_and_keeps_who_did(dispatcher: Persona) -> None:
    """Scenario 1: the CRU pre-alert is a person's: a number or a channel, and one key."""
    call = opened(dispatcher, NewCall(caller=Entered(channel="911", dropped=True)))
    browser = browser_of(dispatcher)
    page = plain(browser.get(f"/desk/?call={call.pk}").content.decode())
    assert "To be told by you: the CRU, before it is sent (line dropped) radio" in page
    address = f"/desk/{call.pk}/advice/told/"
    told = {"act_id": str(uuid.uuid4()), "whom": "cru"}
    assert browser.post(address, told).status_code == 302
    step = CallerStep.objects.get(call_id=call.pk, kind="told")
    assert (step.result, step.by_name) == ("cru", dispatcher.short_name)
    page = plain(browser.get(f"/desk/?call={call.pk}").content.decode())
    assert f"Told by {dispatcher.short_name}" in page
    assert "Told: the CRU" in page  # in what happened
    wrong = {"act_id": str(uuid.uuid4()), "whom": "everybody"}
    browser.post(address, wrong)
    assert CallerStep.objects.filter(call_id=call.pk, kind="told").count() == 1


def test_whom_the_advice_names_stands_with_the_number_to_ring(dispatcher: Persona) -> None:
    answers = [Given("child_alone_or_cps_concern", "yes", "third_party")]
    call = opened(dispatcher, NewCall(caller=UNKNOWN, answers=answers))
    page = plain(browser_of(dispatcher).get(f"/desk/?call={call.pk}").content.decode())
    assert "To be told by you: child protection on call (608) 555-0152" in page
    assert "CRU, before it is sent" not in page


def test_a_caller_nobody_has_taken_stands_in_the_dispatchers_list(
    dispatcher: Persona, worker: Persona
) -> None:
    call = opened(dispatcher)
    transfer = ask_transfer(dispatcher.doing(), uuid.uuid4(), call.pk, "wants to talk")
    browser = browser_of(dispatcher)
    page = plain(browser.get("/desk/").content.decode())
    assert "caller on the way to the crisis desk" in page
    assert "caller not taken by the crisis desk yet" in page  # on its row
    assert f"Not acknowledged. Asked 12:00:00 by {dispatcher.short_name}." in page
    assert "Ring (608) 555-0142" in page
    Transfer.objects.filter(pk=transfer.pk).update(rings=1, rang_at=NOON + timedelta(minutes=3))
    page = plain(browser.get("/desk/").content.decode())
    assert "Rang again 1 time, last 12:03:00." in page
    take_transfer(worker.doing(), transfer.pk)
    page = plain(browser.get("/desk/").content.decode())
    assert "caller on the way to the crisis desk" not in page


def test_a_dropped_caller_is_called_back_twice_before_the_call_is_abandoned(
    dispatcher: Persona, trail: Callable[[], list[str]]
) -> None:
    """Scenario 1: a mandatory call-back log and a pre-alert; abandoned only after two."""
    dropped = Entered(channel="911", callback="608-555-0142", words="he wants to die", dropped=True)
    call = opened(dispatcher, NewCall(caller=dropped))
    caller = Caller.objects.get(call_id=call.pk)
    assert CallerStep.objects.filter(call_id=call.pk, kind="pre_alert").count() == 1
    for tried in range(2):
        with pytest.raises(CalledBackTooSeldom):
            close_call(dispatcher.doing(), call.pk, "abandoned", call_backs_needed=2)
        follow_caller(
            dispatcher.doing(at=NOON + timedelta(minutes=tried + 1)),
            call.pk,
            kind="call_back",
            result="no_answer",
            caller_id=caller.pk,
        )
    close_call(dispatcher.doing(), call.pk, "abandoned", call_backs_needed=2)
    assert Call.objects.get(pk=call.pk).state == "closed"
    assert trail().count("call.closed.refused") == 2


def test_every_dropped_caller_counts_alone(dispatcher: Persona) -> None:
    call = opened(dispatcher, NewCall(caller=Entered(channel="911", dropped=True)))
    first = Caller.objects.get(call_id=call.pk)
    add_caller(dispatcher.doing(), call.pk, Entered(channel="911", dropped=True))
    for _ in range(2):
        follow_caller(
            dispatcher.doing(),
            call.pk,
            kind="call_back",
            result="busy",
            caller_id=first.pk,
        )
    with pytest.raises(CalledBackTooSeldom):
        close_call(dispatcher.doing(), call.pk, "abandoned", call_backs_needed=2)
    close_call(dispatcher.doing(), call.pk, "handled_by_phone", call_backs_needed=2)


def test_three_callers_one_incident_and_each_card_knows_one(dispatcher: Persona) -> None:
    """Scenario 9."""
    names = ["Aspen One", "Birch Two", "Cedar Three"]
    calls = [
        opened(
            dispatcher,
            NewCall(
                caller=Entered(
                    channel="911", name=name, callback=f"608-555-01{n}0", words=f"I am {name}"
                ),
                place="Riverside Park",
            ),
        )
        for n, name in enumerate(names)
    ]
    for call in calls[1:]:
        link_call(dispatcher.doing(), call.pk, calls[0].pk)
    client = browser_of(dispatcher)
    whole = client.get(f"/intake/{calls[0].pk}/").content.decode()
    assert all(name in whole for name in names)
    for call, name in zip(calls, names, strict=True):
        caller = Caller.objects.get(call_id=call.pk)
        card = client.get(f"/intake/{call.pk}/callers/{caller.pk}/").content.decode()
        assert name in card
        for other in set(names) - {name}:
            assert other not in card
        others = {c.callback for c in Caller.objects.exclude(pk=caller.pk)}
        assert not any(number in card for number in others)


def test_linked_calls_leave_the_list_and_come_back_when_taken_apart(dispatcher: Persona) -> None:
    lead, same = opened(dispatcher), opened(dispatcher)
    client = browser_of(dispatcher)

    def listed() -> str:
        return client.get("/desk/fragments/?regions=lists").content.decode()

    assert str(same.pk) in listed()
    link_call(dispatcher.doing(), same.pk, lead.pk)
    assert str(same.pk) not in listed()
    assert str(lead.pk) in listed()
    link_call(dispatcher.doing(at=NOON + timedelta(seconds=1)), same.pk, None)
    assert str(same.pk) in listed()
    assert CallLink.objects.count() == 2
    # An open call is in the list also when the one that led is closed.
    link_call(dispatcher.doing(at=NOON + timedelta(seconds=2)), same.pk, lead.pk)
    close_call(dispatcher.doing(), lead.pk)
    assert str(same.pk) in listed()


def carried(desk: Persona, call: Call) -> dict[str, Answer]:
    """The answers of a call as they stand."""
    with standing_as(desk.standing), opened_standing():
        return answers_of(desk.standing, call.pk)


def test_a_danger_that_one_caller_affirms_counts_on_the_call_that_leads(
    dispatcher: Persona,
) -> None:
    lead, same = opened(dispatcher), opened(dispatcher)
    no = [Given("weapon_in_hand", "no", "third_party"), Given("violence_now", "yes", "third_party")]
    answer_questions(dispatcher.doing(), lead.pk, no)
    yes = [Given("weapon_in_hand", "yes", "second_party", "a knife")]
    later = NOON + timedelta(seconds=1)
    answer_questions(dispatcher.doing(at=later), same.pk, [*yes, *no[1:]])
    link_call(dispatcher.doing(at=later), same.pk, lead.pk)
    held = carried(dispatcher, lead)
    assert (held["weapon_in_hand"].value, held["weapon_in_hand"].said_by) == ("yes", "second_party")
    assert held["weapon_in_hand"].words == f"{same.number:04d}: a knife"
    # What both said stands once; what is affirmed afterwards is carried too, a denial never.
    assert Answer.objects.filter(call_id=lead.pk, question="violence_now").count() == 1
    after = NOON + timedelta(seconds=2)
    told = [
        Given("weapon_in_hand", "no", "third_party"),
        Given("shots_or_hostage", "yes", "officer"),
    ]
    answer_questions(dispatcher.doing(at=after), same.pk, told)
    held = carried(dispatcher, lead)
    assert (held["weapon_in_hand"].value, held["shots_or_hostage"].value) == ("yes", "yes")


def test_a_danger_is_carried_to_the_last_of_calls_that_lead_one_another(
    dispatcher: Persona,
) -> None:
    last, between, first = opened(dispatcher), opened(dispatcher), opened(dispatcher)
    link_call(dispatcher.doing(), first.pk, between.pk)
    link_call(dispatcher.doing(at=NOON + timedelta(seconds=1)), between.pk, last.pk)
    told = [Given("weapon_in_hand", "yes", "second_party")]
    answer_questions(dispatcher.doing(at=NOON + timedelta(seconds=2)), first.pk, told)
    assert carried(dispatcher, last)["weapon_in_hand"].value == "yes"


def test_a_call_links_to_no_linked_call_and_not_to_itself(dispatcher: Persona) -> None:
    lead, same, third = opened(dispatcher), opened(dispatcher), opened(dispatcher)
    link_call(dispatcher.doing(), same.pk, lead.pk)
    for into in (third.pk, same.pk):
        with pytest.raises(BadInput):
            link_call(dispatcher.doing(), third.pk, into)


@pytest.mark.parametrize("persona", ["cru-officer", "patrol-officer", "crisis-worker", "provider"])
def test_only_the_dispatch_desk_takes_calls(cast: dict[str, Persona], persona: str) -> None:
    with pytest.raises(NotPermitted):
        open_call(cast[persona].doing(), uuid.uuid4(), NewCall(caller=UNKNOWN))
    assert not Call.objects.exists()
    assert browser_of(cast[persona]).get("/intake/").status_code == 403


def test_a_caller_of_another_call_is_not_here(dispatcher: Persona) -> None:
    call, other = opened(dispatcher), opened(dispatcher)
    caller = Caller.objects.get(call_id=other.pk)
    with pytest.raises(NotFound):
        follow_caller(
            dispatcher.doing(), call.pk, kind="call_back", result="busy", caller_id=caller.pk
        )
    path = f"/intake/{call.pk}/callers/{caller.pk}/"
    assert browser_of(dispatcher).get(path).status_code == 404


def form(**more: str) -> dict[str, str]:
    """A call as the page posts it."""
    return {"act_id": str(uuid.uuid4()), "channel": "911", "priority": "3", **more}


def test_the_form_makes_a_call_with_its_answers_once(dispatcher: Persona) -> None:
    client = browser_of(dispatcher)
    sent = form(
        **{"q.violence_now": "no", "q.weapon_in_hand": "not_asked", "w.violence_now": "all calm"},
        party="second_party",
        place="12 Main St",
    )
    first = client.post("/intake/", sent)
    again = client.post("/intake/", sent)
    assert first.status_code == again.status_code == 302
    assert first["Location"] == again["Location"]
    answer = Answer.objects.get()
    assert (answer.question, answer.value, answer.said_by, answer.words) == (
        "violence_now",
        "no",
        "second_party",
        "all calm",
    )


def test_an_act_id_that_somebody_else_used_makes_a_call_of_ones_own(
    dispatcher: Persona, cast: dict[str, Persona]
) -> None:
    sent = form(place="12 Main St")
    colleague = browser_of(cast["dispatcher-2"])
    first = browser_of(dispatcher).post("/intake/", sent)
    second = colleague.post("/intake/", sent)
    assert first.status_code == second.status_code == 302
    assert first["Location"] != second["Location"]
    assert colleague.post("/intake/", sent)["Location"] == second["Location"]
    assert Call.objects.count() == 2


def test_a_refused_form_keeps_what_was_typed(dispatcher: Persona) -> None:
    answer = browser_of(dispatcher).post("/intake/", form(priority="9", place="Hixon Forest"))
    assert answer.status_code == 409
    assert "Hixon Forest" in answer.content.decode()
    assert not Call.objects.exists()


def test_changed_answers_alone_are_kept_and_one_can_be_taken_back(dispatcher: Persona) -> None:
    call = opened(
        dispatcher,
        NewCall(caller=UNKNOWN, answers=[Given("violence_now", "yes", "first_party")]),
    )
    client: Client = browser_of(dispatcher)
    path = f"/intake/{call.pk}/answers/"
    same = {"q.violence_now": "yes", "was.violence_now": "yes", "w.violence_now": ""}
    client.post(path, form(**same, **{"q.crime_in_progress": "no"}))
    assert Answer.objects.filter(question="violence_now").count() == 1
    client.post(path, form(**{"q.violence_now": "not_asked", "was.violence_now": "yes"}))
    newest = Answer.objects.filter(question="violence_now").order_by("-entered_at", "-at").first()
    assert newest is not None
    assert newest.value == "not_asked"
