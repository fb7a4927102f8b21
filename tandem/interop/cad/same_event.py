"""Whether a CAD's call is the event that an officer opened here on view. Plain values, no database.

Two events made one would hide the second: where nothing but the time speaks for it they stay two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tandem.dispatch.cad_words import plain_callsign, state_of
from tandem.dispatch.nearest import Point, straight_km
from tandem.dispatch.states import MemberState
from tandem.interop.cad.event import CadEvent

# An officer who keys late and a CAD whose clock differs tell of one moment.
THERE_FROM_THE_START = timedelta(minutes=2)
NEAR_KM = 0.3
FAR_KM = 0.8
_BY_OFFICER = re.compile(r"officer|on ?view|self ?init|field ?init|flagged|traffic ?stop")
_OUT_OF_WORDS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Flagged:
    """What an officer's unit opened on view."""

    unit_key: str
    at: datetime
    place: str = ""
    point: Point | None = None


@dataclass(frozen=True)
class Told:
    """What a CAD says of one of its calls so far."""

    occurred_at: datetime
    statuses: Mapping[str, Iterable[tuple[MemberState | None, datetime]]]  # by unit
    place: str = ""
    point: Point | None = None
    channel: str = ""


def told_by(event: CadEvent) -> Told:
    """The same of one message."""
    said_at = event.updated_at or event.occurred_at
    statuses: dict[str, list[tuple[MemberState | None, datetime]]] = {}
    for unit in event.units:
        told = (state_of(unit.status), unit.at or said_at)
        statuses.setdefault(plain_callsign(unit.id.strip()), []).append(told)
    where = event.location
    point = None
    if where is not None and where.lat is not None and where.lon is not None:
        point = (where.lat, where.lon)
    return Told(
        event.occurred_at,
        statuses,
        where.text if where else "",
        point,
        event.channel or "",
    )


def is_same(flagged: Flagged, told: Told, *, within: timedelta) -> bool:
    """The officer's own unit is on it, at that time, and was there first or the place is one."""
    of_unit = list(told.statuses.get(flagged.unit_key, ()))
    if not of_unit:
        return False
    arrived = min((at for state, at in of_unit if state == MemberState.AT_ADDRESS), default=None)
    moments = [told.occurred_at, *([arrived] if arrived else [])]
    if min(abs(at - flagged.at) for at in moments) > within:
        return False
    near = _near(flagged, told)
    if near is False:
        return False
    driven = any(state == MemberState.EN_ROUTE for state, _at in of_unit)
    from_the_start = (
        arrived is not None and not driven and arrived - told.occurred_at <= THERE_FROM_THE_START
    )
    return bool(near) or from_the_start or bool(_BY_OFFICER.search(_words(told.channel)))


def _near(flagged: Flagged, told: Told) -> bool | None:
    """Whether both tell of one place; None where that cannot be said."""
    if flagged.point and told.point:
        km = straight_km(flagged.point, told.point)
        return True if km <= NEAR_KM else (False if km > FAR_KM else None)
    same_words = flagged.place and _words(flagged.place) == _words(told.place)
    return True if same_words else None


def _words(text: str) -> str:
    return _OUT_OF_WORDS.sub(" ", text.lower()).strip()
