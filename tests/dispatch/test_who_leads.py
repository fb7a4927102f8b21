"""CAD and the hand side by side: which is shown, what is one fact, what is a difference."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tandem.dispatch.cad_words import plain_callsign, state_of
from tandem.dispatch.rules import HEARD, SILENT, Fact, differences, merged, shown
from tandem.dispatch.states import MemberState as S

NINE = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def cad(state: S, minutes: float) -> Fact:
    return Fact(state, at(minutes), by_cad=True)


def hand(state: S, minutes: float, beside: str = "") -> Fact:
    return Fact(state, at(minutes), by_cad=False, beside=beside)


@pytest.mark.parametrize(
    ("facts", "spoken", "state"),
    [
        # CAD's newest is shown, whatever was keyed beside it while CAD was heard.
        ([cad(S.ASSIGNED, 0), hand(S.AT_ADDRESS, 3, HEARD)], 3, S.ASSIGNED),
        # What CAD does not hold is the hand's to say.
        ([cad(S.AT_ADDRESS, 5), hand(S.ON_SCENE, 6, HEARD)], 9, S.ON_SCENE),
        ([cad(S.EN_ROUTE, 2), hand(S.STAGED, 4, HEARD)], 9, S.STAGED),
        # While CAD is silent the hand leads; once CAD spoke of that time, CAD does.
        ([cad(S.EN_ROUTE, 2), hand(S.AT_ADDRESS, 8, SILENT)], 3, S.AT_ADDRESS),
        ([cad(S.EN_ROUTE, 2), hand(S.AT_ADDRESS, 8, SILENT)], 12, S.EN_ROUTE),
        ([cad(S.EN_ROUTE, 2), hand(S.CLEARED, 8, SILENT), cad(S.AT_ADDRESS, 7)], 12, S.AT_ADDRESS),
        # CAD that does not hold the unit at all says nothing of it.
        ([hand(S.ASSIGNED, 0), hand(S.EN_ROUTE, 2)], None, S.EN_ROUTE),
        # A later CAD fact ends what only people see.
        ([cad(S.AT_ADDRESS, 5), hand(S.ON_SCENE, 6), cad(S.CLEARED, 20)], 20, S.CLEARED),
    ],
)
def test_what_is_shown(facts: list[Fact], spoken: float | None, state: S) -> None:
    told = shown(facts, spoken_at=None if spoken is None else at(spoken))
    assert told is not None
    assert told.state == state


def test_nobody_said_anything() -> None:
    assert shown([], spoken_at=None) is None


def test_the_same_fact_told_twice_is_one_with_both_times() -> None:
    (one,) = merged([cad(S.AT_ADDRESS, 5), hand(S.AT_ADDRESS, 5.5, SILENT)])
    assert (one.cad_at, one.hand_at, one.at) == (at(5), at(5.5), at(5))
    assert one.differs == ""


def test_times_apart_are_a_difference_and_cads_is_shown() -> None:
    facts = [cad(S.AT_ADDRESS, 5), hand(S.AT_ADDRESS, 8, SILENT)]
    (one,) = differences(facts, spoken_at=at(10))
    assert (one.differs, one.at, one.hand_at) == ("time", at(5), at(8))


def test_what_cad_does_not_know_of_a_time_it_spoke_of_is_a_difference() -> None:
    facts = [cad(S.EN_ROUTE, 1), hand(S.CLEARED, 8, SILENT)]
    assert [one.differs for one in differences(facts, spoken_at=at(12))] == ["only_by_hand"]
    # Not yet: CAD has not spoken of that time.
    assert differences(facts, spoken_at=at(2)) == []


def test_what_cad_does_not_hold_is_no_difference() -> None:
    facts = [cad(S.AT_ADDRESS, 5), hand(S.ON_SCENE, 6, HEARD), hand(S.STAGED, 3, HEARD)]
    assert differences(facts, spoken_at=at(12)) == []


def test_a_unit_that_went_there_twice_keeps_both_times() -> None:
    facts = [cad(S.AT_ADDRESS, 5), cad(S.AT_ADDRESS, 45), hand(S.AT_ADDRESS, 45.2, SILENT)]
    assert [(one.cad_at, one.hand_at) for one in merged(facts)] == [
        (at(5), None),
        (at(45), at(45.2)),
    ]


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("DISPATCHED", S.ASSIGNED),
        ("EnRoute", S.EN_ROUTE),
        ("en_route", S.EN_ROUTE),
        ("ER", S.EN_ROUTE),
        ("OnScene", S.AT_ADDRESS),
        ("on scene", S.AT_ADDRESS),
        ("AR", S.AT_ADDRESS),
        ("10-8", S.CLEARED),
        ("AVAIL", S.CLEARED),
        ("Lunch", None),
        ("", None),
    ],
)
def test_words_of_dispatch_systems(word: str, state: S | None) -> None:
    assert state_of(word) == state


def test_a_callsign_is_one_however_it_is_written() -> None:
    assert plain_callsign("CRU 1") == plain_callsign("cru-1") == plain_callsign("Cru1")
