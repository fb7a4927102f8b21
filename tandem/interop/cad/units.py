"""Keeps what a source says of its units, each status once, and lets a leading CAD move ours."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tandem.calls.models import Call, Feed
from tandem.directory.models import Unit
from tandem.dispatch.cad_words import plain_callsign, state_of
from tandem.dispatch.from_cad import FromCad, follow
from tandem.dispatch.leading import CAD_LEADS, spoken_of
from tandem.dispatch.states import MemberState
from tandem.interop.cad.apply import CallState
from tandem.interop.cad.event import Read
from tandem.interop.cad.unit_line import Telling, runs_of
from tandem.storage.arrays import column
from tandem.storage.outbox import announce_keys

Key = tuple[uuid.UUID, str, str, datetime]


@dataclass(frozen=True)
class _Told:
    """One status of one unit as a message has it, or since when it has it."""

    call_id: uuid.UUID
    unit: str
    status: str
    state: str
    at: datetime
    told_at: datetime
    # Without a time of its own: the messages that told it, in the feed's order.
    tellings: tuple[Telling, ...] = ()

    @property
    def unit_key(self) -> str:
        return plain_callsign(self.unit)

    @property
    def key(self) -> Key:
        return self.call_id, self.unit_key, self.state, self.at


@dataclass
class _Line:
    """What is known of one unit on one call."""

    # Row and what it says, of the statuses that have no time of their own.
    held: list[tuple[uuid.UUID, _Told]] = field(default_factory=list)
    dated: list[tuple[datetime, str]] = field(default_factory=list)
    new: list[_Told] = field(default_factory=list)

    def facts(self) -> list[_Told]:
        """Every status without a time of its own, once for each time that it began."""
        tellings = [telling for _id, one in self.held for telling in one.tellings]
        new = [telling for one in self.new for telling in one.tellings]
        unit, call_id = self.new[0].unit, self.new[0].call_id
        return [
            _Told(
                call_id,
                unit,
                run[0].status,
                run[0].state,
                run[0].at,
                run[-1].at,
                tuple(run),
            )
            for run in runs_of(tellings, new, self.dated)
        ]


def take_units(
    cursor: Any,
    feed: Feed,
    batch_id: uuid.UUID,
    events: Iterable[tuple[uuid.UUID, CallState, Read, str]],
) -> None:
    """Store the batch's facts; where the feed leads, put our units on their calls."""
    told: dict[Key, _Told] = {}
    undated: list[_Told] = []
    live: set[uuid.UUID] = set()
    fresh_calls: set[uuid.UUID] = set()
    for _id, call, item, _outcome in events:
        for one in _facts(call.id, item):
            if one.tellings:
                undated.append(one)
            elif (held := told.get(one.key)) is None or one.told_at > held.told_at:
                told[one.key] = one
        if not call.history:
            live.add(call.id)
        if call.is_new:
            fresh_calls.add(call.id)
    if not told and not undated:
        return
    fresh = _store(cursor, feed, list(told.values()))
    every = list(told.values())
    if undated:
        facts, begun = _in_order(cursor, feed, undated, told.values(), fresh_calls)
        every, fresh = [*every, *facts], fresh | begun
    if feed.mode == CAD_LEADS and live:
        _lead(feed, batch_id, [one for one in every if one.call_id in live], fresh)


def _facts(call_id: uuid.UUID, item: Read) -> Iterable[_Told]:
    said_at = item.event.updated_at or item.event.occurred_at
    for place, unit in enumerate(item.event.units):
        status = unit.status.strip()
        state = str(state_of(status) or status.lower()) if status else str(MemberState.ASSIGNED)
        at = unit.at or said_at
        telling = Telling(item.order_key, place, at, status, state)
        yield _Told(
            call_id,
            unit.id.strip(),
            status,
            state,
            at,
            max(said_at, at),
            tellings=() if unit.at else (telling,),
        )


