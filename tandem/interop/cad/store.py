"""Reading and writing a batch in a few statements; rows go in by unnest, as row policies allow."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from tandem.calls.models import Feed
from tandem.interop.cad.apply import CallState
from tandem.interop.cad.event import Read
from tandem.interop.cad.remark_store import write_remarks
from tandem.storage.arrays import column
from tandem.storage.keyring import encrypt
from tandem.storage.sealing import ring

PLACE = "calls_cadevent.payload"


@dataclass
class Written:
    """What a batch will write: calls by id, and events with their outcome."""

    calls: dict[uuid.UUID, CallState] = field(default_factory=dict)
    events: list[tuple[uuid.UUID, CallState, Read, str]] = field(default_factory=list)

    def add(self, call: CallState, item: Read, outcome: str) -> None:
        """Note one event."""
        self.calls[call.id] = call
        self.events.append((uuid.uuid4(), call, item, outcome))

    def changed(self) -> list[uuid.UUID]:
        """The calls that look different now on a board; history is on none."""
        return [
            call.id
            for call in self.calls.values()
            if (call.is_new or call.touched) and not call.history
        ]


@dataclass(frozen=True)
class Heard:
    """When a feed was heard, and how many events the request brought; counted by day (UTC)."""

    at: datetime
    accepted: int
    rejected: int
    # What is loaded as history says nothing about whether the source is silent now.
    live: bool = True

    def values(self, feed: Feed) -> list[Any]:
        """In the order of the statement."""
        day = self.at.date()
        return [
            self.at if self.live else None,
            day,
            day,
            self.accepted,
            day,
            self.rejected,
            feed.pk,
        ]


_CALLS = """
SELECT id, external_id, period, order_key, occurred_at, number, call_type, priority, place, lat,
       lon, area, channel, state, received_at, closed_at, corrected, was, remarks_not_kept, history,
       jurisdictions, jurisdiction_how, jurisdiction_said, drawn
FROM calls_call WHERE feed_id = %s AND external_id = ANY(%s::text[])
"""


def existing_calls(cursor: Any, feed: Feed, external_ids: list[str]) -> dict[str, list[CallState]]:
    """The calls of these external ids, newest period first."""
    cursor.execute(_CALLS, [feed.pk, column(external_ids)])
    found: dict[str, list[CallState]] = {}
    for row in cursor.fetchall():
        call = CallState(*row[:5])
        fill(call, cursor.description[5:], row[5:])
        found.setdefault(call.external_id, []).append(call)
    for calls in found.values():
        calls.sort(key=lambda call: -call.period)
    return found


def fill(call: CallState, columns: Iterable[Any], values: Iterable[Any]) -> None:
    """Set on a call what was read, each under its column's name."""
    for read, value in zip(columns, values, strict=True):
        setattr(call, read.name, value)


# OFFSET 0 keeps this a look into the index for each event: while a table that grew fast has no
# statistics yet, a plain join may read all events of the feed.
_EVENTS = """
SELECT e.external_id, e.period, e.order_key, e.content_hash, e.call_id
FROM unnest(%s::text[], %s::bigint[]) AS t (external_id, order_key)
CROSS JOIN LATERAL (
  SELECT external_id, period, order_key, content_hash, call_id FROM calls_cadevent
  WHERE feed_id = %s AND external_id = t.external_id AND order_key = t.order_key OFFSET 0) AS e
"""


def existing_events(
    cursor: Any, feed: Feed, items: Iterable[Read]
) -> dict[tuple[str, int, int], tuple[bytes, uuid.UUID]]:
    """Fingerprint and call of each of these events that is stored; a long call costs no more."""
    keys = {(item.event.external_id, item.order_key) for item in items}
    external_ids, orders = column(key[0] for key in keys), column(key[1] for key in keys)
    cursor.execute(_EVENTS, [external_ids, orders, feed.pk])
    return {(row[0], row[1], row[2]): (bytes(row[3]), row[4]) for row in cursor.fetchall()}


