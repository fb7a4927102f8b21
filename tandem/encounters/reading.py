"""Opening sealed records for who may: the query that fetches them writes down that it did."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime

from tandem.encounters.custody import Told
from tandem.encounters.drafts import Draft, apart_draft, held_draft
from tandem.encounters.facts import PoliceFacts
from tandem.encounters.lanes import RecordLane
from tandem.encounters.models import (
    ClinicalTyped,
    CollateralTold,
    CollateralTyped,
    CustodyEvent,
    CustodyFact,
    CustodyTyped,
    LaneNote,
    NoteVersion,
    PatrolEstimate,
    PoliceNoteVersion,
    PoliceTyped,
    TypedWords,
)
from tandem.kernel.typed import ReadTyped, of_text
from tandem.people.models import PolicePerson
from tandem.privacy import audit
from tandem.storage.models import COLLATERAL, CUSTODY, Lane
from tandem.storage.sealing import key_of, unseal
from tandem.storage.standing import Standing


@dataclass(frozen=True)
class ReadVersion:
    """A signed text, opened."""

    number: int
    text: str
    reason: str
    signed_at: datetime
    facts: PoliceFacts | None = None


@dataclass(frozen=True)
class ReadDraft:
    """One's own note as it stands, and what another page saved beside it."""

    note: LaneNote | None = None
    held: Draft = field(default_factory=lambda: Draft(""))
    apart: Draft | None = None


@dataclass(frozen=True)
class ReadPerson:
    """This side's person, opened."""

    name: str
    age: int | None
    age_how: str
    juvenile: bool
    file_id: uuid.UUID | None = None
    by: str = ""
    at: datetime | None = None


def read_draft(
    standing: Standing, lane: RecordLane, encounter_id: uuid.UUID, *, at: datetime
) -> ReadDraft:
    """One's own note and draft; reading a record that exists leaves a row in the trail."""
    notes = lane.notes._default_manager.filter(encounter_id=encounter_id, author_id=standing.me)
    note = notes.first()
    if note is None:
        return ReadDraft()
    audit.read(note._meta.model_name or "", note.pk, at=at)
    key = key_of(lane.keys, note.pk)
    if key is None:
        return ReadDraft(note)
    return ReadDraft(note, held_draft(note, key), apart_draft(note, key))


def read_note(
    standing: Standing, lane: RecordLane, encounter_id: uuid.UUID, *, at: datetime
) -> tuple[str, LaneNote | None]:
    """The words of one's own draft, and the note."""
    read = read_draft(standing, lane, encounter_id, at=at)
    return read.held.text, read.note


def read_versions(lane: RecordLane, note: LaneNote) -> list[ReadVersion]:
    """Every signed version of a note that was read, first signed first."""
    key = key_of(lane.keys, note.pk)
    if key is None:
        return []
    found = lane.versions._default_manager.filter(note_id=note.pk).order_by("number")
    return [_version(lane.versions._meta.db_table, key, version) for version in found]


def _version(table: str, key: bytes, version: NoteVersion) -> ReadVersion:
    note_id: uuid.UUID = version.note_id  # type: ignore[attr-defined]
    facts = None
    if isinstance(version, PoliceNoteVersion) and version.facts is not None:
        facts = PoliceFacts.of_text(unseal(key, f"{table}.facts", note_id, version.facts))
    return ReadVersion(
        version.number,
        unseal(key, f"{table}.text", note_id, version.text),
        unseal(key, f"{table}.reason", note_id, version.reason) if version.reason else "",
        version.signed_at,
        facts,
    )


def read_signed_of_others(
    standing: Standing, lane: RecordLane, encounter_id: uuid.UUID, *, at: datetime
) -> list[tuple[LaneNote, list[ReadVersion]]]:
    """What colleagues of the own side signed on this encounter; nobody reads another's draft."""
    notes = lane.notes._default_manager.filter(encounter_id=encounter_id)
    others = notes.exclude(author_id=standing.me).exclude(signed_at=None).order_by("signed_at")
    read = []
    for note in others:
        audit.read(note._meta.model_name or "", note.pk, at=at)
        read.append((note, read_versions(lane, note)))
    return read


