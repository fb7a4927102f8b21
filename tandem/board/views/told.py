"""What was told in confidence, and whose follow-up is refused; each side in its own tables."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tandem.board.responder import encounter_of
from tandem.board.views.common import carried_out
from tandem.encounters import services
from tandem.identity.chrome import page, say
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.storage.standing import opened

_FIELDS = ("words", "source", "relation", "safety")
View = Callable[[StaffRequest, uuid.UUID], HttpResponseBase]


@for_roles("MCW")
@by_acts
@require_POST
def collateral(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """Keep it in confidence; a refusal shows the page again with every word that was typed."""
    told = {name: request.POST.get(name, "").replace("\0", "") for name in _FIELDS}
    sentence = carried_out(
        lambda: services.tell_collateral(doing_of(request), encounter_id, **told)
    )
    if sentence is None:
        done = _("Kept in confidence.")
        return say("board:encounter", encounter_id, done=done)
    with opened():
        shown = encounter_of(request.signed.standing, encounter_id)
    if shown.collateral is not None:
        shown.collateral.kept = told
    return page(
        request,
        f"pages/encounter_{shown.side}.html",
        "my_calls",
        status=409,
        encounter=shown,
        axes_sentence=None,
        sentence=sentence,
    )


def _refusal(act: Callable[..., Any], *roles: str) -> View:
    @for_roles(*roles)
    @by_acts
    @require_POST
    def view(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
        scope = request.POST.get("scope", "")
        said_by = request.POST.get("said_by", "person")
        sentence = carried_out(lambda: act(doing_of(request), encounter_id, scope, said_by))
        done = "" if sentence else _("Kept.")
        return say("board:encounter", encounter_id, sentence=sentence, done=done)

    return view


refusal = {
    "police": _refusal(services.refuse_to_police, "PO", "CRU"),
    "crisis": _refusal(services.refuse_to_crisis, "MCW"),
}