def write_all(cursor: Any, feed: Feed, batch_id: uuid.UUID, written: Written, heard: Heard) -> None:
    """Number and insert new calls, update the others, keep every event sealed, note the feed."""
    new = [call for call in written.calls.values() if call.is_new]
    for past in (False, True):
        if same := [call for call in new if call.history == past]:
            _insert_calls(cursor, feed, same, past=past, at=heard.at)
    if moved := [c for c in written.calls.values() if c.touched and not c.is_new]:
        _update_calls(cursor, moved, at=heard.at)
        if live := [call.id for call in moved if call.number < 0 and not call.history]:
            _number_anew(cursor, feed, live)
    if written.events:
        _insert_events(cursor, feed, batch_id, written, heard)
        told = ((call.id, item.remarks) for _id, call, item, _outcome in written.events)
        write_remarks(cursor, feed, told, at=heard.at)
    else:
        note_heard(cursor, feed, heard)


_NUMBERED = """
WITH numbered AS (UPDATE calls_numbering SET next_number = next_number + %s
  WHERE agency_id = %s RETURNING next_number - %s AS first, 1 AS way)
"""
# The desk's own numbers go on without a gap, however many years of past calls are loaded.
_NUMBERED_PAST = """
WITH numbered AS (UPDATE calls_numbering SET past_number = past_number - %s
  WHERE agency_id = %s RETURNING past_number + %s AS first, -1 AS way)
"""
_INSERT_CALLS = """
INSERT INTO calls_call (id, program_id, agency_id, number, feed_id, external_id, period, order_key,
  call_type, priority, place, lat, lon, area, channel, state, occurred_at, received_at, changed_at,
  closed_at, corrected, was, remarks_not_kept, history, jurisdiction_how, jurisdiction_said,
  jurisdictions, drawn)
SELECT id, %s, %s, numbered.first + numbered.way * (nth - 1), %s, external_id, period, order_key,
  call_type, priority, place, lat, lon, area, channel, state, occurred_at, received_at, %s,
  closed_at, corrected, was, remarks_not_kept, history, jurisdiction_how, jurisdiction_said,
  string_to_array(jurisdictions, ','), string_to_array(drawn, ',')
FROM numbered, unnest(%s::uuid[], %s::text[], %s::smallint[], %s::bigint[], %s::text[],
  %s::smallint[], %s::text[], %s::float8[], %s::float8[], %s::text[], %s::text[], %s::text[],
  %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::bool[], %s::text[], %s::int[],
  %s::bool[], %s::text[], %s::text[], %s::text[], %s::text[]) WITH ORDINALITY
  AS t (id, external_id, period, order_key, call_type, priority, place, lat, lon, area, channel,
  state, occurred_at, received_at, closed_at, corrected, was, remarks_not_kept, history,
  jurisdiction_how, jurisdiction_said, jurisdictions, drawn, nth)
"""


def _insert_calls(
    cursor: Any, feed: Feed, new: list[CallState], *, past: bool, at: datetime
) -> None:
    names = [
        "id",
        "external_id",
        "period",
        "order_key",
        "call_type",
        "priority",
        "place",
        "lat",
        "lon",
        "area",
        "channel",
        "state",
        "occurred_at",
        "received_at",
        "closed_at",
        "corrected",
        "was",
        "remarks_not_kept",
        "history",
        "jurisdiction_how",
        "jurisdiction_said",
    ]
    columns = [column(map(attrgetter(name), new)) for name in names]
    columns.append(column(",".join(call.jurisdictions) for call in new))
    columns.append(column(",".join(call.drawn) for call in new))
    number = [len(new), feed.agency_id, len(new)]
    whose = [feed.program_id, feed.agency_id, feed.pk]
    numbered = _NUMBERED_PAST if past else _NUMBERED
    cursor.execute(numbered + _INSERT_CALLS, [*number, *whose, at, *columns])
    if cursor.rowcount != len(new):
        raise RuntimeError("the agency of this feed has no numbering")


