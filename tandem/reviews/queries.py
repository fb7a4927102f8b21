"""Each side's queue: what waits for its own supervisor, oldest first."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from tandem.charting.models import FilledForm
from tandem.encounters.models import SupervisorReview
from tandem.encounters.reviewing import REVIEWS
from tandem.privacy import audit
from tandem.reviews.models import CoSignature
from tandem.storage.models import CRISIS, POLICE
from tandem.storage.sealing import key_of, unseal
from tandem.storage.standing import Standing

RESPONSE_PLAN = "urn:tandem:form:response-plan"
SIDE_OF_LOGIN = {"police": "police", "clinical": "county"}
MOST = 200
NOBODY = uuid.UUID(int=0)  # of no agency: nothing is found


@dataclass(frozen=True)
class Plan:
    """A signed response plan that nobody co-signed yet."""

    filled_id: uuid.UUID
    encounter_id: uuid.UUID
    author: str
    signed_at: datetime


def open_reviews(standing: Standing) -> list[SupervisorReview]:
    """What waits for a review of the reader's own side and agency, oldest first."""
    reviews = REVIEWS[SIDE_OF_LOGIN[standing.login]]._default_manager
    waiting = reviews.filter(agency_id=standing.agency_id or NOBODY, reviewed_at=None)
    return list(waiting.order_by("opened_at")[:MOST])


def reviews_on(standing: Standing, encounter_id: uuid.UUID) -> list[SupervisorReview]:
    """Every review of an encounter on the reader's own side."""
    reviews = REVIEWS[SIDE_OF_LOGIN[standing.login]]._default_manager
    return list(reviews.filter(encounter_id=encounter_id).order_by("opened_at"))


def words_of(review: SupervisorReview, *, at: datetime) -> str:
    """What a supervisor found; reading it leaves a row in the trail."""
    if review.words is None:
        return ""
    audit.read(review._meta.model_name or "", review.pk, at=at)
    lane = POLICE if review._meta.model_name == "policereview" else CRISIS
    key = key_of(lane.keys, review.pk)
    place = f"{review._meta.db_table}.words"
    return unseal(key, place, review.pk, review.words) if key else ""


def plans_to_cosign(standing: Standing, *, most: int | None = MOST) -> list[Plan]:
    """Signed response plans of the own agency that wait, oldest first."""
    done = CoSignature.objects.visible_to(standing).values("filled_id")
    plans = FilledForm.objects.visible_to(standing).filter(
        agency_id=standing.agency_id or NOBODY, form=RESPONSE_PLAN
    )
    waiting = plans.exclude(signed_at=None).exclude(pk__in=done).order_by("signed_at")[:most]
    return [
        Plan(plan.pk, plan.encounter_id, plan.author_name, plan.signed_at)
        for plan in waiting
        if plan.signed_at is not None
    ]


def cosigned_on(standing: Standing, encounter_id: uuid.UUID) -> list[tuple[str, date]]:
    """Who co-signed the plans of an encounter, and on which day."""
    rows = CoSignature.objects.visible_to(standing).filter(encounter_id=encounter_id)
    return [(row.by_name, row.at.date()) for row in rows.order_by("at")]
