"""Visits outside of a call, as she who is on one and as her desk reads them."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from tandem.board.facts import number_of
from tandem.identity.chrome import moment_of, timer
from tandem.intake.models import Contact
from tandem.kernel.shapes import Option, VisitLine
from tandem.safety.models import Visit
from tandem.storage.standing import Standing

MOST = 100


def visits_of(standing: Standing, at: datetime, *, own: bool = False) -> list[VisitLine]:
    """Every running visit that this login may see, what is due soonest first."""
    rows = Visit.objects.visible_to(standing).filter(ended_at=None)
    if own:
        rows = rows.filter(staff_id=standing.me)
    lines = [_line(row, at) for row in rows.order_by("heard_at")[:MOST]]
    return sorted(lines, key=lambda one: one.timer.elapsed - (one.timer.limit or 0), reverse=True)


def _line(row: Visit, at: datetime) -> VisitLine:
    return VisitLine(
        key=str(row.pk),
        who=row.short_name,
        contact=number_of(row.contact_number) if row.contact_number is not None else "",
        since=moment_of(row.started_at),
        timer=timer(row.heard_at, now=at, limit=row.every_seconds),
        alone=row.alone,
        ok_url=reverse("board:visit_heard", args=[row.pk]),
        end_url=reverse("board:visit_ended", args=[row.pk]),
    )


def own_contacts(standing: Standing) -> list[Option]:
    """Her open contacts, by number: what a visit may be about."""
    rows = Contact.objects.visible_to(standing).filter(holder_id=standing.me, state="open")
    found = rows.order_by("-opened_at").values_list("pk", "number")[:MOST]
    options = [Option(str(key), number_of(number)) for key, number in found]
    return [Option("", _("No contact of mine")), *options] if options else []
