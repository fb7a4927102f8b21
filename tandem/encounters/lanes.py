"""The two lanes side by side: which tables, which keys, which act names. Nothing crosses here."""

from __future__ import annotations

from dataclasses import dataclass

from tandem.encounters.models import (
    ClinicalNote,
    ClinicalNoteVersion,
    LaneNote,
    PoliceNote,
    PoliceNoteVersion,
)
from tandem.people.models import ClinicalPerson, PersonServed, PolicePerson
from tandem.storage.models import CRISIS, JUVENILE, POLICE, Lane, RecordKey


@dataclass(frozen=True)
class RecordLane:
    """One profession's record of an encounter."""

    code: str  # police | crisis
    side: str  # police | county
    act: str  # first half of its act names
    notes: type[LaneNote]
    versions: type[PoliceNoteVersion] | type[ClinicalNoteVersion]
    persons: type[PersonServed]
    keys: type[RecordKey]
    sealed_as: Lane  # before anything is known of the person


# An officer's record is kept as a juvenile's until an age says otherwise: Wis. Stat. 938.396(1).
POLICE_LANE = RecordLane(
    "police",
    "police",
    "police_note",
    PoliceNote,
    PoliceNoteVersion,
    PolicePerson,
    POLICE.keys,
    JUVENILE,
)
CRISIS_LANE = RecordLane(
    "crisis",
    "county",
    "clinical_note",
    ClinicalNote,
    ClinicalNoteVersion,
    ClinicalPerson,
    CRISIS.keys,
    CRISIS,
)
LANES = {lane.code: lane for lane in (POLICE_LANE, CRISIS_LANE)}
LANE_OF_ROLE = {"PO": POLICE_LANE, "CRU": POLICE_LANE, "MCW": CRISIS_LANE, "SUP": CRISIS_LANE}
