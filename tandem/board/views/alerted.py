"""The officer's tap on a call that was told before anybody is sent."""

from __future__ import annotations

import uuid

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tandem.board.views.common import answer, carried_out
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.intake.services.alerts import see_alert


@for_roles("PO", "CRU")
@by_acts
@require_POST
def prealert_seen(request: StaffRequest, alert_id: uuid.UUID) -> HttpResponseBase:
    """Say that one has it."""
    doing = doing_of(request)
    sentence = carried_out(lambda: see_alert(doing, alert_id))
    return answer(request, sentence, _("The desk reads that you have it."), to=("board:my_calls",))
