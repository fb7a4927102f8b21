"""Opening a supervisor's review, as part of the act that states what calls for one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from tandem.dispatch.models import Encounter
from tandem.encounters.cases import class_so_far
from tandem.encounters.models import ClinicalReview, PoliceReview, SharedAxis, SupervisorReview
from tandem.encounters.rules import TRIGGER_OF_ADVERSE, TRIGGERS
from tandem.privacy.acts import Trail
from tandem.storage.models import CRISIS, JUVENILE, POLICE
from tandem.storage.sealing import new_key

REVIEWS: dict[str, type[SupervisorReview]] = {"police": PoliceReview, "county": ClinicalReview}


def open_review(trail: Trail, side: str, encounter_id: uuid.UUID, codes: Iterable[str]) -> None:
    """The own side's review of this encounter, for each trigger that no review covers yet."""
    reviews = REVIEWS[side]._default_manager.filter(encounter_id=encounter_id)
    wanted = {code for code in codes if code in TRIGGERS}
    for review in reviews.select_for_update():
        if review.reviewed_at is None:
            review.triggers = [t for t in TRIGGERS if t in wanted or t in review.triggers]
            review.save(update_fields=["triggers"])
            return
        wanted -= set(review.triggers)
    if wanted:
        _opened(trail, side, encounter_id, [code for code in TRIGGERS if code in wanted])


def _opened(trail: Trail, side: str, encounter_id: uuid.UUID, codes: list[str]) -> None:
    doing = trail.doing
    review = REVIEWS[side](
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        encounter_id=encounter_id,
        number=Encounter.objects.get(pk=encounter_id).number,
        triggers=codes,
        opened_at=doing.at,
        opened_by_id=doing.staff_id,
        opened_by_name=doing.short_name,
    )
    lane = CRISIS
    if isinstance(review, PoliceReview):
        review.data_class = class_so_far(encounter_id)
        lane = JUVENILE if review.data_class == "D12" else POLICE
    new_key(lane, review.pk, program_id=doing.program_id, agency_id=doing.agency_id)
    review.save(force_insert=True)


def triggers_on_spine(encounter_id: uuid.UUID) -> set[str]:
    """What either profession stated of force, injury and the like; both sides may read it."""
    stated = SharedAxis.objects.filter(
        encounter_id=encounter_id, axis="adverse", replaced_at=None
    ).values_list("value", flat=True)
    return {TRIGGER_OF_ADVERSE[value] for value in stated if value in TRIGGER_OF_ADVERSE}
