"""Reporting what may endanger those who go. Each function is one act."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from tandem.cautions.models import Caution, CautionCheck, CautionDraft, HazardReport
from tandem.cautions.places import place_key
from tandem.cautions.reporting import MOST_WORDS, put_hazard
from tandem.cautions.rules import ANSWERS, MOST_DAYS, SOURCES, USUAL_DAYS, expires, unfit_words
from tandem.kernel.numbers import counted
from tandem.kernel.refusals import (
    AlreadyDone,
    BadInput,
    NotFound,
    NotPermitted,
    OutOfState,
    Refused,
)
from tandem.privacy.acts import Doing, Trail, act


class UnfitForCaution(Refused):
    """A standing caution names no diagnosis and no score: say what was done or said, and when."""

    code = "unfit_for_caution"


@act("hazard.reported", "call")
def report_hazard(
    trail: Trail, call_or_encounter_id: uuid.UUID, words: str, said_by: str = ""
) -> HazardReport:
    """Put a hazard on the screens of all assigned, in the words given: the desk names the call,
    somebody who was sent the encounter."""
    report = put_hazard(trail, call_or_encounter_id, words, said_by)
    also = [report.encounter_id] if report.encounter_id else []
    trail.record("call", report.call_id or call_or_encounter_id, also=[*also, report.pk])
    return report


def _told(trail: Trail, told: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, as far as it can be kept; nothing is judged yet."""
    doing = trail.doing
    place = told.get("place", "").replace("\0", "").strip()[:200]
    days = counted(told.get("days", ""), most=10**9)
    return {
        "program_id": doing.program_id,
        "agency_id": doing.agency_id,
        "place": place,
        "place_key": place_key(place),
        "area": told.get("area", "").strip()[:60],
        "file_id": _key(told.get("file", "")),
        "words": told.get("words", "").replace("\0", "").strip()[:MOST_WORDS],
        "seen_on": _day(told.get("seen_on", "")),
        "source": told.get("source", "") if told.get("source") in SOURCES else "",
        "source_ref": told.get("source_ref", "").strip()[:120],
        "days": min(days, MOST_DAYS) if days else USUAL_DAYS,
        "by_id": doing.staff_id,
        "by_name": doing.short_name,
        "at": doing.at,
    }


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def draft_key(doing: Doing) -> uuid.UUID:
    """The key follows from the act and its author: a form sent twice is one draft."""
    return uuid.uuid5(doing.act_id, f"draft/{doing.staff_id}")


@act("caution.drafted", "cautiondraft")
def draft_caution(trail: Trail, told: Mapping[str, str]) -> CautionDraft:
    """Keep what the author typed, whatever words it holds; nobody else reads a draft."""
    draft = CautionDraft.objects.create(pk=draft_key(trail.doing), **_told(trail, told))
    trail.record("cautiondraft", draft.pk)
    return draft


@act("caution.submitted", "caution")
def submit_caution(trail: Trail, draft_id: uuid.UUID) -> Caution:
    """Ask another person to approve a draft; a diagnosis or a score is refused, the draft stays.

    Raises AlreadyDone for one that was sent.
    """
    doing = trail.doing
    drafts = CautionDraft.objects.select_for_update()
    draft = drafts.filter(pk=draft_id, by_id=doing.staff_id).first()
    if draft is None:
        raise NotFound
    if draft.sent_at is not None:
        raise AlreadyDone
    if not draft.words or not draft.source or draft.seen_on is None:
        raise BadInput(_("A caution needs what was done, on which day, and the source."))
    if not draft.place_key and draft.file_id is None:
        raise BadInput(_("A caution is about an address or a person on file."))
    today = timezone.localdate(doing.at)
    if draft.seen_on > today:
        raise BadInput(_("The day lies ahead. Nothing was sent; the draft is kept."))
    if unfit_words(f"{draft.words} {draft.source_ref}"):
        raise UnfitForCaution
    copied = (
        "program_id agency_id place place_key area file_id words seen_on source source_ref days"
        " by_id by_name"
    )
    caution = Caution.objects.create(
        **{name: getattr(draft, name) for name in copied.split()},
        at=doing.at,
        expires_on=expires(today, draft.days),
    )
    draft.sent_at = doing.at
    draft.save(update_fields=["sent_at"])
    trail.record("caution", caution.pk, also=[draft.pk])
    return caution


def _waiting(trail: Trail, caution_id: uuid.UUID) -> Caution:
    cautions = Caution.objects.select_for_update()
    caution = cautions.filter(pk=caution_id, program_id=trail.doing.program_id).first()
    if caution is None:
        raise NotFound
    if caution.ended_at is not None:
        raise OutOfState(_("This caution was ended already."))
    return caution


@act("caution.approved", "caution")
def approve_caution(trail: Trail, caution_id: uuid.UUID) -> Caution:
    """Let a caution stand from now on; nobody approves their own."""
    doing = trail.doing
    caution = _waiting(trail, caution_id)
    if caution.by_id == doing.staff_id:
        raise NotPermitted(_("Another person approves it than the one who wrote it."))
    if caution.approved_at is not None:
        raise OutOfState(_("This caution was approved already."))
    caution.approved_at, caution.approved_by_id = doing.at, doing.staff_id
    caution.approved_by_name = doing.short_name
    caution.expires_on = expires(timezone.localdate(doing.at), caution.days)
    caution.save(update_fields=["approved_at", "approved_by_id", "approved_by_name", "expires_on"])
    trail.record("caution", caution.pk)
    return caution


@act("caution.ended", "caution")
def end_caution(trail: Trail, caution_id: uuid.UUID) -> Caution:
    """Decline a caution that waits, or end one that does not hold any more."""
    doing = trail.doing
    caution = _waiting(trail, caution_id)
    caution.ended_at, caution.ended_by_id = doing.at, doing.staff_id
    caution.save(update_fields=["ended_at", "ended_by_id"])
    trail.record("caution", caution.pk)
    return caution


@act("caution.checked", "caution")
def check_caution(trail: Trail, caution_id: uuid.UUID, answer: str) -> CautionCheck:
    """Whoever used a caution says whether it still holds: at each use, never required."""
    doing = trail.doing
    if answer not in ANSWERS:
        raise BadInput
    caution = Caution.objects.filter(pk=caution_id, program_id=doing.program_id).first()
    if caution is None:
        raise NotFound
    check = CautionCheck.objects.create(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        caution_id=caution.pk,
        answer=answer,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.at,
    )
    trail.record("caution", caution.pk, also=[check.pk], reason=answer)
    return check
