"""Which clocks run for whom, at which desk, and when: rules alone."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from tandem.dispatch.states import MemberState
from tandem.safety.rules import OnCall, Times, WatchKind, watches
from tests.conftest import NOON

S, K = MemberState, WatchKind
TIMES = Times(
    acknowledge=timedelta(seconds=60),
    acknowledge_climb=timedelta(seconds=120),
    alone=timedelta(minutes=10),
    team=timedelta(minutes=20),
    check_climb=timedelta(minutes=2),
)
CASE, OTHER = uuid.uuid4(), uuid.uuid4()
UNIT, SECOND = uuid.uuid4(), uuid.uuid4()


def one(
    side: str,
    state: MemberState,
    *,
    minute: int = 0,
    sent_by: str = "dispatch",
    response: uuid.UUID = UNIT,
    case: uuid.UUID = CASE,
) -> OnCall:
    """A member; what was heard last was heard in that minute."""
    at = NOON + timedelta(minutes=minute)
    return OnCall(uuid.uuid4(), response, case, side, state, at, at, sent_by)


def told(*members: OnCall) -> set[tuple[WatchKind, str, int, int]]:
    """Kind, desk, and the minutes in which it rings and climbs."""
    return {
        (
            watch.kind,
            watch.desk,
            int((watch.rings_at - NOON).total_seconds() // 60),
            int((watch.climbs_at - NOON).total_seconds() // 60),
        )
        for watch in watches(members, TIMES)
    }


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([one("police", S.ASSIGNED)], {(K.ACKNOWLEDGE, "dispatch", 1, 2)}),
        # Each of a pair owes an answer of their own; who sent them asks for it.
        (
            [one("police", S.ACKNOWLEDGED), one("county", S.ASSIGNED)],
            {(K.ACKNOWLEDGE, "dispatch", 1, 2)},
        ),
        ([one("county", S.ASSIGNED, sent_by="crisis")], {(K.ACKNOWLEDGE, "crisis", 1, 2)}),
        ([one("police", S.EN_ROUTE), one("county", S.EN_ROUTE)], set()),
        # A pair with the person: one clock of the unit, from what was heard last of either.
        (
            [one("police", S.ON_SCENE, minute=3), one("county", S.ON_SCENE, minute=5)],
            {(K.CHECK_TEAM, "dispatch", 25, 27)},
        ),
        # She is with the person, the officer is not there: both desks, sooner.
        (
            [one("county", S.ON_SCENE), one("police", S.CLEARED)],
            {(K.CHECK_ALONE, "crisis", 10, 12), (K.CHECK_ALONE, "dispatch", 10, 12)},
        ),
        # Whom the crisis desk sent alone: nothing of it at dispatch.
        ([one("county", S.ON_SCENE, sent_by="crisis")], {(K.CHECK_ALONE, "crisis", 10, 12)}),
        # At the address alone, not with the person: the clock of a unit on scene.
        ([one("county", S.AT_ADDRESS, sent_by="crisis")], {(K.CHECK_TEAM, "crisis", 20, 22)}),
        # An officer of another car is with them.
        (
            [
                one("county", S.ON_SCENE, sent_by="crisis"),
                one("police", S.ON_SCENE, response=SECOND),
            ],
            {(K.CHECK_TEAM, "crisis", 20, 22), (K.CHECK_TEAM, "dispatch", 20, 22)},
        ),
        # An officer on another call guards nobody here.
        (
            [
                one("county", S.ON_SCENE, sent_by="crisis"),
                one("police", S.ON_SCENE, response=SECOND, case=OTHER),
            ],
            {(K.CHECK_ALONE, "crisis", 10, 12), (K.CHECK_TEAM, "dispatch", 20, 22)},
        ),
        ([one("county", S.REMOTE_SUPPORT), one("police", S.STAGED)], set()),
    ],
)
def test_who_is_asked_after_where_and_when(
    members: list[OnCall], expected: set[tuple[WatchKind, str, int, int]]
) -> None:
    assert told(*members) == expected
