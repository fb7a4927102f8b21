"""Taking a feed's events in: all of a request is committed, or nothing of it is."""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connections

from tandem.calls.models import Feed
from tandem.interop.cad.apply import SAME_CALL_WITHIN, CallState, begin, update
from tandem.interop.cad.event import Read, Unreadable, read
from tandem.interop.cad.ground import place_calls
from tandem.interop.cad.joining import join_on_view
from tandem.interop.cad.remarks import RemarkRules
from tandem.interop.cad.store import (
    Heard,
    Written,
    existing_calls,
    existing_events,
    note_heard,
    write_all,
)
from tandem.interop.cad.units import take_units
from tandem.privacy import audit
from tandem.storage.outbox import ALARM, announce_keys, wake
from tandem.storage.standing import Standing, claimed, opened, standing_as

FEED = Standing("feed")
_FEED_FACTS = ("id", "program_id", "agency_id", "source", "mode")
_FEED_OF = (
    f"SELECT {', '.join(_FEED_FACTS)}, remark_rules FROM calls_feed"  # noqa: S608 (own names)
    " WHERE token_hash = %s AND revoked_at IS NULL"
)


class UnknownFeed(Exception):
    """No feed has this token, or it was revoked."""


@dataclass(frozen=True)
class Result:
    """What became of one event of a request."""

    index: int
    outcome: str  # new | updated | duplicate | stale | rejected
    incident: uuid.UUID | None = None
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """The contract's shape."""
        incident = str(self.incident) if self.incident else None
        return {
            "index": self.index,
            "outcome": self.outcome,
            "incident": incident,
            "reason": self.reason,
        }


def summary(results: Sequence[Result]) -> dict[str, Any]:
    """The contract's answer to a request."""
    count = dict.fromkeys(("new", "updated", "duplicate", "stale", "rejected"), 0)
    for result in results:
        count[result.outcome] += 1
    return {
        "accepted": len(results) - count["rejected"],
        "new": count["new"],
        "updated": count["updated"],
        "duplicates": count["duplicate"],
        "stale": count["stale"],
        "rejected": count["rejected"],
        "results": [result.as_json() for result in results],
    }


def token_hash(token: str) -> bytes:
    """What is kept of a feed's token."""
    return hashlib.sha256(token.encode()).digest()


def feed_of(token: str) -> Feed:
    """The feed of a token; must run inside a transaction of the feed's standing."""
    # By hand: each message of a source asks this first, and building the query costs more than it.
    with connections["default"].cursor() as cursor:
        cursor.execute(_FEED_OF, [token_hash(token)])
        row = cursor.fetchone()
    if row is None:
        raise UnknownFeed
    *facts, rules = row
    return Feed(**dict(zip(_FEED_FACTS, facts, strict=True)), remark_rules=json.loads(rules))


def receive(token: str, raw_events: Sequence[Any], *, at: datetime) -> list[Result]:
    """Store a request's events; returns after the commit. Raises UnknownFeed before reading any."""
    with standing_as(FEED):
        with opened():
            feed = feed_of(token)
            standing = replace(FEED, program_id=feed.program_id, agency_id=feed.agency_id)
            with claimed(standing):
                results = _take_in(feed, raw_events, at=at)
        wake()
    return results


def rules_of(feed: Feed) -> RemarkRules:
    """How this feed's remarks are classed and what counts as a return there."""
    told = feed.remark_rules
    return RemarkRules.of_words(told.get("classes", {}), told.get("returns", []))


