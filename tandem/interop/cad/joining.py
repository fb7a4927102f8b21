"""Makes one call of what an officer opened on view and the call of a leading CAD: the officer's.

The CAD's number, facts and later messages become that call's; what the officer told stays beside
them. A call that was made before the CAD named the unit is left behind as a link.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tandem.calls.models import Feed
from tandem.directory.facts import program
from tandem.dispatch.cad_words import plain_callsign
from tandem.dispatch.leading import CAD_LEADS
from tandem.interop.cad.apply import CallState, mark_correction
from tandem.interop.cad.event import Read
from tandem.interop.cad.same_event import Flagged, Told, is_same, told_by
from tandem.interop.cad.store import fill
from tandem.privacy import audit

NEVER = -1  # before the first message of every feed


@dataclass(frozen=True)
class _OnView:
    """A call that an officer opened and no source tells of yet."""

    flagged: Flagged
    by_id: uuid.UUID
    by_name: str
    call: CallState


def join_on_view(
    cursor: Any,
    feed: Feed,
    calls: dict[str, list[CallState]],
    items: Iterable[Read],
    *,
    at: datetime,
) -> None:
    """Let the calls of these messages be those that officers opened, where they are the same."""
    if feed.mode != CAD_LEADS:
        return
    naming = [item for item in items if item.event.units and not item.history]
    if not naming:
        return
    within = timedelta(seconds=program().feed.on_view_seconds)
    waiting = _waiting(cursor, feed, naming, within)
    for item in naming:
        if not waiting:
            return
        told = told_by(item.event)
        same = [one for one in waiting if is_same(one.flagged, told, within=within)]
        if not same:
            continue
        here = next(
            (call for call in calls.get(item.event.external_id, []) if call.period == item.period),
            None,
        )
        if here is not None and (here.history or _is_worked_on(cursor, here)):
            continue
        one = min(same, key=lambda one: abs(one.flagged.at - told.occurred_at))
        waiting.remove(one)
        joined = _joined(one.call, item, here)
        _write(cursor, feed, one, joined, told, here, at=at)
        kept = [call for call in calls.get(item.event.external_id, []) if call is not here]
        calls[item.event.external_id] = [joined, *kept]


def _joined(mine: CallState, item: Read, here: CallState | None) -> CallState:
    if here is None:
        return replace(
            mine, external_id=item.event.external_id, period=item.period, order_key=NEVER
        )
    before = (mine.state, mine.call_type, mine.priority, mine.place)
    joined = replace(
        here,
        id=mine.id,
        number=mine.number,
        occurred_at=mine.occurred_at,
        received_at=mine.received_at,
        jurisdictions=mine.jurisdictions,
        jurisdiction_how=mine.jurisdiction_how,
        touched=True,
    )
    mark_correction(joined, before)
    return joined


_WAITING = """
SELECT u.callsign, o.at, o.by_id, o.by_name, c.id, c.occurred_at, c.number, c.call_type, c.priority,
  c.place, c.lat, c.lon, c.area, c.channel, c.state, c.received_at, c.closed_at, c.corrected, c.was,
  c.remarks_not_kept, c.jurisdictions, c.jurisdiction_how, c.jurisdiction_said, c.drawn
FROM intake_onview o
JOIN calls_call c ON c.id = o.call_id
JOIN directory_unit u ON u.id = o.unit_id
WHERE o.program_id = %s AND c.agency_id = %s AND c.feed_id IS NULL
  AND o.at BETWEEN %s AND %s
FOR UPDATE OF c
"""


def _waiting(cursor: Any, feed: Feed, items: list[Read], within: timedelta) -> list[_OnView]:
    moments = [item.event.occurred_at for item in items]
    moments += [unit.at for item in items for unit in item.event.units if unit.at]
    bounds = [min(moments) - within, max(moments) + within]
    cursor.execute(_WAITING, [feed.program_id, feed.agency_id, *bounds])
    found = []
    for callsign, at, by_id, by_name, *facts in cursor.fetchall():
        call = CallState(facts[0], "", 0, NEVER, facts[1])
        fill(call, cursor.description[6:], facts[2:])
        point = (call.lat, call.lon) if call.lat is not None and call.lon is not None else None
        flagged = Flagged(plain_callsign(callsign), at, call.place, point)
        found.append(_OnView(flagged, by_id, by_name, call))
    return found


_IS_WORKED_ON = """
SELECT EXISTS (SELECT 1 FROM dispatch_encounter WHERE call_id = %s)
"""


def _is_worked_on(cursor: Any, call: CallState) -> bool:
    """Whether somebody was sent on it already: then it is a second event, or a desk links them."""
    cursor.execute(_IS_WORKED_ON, [call.id])
    return bool(cursor.fetchone()[0])


_LEAVE_BEHIND = """
UPDATE calls_call SET feed_id = NULL, external_id = '', state = 'closed', closed_at = %s,
  changed_at = %s
WHERE id = %s
"""
_LINK = """
INSERT INTO intake_calllink (id, program_id, agency_id, call_id, into_id, by_id, by_name, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_TAKE = """
UPDATE calls_call SET feed_id = %s, external_id = %s, period = %s, order_key = %s, changed_at = %s
WHERE id = %s
"""
_PLACE = """
INSERT INTO calls_callplace (id, program_id, agency_id, call_id, place, lat, lon, was,
  beside_source, by_id, by_name, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, true, %s, %s, %s)
"""
_MOVED = ("calls_cadevent", "calls_unitfact", "calls_sharedremarks", "calls_policeremarks")


def _write(
    cursor: Any,
    feed: Feed,
    one: _OnView,
    joined: CallState,
    told: Told,
    here: CallState | None,
    *,
    at: datetime,
) -> None:
    mine = one.call
    if here is not None:
        cursor.execute(_LEAVE_BEHIND, [at, at, here.id])
        whose = [uuid.uuid4(), feed.program_id, feed.agency_id]
        cursor.execute(_LINK, [*whose, here.id, mine.id, feed.pk, feed.source[:60], at])
        for table in _MOVED:
            cursor.execute(
                f"UPDATE {table} SET call_id = %s WHERE call_id = %s",  # noqa: S608 (own names)
                [mine.id, here.id],
            )
    key = [joined.external_id, joined.period, joined.order_key]
    cursor.execute(_TAKE, [feed.pk, *key, at, mine.id])
    theirs = told.place or (here.place if here else "")
    if (mine.place or mine.lat is not None) and theirs and mine.place != theirs:
        # The CAD's is shown from now on; what the officer said stays beside it with its time.
        cursor.execute(
            _PLACE,
            [
                uuid.uuid4(),
                feed.program_id,
                feed.agency_id,
                mine.id,
                mine.place,
                mine.lat,
                mine.lon,
                theirs,
                one.by_id,
                one.by_name,
                one.flagged.at,
            ],
        )
    audit.write(
        "cad.joined",
        subject="call",
        subject_id=mine.id,
        happened_at=at,
        also=[here.id] if here else [],
    )
