"""Writing the two records of an encounter and how it ended. Each function is one act."""

from tandem.encounters.services.custody import name_relief, note_custody, take_back_custody
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
from tandem.encounters.services.told import refuse_to_crisis, refuse_to_police, tell_collateral
from tandem.encounters.services.typed import (
    save_clinical_words,
    save_collateral_words,
    save_custody_words,
    save_police_words,
)

__all__ = [
    "amend_clinical_note",
    "amend_police_note",
    "choose_clinical_draft",
    "choose_police_draft",
    "describe_clinical_person",
    "describe_police_person",
    "estimate_patrol_alone",
    "name_relief",
    "note_custody",
    "refuse_to_crisis",
    "refuse_to_police",
    "save_clinical_draft",
    "save_clinical_words",
    "save_collateral_words",
    "save_custody_words",
    "save_police_draft",
    "save_police_words",
    "set_crisis_axis",
    "set_police_axis",
    "sign_clinical_note",
    "sign_police_note",
    "take_back_custody",
    "tell_collateral",
]
