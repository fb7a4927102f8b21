"""The dispatcher's desk: the list, its fragments, and the acts of the command line."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tandem.board.queries import desk_of
from tandem.board.views.common import answer, carried_out, number_of_call
from tandem.directory.models import Unit
from tandem.dispatch import services
from tandem.dispatch.models import Member, Response
from tandem.dispatch.states import ENDED, MemberState
from tandem.identity.chrome import fragment, page
from tandem.identity.middleware import (
    StaffRequest,
    by_acts,
    by_stream,
    doing_of,
    for_roles,
    known_how,
)
from tandem.intake.services.desk import close_call, reopen_call
from tandem.kernel.refusals import BadInput
from tandem.privacy.acts import Doing
from tandem.storage.standing import opened

_REGIONS = ("counts", "feeds", "lists", "detail", "units", "requests")


@for_roles("TC")
@require_GET
def desk(request: StaffRequest) -> HttpResponseBase:
    """The whole desk."""
    shown = desk_of(request.signed.standing, selected=request.GET.get("call", ""))
    return page(request, "pages/desk.html", "desk", desk=shown)


@for_roles("TC")
@by_stream
@require_GET
def fragments(request: StaffRequest) -> HttpResponseBase:
    """All regions that went stale, in one answer."""
    asked = request.GET.get("regions", "").split(",")
    regions = [region for region in _REGIONS if region in asked] or list(_REGIONS)
    shown = desk_of(request.signed.standing, selected=request.GET.get("call", ""))
    return fragment(request, "fragments/_desk.html", regions=regions, desk=shown)


def _plain(callsign: str) -> str:
    return "".join(callsign.lower().split())


def _unit(request: StaffRequest) -> Unit:
    """The unit as typed: with or without its space, in any case."""
    asked = _plain(request.POST.get("unit", ""))
    with opened():
        for unit in Unit.objects.visible_to(request.signed.standing).filter(active=True):
            if _plain(unit.callsign) == asked or str(unit.pk) == asked:
                return unit
    raise BadInput(_("No unit has that callsign. What you typed is still there."))


@for_roles("TC")
@by_acts
@require_POST
def assign(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Send a unit."""
    doing, number = doing_of(request), number_of_call(request, call_id)
    sentence = carried_out(lambda: services.assign_unit(doing, call_id, _unit(request).pk))
    done = _("%(unit)s sent to %(call)s, %(at)s") % {
        "unit": request.POST.get("unit", "").upper(),
        "call": number,
        "at": f"{timezone.localtime(doing.at):%H:%M:%S}",
    }
    return answer(request, sentence, done, to=("board:desk",), query=f"?call={call_id}")


@for_roles("TC")
@by_acts
@require_POST
def status(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Set where a unit's members are, as heard by radio."""
    doing, number = doing_of(request), number_of_call(request, call_id)
    known = request.POST.get("known", "") or request.POST.get("how_known", "")
    doing = replace(doing, how_known=known_how(known) or "radio")
    sentence = carried_out(lambda: _step_unit(request, doing, call_id))
    done = _("%(unit)s updated at %(call)s, %(at)s") % {
        "unit": request.POST.get("unit", "").upper(),
        "call": number,
        "at": f"{timezone.localtime(doing.at):%H:%M:%S}",
    }
    return answer(request, sentence, done, to=("board:desk",), query=f"?call={call_id}")


def _step_unit(request: StaffRequest, doing: Doing, call_id: uuid.UUID) -> None:
    try:
        state = MemberState(request.POST.get("state", ""))
    except ValueError:
        raise BadInput(_("That is no status. What you typed is still there.")) from None
    unit = _unit(request)
    with opened():
        response = (
            Response.objects.visible_to(request.signed.standing)
            .filter(call_id=call_id, unit_id=unit.pk, ended_at=None)
            .first()
        )
        crew = list(Member.objects.visible_to(request.signed.standing).filter(response=response))
    if response is None:
        raise BadInput(_("That unit is not on this call."))
    waiting = [member for member in crew if member.state not in ENDED]
    for place, member in enumerate(waiting):
        # One word by radio moves every member of the car; each has an act and times of their own.
        act_id = doing.act_id if place == 0 else uuid.uuid5(doing.act_id, str(member.pk))
        services.step_member(
            replace(doing, act_id=act_id, for_staff_id=member.staff_id), member.pk, state
        )


@for_roles("TC")
@by_acts
@require_POST
def note(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Add a remark to a call."""
    doing, number = doing_of(request), number_of_call(request, call_id)
    text = request.POST.get("text", "")
    sentence = carried_out(lambda: services.note_call(doing, call_id, text))
    done = _("Note added to %(call)s") % {"call": number}
    return answer(request, sentence, done, to=("board:desk",), query=f"?call={call_id}")


@for_roles("TC")
@by_acts
@require_POST
def close(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """End a call that nobody is on any more; for some seconds one key opens it again."""
    doing, number = doing_of(request), number_of_call(request, call_id)
    text = request.POST.get("text", "")
    sentence = carried_out(lambda: close_call(doing, call_id, words=text))
    done = _("%(call)s closed") % {"call": number}
    undo = reverse("board:reopen", args=[call_id])
    return answer(request, sentence, done, to=("board:desk",), undo_url=undo)


@for_roles("TC")
@by_acts
@require_POST
def reopen(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Put a closed call back on the desk."""
    doing, number = doing_of(request), number_of_call(request, call_id)
    sentence = carried_out(lambda: reopen_call(doing, call_id))
    done = _("%(call)s is open again") % {"call": number}
    return answer(request, sentence, done, to=("board:desk",), query=f"?call={call_id}")
