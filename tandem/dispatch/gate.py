"""What asks for an officer's word on one encounter, read from what was entered."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from tandem.calls.models import Call
from tandem.calls.queries import answers_of
from tandem.dispatch.models import Encounter, EntryVeto, Member, MemberStep, SceneFact
from tandem.dispatch.rules import STAGING, Gate
from tandem.dispatch.states import MemberState, SceneWord
from tandem.dispatch.undoing import steps_that_hold
from tandem.privacy.acts import Trail
from tandem.storage.standing import Standing


def gate_of(standing: Standing, encounter: Encounter, *, at: datetime) -> Gate:
    """The gate as it stood at a moment, as far as this login may know."""
    facts = SceneFact.objects.visible_to(standing).filter(
        encounter_id=encounter.pk, kind=SceneWord.STABLE, undone_at=None, at__lte=at
    )
    vetoes = EntryVeto.objects.visible_to(standing).filter(
        encounter_id=encounter.pk, member__side="police", undone_at=None, at__lte=at
    )
    steps = MemberStep.objects.visible_to(standing).filter(
        encounter_id=encounter.pk, member__side="county", happened_at__lte=at
    )
    dangers = [encounter.danger_at]
    if encounter.call_id is not None:
        answers = answers_of(standing, encounter.call_id).items()
        dangers += [one.at for code, one in answers if code in STAGING and one.value == "yes"]
        calls = Call.objects.visible_to(standing).filter(pk=encounter.call_id)
        dangers += calls.values_list("danger_at", flat=True)
    return Gate(
        stable_at=_newest(facts.values_list("at", flat=True)),
        staged_at=_newest(
            step.happened_at for step in steps_that_hold(steps) if step.state == MemberState.STAGED
        ),
        danger_at=_newest(one for one in dangers if one is not None and one <= at),
        vetoed_at=_newest(vetoes.values_list("at", flat=True)),
    )


def _newest(times: Iterable[datetime]) -> datetime | None:
    return max(times, default=None)


def enters_early(trail: Trail, member: Member) -> bool:
    """Whether a crisis worker goes to the person before an officer's word that is asked for."""
    if member.side != "county":
        return False
    encounter = Encounter.objects.get(pk=member.encounter_id)
    return gate_of(trail.doing.standing, encounter, at=trail.doing.when).waits


def officers_of(encounter_id: uuid.UUID) -> list[Member]:
    """The officers of one encounter, who was sent last first."""
    found = Member.objects.filter(encounter_id=encounter_id, side="police")
    return list(found.order_by("-response__assigned_at", "short_name"))
