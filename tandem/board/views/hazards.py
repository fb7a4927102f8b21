"""Reporting a hazard on this call: from the desk, or by whoever was sent."""

from __future__ import annotations

import uuid

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tandem.board.views.common import answer, carried_out
from tandem.board.views.responder import RESPONDERS
from tandem.cautions.services import report_hazard
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles


def _reported(
    request: StaffRequest, key: uuid.UUID, *to: object, query: str = ""
) -> HttpResponseBase:
    words, said_by = request.POST.get("text", ""), request.POST.get("said_by", "")
    sentence = carried_out(lambda: report_hazard(doing_of(request), key, words, said_by))
    done = _("On the screens of all assigned: reported, unverified")
    return answer(request, sentence, done, to=to, query=query)


@for_roles("TC")
@by_acts
@require_POST
def of_call(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """The desk reports what a caller or a radio said."""
    return _reported(request, call_id, "board:desk", query=f"?call={call_id}")


@for_roles(*RESPONDERS)
@by_acts
@require_POST
def of_encounter(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """Whoever was sent reports what they see."""
    return _reported(request, encounter_id, "board:encounter", encounter_id)
