"""Asking dispatch for co-response: what is chosen, by which door, and what the county keeps."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest

from tandem.board.facts import pack
from tandem.calls.answers import Given
from tandem.calls.models import Answer, Call, CallNote, Numbering
from tandem.intake.models import Contact, Disclosure
from tandem.intake.reading import read_contact
from tandem.intake.sealed import ContactFacts
from tandem.intake.services import crisis
from tandem.intake.services.desk import close_call
from tandem.intake.services.sharing import Chosen, NoDoor, share_contact
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted
from tandem.storage.models import Outbox
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import browser_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
CHOSEN = Chosen(
    authority="imminent_threat",
    place="Hixon Forest",
    safety=[Given("weapon_accessible", "not_known", "crisis_worker")],
    words="a dog behind the gate",
    name="Quetzalin",
    threat="said that tonight it ends",
)


@pytest.fixture
def contact(worker: Persona) -> Contact:
    """A contact whose worker may let something go."""
    facts = ContactFacts(person="Quetzalin", place="4th St", words="Axolotl")
    return crisis.open_contact(worker.doing(), uuid.uuid4(), channel="crisis_line", facts=facts)


def share(by: Persona, contact: Contact, chosen: Chosen = CHOSEN) -> Disclosure:
    """One asking."""
    return share_contact(by.doing(), contact.pk, uuid.uuid4(), chosen, pack=pack())


def test_a_call_is_born_with_a_number_only_now(
    worker: Persona, dispatcher: Persona, contact: Contact, trail: Callable[[], list[str]]
) -> None:
    following = Numbering.objects.get(pk=dispatcher.agency_id).next_number
    assert not Call.objects.exists()
    share(worker, contact)
    call = Call.objects.get()
    assert (call.number, call.place, call.channel, call.agency_id) == (
        following,
        "Hixon Forest",
        "crisis_desk",
        dispatcher.agency_id,
    )
    answer = Answer.objects.get(call_id=call.pk)
    assert (answer.question, answer.value, answer.said_by) == (
        "weapon_accessible",
        "not_known",
        "crisis_worker",
    )
    note = CallNote.objects.get(call_id=call.pk)
    assert "a dog behind the gate" in note.text
    assert "Quetzalin" in note.text
    assert trail()[-1] == "contact.shared"
    assert any(set(row.audience) == {"dispatch"} and row.urgent for row in Outbox.objects.all())
    assert "Hixon Forest" in browser_of(dispatcher).get("/desk/").content.decode()


def test_the_county_keeps_word_for_word_what_went_out_and_by_which_law(
    worker: Persona, contact: Contact
) -> None:
    share(worker, contact)
    row = Disclosure.objects.get()
    assert (row.authority, row.recipient, row.by_id) == (
        "imminent_threat",
        "dispatch",
        worker.staff_id,
    )
    assert row.pack_version == f"us-wi {pack().version}"
    assert b"Quetzalin" not in bytes(row.sealed)
    with standing_as(worker.standing), opened():
        read = read_contact(worker.standing, contact.pk, at=NOON)
    told = read.disclosures[0][1]
    assert (told["place"], told["words"], told["name"], told["threat"]) == (
        "Hixon Forest",
        "a dog behind the gate",
        "Quetzalin",
        "said that tonight it ends",
    )


def test_a_second_asking_adds_to_the_same_call(worker: Persona, contact: Contact) -> None:
    first = share(worker, contact)
    second = share(worker, contact, replace(CHOSEN, words="now two dogs"))
    assert (second.call_id, second.call_number) == (first.call_id, first.call_number)
    assert Call.objects.count() == 1
    assert CallNote.objects.count() == 2
    assert Disclosure.objects.count() == 2


def test_an_asking_after_the_call_was_closed_begins_another(
    worker: Persona, contact: Contact, dispatcher: Persona
) -> None:
    first = share(worker, contact)
    close_call(dispatcher.doing(), first.call_id, "handled_by_phone")
    second = share(worker, contact, replace(CHOSEN, words="he has a knife now"))
    assert second.call_number != first.call_number
    assert Call.objects.get(pk=second.call_id).state == "open"
    assert CallNote.objects.get(call_id=second.call_id).text.startswith("he has a knife now")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"authority": "curiosity"}, NoDoor),
        ({"authority": ""}, NoDoor),
        ({"authority": "worker_safety"}, NoDoor),  # lets no name go
        ({"threat": " "}, BadInput),
        ({"place": "", "words": "", "safety": ()}, BadInput),
        ({"safety": [Given("veteran", "yes", "crisis_worker")]}, BadInput),
        ({"priority": 9}, BadInput),
        ({"words": "x" * 900}, BadInput),
    ],
)
def test_what_no_door_lets_go_stays_and_nothing_is_born(
    worker: Persona,
    contact: Contact,
    change: dict[str, object],
    refusal: type[Exception],
    trail: Callable[[], list[str]],
) -> None:
    before = dict(Numbering.objects.values_list("agency_id", "next_number"))
    with pytest.raises(refusal):
        share(worker, contact, replace(CHOSEN, **change))  # type: ignore[arg-type]
    assert not Call.objects.exists()
    assert not Disclosure.objects.exists()
    assert dict(Numbering.objects.values_list("agency_id", "next_number")) == before
    assert trail()[-1] == "contact.shared.refused"


def test_a_place_without_a_name_needs_no_threat(worker: Persona, contact: Contact) -> None:
    share(worker, contact, Chosen(authority="worker_safety", place="Hixon Forest"))
    assert Call.objects.get().place == "Hixon Forest"


@pytest.mark.parametrize(
    ("persona", "refusal"),
    [
        ("crisis-worker-2", NotFound),
        ("dispatcher", NotPermitted),
        ("cru-officer", NotPermitted),
        ("county-custodian", NotPermitted),
    ],
)
def test_only_who_works_on_it_lets_something_go(
    cast: dict[str, Persona], contact: Contact, persona: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        share(cast[persona], contact)
    assert not Call.objects.exists()


def test_the_page_sends_only_what_is_ticked(
    worker: Persona, dispatcher: Persona, contact: Contact
) -> None:
    crisis.answer_contact(
        worker.doing(),
        contact.pk,
        [Given("violence_now", "no", "first_party"), Given("weapon_in_hand", "yes", "first_party")],
    )
    client = browser_of(worker)
    assert "Serious and imminent threat" in client.get(f"/crisis/{contact.pk}/").content.decode()
    form = {
        "act_id": str(uuid.uuid4()),
        "authority": "imminent_threat",
        "threat": "now",
        "share_place": "4th St",
        "with_place": "yes",
        "share_name": "Quetzalin",
        "safety": ["weapon_in_hand"],
        "priority": "1",
    }
    assert client.post(f"/crisis/{contact.pk}/share/", form).status_code == 302
    call = Call.objects.get()
    assert (call.place, call.priority) == ("4th St", 1)
    assert list(Answer.objects.values_list("question", "value")) == [("weapon_in_hand", "yes")]
    assert not CallNote.objects.exists()
    assert "Quetzalin" not in browser_of(dispatcher).get(f"/desk/?call={call.pk}").content.decode()
