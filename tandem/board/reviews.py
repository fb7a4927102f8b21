"""The supervisors' queues and what stands behind each line; each side its own."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from tandem.board.facts import number_of
from tandem.board.forms import signed_form
from tandem.board.record import signed_by_others
from tandem.board.typed import unsent_about
from tandem.charting.reading import read_signed
from tandem.dispatch.models import Encounter
from tandem.encounters.lanes import CRISIS_LANE, POLICE_LANE
from tandem.encounters.models import SupervisorReview
from tandem.encounters.reviewing import REVIEWS
from tandem.identity.chrome import moment, moment_of
from tandem.kernel.refusals import NotFound
from tandem.kernel.shapes import PlanLine, PlanPage, ReviewLine, ReviewPage, ReviewsPage
from tandem.people.sides import SIDE_OF_ROLE
from tandem.reviews.queries import NOBODY, Plan, open_reviews, plans_to_cosign, reviews_on, words_of
from tandem.reviews.report import plan_due
from tandem.storage.standing import Standing

_SIDES = {"police": ("police", POLICE_LANE), "clinical": ("crisis", CRISIS_LANE)}


def reviews_page(standing: Standing, *, at: datetime) -> ReviewsPage:
    """What waits, oldest first."""
    side, _lane = _SIDES[standing.login]
    plans = None
    if side == "crisis":
        numbers = dict(
            Encounter.objects.visible_to(standing)
            .filter(pk__in=[plan.encounter_id for plan in plans_to_cosign(standing)])
            .values_list("pk", "number")
        )
        plans = [
            plan_line(plan, numbers.get(plan.encounter_id), at=at)
            for plan in plans_to_cosign(standing)
        ]
    return ReviewsPage(side, [_line(review) for review in open_reviews(standing)], plans)


def plan_line(plan: Plan, number: int | None, *, at: datetime) -> PlanLine:
    """One plan with the day it is due."""
    due = plan_due(plan.signed_at)
    return PlanLine(
        number="" if number is None else number_of(number),
        author=plan.author,
        signed_on=_day(timezone.localdate(plan.signed_at)),
        due_on=_day(due),
        late=timezone.localdate(at) > due,
        url=reverse("board:plan", args=[plan.filled_id]),
    )


def _day(day: date) -> str:
    return date_format(day, "D, M j")


def _line(review: SupervisorReview, words: str = "") -> ReviewLine:
    return ReviewLine(
        number=number_of(review.number),
        triggers=list(review.triggers),
        by=review.opened_by_name,
        day=_day(timezone.localdate(review.opened_at)),
        at=moment_of(review.opened_at),
        url=reverse("board:review", args=[review.pk]),
        words=words,
        done_by=review.reviewed_by_name,
        done_at=moment(review.reviewed_at),
    )


def review_page(standing: Standing, review_id: uuid.UUID, *, at: datetime) -> ReviewPage:
    """What called for it, and the own side's signed records of the encounter."""
    side, lane = _SIDES[standing.login]
    kind = "police" if side == "police" else "county"
    found = REVIEWS[kind]._default_manager.filter(
        pk=review_id, agency_id=standing.agency_id or NOBODY
    )
    review = found.first()
    if review is None:
        raise NotFound
    done = review.reviewed_at is not None
    return ReviewPage(
        side,
        _line(review, words_of(review, at=at)),
        signed_by_others(standing, lane, review.encounter_id, at),
        reverse("board:reviews"),
        "" if done else reverse("board:review", args=[review.pk]),
        None
        if done
        else unsent_about(standing, SIDE_OF_ROLE[standing.role], review.pk, ("review",), at)[
            "review"
        ],
    )


def plan_page(standing: Standing, filled_id: uuid.UUID, *, at: datetime) -> PlanPage:
    """A response plan as it was signed."""
    plan = next((one for one in plans_to_cosign(standing) if one.filled_id == filled_id), None)
    if plan is None:
        raise NotFound
    record = Encounter.objects.visible_to(standing).filter(pk=plan.encounter_id).first()
    return PlanPage(
        plan_line(plan, record.number if record else None, at=at),
        [signed_form(version) for version in read_signed(standing, filled_id, at=at)],
        reverse("board:reviews"),
        reverse("board:plan", args=[filled_id]),
    )


def reviews_of_encounter(standing: Standing, encounter_id: uuid.UUID) -> list[ReviewLine]:
    """What keeps the own side's record open, for the encounter's page; nothing is opened."""
    return [_line(review) for review in reviews_on(standing, encounter_id)]
