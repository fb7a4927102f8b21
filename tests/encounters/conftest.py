"""One encounter of a pair, and the lanes' acts under one name for tests that go through both."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tandem.encounters import services
from tandem.encounters.models import (
    ClinicalNote,
    ClinicalNoteVersion,
    LaneNote,
    NoteVersion,
    PoliceNote,
    PoliceNoteVersion,
)
from tests.conftest import Persona
from tests.scene import send_pair


@dataclass(frozen=True)
class Side:
    """One profession's acts on its record, and who must never see it."""

    author: Persona
    other_profession: Persona
    name: str  # of its acts in the trail
    save: Callable[..., LaneNote]
    sign: Callable[..., NoteVersion]
    amend: Callable[..., NoteVersion]
    notes: Any
    versions: Any
    note_table: str
    version_table: str
    key_table: str


@pytest.fixture
def encounter_id(cast: dict[str, Persona]) -> uuid.UUID:
    """The encounter to which CRU 1, an officer and a crisis worker, was sent."""
    return send_pair(cast).encounter_id


@pytest.fixture(params=["police", "crisis"])
def side(request: pytest.FixtureRequest, officer: Persona, worker: Persona) -> Side:
    """Each profession in turn."""
    if request.param == "police":
        return Side(
            officer,
            worker,
            "police_note",
            services.save_police_draft,
            services.sign_police_note,
            services.amend_police_note,
            PoliceNote._default_manager,
            PoliceNoteVersion._default_manager,
            "encounters_policenote",
            "encounters_policenoteversion",
            "storage_policekey",
        )
    return Side(
        worker,
        officer,
        "clinical_note",
        services.save_clinical_draft,
        services.sign_clinical_note,
        services.amend_clinical_note,
        ClinicalNote._default_manager,
        ClinicalNoteVersion._default_manager,
        "encounters_clinicalnote",
        "encounters_clinicalnoteversion",
        "storage_crisiskey",
    )
