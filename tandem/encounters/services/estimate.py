"""One tap: what patrol alone would have done, in the officer's own estimate."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from tandem.encounters.cases import class_so_far, own_case
from tandem.encounters.models import CustodyFact, PatrolEstimate, SharedAxis
from tandem.encounters.rules import ESTIMATES
from tandem.kernel.refusals import BadInput
from tandem.kernel.seen import Seen, check_seen, version_of
from tandem.privacy.acts import Trail, act
from tandem.storage.models import JUVENILE, POLICE
from tandem.storage.sealing import new_key, seal

MAX_OFFENSE = 200


@act("patrol.estimated", "encounter")
def estimate_patrol_alone(
    trail: Trail,
    encounter_id: uuid.UUID,
    value: str,
    offense: str = "",
    seen: Seen | None = None,
) -> PatrolEstimate:
    """State it once, or anew; after an ending was stated it is kept and marked as after.

    Raises ChangedMeanwhile where one's estimate is not as `seen` and says something else.
    """
    own_case(trail, encounter_id, writes="stated")
    doing = trail.doing
    if value not in ESTIMATES:
        raise BadInput(_("Choose a value of this list."))
    if len(offense) > MAX_OFFENSE:
        raise BadInput(_("An offense has at most 200 characters."))
    mine = PatrolEstimate.objects.filter(
        encounter_id=encounter_id, by_id=doing.staff_id, replaced_at=None
    )
    held = version_of(*mine.values_list("pk", flat=True))
    same = not offense.strip() and list(mine.values_list("value", flat=True)) == [value]
    check_seen(seen, held, says_the_same=same)
    mine.update(replaced_at=doing.when)
    estimate = PatrolEstimate(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        encounter_id=encounter_id,
        value=value,
        after=_ending_stated(encounter_id),
        data_class=class_so_far(encounter_id),
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )
    key = new_key(
        JUVENILE if estimate.data_class == "D12" else POLICE,
        estimate.pk,
        program_id=doing.program_id,
        agency_id=doing.agency_id,
    )
    named = offense.strip() if value == "arrest" else ""
    if named:
        place = f"{estimate._meta.db_table}.offense"
        estimate.offense = seal(key, place, estimate.pk, named)
    estimate.save(force_insert=True)
    trail.record("encounter", encounter_id, also=[estimate.pk])
    return estimate


def _ending_stated(encounter_id: uuid.UUID) -> bool:
    """Whether the officers' side stated how it ended: contact and what went wrong are no ending."""
    stated = SharedAxis.objects.filter(
        encounter_id=encounter_id, axis__in=["enforcement", "transport"]
    )
    return stated.exists() or CustodyFact.objects.filter(encounter_id=encounter_id).exists()
