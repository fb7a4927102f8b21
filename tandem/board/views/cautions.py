"""Standing cautions: write one, have it approved by another, say whether it still holds."""

from __future__ import annotations

import uuid

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tandem.board.cautions import cautions_page, source_word
from tandem.board.views.common import carried_out
from tandem.cautions import services
from tandem.cautions.rules import SOURCES
from tandem.identity.chrome import page, say
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.kernel.shapes import Option
from tandem.storage.standing import opened

WRITERS = ("TC", "PO", "CRU")


@for_roles(*WRITERS)
@by_acts
@require_http_methods(["GET", "POST"])
def cautions(request: StaffRequest) -> HttpResponseBase:
    """The page; what is written is kept as a draft first and then sent to be approved."""
    if request.method == "POST":
        doing, told = doing_of(request), request.POST.dict()
        sentence = carried_out(lambda: services.draft_caution(doing, told)) or carried_out(
            lambda: services.submit_caution(doing, services.draft_key(doing))
        )
        done = "" if sentence else _("Sent to be approved by another person.")
        return say("board:cautions", sentence=sentence, done=done)
    with opened():
        shown = cautions_page(request.signed.standing, at=timezone.now())
    shown.sources = [Option(code, source_word(code)) for code in SOURCES]
    shown.file = request.GET.get("person", "")[:36]
    return page(request, "pages/cautions.html", "cautions", cautions=shown)


@for_roles(*WRITERS)
@by_acts
@require_POST
def send(request: StaffRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """Send a kept draft."""
    sentence = carried_out(lambda: services.submit_caution(doing_of(request), draft_id))
    done = "" if sentence else _("Sent to be approved by another person.")
    return say("board:cautions", sentence=sentence, done=done)


@for_roles("CRU")
@by_acts
@require_POST
def approve(request: StaffRequest, caution_id: uuid.UUID) -> HttpResponseBase:
    """Let it stand."""
    sentence = carried_out(lambda: services.approve_caution(doing_of(request), caution_id))
    return say("board:cautions", sentence=sentence, done="" if sentence else _("It stands now."))


@for_roles("CRU")
@by_acts
@require_POST
def end(request: StaffRequest, caution_id: uuid.UUID) -> HttpResponseBase:
    """Decline or end it."""
    sentence = carried_out(lambda: services.end_caution(doing_of(request), caution_id))
    return say("board:cautions", sentence=sentence, done="" if sentence else _("Ended."))


@for_roles("PO", "CRU")
@by_acts
@require_POST
def check(request: StaffRequest, caution_id: uuid.UUID) -> HttpResponseBase:
    """Say whether it still holds."""
    answer = request.POST.get("answer", "")
    sentence = carried_out(lambda: services.check_caution(doing_of(request), caution_id, answer))
    return say("board:my_calls", sentence=sentence, done="" if sentence else _("Kept."))
