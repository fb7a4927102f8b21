"""Who was met: each side's own person, a juvenile's class until an age says otherwise."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tandem.encounters.lanes import CRISIS_LANE, POLICE_LANE
from tandem.encounters.models import PoliceNote, PoliceNoteVersion
from tandem.encounters.reading import read_note, read_person, read_versions
from tandem.encounters.rules import police_class
from tandem.encounters.services import (
    amend_police_note,
    describe_clinical_person,
    describe_police_person,
    save_police_draft,
    sign_police_note,
)
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted
from tandem.people.models import ClinicalPerson, PolicePerson
from tandem.storage.keyring import Unreadable
from tandem.storage.models import CrisisKey, Outbox, PoliceKey
from tandem.storage.sealing import ring
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import eyes_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
NAME = "Quillon Varga"


def described(persona: Persona, encounter_id: uuid.UUID, **facts: Any) -> PolicePerson:
    """One telling of the police side's person."""
    told = {"name": NAME, "age": None, "age_how": "unknown", "may_be_minor": True, **facts}
    person = describe_police_person(persona.doing(), encounter_id, **told)
    assert isinstance(person, PolicePerson)
    return PolicePerson.objects.get(pk=person.pk)


@pytest.mark.parametrize(
    ("age", "how", "may_be_minor", "expected"),
    [
        (None, "unknown", True, "D12"),
        (None, "unknown", False, "D5"),
        (0, "known", False, "D12"),
        (16, "known", False, "D12"),
        (16, "said", False, "D12"),
        (16, "estimated", False, "D12"),
        (17, "known", False, "D5"),
        (17, "known", True, "D5"),  # a known age leaves nothing to guess
        (17, "said", True, "D12"),
        (17, "said", False, "D5"),
        (18, "estimated", True, "D12"),
        (18, "estimated", False, "D5"),
        (120, "known", False, "D5"),
    ],
)
def test_the_class_of_a_police_record(
    age: int | None, how: str, may_be_minor: bool, expected: str
) -> None:
    assert police_class(age, how, may_be_minor=may_be_minor) == expected


def test_an_unknown_person_is_a_juveniles_record_from_the_start(
    encounter_id: uuid.UUID, officer: Persona, trail: Callable[[], list[str]]
) -> None:
    news = Outbox.objects.count()
    person = described(officer, encounter_id, name="")
    assert (person.data_class, person.name, person.age, person.age_how) == (
        "D12",
        None,
        None,
        "unknown",
    )
    key = PoliceKey.objects.get(record_id=person.pk)
    assert (key.lane, key.data_class) == ("juvenile", "D12")
    assert trail()[-1] == "police_person.described"
    assert Outbox.objects.count() == news


def test_a_name_is_sealed_and_comes_back(encounter_id: uuid.UUID, officer: Persona) -> None:
    person = described(officer, encounter_id)
    assert b"Quillon" not in bytes(person.name or b"")
    with standing_as(officer.standing), opened():
        read = read_person(POLICE_LANE, encounter_id, at=NOON)
    assert read is not None
    assert (read.name, read.juvenile) == (NAME, True)


