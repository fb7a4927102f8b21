"""The timeline of a person as the own side knows it: what is there and when, with nothing opened.

Each line is a row that the reader's own login may read; a text is opened on its own page alone.
What came from the other side is marked, with the time until which it stands.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tandem.board.facts import number_of
from tandem.board.let_go import LET_GO_FOR
from tandem.board.persons import minute_of
from tandem.calls.models import Call, CallNote
from tandem.cautions.models import Caution, HazardReport
from tandem.charting.models import CriticalAlert, FilledForm, InstrumentResult
from tandem.dispatch.models import Encounter, Member
from tandem.encounters.lanes import CRISIS_LANE, POLICE_LANE
from tandem.encounters.models import (
    ClinicalRefusal,
    CollateralTold,
    FollowUpRefusal,
    SharedRefusal,
)
from tandem.encounters.reviewing import REVIEWS
from tandem.intake.models import Contact
from tandem.kernel.shapes import TimelineEntry, TimelinePage
from tandem.people.reading import ReadFile, read_file
from tandem.people.sides import POLICE_SIDE, Side
from tandem.reviews.models import CoSignature
from tandem.reviews.queries import RESPONSE_PLAN
from tandem.storage.standing import Standing


@dataclass
class _Known:
    """What every part of the timeline asks for: the encounters, who was there, the calls behind."""

    standing: Standing
    side: str
    at: datetime
    records: dict[uuid.UUID, Encounter] = field(default_factory=dict)
    mine: set[uuid.UUID] = field(default_factory=set)
    others: set[uuid.UUID] = field(default_factory=set)  # staff of the other profession
    calls: dict[uuid.UUID, Call] = field(default_factory=dict)

    def entry(self, code: str, when: datetime, key: uuid.UUID | None, **more: Any) -> TimelineEntry:
        """One line; it leads to the encounter where the reader was sent to it."""
        record = self.records.get(key) if key else None
        return TimelineEntry(
            code=code,
            when=when,
            minute=minute_of(when),
            number=number_of(record.number) if record else "",
            url=reverse("board:encounter", args=[key]) if key in self.mine else "",
            **more,
        )


def timeline_page(
    standing: Standing, side: Side, file_id: uuid.UUID, *, at: datetime
) -> TimelinePage:
    """Everything of one person, newest first; opening it is written down as for the file."""
    read = read_file(standing, side, file_id, at=at)
    known = _known(standing, "police" if side is POLICE_SIDE else "county", read, at)
    entries = [*_of_both(known), *_of_file(known, read)]
    entries += _of_police(known, read) if side is POLICE_SIDE else _of_crisis(known)
    names = [fact.value for fact in read.of("name", "alias") if fact.value]
    return TimelinePage(
        side=side.code,
        name=names[0] if names else "",
        entries=sorted(entries, key=lambda one: one.when, reverse=True),
        back_url=reverse("board:person", args=[read.file_id]),
    )


def _known(standing: Standing, side: str, read: ReadFile, at: datetime) -> _Known:
    known = _Known(standing, side, at)
    keys = [met.encounter_id for met in read.encounters]
    known.records = {
        one.pk: one for one in Encounter.objects.visible_to(standing).filter(pk__in=keys)
    }
    for encounter_id, staff_id, whose in (
        Member.objects.visible_to(standing)
        .filter(encounter_id__in=keys)
        .values_list("encounter_id", "staff_id", "side")
    ):
        if staff_id == standing.staff_id:
            known.mine.add(encounter_id)
        if whose != side:
            known.others.add(staff_id)
    calls = {one.call_id for one in known.records.values() if one.call_id}
    known.calls = {one.pk: one for one in Call.objects.visible_to(standing).filter(pk__in=calls)}
    return known


def _of_file(known: _Known, read: ReadFile) -> Iterator[TimelineEntry]:
    """Each encounter they were met at, and each contact of the crisis desk about them."""
    for met in read.encounters:
        record = known.records.get(met.encounter_id)
        begun = record.begun_at if record else met.made_at
        yield known.entry("met", begun, met.encounter_id, words=_age(met.age))
    about = [one.pk for one in read.contacts]
    rows = Contact.objects.visible_to(known.standing).filter(pk__in=about) if about else []
    own = {one.pk for one in rows}
    for told in read.contacts:
        entry = known.entry("contact", told.made_at, None)
        entry.url = reverse("board:contact", args=[told.pk]) if told.pk in own else ""
        yield entry


def _age(age: int | None) -> str:
    return "" if age is None else _("age %(n)s") % {"n": age}


def _of_both(known: _Known) -> Iterator[TimelineEntry]:
    """What either profession may read: hazards, refusals, the own lane's notes, the own reviews."""
    standing, keys = known.standing, list(known.records)
    by_call = {one.call_id: one.pk for one in known.records.values() if one.call_id}
    reports = HazardReport.objects.visible_to(standing)
    for told in reports.filter(encounter_id__in=keys) | reports.filter(call_id__in=by_call):
        key = told.encounter_id or (by_call.get(told.call_id) if told.call_id else None)
        ended = _ended(known, key)
        yield known.entry(
            "hazard",
            told.at,
            key,
            words=told.words,
            by=told.by_name,
            other=told.by_id in known.others,
            until=_until(ended, over=True) if ended else _("stands while the call is open"),
            over=ended is not None,
        )
    refusals = SharedRefusal.objects.visible_to(standing).filter(encounter_id__in=keys)
    yield from (_refusal(known, row, other=known.side == "county") for row in refusals)
    lane = POLICE_LANE if known.side == "police" else CRISIS_LANE
    notes = lane.notes._default_manager.filter(encounter_id__in=keys).exclude(signed_at=None)
    for note in notes.only("signed_at", "encounter_id", "author_name"):
        if note.signed_at:
            yield known.entry("note", note.signed_at, note.encounter_id, by=note.author_name)
    for review in REVIEWS[known.side]._default_manager.filter(encounter_id__in=keys):
        done = review.reviewed_at is not None
        yield known.entry(
            "reviewed" if done else "review_due",
            review.reviewed_at or review.opened_at,
            review.encounter_id,
            by=review.reviewed_by_name or review.opened_by_name,
        )
    yield from _let_go(known, by_call)


