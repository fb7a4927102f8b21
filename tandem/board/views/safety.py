"""Emergency: one press on every responder's page, one bar over everything at both desks."""

from __future__ import annotations

import uuid

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tandem.board.safety import alarm_of, sos_of
from tandem.board.views.common import answer, carried_out
from tandem.identity.chrome import fragment, say
from tandem.identity.middleware import StaffRequest, by_acts, by_stream, doing_of, for_roles
from tandem.kernel.shapes import Sentence
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
    return fragment(request, "fragments/_alarm.html", alarm=shown)


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
    emergency_id = uuid.uuid5(doing.act_id, "emergency")
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


def _back(request: StaffRequest, sentence: Sentence | None, done: str) -> HttpResponseBase:
    home = "board:desk" if request.signed.standing.role == "TC" else "board:crisis"
    return answer(request, sentence, done, to=(home,))