_UPDATE_CALLS = """
UPDATE calls_call c SET order_key = t.order_key, call_type = t.call_type, priority = t.priority,
  place = t.place, lat = t.lat, lon = t.lon, area = t.area, channel = t.channel, state = t.state,
  closed_at = t.closed_at, corrected = t.corrected, was = t.was,
  remarks_not_kept = t.remarks_not_kept, history = t.history, occurred_at = t.occurred_at,
  received_at = t.received_at, changed_at = %s, jurisdiction_said = t.jurisdiction_said,
  jurisdictions = CASE WHEN c.jurisdiction_how = 'hand' THEN c.jurisdictions
    ELSE string_to_array(t.jurisdictions, ',') END,
  jurisdiction_how = CASE WHEN c.jurisdiction_how = 'hand' THEN 'hand'
    ELSE t.jurisdiction_how END
FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::smallint[], %s::text[], %s::float8[],
  %s::float8[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::bool[], %s::text[],
  %s::int[], %s::bool[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[], %s::text[])
  AS t (id, order_key, call_type, priority, place, lat, lon, area, channel, state, closed_at,
  corrected, was, remarks_not_kept, history, occurred_at, received_at, jurisdiction_how,
  jurisdiction_said, jurisdictions)
WHERE c.id = t.id
"""


def _update_calls(cursor: Any, moved: list[CallState], *, at: datetime) -> None:
    names = [
        "id",
        "order_key",
        "call_type",
        "priority",
        "place",
        "lat",
        "lon",
        "area",
        "channel",
        "state",
        "closed_at",
        "corrected",
        "was",
        "remarks_not_kept",
        "history",
        "occurred_at",
        "received_at",
        "jurisdiction_how",
        "jurisdiction_said",
    ]
    columns = [column(map(attrgetter(name), moved)) for name in names]
    columns.append(column(",".join(call.jurisdictions) for call in moved))
    cursor.execute(_UPDATE_CALLS, [at, *columns])


_NUMBER_ANEW = """
UPDATE calls_call c SET number = numbered.first + t.nth - 1
FROM numbered, unnest(%s::uuid[]) WITH ORDINALITY AS t (id, nth) WHERE c.id = t.id
"""


def _number_anew(cursor: Any, feed: Feed, calls: list[uuid.UUID]) -> None:
    """A past call that is told of as it happens is on the board: it takes a number to be said."""
    whose = [len(calls), feed.agency_id, len(calls)]
    cursor.execute(_NUMBERED + _NUMBER_ANEW, [*whose, column(calls)])


_HEARD = """
UPDATE calls_feed SET last_event_at = coalesce(%s, last_event_at), counted_on = %s,
  accepted = CASE WHEN counted_on = %s THEN accepted ELSE 0 END + %s,
  rejected = CASE WHEN counted_on = %s THEN rejected ELSE 0 END + %s
WHERE id = %s
"""
# One statement instead of three: each is a way to the server and back while others wait in turn.
_INSERT_EVENTS = f"""
WITH heard AS ({_HEARD}), locked AS (
  INSERT INTO storage_feedkey (record_id, program_id, agency_id, lane, data_class, wrapped)
  SELECT id, %s, %s, 'feed', 'D1', wrapped
  FROM unnest(%s::uuid[], %s::bytea[]) AS t (id, wrapped))
INSERT INTO calls_cadevent (id, program_id, agency_id, feed_id, batch_id, call_id, external_id,
  period, order_key, content_hash, outcome, payload)
SELECT id, %s, %s, %s, %s, call_id, external_id, period, order_key, content_hash, outcome, payload
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::smallint[], %s::bigint[], %s::bytea[],
  %s::text[], %s::bytea[])
  AS t (id, call_id, external_id, period, order_key, content_hash, outcome, payload)
"""  # noqa: S608 (own words)


def _insert_events(
    cursor: Any, feed: Feed, batch_id: uuid.UUID, written: Written, heard: Heard
) -> None:
    lanes = ring()
    rows: list[tuple[Any, ...]] = []
    for event_id, call, item, outcome in written.events:
        key = secrets.token_bytes(32)
        rows.append(
            (
                event_id,
                lanes.wrap("feed", event_id.bytes, key),
                call.id,
                call.external_id,
                call.period,
                item.order_key,
                item.content_hash,
                outcome,
                encrypt(key, PLACE, event_id.bytes, item.kept),
            )
        )
    ids, wrapped, *rest = map(column, zip(*rows, strict=True))
    owner = [feed.program_id, feed.agency_id]
    events = [*owner, feed.pk, batch_id, ids, *rest]
    cursor.execute(_INSERT_EVENTS, [*heard.values(feed), *owner, ids, wrapped, *events])


def note_heard(cursor: Any, feed: Feed, heard: Heard) -> None:
    """The same where a request brought no event that is new."""
    cursor.execute(_HEARD, heard.values(feed))
