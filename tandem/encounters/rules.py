"""What decides the class of a police record, and which of two savings holds. Plain Python."""

from __future__ import annotations

from enum import StrEnum

from tandem.kernel.typed import Tab

# Practice: asked at contact, at the latest before the ending is chosen; "cannot say" is an answer.
ESTIMATES = ("arrest", "cite", "emergency_department", "detention", "leave", "cannot_say")
# What keeps a record open until a supervisor has reviewed it, and where it is stated.
TRIGGERS = (
    "force",
    "injury",
    "death",
    "detention",
    "juvenile",
    "restraint",
    "complaint",
    "adverse",
)
TRIGGER_OF_ADVERSE = {
    "force_used": "force",
    "injury_person": "injury",
    "injury_officer": "injury",
    "injury_clinician": "injury",
    "injury_other": "injury",
    "death": "death",
    "complaint": "complaint",
    "near_miss": "adverse",
    "medication_refused": "adverse",
}
# Statutes under which a person is held against their will.
DETENTIONS = frozenset(
    {
        "emergency_detention",
        "alcohol_drug_protective_custody",
        "emergency_protective_placement",
        "juvenile_custody",
        "existing_commitment_return",
        "unauthorized_absence_return",
    }
)
MINOR_BELOW = {"police": 17, "county": 18}
ADULT_FROM = 17  # Wis. Stat. 938.02(1): 17 is an adult for criminal law


def police_class(age: int | None, age_how: str, *, may_be_minor: bool) -> str:
    """D12 for a juvenile or for an age not known that may be under 17; otherwise D5.

    An estimated or stated age keeps the record apart while the officer thinks the person may be
    a minor: Wis. Stat. 938.396(1).
    """
    if age is None:
        return "D12" if may_be_minor else "D5"
    if age < ADULT_FROM:
        return "D12"
    return "D12" if age_how in {"said", "estimated"} and may_be_minor else "D5"


def toggled(held: list[str], tapped: str) -> list[str]:
    """An axis of several values after one tap; `none` and `unknown` stand alone."""
    alone = {"none", "unknown"}
    if tapped in held:
        return [value for value in held if value != tapped]
    if tapped in alone:
        return [tapped]
    return [*(value for value in held if value not in alone), tapped]


class Place(StrEnum):
    """Where a save goes."""

    TAKEN = "taken"
    LATE = "late"  # an older one of the same page: nothing of it is newer
    APART = "apart"  # another page saved words that this one never showed


def placed(tab: Tab, held_writer: str, held: int) -> Place:
    """Whether a save replaces what is held: savings come out of order, and from two pages at once.

    A page may go on from what it showed; what it never showed it does not overwrite.
    """
    if held == 0:
        return Place.TAKEN
    if tab.writer == held_writer:
        return Place.TAKEN if tab.sequence > held else Place.LATE
    return Place.TAKEN if (tab.base_writer, tab.base) == (held_writer, held) else Place.APART
