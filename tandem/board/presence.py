"""Who is there: on a unit, away and why, and everybody else whom a desk may sign on."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from tandem.directory.models import Membership, Staff, Unit
from tandem.directory.rules import UNITS_OF_KIND
from tandem.dispatch.models import PresenceChange, UnitMember
from tandem.dispatch.presence import DESK_OF_SIDE, ROLES_OF_SIDE
from tandem.dispatch.states import AWAY
from tandem.identity.chrome import moment, moment_of
from tandem.kernel.refusals import BadInput
from tandem.kernel.shapes import AwayLine, Option, PresenceLine, PresencePage
from tandem.storage.standing import Standing

# Who went away longer ago than this belongs to another day's board.
A_DAY = timedelta(hours=24)
_KIND = {"police": "police", "county": "county_crisis"}


def side_of(standing: Standing) -> str:
    """Whose members this desk speaks for."""
    return DESK_OF_SIDE[standing.login]


def away_of(standing: Standing, at: datetime) -> list[AwayLine]:
    """Members of the desk's own side who were pulled away or are sick, the newest first."""
    changes = PresenceChange.objects.visible_to(standing).filter(at__gt=at - A_DAY)
    latest = changes.order_by("staff_id", "-at", "-server_at").distinct("staff_id")
    gone = [change for change in latest if change.kind in AWAY]
    return [
        AwayLine(str(one.staff_id), one.short_name, one.callsign, one.kind, moment_of(one.at))
        for one in sorted(gone, key=lambda one: one.at, reverse=True)
    ]


def presence_page(standing: Standing, at: datetime) -> PresencePage:
    """Every member of the own side, by where they stand, and the units they may sign on to."""
    side = side_of(standing)
    slips = {slip.staff_id: slip for slip in _slips(standing, side)}
    away = away_of(standing, at)
    gone = {line.key for line in away}
    people = members_of(standing, at)
    return PresencePage(
        side=side,
        url=reverse(f"board:{'desk' if side == 'police' else 'crisis'}_presence"),
        desk_url=reverse("board:desk" if side == "police" else "board:crisis"),
        on=[_line(one, slips[one.pk]) for one in people if one.pk in slips],
        away=[
            PresenceLine(line.key, line.name, line.kind, unit=line.unit, since=line.at)
            for line in away
            if uuid.UUID(line.key) not in slips
        ],
        off=[
            PresenceLine(str(one.pk), one.short_name, "off_duty")
            for one in people
            if one.pk not in slips and str(one.pk) not in gone
        ],
        units=[
            Option(str(unit.pk), unit.callsign)
            for unit in Unit.objects.visible_to(standing)
            .filter(active=True, kind__in=UNITS_OF_KIND[_KIND[side]])
            .order_by("callsign")
        ],
    )


def _slips(standing: Standing, side: str) -> list[UnitMember]:
    return list(UnitMember.objects.visible_to(standing).filter(off_at=None, side=side))


def _line(staff: Staff, slip: UnitMember) -> PresenceLine:
    return PresenceLine(
        str(staff.pk),
        staff.short_name,
        "available",
        unit=slip.callsign,
        unit_key=str(slip.unit_id),
        since=moment(slip.on_at),
        known=slip.how_known,
        entered_by=slip.entered_by_name,
    )


def members_of(standing: Standing, at: datetime) -> list[Staff]:
    """Everybody whom this desk may sign on, by name."""
    held = Membership.objects.visible_to(standing).filter(
        role__in=ROLES_OF_SIDE[side_of(standing)], until_at=None, from_at__lte=at
    )
    people = Staff.objects.visible_to(standing).filter(pk__in=held.values("staff_id"))
    return list(people.order_by("short_name"))


def member_named(standing: Standing, typed: str, at: datetime) -> uuid.UUID:
    """The one member meant by a key, a surname or its beginning; BadInput for none or several."""
    wanted = typed.strip().lower()
    people = members_of(standing, at)
    exact = [one for one in people if wanted in (str(one.pk), _surname(one))]
    found = exact or [one for one in people if wanted and _surname(one).startswith(wanted)]
    if len(found) == 1:
        return found[0].pk
    if not found:
        raise BadInput(_("Nobody of your side has that name. What you typed is still there."))
    raise BadInput(_("Several of your side have that name. Type more of it."))


def _surname(staff: Staff) -> str:
    return staff.short_name.split()[-1].lower()