def _take_in(feed: Feed, raw_events: Sequence[Any], *, at: datetime) -> list[Result]:
    results: dict[int, Result] = {}
    good: list[tuple[int, Read]] = []
    rules = rules_of(feed)
    for index, raw in enumerate(raw_events):
        try:
            good.append((index, read(raw, rules)))
        except Unreadable as wrong:
            results[index] = Result(index, "rejected", reason=str(wrong))
    batch_id = uuid.uuid4()
    heard = Heard(at, accepted=len(good), rejected=len(raw_events) - len(good))
    store_batch(feed, batch_id, good, results, heard)
    audit.write(
        "cad.received",
        subject="cadbatch",
        subject_id=batch_id,
        happened_at=at,
        reason=f"{heard.accepted} accepted, {heard.rejected} rejected",
    )
    return [results[index] for index in range(len(raw_events))]


def store_batch(
    feed: Feed,
    batch_id: uuid.UUID,
    good: list[tuple[int, Read]],
    results: dict[int, Result],
    heard: Heard,
) -> None:
    """Decide about every event, write what is new, and tell the desks what looks different."""
    with connections["default"].cursor() as cursor:
        if not good:
            note_heard(cursor, feed, heard)
            return
        # One batch of a feed at a time: order, duplicates and numbers are decided in turn.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [feed.pk.int % 2**63])
        external_ids = list({item.event.external_id for _, item in good})
        calls = existing_calls(cursor, feed, external_ids)
        join_on_view(cursor, feed, calls, (item for _, item in good), at=heard.at)
        # A call that nothing told of has no event.
        told = [item for _, item in good if item.event.external_id in calls]
        seen = existing_events(cursor, feed, told) if told else {}
        written = decide(calls, seen, good, results, at=heard.at)
        place_calls(feed, written)
        write_all(cursor, feed, batch_id, written, heard)
        take_units(cursor, feed, batch_id, written.events)
    if changed := written.changed():
        announce_keys(feed.program_id, changed, to=["dispatch", "police"])
        _tell_crews(feed, changed)


# Who is on a call that a later message changed: another place interrupts them.
_CREWS = """
SELECT e.id, array_agg(DISTINCT 'staff:' || m.staff_id), bool_or(m.side = 'county')
FROM dispatch_encounter e JOIN dispatch_member m ON m.encounter_id = e.id
WHERE e.call_id = ANY (%s) AND e.ended_at IS NULL AND m.state NOT IN ('cleared', 'cancelled')
GROUP BY e.id
"""


def _tell_crews(feed: Feed, changed: Iterable[uuid.UUID]) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(_CREWS, [list(changed)])
        crews = cursor.fetchall()
    for key, crew, county in crews:
        told = ["dispatch", *(["clinical"] if county else []), *sorted(crew)]
        announce_keys(feed.program_id, [key, ALARM], to=told, urgent=True)


def decide(
    calls: dict[str, list[CallState]],
    seen: dict[tuple[str, int, int], tuple[bytes, uuid.UUID]],
    good: list[tuple[int, Read]],
    results: dict[int, Result],
    *,
    at: datetime,
) -> Written:
    """Go through the events in the order they came, against what is stored and each other."""
    written = Written()
    for index, item in good:
        call = _same_call(calls.get(item.event.external_id, []), item)
        key = (item.event.external_id, call.period if call else item.period, item.order_key)
        if key in seen:
            stored_hash, call_id = seen[key]
            reason = (
                "" if stored_hash == item.content_hash else "conflict: other content, first kept"
            )
            results[index] = Result(index, "duplicate", call_id, reason)
            continue
        if call is None:
            call = begin(item, at=at)
            calls.setdefault(item.event.external_id, []).append(call)
            outcome = "new"
        else:
            outcome = update(call, item, at=at)
        seen[key] = (item.content_hash, call.id)
        written.add(call, item, outcome)
        results[index] = Result(index, outcome, call.id)
    return written


def _same_call(candidates: list[CallState], item: Read) -> CallState | None:
    for call in candidates:
        apart = abs(call.occurred_at - item.event.occurred_at)
        if call.period == item.period or apart <= SAME_CALL_WITHIN:
            return call
    return None


def new_token() -> str:
    """A feed's token: 256 bits, shown once."""
    return secrets.token_urlsafe(32)
