"""When a place that the crisis desk let go leaves an officer's screens: 12 hours after clear."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from tandem.calls.models import Call
from tandem.dispatch.models import Encounter
from tandem.intake.services.sharing import CHANNEL
from tandem.storage.standing import Standing

# The row policies of notes and answers count the same time.
LET_GO_FOR = timedelta(hours=12)


def place_gone() -> str:
    """What stands in its place."""
    return _("Place let go by the crisis desk: no longer shown")


def places_gone(
    standing: Standing, encounters: Iterable[Encounter], at: datetime
) -> set[uuid.UUID]:
    """Encounters whose place came from the crisis desk and was for that time alone."""
    if standing.login != "police":
        return set()
    over = {
        one.call_id: one.pk
        for one in encounters
        if one.call_id and one.ended_at is not None and one.ended_at <= at - LET_GO_FOR
    }
    if not over:
        return set()
    born = Call.objects.visible_to(standing).filter(pk__in=over, channel=CHANNEL)
    return {over[key] for key in born.values_list("pk", flat=True)}
