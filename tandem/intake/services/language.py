"""Who interprets on a call, as a desk or whoever was sent says it."""

from __future__ import annotations

import uuid

from tandem.calls.models import Call
from tandem.dispatch.models import Encounter, Member
from tandem.intake.language import Interpreting, check_said, write_language
from tandem.intake.models import LanguageStep
from tandem.kernel.refusals import NotFound
from tandem.privacy.acts import Trail, act


@act("interpreter.logged", "call")
def log_interpreter(
    trail: Trail, call_or_encounter_id: uuid.UUID, said: Interpreting
) -> LanguageStep:
    """Keep where the interpreter stands; the desk names the call, who was sent the encounter."""
    call_id, encounter_id = _of(trail, call_or_encounter_id)
    check_said(said)
    step = write_language(trail, call_id, said, encounter_id=encounter_id)
    why = "life threat" if said.life_threat and said.how in {"family", "child"} else ""
    trail.record("call", call_id, also=[step.pk], reason=why)
    crew = Member.objects.filter(encounter__call_id=call_id).values_list("staff_id", "encounter_id")
    staff = [f"staff:{one}" for one, _encounter in crew]
    keys = dict.fromkeys([call_id, *(encounter for _staff, encounter in crew)])
    trail.announce(*keys, to=["dispatch", *staff])
    return step


def _of(trail: Trail, key: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID | None]:
    doing = trail.doing
    if doing.standing.role == "TC":
        if not Call.objects.filter(pk=key, program_id=doing.program_id).exists():
            raise NotFound
        return key, None
    mine = Member.objects.filter(encounter_id=key, staff_id=doing.staff_id)
    encounter = Encounter.objects.filter(pk=key, program_id=doing.program_id).first()
    if encounter is None or encounter.call_id is None or not mine.exists():
        raise NotFound
    return encounter.call_id, encounter.pk
