"""The duty page: sign on to a unit, see with whom, sign off."""

from __future__ import annotations

import uuid

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tandem.board.phones import phone_of
from tandem.board.presence import own_shift
from tandem.board.views.common import answer, carried_out
from tandem.directory.models import Agency, DutyPeriod, Unit
from tandem.directory.rostered import SIDES
from tandem.directory.rules import SIDE_OF_KIND, UNITS_OF_KIND
from tandem.dispatch import services
from tandem.dispatch.models import Member, UnitMember
from tandem.dispatch.presence import last_change
from tandem.dispatch.states import AWAY
from tandem.encounters.lanes import LANE_OF_ROLE
from tandem.identity.chrome import moment_of, page
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.kernel.refusals import BadInput
from tandem.kernel.shapes import OnDuty, Option, Partner, StepAct
from tandem.storage.standing import Standing

RESPONDERS = ("PO", "CRU", "MCW")


@for_roles(*RESPONDERS)
@require_GET
def duty(request: StaffRequest) -> HttpResponseBase:
    """Where I stand, and whom I would ride with."""
    standing = request.signed.standing
    agency = Agency.objects.visible_to(standing).get(pk=standing.agency_id or standing.me)
    kinds = UNITS_OF_KIND.get(agency.kind, frozenset())
    units = list(
        Unit.objects.visible_to(standing).filter(active=True, kind__in=kinds).order_by("callsign")
    )
    partners = _partners(standing)
    on_duty = _on_duty(standing, agency.name, units, partners)
    slip = UnitMember.objects.visible_to(standing).filter(staff_id=standing.me, off_at=None).first()
    side = SIDE_OF_KIND.get(standing.agency_kind, "")
    shift, beside = own_shift(standing, side, timezone.now()) if side in SIDES else (None, [])
    return page(
        request,
        "pages/duty.html",
        "duty",
        agencies=[Option(str(agency.pk), agency.name)],
        agency=str(agency.pk),
        units=[Option(str(unit.pk), unit.callsign) for unit in units],
        unit=str(slip.unit_id) if slip else _first_guess(units, partners),
        roster_note=_entered_by_desk(slip) if slip and not on_duty else "",
        partners=partners,
        shift=shift,
        beside=beside,
        on_duty=on_duty,
        sign_on_url=reverse("board:sign_on"),
        sign_off_url=reverse("board:sign_off"),
        my_calls_url=reverse("board:my_calls"),
        other_acts=_other_acts(standing, on=bool(on_duty or slip)),
        phone=phone_of(request),
    )


def _entered_by_desk(slip: UnitMember) -> str:
    return _(
        "%(who)s signed you on to %(unit)s at %(at)s, by phone. You can be sent. Sign on here to "
        "be told of calls on this device."
    ) % {
        "who": slip.entered_by_name,
        "unit": slip.callsign,
        "at": moment_of(slip.on_at).hm,
    }


def _other_acts(standing: Standing, *, on: bool) -> list[StepAct]:
    """Pulled away and sick at any time, and back to the unit one was taken from."""
    off = reverse("board:sign_off")
    away = [StepAct("pulled", f"{off}?reason=pulled"), StepAct("sick", f"{off}?reason=sick")]
    if on:
        return away
    last = last_change(standing.me)
    if last is None or last.kind not in AWAY or last.unit_id is None:
        return []
    return [StepAct("back", f"{reverse('board:sign_on')}?unit={last.unit_id}")]


def _partners(standing: Standing) -> list[Partner]:
    """The other side's members who are signed on to a ride-along unit."""
    side = SIDE_OF_KIND.get(standing.agency_kind, "")
    slips = UnitMember.objects.visible_to(standing).filter(off_at=None, unit_kind="ride_along")
    word = _("county") if side == "police" else _("police")
    return [
        Partner(slip.short_name, word, slip.callsign, str(slip.unit_id), moment_of(slip.on_at))
        for slip in slips.exclude(side=side).order_by("on_at")
    ]


def _first_guess(units: list[Unit], partners: list[Partner]) -> str:
    keys = [str(unit.pk) for unit in units]
    for partner in partners:
        if partner.unit_key in keys:
            return partner.unit_key
    return keys[0] if keys else ""


def _on_duty(
    standing: Standing, agency: str, units: list[Unit], partners: list[Partner]
) -> OnDuty | None:
    period = DutyPeriod.objects.visible_to(standing).filter(staff_id=standing.me, off_at=None)
    now = period.first()
    if now is None:
        return None
    unit = next((unit for unit in units if unit.pk == now.unit_id), None)
    lane = LANE_OF_ROLE[standing.role]
    written = lane.notes._default_manager.filter(author_id=standing.me)
    signed = written.exclude(signed_at=None).values("encounter_id")
    mine = Member.objects.visible_to(standing).filter(staff_id=standing.me)
    return OnDuty(
        unit=unit.callsign if unit else "",
        agency_name=agency,
        since=moment_of(now.on_at),
        ride_along=bool(unit and unit.kind == "ride_along"),
        partner=next((p for p in partners if unit and p.unit_key == str(unit.pk)), None),
        open_notes=mine.exclude(encounter_id__in=signed).count(),
    )


@for_roles(*RESPONDERS)
@by_acts
@require_POST
def sign_on(request: StaffRequest) -> HttpResponseBase:
    """Become dispatchable."""

    def work() -> None:
        try:
            unit_id = uuid.UUID(request.POST.get("unit") or request.GET.get("unit", ""))
        except ValueError:
            raise BadInput(_("Choose a unit.")) from None
        services.sign_on(doing_of(request), unit_id)

    return answer(request, carried_out(work), _("You are on duty."), to=("board:duty",))


@for_roles(*RESPONDERS)
@by_acts
@require_POST
def sign_off(request: StaffRequest) -> HttpResponseBase:
    """Go off duty: end of shift, pulled away, or sick."""
    reason = request.POST.get("reason") or request.GET.get("reason") or "end"
    sentence = carried_out(lambda: services.sign_off(doing_of(request), reason))
    done = _("You are off duty since %(at)s.") % {"at": f"{timezone.localtime():%H:%M}"}
    return answer(request, sentence, done, to=("board:duty",))
