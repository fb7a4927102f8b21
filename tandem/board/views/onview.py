"""On an officer's phone: open a call on view, with what is seen and the structured questions."""

from __future__ import annotations

import uuid

from django.http import HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tandem.board.intake import new_intake
from tandem.board.onview import ANOTHER, THAT, call_of_source
from tandem.board.views.common import carried_out
from tandem.board.views.intake import given_of, point_of
from tandem.identity.chrome import page
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.intake.services.onview import Seen, flag_on_view, tell_on_view
from tandem.kernel.shapes import OwnCall, Sentence


@for_roles("PO", "CRU")
@by_acts
@require_http_methods(["GET", "POST"])
def on_view(request: StaffRequest) -> HttpResponseBase:
    """The form, and the call that it makes, or the call of a source that it adds to.

    Nobody but the officer knows whether the source's call is the event seen: where the unit is on
    one and nothing was chosen, the page asks and keeps what was typed.
    """
    standing, now = request.signed.standing, timezone.now()
    if request.method == "GET":
        own = call_of_source(standing, now)
        return _form(request, own=own, which=own.expected if own else "")
    form = request.POST
    which, of = form.get("which", ""), form.get("of", "")
    own = call_of_source(standing, now) if which != ANOTHER else None
    if own is not None and (which != THAT or of != own.key):
        return _form(request, status=409, typed=_typed(form), own=own)
    doing = doing_of(request)
    lat, lon = point_of(form)
    seen = Seen(form.get("place", ""), lat, lon, form.get("type", ""), given_of(form))
    if own is not None:
        known = uuid.UUID(own.key)
        sentence = carried_out(lambda: tell_on_view(doing, known, seen))
    else:
        call_id = doing.key_for("call on view")
        sentence = carried_out(lambda: flag_on_view(doing, call_id, seen))
    if sentence is not None:
        return _form(request, status=409, typed=_typed(form), refusal=sentence)
    return HttpResponseRedirect(reverse("board:my_calls"))


def _typed(form: QueryDict) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _form(
    request: StaffRequest,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    own: OwnCall | None = None,
    which: str = "",
    refusal: Sentence | None = None,
) -> HttpResponseBase:
    shown = new_intake(typed)
    return page(
        request,
        "pages/on_view.html",
        "my_calls",
        status=status,
        intake=shown,
        own=own,
        which=which,
        refusal=refusal,
    )