def read_estimate(
    lane: RecordLane, encounter_id: uuid.UUID, staff_id: uuid.UUID
) -> tuple[PatrolEstimate, str] | None:
    """One's own estimate of what patrol alone would have done, and the offense named."""
    mine = PatrolEstimate.objects.filter(encounter_id=encounter_id, by_id=staff_id)
    held = mine.filter(replaced_at=None).first()
    if held is None:
        return None
    if held.offense is None:
        return held, ""
    key = key_of(lane.keys, held.pk)
    place = f"{held._meta.db_table}.offense"
    return held, unseal(key, place, held.pk, held.offense) if key else ""


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
    return ReadPerson(
        name,
        person.age,
        person.age_how,
        juvenile,
        person.file_id,
        person.described_by_name,
        person.described_at,
    )


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


def custody_events(encounter_id: uuid.UUID, *, at: datetime) -> list[tuple[CustodyEvent, Told]]:
    """The facts of custody that the reader may read, in their order; each reading leaves a row."""
    found = []
    for event in CustodyEvent.objects.filter(encounter_id=encounter_id):
        key = key_of(CUSTODY.keys, event.pk)
        if key is not None:
            audit.read("custodyevent", event.pk, at=at)
            place = f"{event._meta.db_table}.told"
            found.append((event, Told.of_text(unseal(key, place, event.pk, event.told))))
    return sorted(found, key=lambda pair: pair[1].when)


@dataclass(frozen=True)
class ReadCollateral:
    """What was told in confidence, opened."""

    words: str
    source: str
    relation: str
    passed_on: bool
    by: str
    at: datetime


def read_collateral(encounter_id: uuid.UUID, *, at: datetime) -> list[ReadCollateral]:
    """What was told in confidence on an encounter; each reading leaves a row in the trail."""
    found = []
    for row in CollateralTold.objects.filter(encounter_id=encounter_id).order_by("at"):
        key = key_of(COLLATERAL.keys, row.pk)
        if key is not None:
            audit.read("collateraltold", row.pk, at=at)
            told = json.loads(unseal(key, f"{row._meta.db_table}.told", row.pk, row.told))
            found.append(ReadCollateral(**told, passed_on=row.passed_on, by=row.by_name, at=row.at))
    return found


def read_typed(
    standing: Standing, lane: RecordLane, encounter_id: uuid.UUID, *, at: datetime
) -> list[ReadTyped]:
    """What one typed oneself on the encounter's page and did not send, newest first."""
    rows = PoliceTyped if lane.side == "police" else ClinicalTyped
    found = []
    for row in _unsent(standing, rows, encounter_id):
        note_id: uuid.UUID = row.note_id  # type: ignore[attr-defined]
        key = key_of(lane.keys, note_id)
        if key is not None:
            audit.read(lane.notes._meta.model_name or "", note_id, at=at)
            found.append(_typed(row, key, note_id))
    if lane.side == "county":
        found += _under_own_key(standing, CollateralTyped, COLLATERAL, encounter_id, at)
    return found


def read_typed_custody(
    standing: Standing, encounter_id: uuid.UUID, *, at: datetime
) -> list[ReadTyped]:
    """What one typed oneself for the custody file and did not note, newest first."""
    return _under_own_key(standing, CustodyTyped, CUSTODY, encounter_id, at)


def _under_own_key(
    standing: Standing, rows: type[TypedWords], lane: Lane, encounter_id: uuid.UUID, at: datetime
) -> list[ReadTyped]:
    found = []
    for row in _unsent(standing, rows, encounter_id):
        key = key_of(lane.keys, row.pk)
        if key is not None:
            audit.read(row._meta.model_name or "", row.pk, at=at)
            found.append(_typed(row, key, row.pk))
    return found


def _unsent(
    standing: Standing, rows: type[TypedWords], encounter_id: uuid.UUID
) -> list[TypedWords]:
    mine = rows._default_manager.filter(encounter_id=encounter_id, author_id=standing.me)
    return list(mine.exclude(typed=None).order_by("-at"))


def _typed(row: TypedWords, key: bytes, key_id: uuid.UUID) -> ReadTyped:
    words = unseal(key, f"{row._meta.db_table}.typed", key_id, row.typed or b"")
    return ReadTyped(row.form, row.writer, row.seq, row.at, of_text(words))
