"""The pages that say no: one body for what is hidden and what does not exist."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tandem.identity.chrome import bare_chrome, chrome_of
from tandem.kernel.refusals import Refused
from tandem.kernel.shapes import Sentence

# The sentences that a refusal brings with it, here so that the catalogs know them.
OWN_WORDS = (
    gettext_noop("Not closed: something is still open. The list says what."),
    gettext_noop(
        "Somebody saved something else meanwhile. Both are shown: choose which one goes on."
    ),
    gettext_noop("This was not carried out."),
    gettext_noop("Your role may not do this."),
    gettext_noop("There is nothing here, or nothing that you may open."),
    gettext_noop("Somebody else was first."),
    gettext_noop("That cannot follow what happened before."),
    gettext_noop("Something in what was sent cannot be read."),
    gettext_noop("Your agency does not sign on to that unit."),
    gettext_noop(
        "That role belongs to another kind of agency. Choose the agency whose record it keeps."
    ),
    gettext_noop(
        "One person cannot hold a role of the police and one of the county: two laws, two people."
    ),
    gettext_noop(
        "That role opens what is written about persons: ask, and a second administrator confirms."
    ),
    gettext_noop("Another administrator decides: neither who asked nor the person whom it is for."),
    gettext_noop(
        "Administrators confirm each other: their sign-in is reset at the console by the operator."
    ),
    gettext_noop(
        "The line dropped: call back first, or close this call in another way than as abandoned."
    ),
    gettext_noop(
        "That authority does not let this go. Nothing was shared; what you chose is still there."
    ),
    gettext_noop(
        "A standing caution names no diagnosis and no score: say what was done or said, and when."
    ),
    gettext_noop(
        "No relative and no child interprets. If life is in danger, tick it and send again."
    ),
)


def in_words(refusal: Refused) -> str:
    """A refusal's sentence in the reader's language."""
    return _(refusal.sentence)


def _words(status: int) -> tuple[str, str]:
    return {
        403: (
            _("This page is for another role."),
            _("Nothing was changed. Your own pages are in the menu."),
        ),
        404: (
            _("There is nothing here that you can open."),
            _("It may not exist, or it may not be yours to see. Both look the same."),
        ),
        409: (_("That was not carried out."), _("Nothing was lost. Look at it as it stands now.")),
        503: (
            _("The server cannot answer right now."),
            _("What you sent was not stored. Try again in a few seconds."),
        ),
    }[status]


def refusal_page(request: HttpRequest, status: int, sentence: str = "") -> HttpResponse:
    """What happened, what is safe, what to do next; as a problem document for programs."""
    title, safe = _words(status)
    if request.path.startswith("/api/"):
        body = {"title": sentence or title, "status": status, "detail": safe}
        answer: HttpResponse = JsonResponse(
            body, status=status, content_type="application/problem+json"
        )
    else:
        context = {
            "status": status,
            "sentence": Sentence(what=sentence or title, safe=safe),
            # Byte-equal for what is hidden and what is not there: no clock, no token, no menu.
            "chrome": bare_chrome(request) if status == 404 else chrome_of(request),  # noqa: PLR2004
        }
        answer = render(request, "pages/refused.html", context, status=status)
    if status == 503:  # noqa: PLR2004
        answer.headers["Retry-After"] = "2"
    return answer


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: an old page, or somebody else's."""
    return refusal_page(request, 403, _("This form is too old. Open the page again."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that leads nowhere reads like a record that is not yours."""
    return refusal_page(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    """Our own fault; no trace is shown."""
    return refusal_page(request, 503)