def _until(when: datetime, *, over: bool) -> str:
    words = _("stood until %(when)s") if over else _("stands until %(when)s")
    return words % {"when": minute_of(when)}


def _ended(known: _Known, key: uuid.UUID | None) -> datetime | None:
    """When a hazard's call ended: a report stands as long as its call."""
    record = known.records.get(key) if key else None
    call = known.calls.get(record.call_id) if record and record.call_id else None
    return (call.closed_at if call else None) or (record.ended_at if record else None)


def _refusal(known: _Known, row: FollowUpRefusal, *, other: bool) -> TimelineEntry:
    return known.entry(
        "refusal_back" if row.scope == "none" else "refusal",
        row.at,
        row.encounter_id,
        words=row.scope,
        by=row.by_name,
        other=other,
        over=row.replaced_at is not None,
    )


def _let_go(known: _Known, by_call: dict[uuid.UUID, uuid.UUID]) -> Iterator[TimelineEntry]:
    """Words the crisis desk let go to a call: they leave the police side by themselves."""
    notes = CallNote.objects.visible_to(known.standing).filter(call_id__in=by_call, let_go=True)
    for note in notes:
        record = known.records[by_call[note.call_id]]
        ends = record.ended_at + LET_GO_FOR if record.ended_at else None
        yield known.entry(
            "let_go",
            note.at,
            record.pk,
            by=note.by_name,
            other=known.side == "police",
            until=_until(ends, over=ends <= known.at)
            if ends
            else _("stands until 12 hours after the unit is clear"),
            over=ends is not None and ends <= known.at,
        )


def _of_police(known: _Known, read: ReadFile) -> Iterator[TimelineEntry]:
    """Cautions about the person, with the day each ends."""
    group = [read.file_id, *read.merged_ids]
    today = timezone.localdate(known.at)
    for caution in Caution.objects.visible_to(known.standing).filter(file_id__in=group):
        approved = caution.approved_at is not None
        over = caution.ended_at is not None or caution.expires_on < today
        yield known.entry(
            "caution" if approved else "caution_waits",
            caution.approved_at or caution.at,
            None,
            words=caution.words,
            by=caution.by_name,
            until=(_("stood until %(when)s") if over else _("stands until %(when)s"))
            % {"when": f"{caution.expires_on:%Y-%m-%d}"},
            over=over,
        )


def _of_crisis(known: _Known) -> Iterator[TimelineEntry]:
    """Forms, plans, instruments, critical answers, confidences: the county's own record alone."""
    standing, keys = known.standing, list(known.records)
    forms = FilledForm.objects.visible_to(standing).filter(encounter_id__in=keys)
    results = InstrumentResult.objects.visible_to(standing).filter(encounter_id__in=keys)
    asked = dict(results.values_list("filled_id", "instrument"))
    for form in forms.exclude(signed_at=None).defer("draft"):
        if form.signed_at is None:
            continue
        code = "plan" if form.form == RESPONSE_PLAN else "form"
        code = "instrument" if form.pk in asked else code
        words = asked.get(form.pk, "") or form.form.rsplit(":", 1)[-1]
        yield known.entry(code, form.signed_at, form.encounter_id, words=words, by=form.author_name)
    for signed in CoSignature.objects.visible_to(standing).filter(encounter_id__in=keys):
        yield known.entry("cosigned", signed.at, signed.encounter_id, by=signed.by_name)
    alerts = CriticalAlert.objects.visible_to(standing).filter(encounter_id__in=keys)
    for alert in alerts:
        yield known.entry(
            "critical",
            alert.raised_at,
            alert.encounter_id,
            by=alert.author_name,
            over=alert.seen_at is not None,
        )
    told = CollateralTold.objects.visible_to(standing).filter(encounter_id__in=keys).defer("told")
    for row in told:
        code = "told_passed_on" if row.passed_on else "told"
        yield known.entry(code, row.at, row.encounter_id, by=row.by_name)
    refusals: Iterable[ClinicalRefusal] = ClinicalRefusal.objects.visible_to(standing)
    for refused in refusals:
        if refused.encounter_id in known.records:
            yield _refusal(known, refused, other=False)
