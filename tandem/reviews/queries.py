"""Each side's queue: what waits for its own supervisor, oldest first."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime

from tandem.charting.models import CriticalAlert, FilledForm
from tandem.charting.reading import last_results_on
from tandem.dispatch.models import Member
from tandem.encounters.cases import CLOSINGS
from tandem.encounters.drafts import held_draft
from tandem.encounters.lanes import CRISIS_LANE, POLICE_LANE, RecordLane
from tandem.encounters.models import (
    ClinicalAxis,
    CustodyFact,
    LaneNote,
    RecordClosing,
    SharedAxis,
    SupervisorReview,
)
from tandem.encounters.reviewing import REVIEWS, triggers_on_spine
from tandem.encounters.rules import TRIGGERS
from tandem.kernel.axes import axes_of
from tandem.privacy import audit
from tandem.reviews.models import CoSignature
from tandem.reviews.rules import RecordFacts, is_high
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


def closings_on(standing: Standing, encounter_id: uuid.UUID) -> list[RecordClosing]:
    """Every closing of the own side's record of an encounter, oldest first."""
    closings = CLOSINGS[standing.login]._default_manager.filter(encounter_id=encounter_id)
    return list(closings.order_by("closed_at"))


def record_facts(
    standing: Standing, encounter_id: uuid.UUID, *, responsible: bool, at: datetime | None
) -> RecordFacts:
    """What is open on the own side alone; `at` is when a person is shown it."""
    side = SIDE_OF_LOGIN[standing.login]
    lane = POLICE_LANE if side == "police" else CRISIS_LANE
    notes = list(lane.notes._default_manager.filter(encounter_id=encounter_id))
    wrote = {note.author_id for note in notes}
    crew = Member.objects.visible_to(standing).filter(encounter_id=encounter_id, side=side)
    reviews = reviews_on(standing, encounter_id)
    covered = {code for review in reviews for code in review.triggers}
    called_for = triggers_on_spine(encounter_id)
    waiting = [review for review in reviews if review.reviewed_at is None]
    persons = lane.persons._default_manager.filter(encounter_id=encounter_id)
    facts = RecordFacts(
        signed=any(note.signed_at is not None for note in notes),
        begun=tuple(note.author_name for note in notes if _is_begun(lane, note)),
        choose=tuple(note.author_name for note in notes if note.rival is not None),
        silent=tuple(sorted({one.short_name for one in crew if one.staff_id not in wrote})),
        reviews=tuple(code for one in waiting for code in one.triggers),
        uncovered=tuple(code for code in TRIGGERS if code in called_for - covered),
        unstated=_unstated(side, encounter_id),
        described=persons.exists(),
        responsible=responsible,
    )
    return facts if side == "police" else _with_care(standing, encounter_id, facts, at)


def _is_begun(lane: RecordLane, note: LaneNote) -> bool:
    """Whether words of it wait to be signed; a draft that was emptied again holds nothing up."""
    if note.signed_at is not None or note.draft is None:
        return False
    key = key_of(lane.keys, note.pk)
    draft = held_draft(note, key) if key else None
    return draft is not None and bool(
        draft.text.strip() or (draft.facts is not None and not draft.facts.empty)
    )


def _unstated(side: str, encounter_id: uuid.UUID) -> tuple[str, ...]:
    own = CustodyFact if side == "police" else ClinicalAxis
    stands = {"encounter_id": encounter_id, "replaced_at": None}
    shared = SharedAxis.objects.filter(**stands).values_list("axis", flat=True)
    stated = {*shared, *own._default_manager.filter(**stands).values_list("axis", flat=True)}
    return tuple(axis.code for axis in axes_of(side) if axis.code not in stated)


def _with_care(
    standing: Standing, encounter_id: uuid.UUID, facts: RecordFacts, at: datetime | None
) -> RecordFacts:
    """The same with what the county's record holds beside the note."""
    forms = FilledForm.objects.visible_to(standing).filter(encounter_id=encounter_id)
    done = CoSignature.objects.visible_to(standing).values("filled_id")
    plans = forms.filter(form=RESPONSE_PLAN).exclude(signed_at=None).exclude(pk__in=done)
    alerts = CriticalAlert.objects.visible_to(standing).filter(encounter_id=encounter_id)
    results = last_results_on(standing, encounter_id, at=at)
    return replace(
        facts,
        forms=forms.filter(signed_at=None).exclude(draft=None).count(),
        plans=plans.count(),
        alerts=alerts.filter(seen_at=None).count(),
        high_risk=any(is_high(one.level, one.may_be, one.critical) for one in results),
    )
