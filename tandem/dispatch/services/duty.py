"""Who is on duty: a member's own sign-on, and what a desk enters by phone. One function per act.

Only a sign-on makes a member dispatchable, their own or one that their side's desk enters. A desk
writes the slip alone: the member's own duty period is theirs. The worker process makes and ends
pairs that a desk's entry changed, and ends the periods of those who left.
"""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from tandem.directory.models import Agency, DutyPeriod, Membership, Staff, Unit
from tandem.directory.rules import SIDE_OF_KIND, check_may_ride
from tandem.dispatch.models import PresenceChange, UnitMember
from tandem.dispatch.presence import (
    DESK_OF_SIDE,
    ROLES_OF_SIDE,
    Whom,
    arriving,
    last_change,
    note_presence,
    oneself,
)
from tandem.dispatch.states import AWAY, Presence
from tandem.kernel.refusals import BadInput, NotFound, OutOfState
from tandem.privacy.acts import Trail, act
from tandem.storage.turns import take_turn


@act("duty.signed_on", "duty")
def sign_on(trail: Trail, unit_id: uuid.UUID) -> DutyPeriod:
    """Make oneself dispatchable on a unit; on a ride-along unit two sides make a pair."""
    doing = trail.doing
    unit = Unit.objects.filter(pk=unit_id, active=True, program_id=doing.program_id).first()
    if unit is None:
        raise NotFound
    check_may_ride(doing.standing.agency_kind, unit.kind)
    # Two who sign on at once would not see each other, and be no pair.
    take_turn("duty", doing.program_id)
    _end_duty(trail, reason="moved")
    period = DutyPeriod.objects.create(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        staff_id=doing.staff_id,
        unit_id=unit.pk,
        role=doing.standing.role,
        on_at=doing.when,
    )
    # Of a mobile crisis unit, and of a crisis worker alone, the row policies show dispatch nothing.
    _leave_slip(trail, unit)
    changed = note_presence(trail, oneself(trail), arriving(doing.staff_id), unit)
    trail.record("duty", period.pk, also=[unit.pk, changed.pk])
    return period


def _leave_slip(trail: Trail, unit: Unit) -> None:
    doing = trail.doing
    side = SIDE_OF_KIND[doing.standing.agency_kind]
    others = list(
        UnitMember.objects.select_for_update().filter(
            program_id=doing.program_id, unit_id=unit.pk, off_at=None
        )
    )
    partners = [other.pk for other in others if other.side != side]
    UnitMember.objects.filter(pk__in=partners).update(paired=True)
    UnitMember.objects.create(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        unit_id=unit.pk,
        callsign=unit.callsign,
        unit_kind=unit.kind,
        staff_id=doing.staff_id,
        short_name=doing.short_name,
        side=side,
        paired=bool(partners),
        on_at=doing.when,
    )
    # An unpaired crisis worker gives the desk no tick: only an officer or a pair is news there.
    seen = side == "police" or bool(partners)
    trail.announce(unit.pk, to=_who_sees_unit(trail, others, at_dispatch=seen))


def _who_sees_unit(trail: Trail, beside: list[UnitMember], *, at_dispatch: bool) -> list[str]:
    """Crisis workers see every unit, an officer only the own one: nobody else gets a tick."""
    crew = [trail.doing.staff_id, *[slip.staff_id for slip in beside]]
    desk = ["dispatch"] if at_dispatch else []
    return ["clinical", *desk, *[f"staff:{staff}" for staff in crew]]


@act("duty.signed_off", "duty")
def sign_off(trail: Trail, reason: str) -> None:
    """End one's own duty at once: end of shift, pulled to other duty, or sick."""
    if reason not in {"end", "pulled", "sick"}:
        raise BadInput
    doing = trail.doing
    take_turn("duty", doing.program_id)
    ended, left = _end_duty(trail, reason=reason)
    if ended is None and left is None:
        raise OutOfState(_("You are not signed on."))
    unit = Unit.objects.filter(pk=left.unit_id).first() if left else None
    changed = note_presence(trail, oneself(trail), Presence(reason), unit)
    trail.record("duty", ended.pk if ended else changed.pk, also=[changed.pk], reason=reason)


def _end_duty(trail: Trail, *, reason: str) -> tuple[DutyPeriod | None, UnitMember | None]:
    """What ended: the period, and the slip, which stands alone where a desk entered the sign-on."""
    doing = trail.doing
    period = (
        DutyPeriod.objects.select_for_update().filter(staff_id=doing.staff_id, off_at=None).first()
    )
    if period is not None:
        period.off_at = max(doing.when, period.on_at)
        period.off_reason = reason
        period.save(update_fields=["off_at", "off_reason"])
    open_slips = UnitMember.objects.select_for_update().filter(
        program_id=doing.program_id, off_at=None
    )
    mine = open_slips.filter(staff_id=doing.staff_id).first()
    if mine is not None:
        UnitMember.objects.filter(pk=mine.pk).update(off_at=max(doing.when, mine.on_at))
        rest = list(open_slips.filter(unit_id=mine.unit_id).exclude(pk=mine.pk))
        if len({slip.side for slip in rest}) < 2:  # noqa: PLR2004 (a pair has two sides)
            UnitMember.objects.filter(pk__in=[slip.pk for slip in rest]).update(paired=False)
        was_seen = mine.side == "police" or mine.paired
        trail.announce(mine.unit_id, to=_who_sees_unit(trail, rest, at_dispatch=was_seen))
    return period, mine


