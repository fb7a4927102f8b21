"""Putting a hazard on the screens of all assigned, as part of an act with a trail of its own."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from tandem.calls.models import Call
from tandem.cautions.models import HazardReport
from tandem.dispatch.models import Encounter, Member
from tandem.kernel.refusals import BadInput, NotFound
from tandem.privacy.acts import Trail
from tandem.storage.outbox import ALARM

MOST_WORDS = 20_000


def put_hazard(
    trail: Trail, call_or_encounter_id: uuid.UUID, words: str, said_by: str = ""
) -> HazardReport:
    """The hazard in the words given, and the news of it. Raises BadInput, NotFound."""
    doing = trail.doing
    call_id, encounter = _reported_on(trail, call_or_encounter_id)
    # The database holds no NUL; every other sign is kept as it was given.
    said = words.replace("\0", "").strip()
    if not said:
        raise BadInput(_("A hazard needs words."))
    if len(said) > MOST_WORDS:
        raise BadInput(_("A hazard has at most 20,000 characters. Nothing was stored: shorten it."))
    report = HazardReport.objects.create(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        call_id=call_id,
        encounter_id=encounter.pk if encounter else None,
        words=said,
        said_by=said_by.replace("\0", "").strip()[:120],
        by_id=doing.staff_id,
        by_name=doing.short_name,
        # The server's time: a claimed one would let it stand longer.
        at=doing.at,
    )
    _tell(trail, call_id, encounter)
    return report


def _reported_on(trail: Trail, key: uuid.UUID) -> tuple[uuid.UUID | None, Encounter | None]:
    doing = trail.doing
    if doing.standing.role == "TC":
        call = Call.objects.filter(pk=key, program_id=doing.program_id).first()
        if call is None:
            raise NotFound
        return call.pk, Encounter.objects.filter(call_id=call.pk, ended_at=None).first()
    member = (
        Member.objects.filter(
            encounter_id=key, staff_id=doing.staff_id, program_id=doing.program_id
        )
        .select_related("encounter")
        .first()
    )
    if member is None:
        raise NotFound
    return member.encounter.call_id, member.encounter


def _tell(trail: Trail, call_id: uuid.UUID | None, encounter: Encounter | None) -> None:
    """All assigned hear of it at once. A reporter may not see who else was sent, so the keys go to
    those who may open them: every officer a call, every crisis worker an encounter."""
    # The gate opens again: whatever an officer said before, the crisis worker waits for a new word.
    if encounter:
        Encounter.objects.filter(pk=encounter.pk).update(danger_at=trail.doing.at)
    elif call_id:
        Call.objects.filter(pk=call_id).update(danger_at=trail.doing.at)
    if call_id:
        trail.announce(call_id, to=["dispatch", "police"], urgent=True)
    if encounter:
        crew = Member.objects.filter(encounter_id=encounter.pk).values_list("staff_id", flat=True)
        to = ["dispatch", "clinical", *[f"staff:{staff}" for staff in crew]]
        # It interrupts all assigned, and the desks list who has not seen it.
        trail.announce(encounter.pk, ALARM, to=to, urgent=True)
