"""Places against the city's street names: a mark and a suggestion, never a refusal."""

from __future__ import annotations

import pytest

from tandem.calls.places import Streets
from tandem.intake.rules import CalledBackTooSeldom, check_may_be_abandoned

NAMES = ["3rd St", "4th St", "Main St", "State St", "Losey Blvd", "La Crosse St", "South Ave"]


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Main St", "known"),
        ("main street", "known"),
        ("1207 Main Street", "known"),
        ("1207 Main St, apt 3", "known"),
        ("1207 Main St Apt 3", "known"),
        ("3rd St & State St", "known"),
        ("4th street and Main", "unknown"),
        ("State St / Losey Boulevard", "known"),
        ("3rd St at La Crosse Street", "known"),
        ("South Avenue", "known"),
        ("Mian St", "unknown"),
        ("behind the library, by the river", "free"),
        ("", "free"),
    ],
)
def test_a_place_stands_to_the_street_list(text: str, state: str) -> None:
    assert Streets(NAMES).place(text).state == state


def test_a_slip_of_the_finger_brings_the_near_name() -> None:
    assert "Losey Blvd" in Streets(NAMES).place("402 Lozey Blvd").suggestions


def test_without_a_list_everything_is_free_text() -> None:
    assert Streets(()).place("1207 Main St").state == "free"


@pytest.mark.parametrize(
    ("dropped", "tried", "allowed"),
    [
        (True, 0, False),
        (True, 1, False),
        (True, 2, True),
        (False, 0, True),
    ],
)
def test_abandoned_needs_two_call_backs_where_the_line_dropped(
    dropped: bool, tried: int, allowed: bool
) -> None:
    if allowed:
        check_may_be_abandoned(dropped=dropped, call_backs=tried, needed=2)
        return
    with pytest.raises(CalledBackTooSeldom):
        check_may_be_abandoned(dropped=dropped, call_backs=tried, needed=2)
