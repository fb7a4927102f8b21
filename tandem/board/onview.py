"""The call of a source that an officer's unit is on, which a contact on view may tell of."""

from __future__ import annotations

from datetime import datetime, timedelta

from tandem.board.facts import number_of, program
from tandem.calls.models import Call
from tandem.intake.services.onview import own_response
from tandem.kernel.shapes import OwnCall
from tandem.storage.standing import Standing, opened

THAT, ANOTHER = "that", "another"


def call_of_source(standing: Standing, at: datetime) -> OwnCall | None:
    """The call, and what is likely: one that began just now is the event seen."""
    with opened():
        response = own_response(standing.me)
        if response is None or response.call_id is None:
            return None
        calls = Call.objects.visible_to(standing).exclude(feed_id=None)
        call = calls.filter(pk=response.call_id, state="open").first()
    if call is None:
        return None
    young = at - call.occurred_at <= timedelta(seconds=program().feed.on_view_seconds)
    return OwnCall(
        str(call.pk),
        number_of(call.number),
        call.place,
        call.call_type,
        THAT if young else ANOTHER,
    )
