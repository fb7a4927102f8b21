"""A contact's person is one of the county's own: on file, with safe ways, seen by no other side."""

from __future__ import annotations

import html
import uuid
from collections.abc import Callable

import pytest

from tandem.intake.reading import read_contact
from tandem.intake.sealed import ContactFacts
from tandem.intake.services import crisis
from tandem.kernel.refusals import NotFound, NotPermitted, OutOfState
from tandem.people.models import (
    ClinicalFact,
    ClinicalFile,
    ContactPerson,
    PoliceFile,
    PoliceToken,
)
from tandem.people.services import merge_clinical_files, note_clinical_fact
from tandem.privacy import expunge
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import browser_of, eyes_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
NAME, SHORT = "Xochitl Quillfeather", "Xochi Quilfeather"


def begun(by: Persona, name: str = NAME, **more: object) -> uuid.UUID:
    """A contact about somebody."""
    facts = ContactFacts(person=name, callback="608-555-0199", **more)  # type: ignore[arg-type]
    contact = crisis.open_contact(by.doing(), uuid.uuid4(), channel="crisis_line", facts=facts)
    return contact.pk


def file_of(contact_id: uuid.UUID) -> uuid.UUID:
    """The file their person is on."""
    found = ContactPerson.objects.get(pk=contact_id).file_id
    assert found is not None
    return found


def page_of(persona: Persona, contact_id: uuid.UUID) -> str:
    """The contact as this person reads it."""
    return html.unescape(browser_of(persona).get(f"/crisis/{contact_id}/").content.decode())


def test_a_named_person_is_on_the_countys_file_and_an_unknown_one_on_none(worker: Persona) -> None:
    named, unknown = begun(worker), begun(worker, name="")
    assert ClinicalFile.objects.get().pk == file_of(named)
    assert ContactPerson.objects.get(pk=unknown).file_id is None
    assert not PoliceFile.objects.exists()
    assert not PoliceToken.objects.exists()
    # The name that was first said stays behind the one that stands now.
    crisis.describe_contact(worker.doing(), named, ContactFacts(person=SHORT, age=15))
    names = ClinicalFact.objects.filter(file_id=file_of(named), kind="name")
    assert [fact.replaced_at is None for fact in names.order_by("at", "replaced_at")].count(
        True
    ) == 1
    assert NAME.encode() not in b"".join(bytes(fact.value or b"") for fact in names)
    crisis.describe_contact(worker.doing(), unknown, ContactFacts(person="Walter Hintz"))
    assert ClinicalFile.objects.count() == 2


@pytest.mark.parametrize(
    ("age", "shown"),
    [(None, "a minor until an age says otherwise"), (17, "A minor"), (18, ""), (71, "")],
)
def test_a_person_is_a_minor_until_an_age_says_otherwise(
    worker: Persona, age: int | None, shown: str
) -> None:
    page = page_of(worker, begun(worker, age=age))
    assert (shown or "Whom it is about") in page
    assert ("a minor" in page.lower()) == bool(shown)


def test_who_it_may_also_be_is_shown_from_ones_own_side_and_chosen(
    worker: Persona, trail: Callable[[], list[str]]
) -> None:
    first, second = begun(worker), begun(worker, name=SHORT)
    page = page_of(worker, second)
    assert "May be the same person" in page
    assert f"/persons/{file_of(first)}/" in page
    left = file_of(second)
    crisis.identify_contact(worker.doing(), second, file_of(first))
    assert file_of(second) == file_of(first)
    assert ClinicalFile.objects.get(pk=left).left_at is not None
    assert "contact.identified" in trail()
    shown = html.unescape(browser_of(worker).get(f"/persons/{file_of(first)}/").content.decode())
    assert shown.count('href="/crisis/') >= 2
    assert SHORT in shown
    with pytest.raises(OutOfState):
        crisis.identify_contact(worker.doing(), second, file_of(first))
    # Somebody else after all: a file of their own again, and the first says nothing of them.
    crisis.identify_contact(worker.doing(), second, None)
    assert file_of(second) != file_of(first)
    again = browser_of(worker).get(f"/persons/{file_of(first)}/").content.decode()
    assert SHORT not in again.split("May be the same person")[0]