@act("duty.entered", "duty")
def enter_presence(
    trail: Trail, staff_id: uuid.UUID, kind: Presence, unit_id: uuid.UUID | None = None
) -> PresenceChange:
    """Say for a member of one's own side that they are on, back, away or off, as told by phone."""
    doing = trail.doing
    whom = _member(trail, staff_id)
    take_turn("duty", doing.program_id)
    slips = UnitMember.objects.select_for_update().filter(
        program_id=doing.program_id, staff_id=staff_id, off_at=None
    )
    now_on = slips.first()
    unit: Unit | None
    if kind in (Presence.ON, Presence.BACK):
        unit = _unit_for(trail, whom, kind, unit_id)
        if now_on is not None and now_on.unit_id == unit.pk:
            raise OutOfState(_("They are on that unit already."))
        _leave(trail, now_on)
        _put_on(trail, whom, unit)
    else:
        if now_on is None and kind == Presence.END:
            raise OutOfState(_("They are not signed on."))
        unit_left = now_on.unit_id if now_on else None
        unit = Unit.objects.filter(pk=unit_left).first() if unit_left else None
        _leave(trail, now_on)
    changed = note_presence(trail, whom, kind, unit)
    if now_on is None and kind in AWAY:
        _announce(trail, staff_id, staff_id, seen=whom.side == "police")
    also = [staff_id, *([unit.pk] if unit else [])]
    trail.record("duty", changed.pk, also=also, reason=kind)
    return changed


def _member(trail: Trail, staff_id: uuid.UUID) -> Whom:
    """Somebody whom this desk may speak for; nobody else is there for it."""
    doing = trail.doing
    side = DESK_OF_SIDE.get(doing.standing.login, "")
    held = Membership.objects.filter(
        program_id=doing.program_id,
        staff_id=staff_id,
        role__in=ROLES_OF_SIDE.get(side, ()),
        until_at=None,
        from_at__lte=doing.at,
    ).first()
    if held is None:
        raise NotFound
    agency = Agency.objects.get(pk=held.agency_id)
    if SIDE_OF_KIND.get(agency.kind) != side:
        raise NotFound
    staff = Staff.objects.get(pk=staff_id)
    return Whom(staff_id, staff.short_name, agency.pk, agency.kind)


def _unit_for(trail: Trail, whom: Whom, kind: Presence, unit_id: uuid.UUID | None) -> Unit:
    if unit_id is None and kind == Presence.BACK:
        last = last_change(whom.staff_id)
        unit_id = last.unit_id if last else None
    if unit_id is None:
        raise BadInput(_("Say on which unit."))
    unit = Unit.objects.filter(pk=unit_id, active=True, program_id=trail.doing.program_id).first()
    if unit is None:
        raise NotFound
    check_may_ride(whom.agency_kind, unit.kind)
    return unit


def _leave(trail: Trail, slip: UnitMember | None) -> None:
    if slip is None:
        return
    UnitMember.objects.filter(pk=slip.pk).update(off_at=max(trail.doing.when, slip.on_at))
    _announce(trail, slip.unit_id, slip.staff_id, seen=slip.side == "police" or slip.paired)


def _put_on(trail: Trail, whom: Whom, unit: Unit) -> None:
    doing = trail.doing
    UnitMember.objects.create(
        program_id=doing.program_id,
        agency_id=whom.agency_id,
        unit_id=unit.pk,
        callsign=unit.callsign,
        unit_kind=unit.kind,
        staff_id=whom.staff_id,
        short_name=whom.short_name,
        side=whom.side,
        on_at=doing.when,
        how_known=doing.how_known,
        entered_by_name=doing.short_name,
    )
    # An unpaired crisis worker gives dispatch no tick; what makes a pair is news by the worker.
    _announce(trail, unit.pk, whom.staff_id, seen=whom.side == "police")


def _announce(trail: Trail, key: uuid.UUID, staff_id: uuid.UUID, *, seen: bool) -> None:
    beside = UnitMember.objects.filter(
        program_id=trail.doing.program_id, unit_id=key, off_at=None
    ).values_list("staff_id", flat=True)
    crew = dict.fromkeys([staff_id, *beside])
    desk = ["dispatch"] if seen else []
    trail.announce(key, to=["clinical", *desk, *[f"staff:{staff}" for staff in crew]])
