"""The two sides and their tables. Nothing here takes both: a search knows one side alone."""

from __future__ import annotations

from dataclasses import dataclass

from tandem.people import models
from tandem.storage.models import CRISIS, POLICE, Lane


@dataclass(frozen=True)
class Side:
    """One side's persons: whose they are, and where they lie."""

    code: str  # police | crisis
    lane: Lane
    persons: type[models.PersonServed]
    files: type[models.PersonFile]
    facts: type[models.PersonFact]
    tokens: type[models.PersonToken]
    secrets: type[models.SearchSecret]
    pairs: type[models.PersonPair]
    unsent: type[models.UnsentWords]
    # Only the crisis side has contacts: of a crisis line's person no other side has a row.
    contacts: type[models.ContactPerson] | None = None

    @property
    def subject(self) -> str:
        """What the trail calls a file of this side."""
        return self.files._meta.model_name or ""


POLICE_SIDE = Side(
    "police",
    POLICE,
    models.PolicePerson,
    models.PoliceFile,
    models.PoliceFact,
    models.PoliceToken,
    models.PoliceSecret,
    models.PolicePair,
    models.PoliceUnsent,
)
CRISIS_SIDE = Side(
    "crisis",
    CRISIS,
    models.ClinicalPerson,
    models.ClinicalFile,
    models.ClinicalFact,
    models.ClinicalToken,
    models.ClinicalSecret,
    models.ClinicalPair,
    models.ClinicalUnsent,
    models.ContactPerson,
)
SIDES = {side.code: side for side in (POLICE_SIDE, CRISIS_SIDE)}
SIDE_OF_ROLE = {
    "PO": POLICE_SIDE,
    "CRU": POLICE_SIDE,
    "PRVP": POLICE_SIDE,
    "MCW": CRISIS_SIDE,
    "SUP": CRISIS_SIDE,
    "PRVC": CRISIS_SIDE,
}
