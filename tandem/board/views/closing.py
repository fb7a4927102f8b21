"""Closing the own side's record of an encounter, by an act of whoever was sent."""

from __future__ import annotations

import uuid

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tandem.board.closing import closing_page
from tandem.board.views.common import key_or_none, refused_by
from tandem.encounters.models import RecordClosing
from tandem.identity.chrome import page, say
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.identity.refusals import in_words
from tandem.kernel.shapes import Sentence
from tandem.reviews import services
from tandem.storage.standing import opened


@for_roles("PO", "CRU", "MCW")
@by_acts
@require_http_methods(["GET", "POST"])
def closing(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """What is still open; and close."""
    standing, sentence = request.signed.standing, None
    named = key_or_none(request.POST.get("responsible", ""))
    if request.method == "POST":
        closed: list[RecordClosing | None] = []

        def work() -> None:
            doing = doing_of(request)
            if standing.login == "police":
                closed.append(services.close_police_record(doing, encounter_id))
            else:
                closed.append(services.close_clinical_record(doing, encounter_id, named))

        no = refused_by(work)
        if no is None and None not in closed:
            return say(
                "board:encounter", encounter_id, done=_("Closed. A new word opens it again.")
            )
        words = in_words(no) if no else _("Not closed: a supervisor's review was opened first.")
        sentence = Sentence(words)
    with opened():
        shown = closing_page(standing, encounter_id, at=timezone.now())
    context = {"closing": shown, "chosen": str(named or "")}
    if sentence is not None:
        context["sentence"] = sentence
    status = 409 if sentence else 200
    return page(request, "pages/closing.html", "my_calls", status=status, **context)
