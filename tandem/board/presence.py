"""Who is there: on a unit, away and why, and everybody else whom a desk may sign on."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tandem.directory.models import Membership, Staff, Unit
from tandem.directory.rostered import LATE, Planned, around, planned_of
from tandem.directory.rules import UNITS_OF_KIND
from tandem.dispatch.models import PresenceChange, UnitMember
from tandem.dispatch.presence import DESK_OF_SIDE, ROLES_OF_SIDE
from tandem.dispatch.states import AWAY
from tandem.identity.chrome import moment, moment_of
from tandem.kernel.instance import Instance
from tandem.kernel.refusals import BadInput
from tandem.kernel.shapes import (
    AwayLine,
    Expected,
    Option,
    PlannedLine,
    PresenceLine,
    PresencePage,
)
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


def expected_of(standing: Standing, at: datetime) -> Expected:
    """Who should be here by this side's own roster and is not, and who is here without it."""
    side = side_of(standing)
    shifts = planned_of(Instance.find(), side)
    if shifts is None:
        return Expected()
    slips = UnitMember.objects.visible_to(standing).filter(off_at=None, side=side)
    here = dict(slips.values_list("staff_id", "short_name"))
    now, _coming = around(shifts, at)
    if {one.person.casefold() for one in now} == {name.casefold() for name in here.values()}:
        return Expected()  # the usual hour asks nothing more
    people = members_of(standing, at)
    planned, _later, unplanned = _planned(side, people, set(here), at)
    gone = {line.name for line in away_of(standing, at)}
    late = [one for one in planned or () if one.state == "late" and one.name not in gone]
    return Expected(late, unplanned)


def own_shift(standing: Standing, side: str, at: datetime) -> tuple[PlannedLine | None, list[str]]:
    """When one is planned oneself, now or next, and who of one's own side is planned now."""
    shifts = planned_of(Instance.find(), side)
    if shifts is None:
        return None, []
    me = Staff.objects.visible_to(standing).get(pk=standing.me)
    names = {me.short_name.casefold(), me.display_name.casefold()}
    now, coming = around(shifts, at)
    mine = next((one for one in (*now, *coming) if one.person.casefold() in names), None)
    others = [one.person for one in now if one.person.casefold() not in names]
    named = dict.fromkeys(names, me)
    return _shift(mine, named, set(), at) if mine else None, others


def presence_page(standing: Standing, at: datetime) -> PresencePage:
    """Every member of the own side, by where they stand, and the units they may sign on to."""
    side = side_of(standing)
    slips = {slip.staff_id: slip for slip in _slips(standing, side)}
    away = away_of(standing, at)
    gone = {line.key for line in away}
    people = members_of(standing, at)
    planned, coming, unplanned = _planned(side, people, set(slips), at)
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
        planned=planned,
        coming=coming,
        unplanned=unplanned,
    )


def _planned(
    side: str, people: list[Staff], on: set[uuid.UUID], at: datetime
) -> tuple[list[PlannedLine] | None, list[PlannedLine], list[str]]:
    """Who is planned now and next by this side's own roster, and who is on without it."""
    shifts = planned_of(Instance.find(), side)
    if shifts is None:
        return None, [], []
    named = {name.casefold(): one for one in people for name in (one.short_name, one.display_name)}
    now, coming = around(shifts, at)
    working = {one.pk for shift in now if (one := named.get(shift.person.casefold()))}
    unplanned = [one.short_name for one in people if one.pk in on - working]
    lines = [[_shift(one, named, on, at) for one in part] for part in (now, coming)]
    return lines[0], lines[1], unplanned


def _shift(
    shift: Planned, named: dict[str, Staff], on: set[uuid.UUID], at: datetime
) -> PlannedLine:
    who = named.get(shift.person.casefold())
    late = at >= shift.begins + LATE
    state = "on" if who is not None and who.pk in on else "late" if late else "planned"
    begins, ends = (
        date_format(timezone.localtime(one), "D H:i") for one in (shift.begins, shift.ends)
    )
    return PlannedLine(
        who.short_name if who else shift.person, begins, ends, state, known=who is not None
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
