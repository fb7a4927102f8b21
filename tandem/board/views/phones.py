"""Where a responder is told while the page is closed: this browser, and a number."""

from __future__ import annotations

import uuid

from django.http.response import HttpResponseBase
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tandem.board.phones import version_of
from tandem.board.views.common import answer, carried_out
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.kernel.refusals import BadInput
from tandem.paging import services

RESPONDERS = ("PO", "CRU", "MCW")


@for_roles(*RESPONDERS)
@by_acts
@require_POST
def subscribe(request: StaffRequest) -> HttpResponseBase:
    """This browser tells from now on."""
    form, signed = request.POST, request.signed

    def work() -> None:
        version = version_of(form.get("key", ""))
        if version is None:
            raise BadInput(_("This page is from before a change. Load it again."))
        told = services.Subscription(
            form.get("endpoint", ""),
            form.get("p256dh", ""),
            form.get("auth", ""),
            version,
            get_language() or "en",
        )
        services.subscribe_device(doing_of(request), signed.id, told)

    done = _("This device tells you of assignments until you go off duty or sign out.")
    return answer(request, carried_out(work), done, to=("board:duty",))


@for_roles(*RESPONDERS)
@by_acts
@require_POST
def end(request: StaffRequest) -> HttpResponseBase:
    """This browser tells no more."""
    sentence = carried_out(lambda: services.end_device(doing_of(request), request.signed.id))
    done = _("This device does not tell you of assignments.")
    return answer(request, sentence, done, to=("board:duty",))


@for_roles(*RESPONDERS)
@by_acts
@require_POST
def own_number(request: StaffRequest) -> HttpResponseBase:
    """One's own number."""
    doing, typed = doing_of(request), request.POST.get("number", "")
    sentence = carried_out(
        lambda: services.enter_number(doing, doing.staff_id, typed, get_language() or "en")
    )
    return answer(request, sentence, _kept(typed), to=("board:duty",))


@for_roles("IT")
@by_acts
@require_POST
def number_of_staff(request: StaffRequest, staff_id: uuid.UUID) -> HttpResponseBase:
    """Somebody's number, entered by an administrator."""
    typed, language = request.POST.get("number", ""), request.POST.get("language", "en")
    sentence = carried_out(
        lambda: services.enter_number(doing_of(request), staff_id, typed, language)
    )
    return answer(request, sentence, _kept(typed), to=("board:staff",))


def _kept(typed: str) -> str:
    return _("The number is kept.") if typed.strip() else _("The number is taken away.")
