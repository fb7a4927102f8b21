"""The board on paper: the page that says who printed it, and the count of every print."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_POST

from tandem.board.printing import printed_of
from tandem.board.views.common import carried_out
from tandem.identity.chrome import page
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.intake.services.printing import print_board
from tandem.privacy.acts import Doing
from tandem.storage.standing import opened

# A desk that lost its server tells of its prints when it is back; no shift is longer.
_LONGEST = timedelta(hours=24)


def _desk(request: StaffRequest) -> str:
    return "dispatch" if request.signed.standing.role == "TC" else "crisis"


def _board(request: StaffRequest) -> HttpResponseBase:
    """Look at it first; the act that counts is the press of the button."""
    signed, desk = request.signed, _desk(request)
    sentence = None
    if request.method == "POST":
        doing = doing_of(request)
        sentence = carried_out(lambda: print_board(doing, desk))
    by = signed.short_name if request.method == "POST" and sentence is None else ""
    with opened():
        shown = printed_of(signed.standing, by=by)
    shown.print_url = request.path
    shown.desk_url = reverse("board:desk" if desk == "dispatch" else "board:crisis")
    return page(
        request,
        "pages/print_board.html",
        status=409 if sentence else 200,
        board=shown,
        refusal=sentence,
    )


@for_roles("TC")
@by_acts
@require_http_methods(["GET", "POST"])
def of_dispatch(request: StaffRequest) -> HttpResponseBase:
    """The dispatcher's board."""
    return _board(request)


@for_roles("MCW", "SUP")
@by_acts
@require_http_methods(["GET", "POST"])
def of_crisis(request: StaffRequest) -> HttpResponseBase:
    """The crisis desk's board."""
    return _board(request)


@for_roles("TC", "MCW", "SUP")
@by_acts
@require_POST
def printed(request: StaffRequest) -> HttpResponseBase:
    """A desk's own page went to the printer, now or while no server was there."""
    doing, desk = doing_of(request), _desk(request)
    happened_at = _when(request.POST.get("at", ""), doing.at)
    late = Doing(doing.standing, doing.short_name, doing.at, doing.act_id, happened_at)
    carried_out(lambda: print_board(late, desk))
    return HttpResponse()


def _when(text: str, now: datetime) -> datetime | None:
    """The true time, or none for one that cannot be: then the server's counts."""
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    if at is None or timezone.is_naive(at) or not now - _LONGEST <= at <= now:
        return None
    return at
