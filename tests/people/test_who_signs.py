"""Who would sign for a person: letters seen before a guardian's word counts, and from which age."""

from __future__ import annotations

import json
import uuid

import pytest

from tandem.encounters.services import describe_clinical_person, describe_police_person
from tandem.kernel.refusals import BadInput, NotFound
from tandem.people.facts import Signer
from tandem.people.models import ClinicalFact
from tandem.people.reading import read_file
from tandem.people.services import note_clinical_fact, note_police_fact
from tandem.people.sides import CRISIS_SIDE
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import browser_of, send_pair


# Wis. Stat. 51.30(5): a minor of 14 or more signs alone.
@pytest.mark.parametrize(
    ("stands_as", "letters", "age", "hindered"),
    [
        ("guardian", "not_seen", "", "letters"),
        ("guardian", "seen", "", ""),
        ("health_care_agent", "not_seen", "", "letters"),
        ("parent", "not_seen", "", ""),
        ("self", "not_seen", "", ""),
        ("self", "not_seen", "13", "too_young"),
        ("self", "not_seen", "14", ""),
        ("anything else", "perhaps", "", "letters"),
    ],
)
def test_what_keeps_a_consent_from_counting(
    stands_as: str, letters: str, age: str, hindered: str
) -> None:
    told = {"who": "P. Quill", "stands_as": stands_as, "letters": letters, "age": age}
    assert Signer.read(told).hindered_by(signs_from=14) == hindered


@pytest.fixture
def file_id(cast: dict[str, Persona], db: None) -> uuid.UUID:
    encounter_id = send_pair(cast).encounter_id
    person = describe_clinical_person(
        cast["crisis-worker"].doing(), encounter_id, name="A. Quill", age=44, age_how="said"
    )
    assert person.file_id is not None
    return person.file_id


@pytest.mark.django_db(databases=["default", "identity"])
def test_it_is_sealed_and_seen_letters_take_the_place_of_unseen_ones(
    cast: dict[str, Persona], file_id: uuid.UUID
) -> None:
    worker = cast["crisis-worker"]
    told = {"who": "Perpetua Quill", "stands_as": "guardian", "source": "other"}
    first = note_clinical_fact(worker.doing(), file_id, "signer", told)
    assert b"Perpetua" not in bytes(ClinicalFact.objects.get(pk=first.pk).value or b"")
    page = browser_of(worker).get(f"/persons/{file_id}/").content.decode()
    assert "does not count: the letters were not seen" in page
    seen = {**told, "letters": "seen", "source": "record"}
    note_clinical_fact(worker.doing(), file_id, "signer", seen, first.pk)
    with standing_as(worker.standing), opened():
        kept = read_file(worker.standing, CRISIS_SIDE, file_id, at=NOON).of("signer")
    assert [json.loads(fact.value)["letters"] for fact in kept] == ["seen"]
    with pytest.raises(BadInput, match="who it is"):
        note_clinical_fact(worker.doing(), file_id, "signer", {"stands_as": "guardian"})


@pytest.mark.django_db(databases=["default", "identity"])
def test_police_keep_none(cast: dict[str, Persona]) -> None:
    officer = cast["cru-officer"]
    person = describe_police_person(
        officer.doing(),
        send_pair(cast).encounter_id,
        name="A. Quill",
        age=44,
        age_how="said",
        may_be_minor=False,
    )
    assert person.file_id is not None
    with pytest.raises(NotFound):
        note_police_fact(officer.doing(), person.file_id, "signer", {"who": "P. Quill"})
    page = browser_of(officer).get(f"/persons/{person.file_id}/").content.decode()
    assert "Who signs" not in page
