"""The whole first report of one side: what was counted, and what its supervisors still owe."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from django.utils import timezone

from tandem.directory.law import pack
from tandem.encounters.report import first_report
from tandem.encounters.reviewing import REVIEWS
from tandem.reviews.queries import NOBODY, plans_to_cosign
from tandem.reviews.rules import due_on
from tandem.storage.standing import Standing

SIDE_OF_LOGIN = {
    "police": "police",
    "custodian_police": "police",
    "clinical": "county",
    "custodian_county": "county",
}
NOTHING_DUE = ("due", "oldest_days", "opened", "opened_and_done")


def whole_report(standing: Standing, start: date, end: date, *, at: datetime) -> dict[str, Any]:
    """Of the reader's own side alone; what is due is due now, whatever the period."""
    side = SIDE_OF_LOGIN[standing.login]
    return first_report(standing, side, start, end) | {
        "reviews": _reviews(standing, side, start, end, at=at)
    }


def _reviews(
    standing: Standing, side: str, start: date, end: date, *, at: datetime
) -> dict[str, Any]:
    """Reviews that wait and since how many days, those of the period, and plans to co-sign."""
    zone = timezone.get_current_timezone()
    first = datetime.combine(start, time.min, tzinfo=zone)
    last = datetime.combine(end + timedelta(days=1), time.min, tzinfo=zone)
    own = REVIEWS[side]._default_manager.filter(agency_id=standing.agency_id or NOBODY)
    waiting = own.filter(reviewed_at=None)
    oldest = waiting.order_by("opened_at").values_list("opened_at", flat=True).first()
    opened = own.filter(opened_at__gte=first, opened_at__lt=last)
    told = {
        "due": waiting.count(),
        "oldest_days": (timezone.localdate(at) - timezone.localdate(oldest)).days if oldest else 0,
        "opened": opened.count(),
        "opened_and_done": opened.exclude(reviewed_at=None).count(),
    }
    if side == "county":
        days = [plan_due(plan.signed_at) for plan in plans_to_cosign(standing, most=None)]
        told["plans_due"] = len(days)
        told["plans_late"] = sum(timezone.localdate(at) > day for day in days)
    return told


def plan_due(signed_at: datetime) -> date:
    """By which day a plan signed then is co-signed, on the calendar of the law in force."""

    @cache
    def holidays(year: int) -> frozenset[date]:
        return frozenset(holiday.day for holiday in pack().holidays(year))

    return due_on(timezone.localdate(signed_at), holidays)
