"""Emergency: one press on every responder's page, one bar over everything at both desks."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tandem.board.emergencies import past_emergencies
from tandem.board.safety import alarm_of, sos_of
from tandem.board.views.common import answer, carried_out, number_of_call, unless_shown
from tandem.dispatch.models import Response
from tandem.identity.chrome import fragment, page, say
from tandem.identity.middleware import StaffRequest, by_acts, by_stream, doing_of, for_roles
from tandem.kernel.refusals import BadInput, OutOfState
from tandem.kernel.shapes import Sentence
from tandem.paging.services import see_page
from tandem.safety import services
from tandem.safety.rules import VOICE
from tandem.storage.standing import opened

RESPONDERS = ("PO", "CRU", "MCW")
DESKS = ("TC", "MCW", "SUP")


@for_roles(*DESKS)
@by_stream
@require_GET
def alarm(request: StaffRequest) -> HttpResponseBase:
    """The bar alone."""
    shown = alarm_of(request.signed.standing, timezone.now())
    return unless_shown(request, fragment(request, "fragments/_alarm.html", alarm=shown))


@for_roles("TC", "SUP")
@require_GET
def emergencies(request: StaffRequest) -> HttpResponseBase:
    """Those that are over, for who looks back."""
    shown = past_emergencies(request.signed.standing)
    return page(request, "pages/emergencies.html", "emergencies", past=shown)


@for_roles(*RESPONDERS)
@by_stream
@require_GET
def sos(request: StaffRequest) -> HttpResponseBase:
    """One's own, alone."""
    shown = sos_of(request.signed.standing, timezone.now())
    return fragment(request, "fragments/_sos.html", sos=shown, sentence=None)


@for_roles(*RESPONDERS)
@by_acts
@require_POST
def press(request: StaffRequest) -> HttpResponseBase:
    """Alarm both desks; the client's own id makes it one emergency however often it is sent."""
    doing = doing_of(request)
    emergency_id = doing.key_for("emergency")
    sentence = carried_out(lambda: services.raise_emergency(doing, emergency_id))
    if request.headers.get("HX-Request") != "true":
        done = "" if sentence else _("Emergency sent to both desks. Radio first.")
        return say("board:my_calls", sentence=sentence, done=done)
    with opened():
        shown = sos_of(request.signed.standing, timezone.now())
    status = 409 if sentence else 200
    return fragment(request, "fragments/_sos.html", status=status, sos=shown, sentence=sentence)


@for_roles(*DESKS)
@by_acts
@require_POST
def acknowledge(request: StaffRequest, emergency_id: uuid.UUID) -> HttpResponseBase:
    """This desk has it."""
    doing = doing_of(request)
    sentence = carried_out(lambda: services.acknowledge_emergency(doing, emergency_id))
    return _back(request, sentence, _("Acknowledged. Radio first."))


@for_roles(*DESKS)
@by_acts
@require_POST
def end(request: StaffRequest, emergency_id: uuid.UUID) -> HttpResponseBase:
    """Somebody of this desk spoke with them."""
    doing, form = doing_of(request), request.POST

    def work() -> None:
        services.end_emergency(
            doing, emergency_id, how=form.get("how", ""), spoke_with=form.get("spoke_with", "")
        )

    at = f"{timezone.localtime(doing.at):%H:%M:%S}"
    done = _("Emergency ended at %(at)s, after voice contact.") % {"at": at}
    return _back(request, carried_out(work), done if form.get("how") == VOICE else "")


@for_roles("TC", "SUP", *RESPONDERS)
@by_acts
@require_POST
def check_ok(request: StaffRequest, response_id: uuid.UUID) -> HttpResponseBase:
    """All is well: one's own tap, or heard by radio at a desk."""
    doing = doing_of(request)
    sentence = carried_out(lambda: services.answer_check(doing, response_id))
    done = _("All is well at %(at)s. The check begins anew.") % {
        "at": f"{timezone.localtime(doing.at):%H:%M:%S}"
    }
    if request.signed.standing.role in {"TC", "SUP"}:
        return _back(request, sentence, done)
    return answer(request, sentence, done, to=("board:my_calls",))


@for_roles(*RESPONDERS)
@by_acts
@require_POST
def change_seen(request: StaffRequest, member_id: uuid.UUID) -> HttpResponseBase:
    """I saw what changed."""
    doing, form = doing_of(request), request.POST

    def work() -> None:
        try:
            through = parse_datetime(form.get("through", ""))
        except ValueError:  # written like a time, but there is none such
            raise BadInput from None
        if through is None or timezone.is_naive(through):
            raise BadInput
        place = form.get("place", "")
        services.see_change(doing, member_id, through_at=through, place=place)

    return _tapped(request, carried_out(work))


@for_roles(*RESPONDERS)
@by_acts
@require_POST
def page_seen(request: StaffRequest, page_id: uuid.UUID) -> HttpResponseBase:
    """I know of the emergency beside me, or that I am sent no more."""
    return _tapped(request, carried_out(lambda: see_page(doing_of(request), page_id)))


def _tapped(request: StaffRequest, sentence: Sentence | None) -> HttpResponseBase:
    """What a tap left: the bar of a responder's page anew."""
    if request.headers.get("HX-Request") != "true":
        return say("board:my_calls", sentence=sentence, done="" if sentence else _("Seen."))
    with opened():
        shown = sos_of(request.signed.standing, timezone.now())
    status = 409 if sentence else 200
    return fragment(request, "fragments/_sos.html", status=status, sos=shown, sentence=sentence)


@for_roles("TC")
@by_acts
@require_POST
def call_ok(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """All is well with everybody on a call, heard by radio."""
    doing, number = doing_of(request), number_of_call(request, call_id)
    with opened():
        rows = Response.objects.visible_to(request.signed.standing)
        running = list(rows.filter(call_id=call_id, ended_at=None).values_list("pk", flat=True))

    def work() -> None:
        if not running:
            raise OutOfState(_("No unit is on this call."))
        for place, key in enumerate(running):
            act_id = doing.act_id if place == 0 else uuid.uuid5(doing.act_id, str(key))
            services.answer_check(replace(doing, act_id=act_id, how_known="radio"), key)

    done = _("All is well at %(call)s, by radio") % {"call": number}
    return answer(request, carried_out(work), done, to=("board:desk",), query=f"?call={call_id}")


@for_roles(*DESKS)
@by_acts
@require_POST
def seen(request: StaffRequest, overdue_id: uuid.UUID) -> HttpResponseBase:
    """This desk asks after them."""
    doing = doing_of(request)
    sentence = carried_out(lambda: services.see_overdue(doing, overdue_id))
    return _back(request, sentence, _("Noted: this desk asks after them."))


def _back(request: StaffRequest, sentence: Sentence | None, done: str) -> HttpResponseBase:
    home = "board:desk" if request.signed.standing.role == "TC" else "board:crisis"
    return answer(request, sentence, done, to=(home,))
