"""The crisis desk: contacts of its own compartment, opened only for who works on them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest

from tandem.calls.answers import Given
from tandem.calls.models import Call, Numbering
from tandem.dispatch.services import assign_unit, sign_on
from tandem.intake.models import Contact, ContactAnswer, ContactStep, ContactWorker, Transfer
from tandem.intake.reading import read_contact
from tandem.intake.sealed import ContactFacts
from tandem.intake.services import crisis
from tandem.intake.services.desk import Entered, NewCall, close_call, open_call
from tandem.intake.services.transfers import ask_transfer, take_transfer, withdraw_transfer
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted, OutOfState, Taken
from tandem.storage.models import Outbox
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import PATROL, browser_of, eyes_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
FACTS = ContactFacts(
    caller="Zyxolotl", callback="608-555-0199", place="4th St", person="Quetzal", words="Axolotl"
)


@pytest.fixture
def colleague(cast: dict[str, Persona]) -> Persona:
    """Another crisis worker of the same desk."""
    return cast["crisis-worker-2"]


@pytest.fixture
def supervisor(cast: dict[str, Persona]) -> Persona:
    """Of the crisis desk."""
    return cast["crisis-supervisor"]


def begun(by: Persona, **more: object) -> Contact:
    """A contact by the crisis line."""
    told = {"channel": "crisis_line", "facts": FACTS, **more}
    return crisis.open_contact(by.doing(), uuid.uuid4(), **told)  # type: ignore[arg-type]


def transferred(dispatcher: Persona) -> Transfer:
    """A caller whom dispatch hands over."""
    call = open_call(dispatcher.doing(), uuid.uuid4(), NewCall(caller=Entered(channel="911")))
    return ask_transfer(dispatcher.doing(), uuid.uuid4(), call.pk, "wants to talk")


def test_a_contact_is_sealed_and_opens_again_for_its_worker(
    worker: Persona, trail: Callable[[], list[str]]
) -> None:
    contact = begun(worker, answers=[Given("suicidal_ideation", "yes", "first_party", "Axolotl")])
    for row in (Contact.objects.get(), ContactAnswer.objects.get()):
        stored = (
            b"".join(
                bytes(value)
                for value in vars(row).values()
                if isinstance(value, bytes | memoryview)
            )
            + repr(vars(row)).encode()
        )
        for canary in (b"Zyxolotl", b"Quetzal", b"Axolotl", b"first_party"):
            assert canary not in stored
    with standing_as(worker.standing), opened():
        read = read_contact(worker.standing, contact.pk, at=NOON)
    assert read.facts == FACTS
    assert read.answers["suicidal_ideation"][1]["value"] == "yes"
    assert trail() == ["contact.opened", "contact.read"]


def test_contacts_have_numbers_of_their_own_and_draw_none_of_a_call(worker: Persona) -> None:
    before = dict(Numbering.objects.values_list("agency_id", "next_number"))
    assert [begun(worker).number for _ in range(3)] == [1, 2, 3]
    assert dict(Numbering.objects.values_list("agency_id", "next_number")) == before
    assert not Call.objects.exists()


def test_news_of_a_contact_goes_to_its_worker_and_the_supervisors_alone(
    worker: Persona, supervisor: Persona, cast: dict[str, Persona]
) -> None:
    begun(worker)
    audience = set(Outbox.objects.get().audience)
    assert f"staff:{worker.staff_id}" in audience
    assert f"staff:{supervisor.staff_id}" in audience
    others = {f"staff:{p.staff_id}" for p in cast.values() if p.standing.login != "clinical"}
    assert not audience & (others | {"dispatch", "police", "clinical"})


def test_a_colleague_opens_a_contact_only_once_it_was_handed_over(
    worker: Persona, colleague: Persona, supervisor: Persona
) -> None:
    contact = begun(worker)
    path = f"/crisis/{contact.pk}/"
    hidden = browser_of(colleague).get(path)
    assert hidden.status_code == 404
    assert hidden.content == browser_of(colleague).get(f"/crisis/{uuid.uuid4()}/").content
    assert browser_of(supervisor).get(path).status_code == 200
    crisis.hand_contact(worker.doing(), contact.pk, colleague.staff_id)
    crisis.hand_contact(colleague.doing(), contact.pk, worker.staff_id)
    assert browser_of(colleague).get(path).status_code == 200
    assert Contact.objects.get().holder_id == worker.staff_id
    assert ContactWorker.objects.count() == 2


def test_no_other_side_reads_or_counts_a_single_row(
    worker: Persona, dispatcher: Persona, officer: Persona, cast: dict[str, Persona]
) -> None:
    begun(worker)
    tables = [
        "intake_contact",
        "intake_contactnumbering",
        "intake_contactworker",
        "intake_contactanswer",
        "intake_contactstep",
        "intake_disclosure",
        "storage_crisiskey",
    ]
    for persona in (dispatcher, officer, cast["police-custodian"], cast["administrator"]):
        for table in tables:
            with eyes_of(persona.standing) as cursor:
                cursor.execute("SELECT has_table_privilege(%s, 'SELECT')", [table])
                assert cursor.fetchone() == (False,), (persona.key, table)


@pytest.mark.parametrize("persona", ["dispatcher", "cru-officer", "patrol-officer", "provider"])
def test_only_the_crisis_desk_begins_contacts(cast: dict[str, Persona], persona: str) -> None:
    with pytest.raises(NotPermitted):
        begun(cast[persona])
    for path in ("/crisis/", "/crisis/new/", f"/crisis/{uuid.uuid4()}/"):
        assert browser_of(cast[persona]).get(path).status_code == 403
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    "bad",
    [
        {"channel": "911"},
        {"channel": "transfer"},
        {"facts": ContactFacts(age=200)},
        {"facts": ContactFacts(party="a bird")},
        {"answers": [Given("violence_now", "unknown", "officer")]},
    ],
)
def test_what_no_list_knows_is_refused_whole(worker: Persona, bad: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        begun(worker, **bad)
    assert not Contact.objects.exists()
    assert not ContactAnswer.objects.exists()


def test_a_contact_lives_through_its_acts(worker: Persona, trail: Callable[[], list[str]]) -> None:
    contact = begun(worker, dropped=True)
    calmer = ContactFacts(place=FACTS.place, words="calmer now")
    crisis.describe_contact(worker.doing(), contact.pk, calmer)
    crisis.answer_contact(worker.doing(), contact.pk, [Given("violence_now", "no", "first_party")])
    crisis.follow_contact(worker.doing(), contact.pk, kind="call_back", result="reached")
    crisis.close_contact(worker.doing(), contact.pk, "settled_by_phone", words="rested")
    with pytest.raises(OutOfState):
        crisis.close_contact(worker.doing(), contact.pk, "not_reached")
    assert Contact.objects.get().state == "closed"
    assert ContactStep.objects.count() == 2
    assert trail() == [
        "contact.opened",
        "contact.described",
        "contact.answered",
        "contact.followed",
        "contact.closed",
        "contact.closed.refused",
    ]


def test_the_call_closes_with_the_name_of_who_took_the_caller_and_not_before(
    dispatcher: Persona, worker: Persona
) -> None:
    """Scenario 4."""
    transfer = transferred(dispatcher)
    with pytest.raises(OutOfState):
        close_call(dispatcher.doing(), transfer.call_id, "handled_by_phone", call_backs_needed=2)
    assert Call.objects.get().state == "open"
    later = NOON + timedelta(minutes=1)
    take_transfer(worker.doing(at=later), transfer.pk)
    taken = Transfer.objects.get()
    assert (taken.acknowledged_by_name, taken.acknowledged_at) == (worker.short_name, later)
    assert Call.objects.get().state == "closed"
    page = browser_of(dispatcher).get(f"/intake/{transfer.call_id}/").content.decode()
    assert f"{worker.short_name} took the caller" in page


def test_a_call_with_a_unit_on_it_stays_open_when_the_caller_is_taken(
    dispatcher: Persona, worker: Persona, cast: dict[str, Persona]
) -> None:
    transfer = transferred(dispatcher)
    sign_on(cast["patrol-officer"].doing(), PATROL)
    assign_unit(dispatcher.doing(), transfer.call_id, PATROL)
    take_transfer(worker.doing(at=NOON + timedelta(minutes=1)), transfer.pk)
    assert Transfer.objects.get().acknowledged_by_name == worker.short_name
    assert Call.objects.get().state == "open"


def test_a_caller_is_taken_once_and_not_after_it_was_withdrawn(
    dispatcher: Persona, worker: Persona, colleague: Persona
) -> None:
    first = transferred(dispatcher)
    take_transfer(worker.doing(), first.pk)
    with pytest.raises(Taken, match=r"took this caller already"):
        take_transfer(colleague.doing(), first.pk)
    second = transferred(dispatcher)
    withdraw_transfer(dispatcher.doing(), second.pk)
    with pytest.raises(OutOfState):
        take_transfer(worker.doing(), second.pk)
    assert Call.objects.get(pk=second.call_id).state == "open"


def test_a_taken_caller_begins_a_contact_with_what_was_told(
    dispatcher: Persona, worker: Persona, colleague: Persona
) -> None:
    transfer = transferred(dispatcher)
    client = browser_of(worker)
    assert "wants to talk" in client.get("/crisis/").content.decode()
    answer = client.post(f"/crisis/callers/{transfer.pk}/take/", {"act_id": str(uuid.uuid4())})
    assert "wants to talk" in client.get(answer["Location"]).content.decode()
    sent = {"act_id": str(uuid.uuid4()), "channel": "transfer", "transfer": str(transfer.pk)}
    assert client.post("/crisis/new/", sent).status_code == 302
    assert Contact.objects.get().transfer_id == transfer.pk
    with pytest.raises(NotFound):
        begun(colleague, channel="transfer", transfer_id=transfer.pk)
