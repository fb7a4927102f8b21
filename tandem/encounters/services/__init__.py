"""Writing the two records of an encounter and how it ended. Each function is one act."""

from tandem.encounters.services.ending import set_crisis_axis, set_police_axis
from tandem.encounters.services.estimate import estimate_patrol_alone
from tandem.encounters.services.notes import (
    amend_clinical_note,
    amend_police_note,
    choose_clinical_draft,
    choose_police_draft,
    save_clinical_draft,
    save_police_draft,
    sign_clinical_note,
    sign_police_note,
)
from tandem.encounters.services.persons import describe_clinical_person, describe_police_person

__all__ = [
    "amend_clinical_note",
    "amend_police_note",
    "choose_clinical_draft",
    "choose_police_draft",
    "describe_clinical_person",
    "describe_police_person",
    "estimate_patrol_alone",
    "save_clinical_draft",
    "save_police_draft",
    "set_crisis_axis",
    "set_police_axis",
    "sign_clinical_note",
    "sign_police_note",
]
