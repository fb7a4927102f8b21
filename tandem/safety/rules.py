"""What is known of where somebody is, and what of it goes to dispatch. Plain values.

A place is never made up: it is where the person's own steps say they are or were, or it is unknown.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
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


class WatchKind(StrEnum):
    """What somebody owes who does not answer."""

    ACKNOWLEDGE = "acknowledge"  # an assignment that nobody acknowledged
    CHECK_ALONE = "check_alone"  # a crisis worker with a person and no officer there
    CHECK_TEAM = "check_team"  # a unit on scene
    EARLY_ENTRY = "early_entry"  # with the person before an officer said that the scene is stable
    OFFICER_ASKED = "officer_asked"  # one more officer is asked for, and none was sent since
    VISIT = "visit"  # a crisis worker on a visit that is no call
    TELL = "tell"  # somebody whom the advice names was not told by the desk


PRESENT = frozenset({MemberState.AT_ADDRESS, MemberState.ON_SCENE})


@dataclass(frozen=True)
class Times:
    """How long each may take, by the program in force."""

    acknowledge: timedelta
    acknowledge_climb: timedelta
    alone: timedelta
    team: timedelta
    check_climb: timedelta  # after it was due


@dataclass(frozen=True)
class OnCall:
    """One member who is on a call now, and when something was last heard of them."""

    member_id: uuid.UUID
    response_id: uuid.UUID
    encounter_id: uuid.UUID
    side: str
    state: MemberState
    since: datetime
    sign_at: datetime
    sent_by: str  # dispatch | crisis
    early_at: datetime | None = None  # with the person before an officer's word, and none since
    asked_at: datetime | None = None  # asked for one more officer, and none was sent since


@dataclass(frozen=True)
class Watch:
    """One clock that runs: for whom, at which desk, when it rings and when it climbs."""

    kind: WatchKind
    about: uuid.UUID  # the member, or the response where the unit is meant
    desk: str
    since: datetime
    rings_at: datetime
    climbs_at: datetime
    members: tuple[uuid.UUID, ...]


def watches(members: Iterable[OnCall], times: Times) -> list[Watch]:
    """Every clock that runs now: an assignment not acknowledged, a check that comes due."""
    every = list(members)
    found = [_not_acknowledged(one, times) for one in every if one.state == MemberState.ASSIGNED]
    guarded = {one.encounter_id for one in every if one.side == "police" and one.state in PRESENT}
    alone = [
        one
        for one in every
        if one.side == "county"
        and one.state == MemberState.ON_SCENE
        and one.encounter_id not in guarded
    ]
    for one in alone:
        found += [_check_alone(one, desk, times) for desk in sorted({"crisis", one.sent_by})]
    found += [
        _at_once(WatchKind.EARLY_ENTRY, one, desk, one.early_at, times)
        for one in every
        if one.early_at is not None and one.state == MemberState.ON_SCENE
        for desk in ("crisis", "dispatch")
    ]
    found += [
        _at_once(WatchKind.OFFICER_ASKED, one, "dispatch", one.asked_at, times)
        for one in every
        if one.asked_at is not None
    ]
    by_response: dict[uuid.UUID, list[OnCall]] = {}
    for one in every:
        if one.state in PRESENT and one not in alone:
            by_response.setdefault(one.response_id, []).append(one)
    return [*found, *(_check_team(crew, times) for crew in by_response.values())]


def _not_acknowledged(one: OnCall, times: Times) -> Watch:
    return Watch(
        WatchKind.ACKNOWLEDGE,
        one.member_id,
        one.sent_by,
        one.since,
        one.since + times.acknowledge,
        one.since + times.acknowledge_climb,
        (one.member_id,),
    )


def _check_alone(one: OnCall, desk: str, times: Times) -> Watch:
    due = one.sign_at + times.alone
    climbs = due + times.check_climb
    members = (one.member_id,)
    return Watch(WatchKind.CHECK_ALONE, one.member_id, desk, one.sign_at, due, climbs, members)


def _at_once(kind: WatchKind, one: OnCall, desk: str, at: datetime, times: Times) -> Watch:
    return Watch(kind, one.member_id, desk, at, at, at + times.check_climb, (one.member_id,))


def _check_team(crew: list[OnCall], times: Times) -> Watch:
    """A sign of one of the unit is a sign of the unit."""
    since = max(one.sign_at for one in crew)
    due = since + times.team
    return Watch(
        WatchKind.CHECK_TEAM,
        crew[0].response_id,
        crew[0].sent_by,
        since,
        due,
        due + times.check_climb,
        tuple(sorted(one.member_id for one in crew)),
    )


# What changes the danger for those who go: weapon, violence, harm, children.
DANGERS = frozenset(
    {
        "weapon_in_hand",
        "weapon_accessible",
        "shots_or_hostage",
        "violence_now",
        "just_ended_assault",
        "threat_to_named_person",
        "crime_in_progress",
        "attempt_in_progress",
        "injury_or_ingestion",
        "delirium_signs",
        "medical_condition_or_pregnancy",
        "child_alone_or_cps_concern",
        "others_present_children",
    }
)


class ChangeKind(StrEnum):
    """What interrupts those who were sent."""

    HAZARD = "hazard"  # reported, in the words given
    ANSWER = "answer"  # a question about danger is answered otherwise
    PLACE = "place"


@dataclass(frozen=True)
class Change:
    """One change since somebody was sent: what it was, what it is, by whom, when."""

    kind: ChangeKind
    old: str
    new: str
    by_id: uuid.UUID | None
    by_name: str
    at: datetime
    code: str = ""  # the question


@dataclass(frozen=True)
class Answered:
    """One answer as it was given; the newest of a question holds."""

    question: str
    value: str
    by_id: uuid.UUID
    by_name: str
    at: datetime


def interrupts(old: str, new: str) -> bool:
    """A danger that came, went, or is no longer ruled out; a first "no" is no news to a crew."""
    return old != new and (new == "yes" or old in {"yes", "no"})


def danger_changes(answers: Iterable[Answered]) -> list[Change]:
    """Every change of an answer about danger, oldest first; not asked is where each begins."""
    held: dict[str, str] = {}
    found = []
    for one in sorted(answers, key=lambda answer: answer.at):
        if one.question not in DANGERS:
            continue
        old = held.get(one.question, "not_asked")
        held[one.question] = one.value
        if interrupts(old, one.value):
            facts = (old, one.value, one.by_id, one.by_name, one.at, one.question)
            found.append(Change(ChangeKind.ANSWER, *facts))
    return found


def not_seen(
    changes: Iterable[Change],
    *,
    staff_id: uuid.UUID,
    since: datetime,
    seen_through: datetime | None,
) -> list[Change]:
    """What somebody was not shown when they were sent, has not tapped since, and did not say."""
    after = max(since, seen_through) if seen_through else since
    found = [one for one in changes if one.at > after and one.by_id != staff_id]
    return sorted(found, key=lambda one: one.at)
