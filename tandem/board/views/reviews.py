"""The supervisors' queues: reviews, and response plans to co-sign."""

from __future__ import annotations

import uuid
from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tandem.board.reviews import plan_page, review_page, reviews_page
from tandem.board.views.common import carried_out, refused_by, told
from tandem.board.views.unsent import settle_unsent
from tandem.charting.models import FilledForm
from tandem.identity.chrome import page, say
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.kernel.refusals import NotFound
from tandem.reviews import services
from tandem.reviews.report import plan_due
from tandem.storage.standing import opened


@for_roles("CRU", "SUP")
@require_GET
def reviews(request: StaffRequest) -> HttpResponseBase:
    """What waits for a supervisor of the own side."""
    shown = reviews_page(request.signed.standing, at=timezone.now())
    return page(request, "pages/reviews.html", "reviews", reviews=shown)


@for_roles("CRU", "SUP")
@by_acts
@require_http_methods(["GET", "POST"])
def review(request: StaffRequest, review_id: uuid.UUID) -> HttpResponseBase:
    """Read the record, and say what was found; a refusal keeps what was typed."""
    standing, words, sentence = request.signed.standing, request.POST.get("words", ""), None
    if request.method == "POST":
        act = services.review_police if standing.login == "police" else services.review_crisis
        no = refused_by(lambda: act(doing_of(request), review_id, words))
        settle_unsent(request, review_id, "review", no, fields=request.POST)
        sentence = told(no) if no else None
        if sentence is None:
            return say("board:reviews", done=_("Reviewed."))
    with opened():
        shown = review_page(standing, review_id, at=timezone.now())
    status = 409 if sentence else 200
    held = shown.typed.words.get("words", "") if shown.typed else ""
    context: dict[str, Any] = {"review": shown, "typed": words or held}
    if sentence:
        context["sentence"] = sentence
    return page(request, "pages/review.html", "reviews", status=status, **context)


@for_roles("SUP")
@by_acts
@require_http_methods(["GET", "POST"])
def plan(request: StaffRequest, filled_id: uuid.UUID) -> HttpResponseBase:
    """Read a response plan, and co-sign it."""
    standing = request.signed.standing
    if request.method == "POST":
        with opened():
            signed = FilledForm.objects.visible_to(standing).filter(pk=filled_id).first()
        if signed is None or signed.signed_at is None:
            raise NotFound
        due = plan_due(signed.signed_at)
        sentence = carried_out(lambda: services.cosign_plan(doing_of(request), filled_id, due))
        done = "" if sentence else _("Co-signed.")
        return say("board:reviews", sentence=sentence, done=done)
    with opened():
        shown = plan_page(standing, filled_id, at=timezone.now())
    return page(request, "pages/plan.html", "reviews", plan=shown)
