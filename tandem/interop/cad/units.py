"""Keeps what a source says of its units, each status once, and lets a leading CAD move ours."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tandem.calls.models import Call, Feed
from tandem.directory.models import Unit
from tandem.dispatch.cad_words import plain_callsign, state_of
from tandem.dispatch.from_cad import FromCad, follow
from tandem.dispatch.leading import CAD_LEADS, spoken_of
from tandem.dispatch.states import MemberState
from tandem.interop.cad.apply import CallState
from tandem.interop.cad.event import CadEvent, Read
from tandem.storage.outbox import announce_keys


@dataclass(frozen=True)
class _Told:
    """One status of one unit as a message has it."""

    call_id: uuid.UUID
    unit: str
    status: str
    state: str
    at: datetime
    told_at: datetime
    dated: bool

    @property
    def key(self) -> tuple[uuid.UUID, str, str, datetime]:
        return self.call_id, plain_callsign(self.unit), self.state, self.at


def take_units(
    cursor: Any,
    feed: Feed,
    batch_id: uuid.UUID,
    events: Iterable[tuple[uuid.UUID, CallState, Read, str]],
) -> None:
    """Store the batch's facts; where the feed leads, put our units on their calls."""
    told: dict[tuple[uuid.UUID, str, str, datetime], _Told] = {}
    live: set[uuid.UUID] = set()
    for _id, call, item, _outcome in events:
        for one in _facts(call.id, item.event):
            held = told.get(one.key)
            if held is None or one.told_at > held.told_at:
                told[one.key] = one
        if not call.history:
            live.add(call.id)
    if not told:
        return
    fresh = _store(cursor, feed, _without_repeats(cursor, list(told.values())))
    if feed.mode == CAD_LEADS and live:
        _lead(feed, batch_id, [one for one in told.values() if one.call_id in live], fresh)


def _facts(call_id: uuid.UUID, event: CadEvent) -> Iterable[_Told]:
    said_at = event.updated_at or event.occurred_at
    for unit in event.units:
        state = state_of(unit.status) if unit.status else MemberState.ASSIGNED
        yield _Told(
            call_id,
            unit.id.strip(),
            unit.status.strip(),
            state or unit.status.strip().lower(),
            unit.at or said_at,
            max(said_at, unit.at or said_at),
            dated=unit.at is not None,
        )


def _without_repeats(cursor: Any, told: list[_Told]) -> list[_Told]:
    """A status without a time of its own is news only where it is another than before."""
    undated = [one for one in told if not one.dated]
    if not undated:
        return told
    cursor.execute(
        "SELECT call_id, unit_key, at, state FROM calls_unitfact"
        " WHERE call_id = ANY(%s) ORDER BY at",
        [list({one.call_id for one in undated})],
    )
    known: dict[tuple[uuid.UUID, str], list[tuple[datetime, str]]] = {}
    for call_id, unit_key, at, state in cursor.fetchall():
        known.setdefault((call_id, unit_key), []).append((at, state))
    kept = []
    for one in sorted(told, key=lambda one: one.at):
        line = known.setdefault((one.call_id, plain_callsign(one.unit)), [])
        # A unit that is only named is on the call; a status that it had already says no less.
        newest = line[-1][1] if line else None
        repeated = newest == one.state or bool(not one.status and line)
        if not one.status and not one.dated and line and one.at < min(line)[0]:
            _named_earlier(cursor, one)
        if one.dated or not repeated:
            line.append((one.at, one.state))
            kept.append(one)
    return kept


def _named_earlier(cursor: Any, one: _Told) -> None:
    """Rows come in any order: a unit is on the call since the earliest row that names it."""
    cursor.execute(
        "UPDATE calls_unitfact SET at = %(at)s, told_at = %(told_at)s"
        " WHERE call_id = %(call)s AND unit_key = %(unit)s AND status = '' AND state = %(state)s"
        " AND at = told_at AND at > %(at)s",
        {
            "call": one.call_id,
            "unit": plain_callsign(one.unit),
            "state": one.state,
            "at": one.at,
            "told_at": one.told_at,
        },
    )


_INSERT = """
INSERT INTO calls_unitfact (id, program_id, agency_id, feed_id, call_id, unit, unit_key, status,
  state, at, told_at)
SELECT id, %s, %s, %s, call_id, unit, unit_key, status, state, at, told_at
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[],
  %s::timestamptz[], %s::timestamptz[])
  AS t (id, call_id, unit, unit_key, status, state, at, told_at)
ON CONFLICT (call_id, unit_key, state, at)
DO UPDATE SET told_at = greatest(calls_unitfact.told_at, excluded.told_at)
RETURNING call_id, unit_key, state, at, xmax = 0
"""


def _store(cursor: Any, feed: Feed, told: list[_Told]) -> set[tuple[uuid.UUID, str, str, datetime]]:
    """The facts that were not there before."""
    if not told:
        return set()
    columns = [
        [uuid.uuid4() for _ in told],
        [one.call_id for one in told],
        [one.unit for one in told],
        [plain_callsign(one.unit) for one in told],
        [one.status for one in told],
        [one.state for one in told],
        [one.at for one in told],
        [one.told_at for one in told],
    ]
    cursor.execute(_INSERT, [feed.program_id, feed.agency_id, feed.pk, *columns])
    return {tuple(row[:4]) for row in cursor.fetchall() if row[4]}


def _lead(
    feed: Feed,
    batch_id: uuid.UUID,
    told: list[_Told],
    fresh: set[tuple[uuid.UUID, str, str, datetime]],
) -> None:
    ours = {
        plain_callsign(unit.callsign): unit
        for unit in Unit.objects.filter(program_id=feed.program_id, active=True)
    }
    groups: dict[tuple[uuid.UUID, str], list[_Told]] = {}
    for one in sorted(told, key=lambda one: one.at):
        unit_key = plain_callsign(one.unit)
        if unit_key in ours:
            groups.setdefault((one.call_id, unit_key), []).append(one)
    calls = Call.objects.in_bulk(list({call_id for call_id, _ in groups}))
    spoken = spoken_of(calls)
    # A unit that leaves one call for another clears the first: in the order of the first facts.
    for (call_id, unit_key), facts in sorted(groups.items(), key=lambda item: item[1][0].at):
        crew = follow(
            FromCad(
                feed=feed,
                call=calls[call_id],
                unit_id=ours[unit_key].pk,
                callsign=ours[unit_key].callsign,
                facts=[
                    (MemberState(one.state), one.at)
                    for one in facts
                    if one.key in fresh and one.state in set(MemberState)
                ],
                spoken_at=spoken[call_id, unit_key],
                batch_id=batch_id,
            )
        )
        if crew:
            audience = ["dispatch", "clinical", *crew]
            announce_keys(feed.program_id, [call_id, ours[unit_key].pk], to=audience)
