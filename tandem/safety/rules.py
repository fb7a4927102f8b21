"""What is known of where somebody is, and what of it goes to dispatch. Plain values.

A place is never made up: it is where the person's own steps say they are or were, or it is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tandem.dispatch.states import ENDED, MemberState

THERE = frozenset({MemberState.STAGED, MemberState.AT_ADDRESS, MemberState.ON_SCENE})
GOING = frozenset({MemberState.EN_ROUTE})
VOICE = "voice"  # the one way of knowing that ends an emergency


class Whereabouts(StrEnum):
    """How the last known place is known."""

    AT = "at"  # there now, as far as the steps say
    GOING = "going"  # on the way there
    LEFT = "left"  # was there, and left it
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Stop:
    """One step of somebody's way: a state entered on the call to this place."""

    place: str
    state: MemberState
    at: datetime


@dataclass(frozen=True)
class LastPlace:
    """The last known place, how it is known, and since when; without a place there is no time."""

    kind: Whereabouts = Whereabouts.UNKNOWN
    place: str = ""
    at: datetime | None = None


def last_place(stops: Iterable[Stop]) -> LastPlace:
    """Where somebody was last, by the order in which things happened."""
    way = [stop for stop in sorted(stops, key=lambda one: one.at) if stop.place.strip()]
    for index in range(len(way) - 1, -1, -1):
        stop = way[index]
        if stop.state in GOING and not any(later.state in ENDED for later in way[index + 1 :]):
            return LastPlace(Whereabouts.GOING, stop.place, stop.at)
        if stop.state in THERE:
            return _stayed(way, index)
    return LastPlace()


def _stayed(way: list[Stop], index: int) -> LastPlace:
    """There since the first of the steps that say so one after the other, or left with the next."""
    stop, later = way[index], way[index + 1 :]
    if later:
        return LastPlace(Whereabouts.LEFT, stop.place, later[0].at)
    since = stop.at
    for before in reversed(way[:index]):
        if before.state not in THERE or before.place != stop.place:
            break
        since = before.at
    return LastPlace(Whereabouts.AT, stop.place, since)


@dataclass(frozen=True)
class Told:
    """What of an emergency goes to dispatch, and whether the county accounts for it."""

    place: LastPlace
    accounted: bool


def told_to_dispatch(
    known: LastPlace, *, side: str, on_call_of_dispatch: bool, share_place: bool
) -> Told:
    """The minimum that lets somebody come: who, and where she was last.

    Of an officer, and of a crisis worker on a call of dispatch, dispatch knows both already. A
    crisis worker alone shows at dispatch in no form; that she is in danger goes out all the same,
    and the county writes down what went. The program may hold the place back.
    """
    if side == "police" or on_call_of_dispatch:
        return Told(known, accounted=False)
    return Told(known if share_place else LastPlace(), accounted=True)