def test_a_worker_finds_persons_of_own_contacts_and_the_supervisor_all_of_the_desk(
    worker: Persona, cast: dict[str, Persona]
) -> None:
    contact_id = begun(worker)
    colleague, supervisor = cast["crisis-worker-2"], cast["crisis-supervisor"]
    for persona, opens in ((worker, True), (supervisor, True), (colleague, False)):
        browser = browser_of(persona)
        told = {"name": NAME, "contact": str(contact_id)}
        found = browser.post("/persons/", told).content.decode()
        assert (f"/persons/{file_of(contact_id)}/" in found) == opens, persona.key
        status = browser.get(f"/persons/{file_of(contact_id)}/").status_code
        assert status == (200 if opens else 404), persona.key
    other = begun(colleague, name=SHORT)
    with pytest.raises(NotFound):
        crisis.identify_contact(colleague.doing(), other, file_of(contact_id))
    assert "May be the same person" not in page_of(colleague, other)


@pytest.mark.parametrize("who", ["dispatcher", "cru-officer", "police-custodian"])
def test_no_other_side_reads_that_there_is_anybody(
    worker: Persona, cast: dict[str, Persona], who: str
) -> None:
    contact_id = begun(worker)
    persona = cast[who]
    with eyes_of(persona.standing) as cursor:
        cursor.execute("SELECT has_table_privilege('people_contactperson', 'SELECT')")
        assert cursor.fetchone() == (False,)
    for path in (f"/crisis/{contact_id}/person/", f"/crisis/{contact_id}/way/"):
        assert browser_of(persona).post(path).status_code == 403
    with pytest.raises(NotPermitted):
        crisis.identify_contact(persona.doing(), contact_id, None)


def test_nothing_is_left_at_a_number_until_somebody_said_that_it_may(worker: Persona) -> None:
    contact_id = begun(worker)
    assert "Speak only with the person, leave nothing." in page_of(worker, contact_id)
    told = {"way": "phone", "where": "(608) 555 0199", "may_leave_message": "yes"}
    told |= {"must_not_know": "her brother", "act_id": str(uuid.uuid4())}
    done = browser_of(worker).post(f"/crisis/{contact_id}/way/", told, follow=True)
    page = html.unescape(done.content.decode())
    assert "Must not know: her brother" in page
    assert "Speak only with the person, leave nothing." not in page
    # The other number of the same person is still nobody's to leave a word at.
    facts = ContactFacts(person=NAME, callback="608-555-0111")
    crisis.describe_contact(worker.doing(), contact_id, facts)
    assert "Speak only with the person, leave nothing." in page_of(worker, contact_id)
    refused = browser_of(worker).post(
        f"/crisis/{begun(worker, name='')}/way/", {**told, "act_id": str(uuid.uuid4())}, follow=True
    )
    assert "Write the person's name first" in html.unescape(refused.content.decode())


def test_the_steward_merges_files_of_contacts_as_of_encounters(
    worker: Persona, cast: dict[str, Persona]
) -> None:
    one, other = file_of(begun(worker)), file_of(begun(worker, name=SHORT))
    steward = cast["county-custodian"]
    assert "Quillfeather" in browser_of(steward).get("/stewards/").content.decode()
    merge_clinical_files(steward.doing(), one, other, "document")
    page = browser_of(worker).get(f"/persons/{other}/").content.decode()
    assert "1 more file is shown as part of this one." in page


def test_an_expunged_contact_names_its_persons_file_and_a_gone_file_keeps_no_contact_back(
    worker: Persona, cast: dict[str, Persona]
) -> None:
    contact_id, steward = begun(worker), cast["county-custodian"]
    held = file_of(contact_id)
    assert expunge.expunge_county(steward.doing(), contact_id) == held
    second = begun(worker)
    gone = file_of(second)
    expunge.expunge_county(steward.doing(), gone)
    crisis.describe_contact(worker.doing(), second, ContactFacts(person="Somebody Else"))
    with standing_as(worker.standing), opened():
        assert read_contact(worker.standing, second, at=NOON).facts.person == "Somebody Else"
    assert "This record was expunged." in page_of(worker, second)
    with pytest.raises(OutOfState):
        note_clinical_fact(worker.doing(), gone, "alias", {"value": "Nobody"})
