"""The structured questions of call screening: plain codes that both desks and the advice share.

A question that has no answer was not asked; `not_known` was asked and the caller could not say.
Neither is ever `no`.
"""

from __future__ import annotations

from dataclasses import dataclass

ANSWERS = ("yes", "no", "not_known")
NOT_ASKED = "not_asked"  # also what an answer entered by mistake is taken back to
VALUES = (*ANSWERS, NOT_ASKED)

# Who said it: the caller's relation to the person, or somebody of the program.
SAID_BY = (
    "first_party",  # the person the call is about
    "second_party",  # somebody who is with the person
    "third_party",  # somebody who is not
    "counselor",  # of another line that relays
    "officer",
    "crisis_worker",
    "dispatcher",  # heard it on the line
)


@dataclass(frozen=True)
class Question:
    """One question: its code, its group on the screen, and whether safety hangs on it."""

    code: str
    group: str  # danger | harm | person | needs | help
    safety: bool = False


# The order is the order in which a desk asks: what changes who goes comes first.
QUESTIONS = (
    Question("weapon_in_hand", "danger", safety=True),
    Question("weapon_accessible", "danger", safety=True),
    Question("shots_or_hostage", "danger", safety=True),
    Question("violence_now", "danger", safety=True),
    Question("just_ended_assault", "danger", safety=True),
    Question("threat_to_named_person", "danger", safety=True),
    Question("crime_in_progress", "danger", safety=True),
    Question("warrant_or_mandatory_arrest", "danger", safety=True),
    Question("attempt_in_progress", "harm", safety=True),
    Question("injury_or_ingestion", "harm", safety=True),
    Question("delirium_signs", "harm", safety=True),
    Question("medical_condition_or_pregnancy", "harm"),
    Question("intoxicated", "harm"),
    Question("suicidal_ideation", "person"),
    Question("psychosis_or_disorientation", "person"),
    Question("grief_or_distress", "person"),
    Question("dementia_or_wandering", "person"),
    Question("welfare_check", "person"),
    Question("child_alone_or_cps_concern", "person", safety=True),
    Question("others_present_children", "person", safety=True),
    Question("knows_police_are_coming", "needs"),
    Question("hearing_or_speech", "needs"),
    Question("autism_or_idd", "needs"),
    Question("service_animal", "needs"),
    Question("veteran", "needs"),
    Question("wants_support_only", "help"),
    Question("wants_clinician", "help"),
    Question("agrees_to_transfer", "help"),
    Question("has_provider_or_guardian", "help"),
)
CODES = tuple(question.code for question in QUESTIONS)
SAFETY = tuple(question.code for question in QUESTIONS if question.safety)
GROUPS = ("danger", "harm", "person", "needs", "help")
