"""Who leads for a member on a call now, and how far CAD has spoken."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tandem.calls.models import Call, Feed, UnitFact
from tandem.directory.facts import program
from tandem.dispatch.cad_words import plain_callsign
from tandem.dispatch.models import Member
from tandem.dispatch.rules import HEARD, SILENT

CAD_LEADS = "cad_leads"


@dataclass(frozen=True)
class Lead:
    """Blank where nobody but us holds the fact; else whether CAD is heard."""

    beside: str = ""
    spoken_at: datetime | None = None


def lead_of(member: Member, *, at: datetime) -> Lead:
    """Whether CAD holds a member's statuses: an officer's, on a unit that CAD has on the call."""
    call_id = member.encounter.call_id
    if call_id is None:
        return Lead()
    call = Call.objects.filter(pk=call_id).only("feed_id").first()
    if member.side != "police" or call is None or call.feed_id is None:
        return Lead()
    feed = leading_feed(call.feed_id)
    spoken = spoken_of([call.pk]).get((call.pk, plain_callsign(member.response.callsign)))
    if feed is None or spoken is None:
        return Lead()
    return Lead(SILENT if is_silent(feed, at=at) else HEARD, spoken)


def leading_feed(feed_id: uuid.UUID) -> Feed | None:
    """The feed, where it leads; read without its token, which no person may read."""
    return (
        Feed.objects.filter(pk=feed_id, mode=CAD_LEADS, revoked_at=None)
        .only("source", "mode", "last_event_at", "program_id")
        .first()
    )


def is_silent(feed: Feed, *, at: datetime) -> bool:
    """Whether the feed was not heard for longer than the program allows."""
    limit = timedelta(seconds=program().feed.silent_seconds)
    return feed.last_event_at is None or at - feed.last_event_at >= limit


def spoken_of(call_ids: Iterable[uuid.UUID]) -> dict[tuple[uuid.UUID, str], datetime]:
    """Up to when CAD has spoken of each unit on these calls."""
    found: dict[tuple[uuid.UUID, str], datetime] = {}
    facts = UnitFact.objects.filter(call_id__in=list(call_ids))
    for call_id, unit_key, told_at in facts.values_list("call_id", "unit_key", "told_at"):
        key = (call_id, unit_key)
        found[key] = max(told_at, found.get(key, told_at))
    return found
