"""Recording a review and co-signing a response plan. Each function is one act."""

from __future__ import annotations

import uuid
from datetime import date

from django.utils.translation import gettext as _

from tandem.charting.models import FilledForm
from tandem.directory.models import Membership, Staff
from tandem.encounters.cases import class_so_far, own_case
from tandem.encounters.lanes import CRISIS_LANE, POLICE_LANE
from tandem.encounters.models import (
    ClinicalClosing,
    PoliceClosing,
    RecordClosing,
    SupervisorReview,
)
from tandem.encounters.reviewing import REVIEWS, open_review
from tandem.kernel.refusals import BadInput, NotFound, OutOfState
from tandem.privacy.acts import Trail, act
from tandem.reviews.models import CoSignature
from tandem.reviews.queries import RESPONSE_PLAN, SIDE_OF_LOGIN, closings_on, record_facts
from tandem.reviews.rules import check_may_close, open_points
from tandem.storage.models import CRISIS, POLICE
from tandem.storage.sealing import key_of, seal

MOST_WORDS = 20_000


def _reviewed(trail: Trail, side: str, review_id: uuid.UUID, words: str) -> SupervisorReview:
    doing = trail.doing
    if not words.strip():
        raise BadInput(_("Say what you found."))
    if len(words) > MOST_WORDS:
        raise BadInput(_("At most 20,000 characters. Nothing was stored: shorten it."))
    reviews = REVIEWS[side]._default_manager.select_for_update()
    review = reviews.filter(pk=review_id, agency_id=doing.agency_id).first()
    if review is None:
        raise NotFound
    if review.reviewed_at is not None:
        raise OutOfState(_("Somebody reviewed this already."))
    if review.opened_by_id == doing.staff_id or _wrote(side, review.encounter_id, doing.staff_id):
        raise OutOfState(_("You wrote this record: another supervisor reviews it."))
    key = key_of((POLICE if side == "police" else CRISIS).keys, review.pk)
    if key is None:
        raise OutOfState(_("This record was expunged. Nothing can be added to it."))
    review.words = seal(key, f"{review._meta.db_table}.words", review.pk, words)
    review.reviewed_at, review.reviewed_by_id = doing.when, doing.staff_id
    review.reviewed_by_name = doing.short_name
    review.save(update_fields=["words", "reviewed_at", "reviewed_by_id", "reviewed_by_name"])
    trail.record(review._meta.model_name or "", review.pk, also=[review.encounter_id])
    return review


def _wrote(side: str, encounter_id: uuid.UUID, staff_id: uuid.UUID) -> bool:
    lane = POLICE_LANE if side == "police" else CRISIS_LANE
    notes = lane.notes._default_manager.filter(encounter_id=encounter_id, author_id=staff_id)
    return notes.exists()


@act("review.police_done", "policereview")
def review_police(trail: Trail, review_id: uuid.UUID, words: str) -> SupervisorReview:
    """Review the police side's record of what called for it; never by who wrote it."""
    return _reviewed(trail, "police", review_id, words)


@act("review.crisis_done", "clinicalreview")
def review_crisis(trail: Trail, review_id: uuid.UUID, words: str) -> SupervisorReview:
    """Review the county's record of what called for it; never by who wrote it."""
    return _reviewed(trail, "county", review_id, words)


@act("plan.cosigned", "filledform")
def cosign_plan(trail: Trail, filled_id: uuid.UUID, due: date) -> CoSignature:
    """Approve a signed response plan as medically necessary: DHS 34.23(5). Late is still kept."""
    doing = trail.doing
    plan = FilledForm.objects.filter(
        pk=filled_id, agency_id=doing.agency_id, form=RESPONSE_PLAN
    ).first()
    if plan is None or plan.signed_at is None:
        raise NotFound
    if plan.author_id == doing.staff_id:
        raise OutOfState(_("You wrote this plan: another professional co-signs it."))
    if CoSignature.objects.filter(filled_id=filled_id).exists():
        raise OutOfState(_("This plan is co-signed already."))
    row = CoSignature(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        encounter_id=plan.encounter_id,
        filled_id=filled_id,
        due_on=due,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )
    row.save(force_insert=True)
    trail.record("filledform", filled_id, also=[plan.encounter_id, row.pk])
    return row


def _close(
    trail: Trail, closing: RecordClosing, encounter_id: uuid.UUID, *, responsible: bool
) -> RecordClosing | None:
    """Close the own side's record; none where a review had to be opened first."""
    doing = trail.doing
    subject = closing._meta.model_name or ""
    if any(one.reopened_at is None for one in closings_on(doing.standing, encounter_id)):
        raise OutOfState(_("This record is closed already."))
    facts = record_facts(doing.standing, encounter_id, responsible=responsible, at=None)
    if facts.uncovered:
        # The other profession stated it on the spine after this side signed.
        open_review(trail, SIDE_OF_LOGIN[doing.standing.login], encounter_id, facts.uncovered)
        trail.record(subject, None, also=[encounter_id], reason="review")
        return None
    check_may_close(open_points(facts))
    closing.program_id, closing.agency_id = doing.program_id, doing.agency_id
    closing.encounter_id, closing.closed_at = encounter_id, doing.at
    closing.by_id, closing.by_name = doing.staff_id, doing.short_name
    closing.save(force_insert=True)
    trail.record(subject, closing.pk, also=[encounter_id])
    return closing


@act("police_record.closed", "policeclosing")
def close_police_record(trail: Trail, encounter_id: uuid.UUID) -> RecordClosing | None:
    """Close the police record: signed, and reviewed where something calls for it.

    None where a review was opened instead. Raises StillOpen while something keeps it open.
    """
    own_case(trail, encounter_id)
    closing = PoliceClosing(data_class=class_so_far(encounter_id))
    return _close(trail, closing, encounter_id, responsible=False)


@act("clinical_record.closed", "clinicalclosing")
def close_clinical_record(
    trail: Trail, encounter_id: uuid.UUID, responsible_id: uuid.UUID | None = None
) -> RecordClosing | None:
    """Close the county's record; where the risk is high somebody stays responsible by name.

    None where a review was opened instead. Raises StillOpen while something keeps it open.
    """
    own_case(trail, encounter_id)
    closing = ClinicalClosing()
    if responsible_id is not None:
        held = Membership.objects.filter(
            staff_id=responsible_id,
            agency_id=trail.doing.agency_id,
            role__in=["MCW", "SUP"],
            until_at=None,
        )
        person = Staff.objects.filter(pk=responsible_id).first()
        if person is None or not held.exists():
            raise BadInput(_("Choose a crisis worker or supervisor of your agency."))
        closing.responsible_id, closing.responsible_name = person.pk, person.short_name
    return _close(trail, closing, encounter_id, responsible=responsible_id is not None)


@act("report.printed", "report")
def print_report(trail: Trail, start: date, end: date) -> None:
    """Count one print of a report; none of its figures is written down."""
    trail.record("report", None, reason=f"{start}/{end}")
