"""Who is there: a desk signs its own side's members on, away, back and off, as told by phone."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tandem.board.presence import member_named, presence_page, side_of
from tandem.board.views.common import answer, carried_out
from tandem.directory.models import Staff, Unit
from tandem.dispatch.services import enter_presence
from tandem.dispatch.states import Presence
from tandem.identity.chrome import page
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.kernel.refusals import BadInput
from tandem.storage.standing import opened


@for_roles("TC")
@by_acts
@require_http_methods(["GET", "POST"])
def of_dispatch(request: StaffRequest) -> HttpResponseBase:
    """Officers, as dispatch knows of them."""
    return _presence(request)


@for_roles("MCW", "SUP")
@by_acts
@require_http_methods(["GET", "POST"])
def of_crisis(request: StaffRequest) -> HttpResponseBase:
    """Crisis workers, as the crisis desk knows of them."""
    return _presence(request)


def _presence(request: StaffRequest) -> HttpResponseBase:
    standing = request.signed.standing
    if request.method == "GET":
        with opened():
            shown = presence_page(standing, timezone.now())
        here = "desk" if shown.side == "police" else "crisis"
        return page(request, "pages/presence.html", here, presence=shown)
    doing = doing_of(request)
    doing = replace(doing, how_known=doing.how_known or "phone")
    form, told = request.POST, {"who": "", "unit": ""}

    def work() -> None:
        kind = _kind(form.get("change", ""))
        with opened():
            who = member_named(standing, form.get("who", ""), doing.at)
            told["who"] = Staff.objects.visible_to(standing).get(pk=who).short_name
            unit = _unit(request, form.get("unit", ""))
        changed = enter_presence(replace(doing, for_staff_id=who), who, kind, unit)
        told["unit"] = changed.callsign

    sentence = carried_out(work)
    side = "desk" if side_of(standing) == "police" else "crisis"
    return answer(
        request,
        sentence,
        _done(form.get("change", "")) % told,
        to=(f"board:{side}_presence",),
    )


def _kind(change: str) -> Presence:
    try:
        return Presence(change)
    except ValueError:
        raise BadInput(_("Say whether they are on, back, pulled away, sick or off.")) from None


def _done(change: str) -> str:
    return {
        "on": _("%(who)s is on %(unit)s, by phone"),
        "back": _("%(who)s is back on %(unit)s, by phone"),
        "pulled": _("%(who)s is pulled to other duty, by phone"),
        "sick": _("%(who)s is sick, by phone"),
        "end": _("%(who)s is off duty, by phone"),
    }.get(change, "")


def _unit(request: StaffRequest, typed: str) -> uuid.UUID | None:
    """The unit as typed: with or without its space, in any case; none where nothing was."""
    wanted = "".join(typed.lower().split())
    if not wanted:
        return None
    for unit in Unit.objects.visible_to(request.signed.standing).filter(active=True):
        if wanted in (str(unit.pk), "".join(unit.callsign.lower().split())):
            return unit.pk
    raise BadInput(_("No unit has that callsign. What you typed is still there."))
