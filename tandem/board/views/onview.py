"""On an officer's phone: open a call on view, with what is seen and the structured questions."""

from __future__ import annotations

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tandem.board.intake import new_intake
from tandem.board.views.common import carried_out
from tandem.board.views.intake import given_of, point_of
from tandem.identity.chrome import page
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.intake.services.onview import Seen, flag_on_view


@for_roles("PO", "CRU")
@by_acts
@require_http_methods(["GET", "POST"])
def on_view(request: StaffRequest) -> HttpResponseBase:
    """The form, and the call that it makes."""
    if request.method == "GET":
        shown = new_intake()
        return page(request, "pages/on_view.html", "my_calls", intake=shown, refusal=None)
    doing, form = doing_of(request), request.POST
    call_id = doing.key_for("call on view")
    lat, lon = point_of(form)
    seen = Seen(form.get("place", ""), lat, lon, form.get("type", ""), given_of(form))
    sentence = carried_out(lambda: flag_on_view(doing, call_id, seen))
    if sentence is not None:
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        return page(
            request,
            "pages/on_view.html",
            "my_calls",
            status=409,
            intake=new_intake(typed),
            refusal=sentence,
        )
    return HttpResponseRedirect(reverse("board:my_calls"))
