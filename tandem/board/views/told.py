"""What was told in confidence, and whose follow-up is refused; each side in its own tables."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tandem.board.views.again import mine_in, said_on_encounter, seen_of
from tandem.board.views.common import refused_by
from tandem.board.views.typed import settle_typed
from tandem.encounters import services
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.kernel.refusals import Refused
from tandem.kernel.shapes import Encounter

_FIELDS = ("words", "source", "relation", "safety")
View = Callable[[StaffRequest, uuid.UUID], HttpResponseBase]


@for_roles("MCW")
@by_acts
@require_POST
def collateral(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """Keep it in confidence; a refusal shows the page again with every word that was typed."""
    form = request.POST
    told = {name: form.get(name, "").replace("\0", "") for name in _FIELDS}

    def put(shown: Encounter, _no: Refused) -> None:
        if shown.collateral is not None:
            shown.collateral.kept = told

    no = refused_by(lambda: services.tell_collateral(doing_of(request), encounter_id, **told))
    settle_typed(request, encounter_id, "told", no, fields=form)
    return said_on_encounter(request, encounter_id, no, _("Kept in confidence."), put)


def _refusal(act: Callable[..., Any], *roles: str) -> View:
    @for_roles(*roles)
    @by_acts
    @require_POST
    def view(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
        form = request.POST
        scope, said_by = form.get("scope", ""), form.get("said_by", "person")
        doing, seen = doing_of(request), seen_of(form)

        def put(shown: Encounter, no: Refused) -> None:
            if shown.refusal is not None:
                shown.refusal.mine = mine_in(form, "scope", no=no)

        no = refused_by(lambda: act(doing, encounter_id, scope, said_by, seen))
        return said_on_encounter(request, encounter_id, no, _("Kept."), put)

    return view


refusal = {
    "police": _refusal(services.refuse_to_police, "PO", "CRU"),
    "crisis": _refusal(services.refuse_to_crisis, "MCW"),
}
