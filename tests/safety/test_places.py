"""The last known place: from the person's own steps, in whatever order they were entered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tandem.dispatch.states import MemberState
from tandem.safety.rules import LastPlace, Stop, Whereabouts, last_place, told_to_dispatch
from tests.conftest import NOON

S, W = MemberState, Whereabouts
PARK, DEPOT = "Riverside Park", "Depot"


def way(*steps: tuple[str, MemberState, int]) -> list[Stop]:
    """Steps by their minute."""
    return [Stop(place, state, NOON + timedelta(minutes=at)) for place, state, at in steps]


def known(kind: Whereabouts, place: str = "", minute: int | None = None) -> LastPlace:
    """What is expected."""
    return LastPlace(kind, place, None if minute is None else NOON + timedelta(minutes=minute))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((), known(W.UNKNOWN)),
        (((PARK, S.ASSIGNED, 0), (PARK, S.ACKNOWLEDGED, 1)), known(W.UNKNOWN)),
        (((PARK, S.ACKNOWLEDGED, 1), (PARK, S.EN_ROUTE, 2)), known(W.GOING, PARK, 2)),
        (((PARK, S.EN_ROUTE, 2), (PARK, S.AT_ADDRESS, 9)), known(W.AT, PARK, 9)),
        (((PARK, S.AT_ADDRESS, 9), (PARK, S.ON_SCENE, 12)), known(W.AT, PARK, 9)),
        # Entered late, in any order: what counts is when it happened.
        (
            ((PARK, S.ON_SCENE, 12), (PARK, S.STAGED, 7), (PARK, S.EN_ROUTE, 2)),
            known(W.AT, PARK, 7),
        ),
        (((PARK, S.ON_SCENE, 12), (PARK, S.CLEARED, 30)), known(W.LEFT, PARK, 30)),
        (((PARK, S.ON_SCENE, 12), (PARK, S.REMOTE_SUPPORT, 20)), known(W.LEFT, PARK, 20)),
        (((PARK, S.EN_ROUTE, 2), (PARK, S.CANCELLED, 4)), known(W.UNKNOWN)),
        (
            ((PARK, S.ON_SCENE, 12), (PARK, S.CLEARED, 30), (DEPOT, S.EN_ROUTE, 40)),
            known(W.GOING, DEPOT, 40),
        ),
        # Turned back on the way: where she was before is the last that is known.
        (
            (
                (PARK, S.ON_SCENE, 12),
                (PARK, S.CLEARED, 30),
                (DEPOT, S.EN_ROUTE, 40),
                (DEPOT, S.CANCELLED, 41),
            ),
            known(W.LEFT, PARK, 30),
        ),
        # A call without a place tells nothing of where anybody is.
        ((("", S.ON_SCENE, 12),), known(W.UNKNOWN)),
        ((("  ", S.ON_SCENE, 12), (PARK, S.AT_ADDRESS, 3)), known(W.AT, PARK, 3)),
    ],
)
def test_the_last_known_place_is_never_made_up(
    steps: tuple[tuple[str, MemberState, int], ...], expected: LastPlace
) -> None:
    assert last_place(way(*steps)) == expected


HERE = known(W.AT, PARK, 9)


@pytest.mark.parametrize("share", [True, False])
@pytest.mark.parametrize(
    ("side", "on_call"), [("police", True), ("police", False), ("county", True)]
)
def test_what_dispatch_knows_already_goes_whole_and_is_no_disclosure(
    side: str, *, on_call: bool, share: bool
) -> None:
    told = told_to_dispatch(HERE, side=side, on_call_of_dispatch=on_call, share_place=share)
    assert (told.place, told.accounted) == (HERE, False)


@pytest.mark.parametrize(("share", "place"), [(True, HERE), (False, LastPlace())])
def test_of_a_crisis_worker_alone_goes_what_the_program_says_and_is_accounted(
    *, share: bool, place: LastPlace
) -> None:
    told = told_to_dispatch(HERE, side="county", on_call_of_dispatch=False, share_place=share)
    assert (told.place, told.accounted) == (place, True)
