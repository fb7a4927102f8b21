"""Emergencies that are over: how soon each desk had them, and how they ended."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

from tandem.board.facts import number_of
from tandem.kernel.shapes import PastEmergencies, PastEmergency
from tandem.safety.models import Emergency
from tandem.storage.standing import Standing

MOST = 200


def past_emergencies(standing: Standing) -> PastEmergencies:
    """The newest first, as far as this desk may know of them."""
    rows = Emergency.objects.visible_to(standing).exclude(ended_at=None)
    return PastEmergencies([_row(one) for one in rows.order_by("-pressed_at")[:MOST]])


def _row(one: Emergency) -> PastEmergency:
    ended_at = one.ended_at or one.pressed_at
    return PastEmergency(
        who=one.short_name,
        unit=one.callsign,
        call=number_of(one.call_number) if one.call_number is not None else "",
        pressed_at=date_format(timezone.localtime(one.pressed_at), "M j, H:i:s"),
        place_kind=one.place_kind,
        place=one.place,
        dispatch_by=one.dispatch_seen_by_name,
        dispatch_seconds=_seconds(one.pressed_at, one.dispatch_seen_at),
        crisis_by=one.crisis_seen_by_name,
        crisis_seconds=_seconds(one.pressed_at, one.crisis_seen_at),
        climbed=bool(one.dispatch_climbed_at or one.crisis_climbed_at),
        ended_by=one.ended_by_name,
        spoke_with=one.spoke_with,
        minutes=round((ended_at - one.pressed_at).total_seconds() / 60),
    )


def _seconds(since: datetime, then: datetime | None) -> int | None:
    return round((then - since).total_seconds()) if then else None
