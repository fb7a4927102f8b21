"""The closing of the own side's record: what is still open, and what happened so far."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from tandem.board.facts import number_of
from tandem.directory.models import Membership, Staff
from tandem.dispatch.models import Encounter, Member
from tandem.encounters.lanes import LANE_OF_ROLE
from tandem.encounters.models import ClinicalClosing, RecordClosing
from tandem.identity.chrome import moment, moment_of
from tandem.kernel.refusals import NotFound
from tandem.kernel.shapes import ClosingLine, ClosingPage, OpenLine, Option
from tandem.reviews.queries import NOBODY, closings_on, record_facts
from tandem.reviews.rules import open_points
from tandem.storage.standing import Standing


def closing_of(standing: Standing, encounter_id: uuid.UUID) -> tuple[str, ClosingLine | None]:
    """Where the closing is, and its line while the record is closed."""
    lines = [_line(one) for one in closings_on(standing, encounter_id) if one.reopened_at is None]
    return reverse("board:closing", args=[encounter_id]), lines[-1] if lines else None


def closing_page(standing: Standing, encounter_id: uuid.UUID, *, at: datetime) -> ClosingPage:
    """For who was sent; nothing of the other side's record is looked at."""
    record = Encounter.objects.visible_to(standing).filter(pk=encounter_id).first()
    mine = Member.objects.visible_to(standing).filter(encounter_id=encounter_id)
    if record is None or not mine.filter(staff_id=standing.me).exists():
        raise NotFound
    closings = closings_on(standing, encounter_id)
    facts = record_facts(standing, encounter_id, responsible=False, at=at)
    points = open_points(facts)
    closed = any(one.reopened_at is None for one in closings)
    here = reverse("board:closing", args=[encounter_id])
    return ClosingPage(
        side=LANE_OF_ROLE[standing.role].code,
        number=number_of(record.number),
        place=record.place,
        back_url=reverse("board:encounter", args=[encounter_id]),
        url="" if closed else here,
        open=[OpenLine(point.code, point.holds, list(point.of)) for point in points],
        lines=[_line(one) for one in closings],
        high_risk=facts.high_risk,
        staff=_staff(standing) if facts.high_risk else [],
        may_close=not any(one.holds and one.code != "responsible" for one in points),
    )


def _line(closing: RecordClosing) -> ClosingLine:
    named = closing.responsible_name if isinstance(closing, ClinicalClosing) else ""
    return ClosingLine(
        by=closing.by_name,
        day=f"{timezone.localtime(closing.closed_at):%Y-%m-%d}",
        at=moment_of(closing.closed_at),
        responsible=named,
        reopened_by=closing.reopened_by_name,
        reopened_at=moment(closing.reopened_at),
        why=closing.why,
    )


def _staff(standing: Standing) -> list[Option]:
    """Who may stay responsible: crisis workers and supervisors of the own agency."""
    held = Membership.objects.visible_to(standing).filter(
        agency_id=standing.agency_id or NOBODY, role__in=["MCW", "SUP"], until_at=None
    )
    staff = Staff.objects.visible_to(standing).filter(pk__in=held.values("staff_id"))
    return [Option(str(person.pk), person.short_name) for person in staff.order_by("short_name")]
