"""Where a call is, said by hand after it was made: kept with what stood there before."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from tandem.calls.jurisdiction import HAND, find_for, set_ground
from tandem.calls.models import Call, CallPlace
from tandem.dispatch.leading import is_silent, leading_feed
from tandem.dispatch.sending import tell_crew
from tandem.intake.asking import tell_place
from tandem.intake.telling import follow_advice
from tandem.kernel.refusals import BadInput, NotFound
from tandem.privacy.acts import Trail, act

_LONGEST = 200


@dataclass(frozen=True)
class Where:
    """A place as it is entered: in words, and as a point where a device gave one."""

    place: str
    lat: float | None = None
    lon: float | None = None


@act("call.relocated", "call")
def relocate_call(trail: Trail, call_id: uuid.UUID, where: Where) -> CallPlace:
    """Say where a call is; who goes is interrupted by it, and a desk that was asked reads it.

    A call that a source tells of keeps the source's place: ours stands beside it. While the
    source is silent ours is shown, until the source tells a place again.
    """
    doing, words = trail.doing, where.place.strip()
    calls = Call.objects.select_for_update()
    call = calls.filter(pk=call_id, program_id=doing.program_id).first()
    if call is None:
        raise NotFound
    if not words and where.lat is None:
        raise BadInput(_("Write where it is. Nothing was stored."))
    if len(words) > _LONGEST:
        raise BadInput(_("A place has at most 200 characters."))
    told = CallPlace(
        program_id=doing.program_id,
        agency_id=call.agency_id,
        call_id=call.pk,
        place=words,
        lat=where.lat,
        lon=where.lon,
        was=call.place,
        beside_source=_source_is_heard(call, at=doing.at),
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )
    told.save(force_insert=True)
    if not told.beside_source:
        _move(call, told)
        tell_place(trail, call.pk, call.place)
        follow_advice(trail, call)
    trail.record("call", call.pk, also=[told.pk])
    trail.announce(call.pk, to=["dispatch"])
    if not told.beside_source:
        tell_crew(trail, call.pk)
    return told


def _source_is_heard(call: Call, *, at: datetime) -> bool:
    if call.feed_id is None:
        return False
    feed = leading_feed(call.feed_id)
    return feed is None or not is_silent(feed, at=at)


def _move(call: Call, told: CallPlace) -> None:
    call.place, call.lat, call.lon = told.place, told.lat, told.lon
    call.changed_at = told.at
    moved = ["place", "lat", "lon", "changed_at"]
    if call.jurisdiction_how != HAND:
        set_ground(call, find_for(call, said=call.jurisdiction_said))
        moved += ["jurisdictions", "jurisdiction_how", "jurisdiction_said"]
    call.save(update_fields=moved)
