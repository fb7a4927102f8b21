"""Who leads: the list of differences, and an administrator's choice for each feed."""

from __future__ import annotations

import uuid

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tandem.board.leading import recent_differences, silent_feeds
from tandem.board.views.common import carried_out
from tandem.calls.services import set_leader
from tandem.identity.chrome import page, say
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles


@for_roles("TC")
@require_GET
def differences(request: StaffRequest) -> HttpResponseBase:
    """Where CAD and the hand tell otherwise."""
    standing, now = request.signed.standing, timezone.now()
    return page(
        request,
        "pages/differences.html",
        "desk",
        differences=recent_differences(standing, now),
        silent=silent_feeds(standing, now),
    )


@for_roles("IT")
@by_acts
@require_POST
def feed_mode(request: StaffRequest, feed_id: uuid.UUID) -> HttpResponseBase:
    """Set who leads where this feed sends."""
    mode = request.POST.get("mode", "")
    sentence = carried_out(lambda: set_leader(doing_of(request), feed_id, mode))
    cad = mode == "cad_leads"
    done = _("CAD leads this feed now.") if cad else _("Tandem leads this feed now.")
    return say("board:feeds", sentence=sentence, done="" if sentence else done)
