"""What an event does to the call it tells of. Plain Python: no database, no clock."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tandem.interop.cad.event import CadEvent, Read, Times

# A source restarts its numbers each year: the same number far away in time is another call.
SAME_CALL_WITHIN = timedelta(days=30)
DEFAULT_PRIORITY = 3


@dataclass(slots=True)
class CallState:
    """A call as it stands, in memory while a batch is applied."""

    id: uuid.UUID
    external_id: str
    period: int
    order_key: int
    occurred_at: datetime
    is_new: bool = False
    touched: bool = False
    number: int = 0
    call_type: str = ""
    priority: int = DEFAULT_PRIORITY
    place: str = ""
    lat: float | None = None
    lon: float | None = None
    area: str = ""
    channel: str = ""
    state: str = "open"
    received_at: datetime | None = None
    closed_at: datetime | None = None
    corrected: bool = False
    was: str = ""
    remarks_not_kept: int = 0
    history: bool = False
    jurisdictions: list[str] = field(default_factory=list)
    jurisdiction_how: str = ""
    jurisdiction_said: str = ""
    drawn: list[str] = field(default_factory=list)


def begin(read: Read, *, at: datetime) -> CallState:
    """The call that the first event of an external id creates."""
    event = read.event
    received = (event.times.received if event.times else None) or at
    call = CallState(
        id=uuid.uuid4(),
        external_id=event.external_id,
        period=read.period,
        order_key=read.order_key,
        occurred_at=event.occurred_at,
        is_new=True,
        # The source knows when it took the call; a clock that runs ahead does not age it backwards.
        received_at=min(received, at),
        history=read.history,
    )
    if read.whole:
        _clear(call, read, at=at)
    _take(call, event, at=at)
    call.remarks_not_kept = read.not_kept
    return call


def update(call: CallState, read: Read, *, at: datetime) -> str:
    """Apply a later event, or keep an earlier one as history: returns `updated` or `stale`."""
    if read.not_kept > call.remarks_not_kept:
        # Whichever message held them: the call says so in whatever order they came.
        call.remarks_not_kept, call.touched = read.not_kept, True
    if read.order_key < call.order_key:
        return "stale"
    before = (call.state, call.call_type, call.priority, call.place)
    call.order_key = read.order_key
    # A call that was history and is told of as it happens belongs on the board.
    call.history = call.history and (read.history or read.event.status != "open")
    if read.whole:
        _clear(call, read, at=at)
    _take(call, read.event, at=at)
    call.touched = True
    if not call.history:
        mark_correction(call, before)
    return "updated"


def _clear(call: CallState, read: Read, *, at: datetime) -> None:
    """Forget what earlier rows said: the state is the newest row's alone, in whatever order."""
    event = read.event
    call.call_type, call.priority, call.channel = "", DEFAULT_PRIORITY, ""
    call.place, call.area, call.lat, call.lon = "", "", None, None
    call.jurisdiction_said = ""
    call.drawn = []
    call.occurred_at = event.occurred_at
    if call.history:
        times = event.times or Times()
        call.received_at = times.received or event.occurred_at
        # Nobody works on it any more; where the source does not say when it ended, its last time.
        call.closed_at = times.cleared or event.updated_at or event.occurred_at


def _take(call: CallState, event: CadEvent, *, at: datetime) -> None:
    call.call_type = event.call_type_text or event.call_type or call.call_type
    if event.priority is not None:
        call.priority = event.priority
    if event.channel is not None:
        call.channel = event.channel
    if event.jurisdiction is not None:
        call.jurisdiction_said = event.jurisdiction.strip()
    if event.location is not None:
        call.place = event.location.text or call.place
        call.area = event.location.area or call.area
        if event.location.lat is not None and event.location.lon is not None:
            call.lat, call.lon = event.location.lat, event.location.lon
    if event.status is not None:
        call.state = event.status
    call.closed_at = None if call.state == "open" else (call.closed_at or at)
    if event.demo_drawn:
        call.drawn = sorted(set(event.demo_drawn))


def mark_correction(call: CallState, before: tuple[str, str, int, str]) -> None:
    """Say what a later message moved back or replaced."""
    state, call_type, priority, place = before
    was: list[str] = []
    if state != "open" and call.state == "open":
        was.append(state)
    if call_type and call.call_type != call_type:
        was.append(call_type)
    if call.priority != priority:
        was.append(f"P{priority}")
    if place and call.place != place:
        was.append(place)
    if was:
        call.corrected = True
        call.was = " · ".join(was)[:200]
