"""The audit page of each custodian: the own side's trail, by keys and names of staff only."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from urllib.parse import urlencode

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tandem.board.views.common import day_of
from tandem.board.words import act_word
from tandem.directory.models import Staff
from tandem.identity.chrome import moment, moment_of, page, role_word
from tandem.identity.middleware import StaffRequest, for_roles
from tandem.kernel.numbers import counted
from tandem.kernel.shapes import Audit, AuditLine, Option, Seal, SealFault, WhyRule
from tandem.privacy.models import AuditEntry
from tandem.privacy.trail import (
    acts_between,
    check_recent,
    entries_between,
    note_reading,
)

PAGE = 100
_MOST_ROWS = 999_999_999
CHECKED = 1_000


@for_roles("PRVP", "PRVC")
@require_GET
def audit(request: StaffRequest) -> HttpResponseBase:
    """One side's trail; looking at it leaves a row in it."""
    standing = request.signed.standing
    side = "police" if standing.role == "PRVP" else "county"
    today = timezone.localdate()
    first = day_of(request.GET.get("from", ""), today)
    last = day_of(request.GET.get("to", ""), today)
    zone = timezone.get_current_timezone()
    start = datetime.combine(first, time.min, tzinfo=zone)
    end = datetime.combine(last + timedelta(days=1), time.min, tzinfo=zone)
    act, outcome = request.GET.get("act", ""), request.GET.get("outcome", "")
    skip = counted(request.GET.get("skip", ""), most=_MOST_ROWS) or 0
    rows, total = entries_between(start, end, act=act, outcome=outcome, skip=skip, most=PAGE)
    names = dict(
        Staff.objects.visible_to(standing)
        .filter(pk__in=[row.staff_id for row in rows if row.staff_id])
        .values_list("pk", "short_name")
    )
    checked, faults = check_recent(standing.agency_id or standing.me, most=CHECKED)
    lines = _lines(rows, names)
    note_reading(standing, at=timezone.now())
    base = {"from": first.isoformat(), "to": last.isoformat(), "act": act, "outcome": outcome}
    url = reverse("board:audit")
    older = f"{url}?{urlencode({**base, 'skip': skip + PAGE})}" if skip + PAGE < total else ""
    newer = f"{url}?{urlencode({**base, 'skip': max(0, skip - PAGE)})}" if skip else ""
    shown = Audit(
        side=side,
        url=url,
        from_day=first.isoformat(),
        to_day=last.isoformat(),
        acts=[
            Option("", _("All")),
            *[Option(name, act_word(name)) for name in acts_between(start, end)],
        ],
        lines=lines,
        total=total,
        seal=Seal(
            ok=not faults,
            sealed=checked,
            waiting=0,
            last_at=moment(rows[0].sealed_at) if rows else None,
            faults=[SealFault(fault.row, fault.kind) for fault in faults],
        ),
        act=act,
        outcome=outcome,
        newer_url=newer,
        older_url=older,
        why=WhyRule(
            what=_("The other side's trail"),
            because=_("There are two custodians under two laws: each reads the own side."),
            ask=_("Ask the other custodian."),
            authority="51.30(4)(e); 19.35",
        ),
    )
    return page(request, "pages/audit.html", "audit", audit=shown)


def _lines(rows: list[AuditEntry], names: dict[uuid.UUID, str]) -> list[AuditLine]:
    return [
        AuditLine(
            at=moment_of(row.server_at),
            day=date_format(timezone.localtime(row.server_at), "D, M j"),
            who=names.get(row.staff_id, "") if row.staff_id else _("system"),
            role_word=role_word(row.role),
            act=act_word(row.act),
            code=row.act,
            outcome=row.outcome,
            record=f"{row.subject}:{str(row.subject_id or '')[:8]}",
            reason=row.reason,
            on_behalf="",
            row=row.number,
            sealed=True,
        )
        for row in rows
    ]
