"""Opening sealed records for who may: the query that fetches them writes down that it did."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from tandem.encounters.lanes import RecordLane
from tandem.encounters.models import CustodyFact, LaneNote
from tandem.people.models import PolicePerson
from tandem.privacy import audit
from tandem.storage.models import CUSTODY
from tandem.storage.sealing import key_of, unseal
from tandem.storage.standing import Standing


@dataclass(frozen=True)
class ReadVersion:
    """A signed text, opened."""

    number: int
    text: str
    reason: str
    signed_at: datetime


@dataclass(frozen=True)
class ReadPerson:
    """This side's person, opened."""

    name: str
    age: int | None
    age_how: str
    juvenile: bool
    file_id: uuid.UUID | None = None


def read_note(
    standing: Standing, lane: RecordLane, encounter_id: uuid.UUID, *, at: datetime
) -> tuple[str, LaneNote | None]:
    """One's own note and draft; reading a record that exists leaves a row in the trail."""
    notes = lane.notes._default_manager.filter(encounter_id=encounter_id, author_id=standing.me)
    note = notes.first()
    if note is None:
        return "", None
    audit.read(note._meta.model_name or "", note.pk, at=at)
    key = key_of(lane.keys, note.pk)
    if key is None or note.draft is None:
        return "", note
    return unseal(key, f"{note._meta.db_table}.draft", note.pk, note.draft), note


def read_versions(lane: RecordLane, note: LaneNote) -> list[ReadVersion]:
    """Every signed version of a note that `read_note` gave, first signed first."""
    key = key_of(lane.keys, note.pk)
    if key is None:
        return []
    table = lane.versions._meta.db_table
    return [
        ReadVersion(
            version.number,
            unseal(key, f"{table}.text", note.pk, version.text),
            unseal(key, f"{table}.reason", note.pk, version.reason) if version.reason else "",
            version.signed_at,
        )
        for version in lane.versions._default_manager.filter(note_id=note.pk).order_by("number")
    ]


def read_person(lane: RecordLane, encounter_id: uuid.UUID, *, at: datetime) -> ReadPerson | None:
    """The own side's person of an encounter; reading it leaves a row in the trail."""
    person = lane.persons._default_manager.filter(encounter_id=encounter_id).first()
    if person is None:
        return None
    audit.read(person._meta.model_name or "", person.pk, at=at)
    key = key_of(lane.keys, person.pk)
    if key is None:
        return None
    table = person._meta.db_table
    name = unseal(key, f"{table}.name", person.pk, person.name) if person.name else ""
    juvenile = isinstance(person, PolicePerson) and person.data_class == "D12"
    return ReadPerson(name, person.age, person.age_how, juvenile, person.file_id)


def custody_values(encounter_id: uuid.UUID, *, at: datetime) -> list[tuple[CustodyFact, str]]:
    """The custody facts that the reader may read, oldest first; each reading leaves a row."""
    facts = CustodyFact.objects.filter(encounter_id=encounter_id, replaced_at=None).order_by("at")
    found = []
    for fact in facts:
        key = key_of(CUSTODY.keys, fact.pk)
        if key is not None:
            audit.read("custodyfact", fact.pk, at=at)
            place = f"{fact._meta.db_table}.value"
            found.append((fact, unseal(key, place, fact.pk, fact.value)))
    return found