def _in_order(
    cursor: Any,
    feed: Feed,
    undated: list[_Told],
    dated: Iterable[_Told],
    fresh_calls: set[uuid.UUID],
) -> tuple[list[_Told], set[Key]]:
    """Put statuses without times into their places by the feed's order.

    Returns every such status of these units, and which began only now.
    """
    lines: dict[tuple[uuid.UUID, str], _Line] = {}
    for one in undated:
        lines.setdefault((one.call_id, one.unit_key), _Line()).new.append(one)
    _add_held(cursor, lines, {one.call_id for one in undated} - fresh_calls)
    for one in dated:
        if (line := lines.get((one.call_id, one.unit_key))) and (
            one.at,
            one.state,
        ) not in line.dated:
            line.dated.append((one.at, one.state))
    changed: list[tuple[uuid.UUID, _Told]] = []
    begun: list[_Told] = []
    facts: list[_Told] = []
    for line in lines.values():
        mine = line.facts()
        facts += mine
        rows = {one.key: row for row, one in line.held}
        left = [row for row, one in line.held if one.key not in {fact.key for fact in mine}]
        for fact in mine:
            row = rows.get(fact.key) or (left.pop(0) if left else None)
            if row is None:
                begun.append(fact)
            elif (row, fact) not in line.held:
                changed.append((row, fact))
    _change(cursor, changed)
    fresh = {fact.key for _row, fact in changed} | _store(cursor, feed, begun)
    return facts, fresh - {one.key for line in lines.values() for _row, one in line.held}


def _add_held(
    cursor: Any, lines: dict[tuple[uuid.UUID, str], _Line], call_ids: set[uuid.UUID]
) -> None:
    if not call_ids:
        return
    cursor.execute(
        "SELECT id, call_id, unit_key, unit, status, state, at, told_at, tellings"
        " FROM calls_unitfact WHERE call_id = ANY(%s::uuid[]) ORDER BY at",
        [column(call_ids)],
    )
    for row_id, call_id, unit_key, unit, status, state, at, told_at, kept in cursor.fetchall():
        if (line := lines.get((call_id, unit_key))) is None:
            continue
        tellings = tuple(map(Telling.of_json, json.loads(kept)))
        one = _Told(call_id, unit, status, state, at, told_at, tellings)
        if tellings:
            line.held.append((row_id, one))
        else:
            line.dated.append((one.at, one.state))


_CHANGE = """
UPDATE calls_unitfact f SET status = t.status, state = t.state, at = t.at, told_at = t.told_at,
  tellings = t.tellings
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[],
  %s::jsonb[]) AS t (id, status, state, at, told_at, tellings)
WHERE f.id = t.id
"""


def _change(cursor: Any, changed: list[tuple[uuid.UUID, _Told]]) -> None:
    if not changed:
        return
    facts = [fact for _row, fact in changed]
    columns = [
        column(row for row, _fact in changed),
        column(one.status for one in facts),
        column(one.state for one in facts),
        column(one.at for one in facts),
        column(one.told_at for one in facts),
        column(map(_kept, facts)),
    ]
    cursor.execute(_CHANGE, columns)


def _kept(one: _Told) -> str:
    return json.dumps([telling.as_json() for telling in one.tellings])


_INSERT = """
INSERT INTO calls_unitfact (id, program_id, agency_id, feed_id, call_id, unit, unit_key, status,
  state, at, told_at, tellings)
SELECT id, %s, %s, %s, call_id, unit, unit_key, status, state, at, told_at, tellings
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[],
  %s::timestamptz[], %s::timestamptz[], %s::jsonb[])
  AS t (id, call_id, unit, unit_key, status, state, at, told_at, tellings)
ON CONFLICT (call_id, unit_key, state, at)
DO UPDATE SET told_at = greatest(calls_unitfact.told_at, excluded.told_at)
RETURNING call_id, unit_key, state, at, xmax = 0
"""


def _store(cursor: Any, feed: Feed, told: list[_Told]) -> set[Key]:
    """The facts that were not there before."""
    if not told:
        return set()
    columns = [
        column(uuid.uuid4() for _ in told),
        column(one.call_id for one in told),
        column(one.unit for one in told),
        column(one.unit_key for one in told),
        column(one.status for one in told),
        column(one.state for one in told),
        column(one.at for one in told),
        column(one.told_at for one in told),
        column(map(_kept, told)),
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
        if one.unit_key in ours:
            groups.setdefault((one.call_id, one.unit_key), []).append(one)
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
