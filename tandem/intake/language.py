"""Where the interpreter of a call stands, as a row: checked in one place for every act."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from tandem.intake.models import LanguageStep
from tandem.intake.rules import INTERPRETER_STATES, INTERPRETERS, check_interpreter
from tandem.kernel.refusals import BadInput
from tandem.privacy.acts import Trail


@dataclass(frozen=True)
class Interpreting:
    """What is known of the language now."""

    language: str
    state: str = "needed"
    how: str = ""  # who or what interprets, once somebody does
    identity: str = ""  # the interpreter's number or name
    life_threat: bool = False  # without which no family member and no child interprets


def check_said(said: Interpreting) -> None:
    """Raise BadInput for a word of no list, NoFamilyInterpreter for a relative."""
    known = said.state in INTERPRETER_STATES and said.how in ("", *INTERPRETERS)
    if not known or not said.language.strip():
        raise BadInput
    check_interpreter(said.how, life_threat=said.life_threat)


def write_language(
    trail: Trail, call_id: uuid.UUID, said: Interpreting, *, encounter_id: uuid.UUID | None = None
) -> LanguageStep:
    """One row; the newest of a call holds."""
    doing = trail.doing
    return LanguageStep.objects.create(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        call_id=call_id,
        encounter_id=encounter_id,
        language=said.language.strip()[:60],
        state=said.state,
        how=said.how,
        identity=said.identity.strip()[:60],
        life_threat=said.life_threat,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )
