"""Free units for one call, the nearest suitable first, each with the reason that is shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Min
from django.utils.translation import gettext as _

from tandem.board.facts import program
from tandem.calls.models import Call
from tandem.dispatch.models import MemberStep, UnitMember
from tandem.dispatch.nearest import LAST, POST, Ranked, Stood, ranked
from tandem.identity.chrome import moment_of
from tandem.kernel.shapes import AdvicePanel, Option, UnitGroup, UnitLine
from tandem.storage.standing import Standing

_THERE = ("staged", "at_address", "on_scene")
_MILE = 1.609344  # kilometers, the international mile


def free_units(
    standing: Standing, call: Call, groups: Iterable[UnitGroup], advice: AdvicePanel | None
) -> list[Option]:
    """Every free unit as a choice: the nearest of those the advice names stands first."""
    free = [unit for group in groups for unit in group.units if unit.state == "available"]
    crews = {unit.callsign: unit for unit in free}
    last = _last_places(standing, list(crews))
    posts = {unit.callsign: unit for unit in program().units}
    stood = []
    for unit in free:
        suits = advice is None or _suits(advice.first, unit)
        post = posts.get(unit.callsign)
        if unit.callsign in last:
            place, at, point = last[unit.callsign]
            stood.append(Stood(unit.callsign, suits, LAST, place, at, point))
        elif post is not None and post.post:
            stood.append(Stood(unit.callsign, suits, POST, post.post, None, post.post_at))
        else:
            stood.append(Stood(unit.callsign, suits))
    to = (call.lat, call.lon) if call.lat is not None and call.lon is not None else None
    return [
        Option(
            one.stood.callsign,
            one.stood.callsign,
            f"{' + '.join(crews[one.stood.callsign].members)}, {_why(one)}",
        )
        for one in ranked(stood, to)
    ]


def _suits(first: str, unit: UnitLine) -> bool:
    return (len(unit.members) > 1) == (first == "cru_pair")


def _why(one: Ranked) -> str:
    stood = one.stood
    if stood.how == LAST and stood.at is not None:
        facts = {"place": stood.place, "at": moment_of(stood.at).hm}
        known = _("last at %(place)s %(at)s") % facts
    elif stood.how == POST:
        known = _("duty post %(place)s") % {"place": stood.place}
    else:
        return _("place not known")
    if one.km is None:
        return known
    miles = f"{one.km / _MILE:.1f}"
    return _("%(miles)s mi in a straight line, %(known)s") % {"miles": miles, "known": known}


def _last_places(
    standing: Standing, callsigns: list[str]
) -> dict[str, tuple[str, datetime, tuple[float, float] | None]]:
    """Where each unit was last in this duty, by its officers' own steps."""
    since = dict(
        UnitMember.objects.visible_to(standing)
        .filter(off_at=None, callsign__in=callsigns)
        .values_list("callsign")
        .annotate(Min("on_at"))
    )
    if not since:
        return {}
    steps = (
        MemberStep.objects.visible_to(standing)
        .filter(
            member__response__callsign__in=callsigns,
            member__side="police",
            state__in=_THERE,
            happened_at__gte=min(since.values()),
        )
        .order_by("happened_at")
        .values_list(
            "member__response__callsign", "encounter__place", "happened_at", "encounter__call_id"
        )
    )
    newest = {
        callsign: (place, at, call_id)
        for callsign, place, at, call_id in steps
        if place and at >= since[callsign]
    }
    calls = Call.objects.visible_to(standing).filter(pk__in=[row[2] for row in newest.values()])
    points = {
        pk: (lat, lon)
        for pk, lat, lon in calls.values_list("pk", "lat", "lon")
        if lat is not None and lon is not None
    }
    return {
        callsign: (place, at, points.get(call_id) if call_id else None)
        for callsign, (place, at, call_id) in newest.items()
    }