def test_a_known_age_moves_person_note_versions_and_keys(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    save_police_draft(officer.doing(), encounter_id, "draft", 1)
    sign_police_note(officer.doing(), encounter_id, "signed")
    amend_police_note(officer.doing(), encounter_id, "amended", "why")
    note = PoliceNote.objects.get(encounter_id=encounter_id)
    for age, expected, lane in [
        (34, "D5", "police"),
        (15, "D12", "juvenile"),
        (40, "D5", "police"),
    ]:
        person = described(officer, encounter_id, age=age, age_how="known", may_be_minor=False)
        other = "juvenile" if lane == "police" else "police"
        assert person.data_class == expected
        assert PoliceNote.objects.get(pk=note.pk).data_class == expected
        classes = PoliceNoteVersion.objects.values_list("data_class", flat=True)
        assert list(classes) == [expected, expected]
        for record_id in (note.pk, person.pk):
            key = PoliceKey.objects.get(record_id=record_id)
            assert (key.lane, key.data_class) == (lane, expected)
            ring().unwrap(lane, record_id.bytes, bytes(key.wrapped))
            with pytest.raises(Unreadable):
                ring().unwrap(other, record_id.bytes, bytes(key.wrapped))
        with standing_as(officer.standing), opened():
            _, read = read_note(officer.standing, POLICE_LANE, encounter_id, at=NOON)
            assert read is not None
            texts = [(v.text, v.reason) for v in read_versions(POLICE_LANE, read)]
        assert texts == [("signed", ""), ("amended", "why")]


def test_a_note_begun_after_the_age_is_known_has_its_class_at_once(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    described(officer, encounter_id, age=52, age_how="known", may_be_minor=False)
    note = save_police_draft(officer.doing(), encounter_id, "text", 1)
    assert PoliceNote.objects.get(pk=note.pk).data_class == "D5"
    assert PoliceKey.objects.get(record_id=note.pk).lane == "police"


def test_describing_again_corrects_the_one_person(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    first = described(officer, encounter_id, name="")
    second = described(officer, encounter_id, age=30, age_how="said", may_be_minor=False)
    assert first.pk == second.pk
    assert PolicePerson.objects.count() == 1
    assert (second.age, second.age_how) == (30, "said")


def test_each_side_has_its_own_person_and_neither_login_reads_the_others(
    encounter_id: uuid.UUID, officer: Persona, worker: Persona
) -> None:
    described(officer, encounter_id)
    describe_clinical_person(worker.doing(), encounter_id, name="Q. V.", age=29, age_how="said")
    assert ClinicalPerson.objects.get().pk != PolicePerson.objects.get().pk
    assert CrisisKey.objects.get(pk=ClinicalPerson.objects.get().pk).lane == "crisis"
    with standing_as(worker.standing), opened():
        read = read_person(CRISIS_LANE, encounter_id, at=NOON)
    assert read is not None
    assert (read.name, read.age, read.age_how) == ("Q. V.", 29, "said")
    for persona, table in [(officer, "people_clinicalperson"), (worker, "people_policeperson")]:
        with (
            pytest.raises(Exception, match="permission denied"),
            eyes_of(persona.standing) as cursor,
        ):
            cursor.execute(f"SELECT count(*) FROM {table}")


@pytest.mark.parametrize("age", [-1, 121, 10**6])
def test_an_impossible_age_is_refused_and_leaves_nothing(
    encounter_id: uuid.UUID,
    officer: Persona,
    worker: Persona,
    age: int,
    trail: Callable[[], list[str]],
) -> None:
    with pytest.raises(BadInput):
        described(officer, encounter_id, age=age, age_how="said")
    with pytest.raises(BadInput):
        describe_clinical_person(worker.doing(), encounter_id, name="", age=age, age_how="said")
    assert trail()[-2:] == ["police_person.described.refused", "clinical_person.described.refused"]
    assert not PolicePerson.objects.exists()
    assert not ClinicalPerson.objects.exists()
    assert not PoliceKey.objects.exists()


def test_who_describes_no_person(
    encounter_id: uuid.UUID, cast: dict[str, Persona], officer: Persona, worker: Persona
) -> None:
    for persona, refusal in [
        ("crisis-worker", NotPermitted),
        ("dispatcher", NotPermitted),
        ("police-custodian", NotPermitted),
        ("patrol-officer", NotFound),
        ("cru-officer-2", NotFound),
    ]:
        with pytest.raises(refusal):
            described(cast[persona], encounter_id)
    for persona, refusal in [("cru-officer", NotPermitted), ("crisis-worker-2", NotFound)]:
        with pytest.raises(refusal):
            describe_clinical_person(
                cast[persona].doing(), encounter_id, name="", age=None, age_how="unknown"
            )
    assert not PolicePerson.objects.exists()
    assert not ClinicalPerson.objects.exists()


def test_the_database_itself_holds_ages_and_classes_to_their_bounds(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    person = described(officer, encounter_id)
    for change in ({"age": 121}, {"age": -1}, {"data_class": "D6"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PolicePerson.objects.filter(pk=person.pk).update(**change)
