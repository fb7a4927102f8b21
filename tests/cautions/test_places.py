"""One address in several spellings is one place; two streets stay two. Forms: USPS Pub. 28."""

from __future__ import annotations

import pytest

from tandem.cautions.places import place_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 North Main Street", "12 N. Main St."),
        ("12 N Main Strt", "12 north main street"),
        ("401 Ash Avenue", "401 ASH AVE"),
        ("401 Ash Av", "401 ash avenue"),
        ("9 Lake Boulevard, Apartment 3", "9 Lake Blvd Apt 3"),
        ("77 Cedar Pkwy Southwest", "77 Cedar Parkway SW"),
        ("5 Old Mill Rd.", "5 old mill road"),
        ("210 State Street East", "210 State St E"),
        ("8 North St Paul Ave", "8 N St Paul Avenue"),
        ("8 West Court Street", "8 W Ct St"),
        ("Riverside Park", "riverside  PARK"),
    ],
)
def test_spellings_of_one_address_are_one(one: str, other: str) -> None:
    assert place_key(one) == place_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 North Main Street", "12 South Main Street"),
        ("12 Main Street", "12 Main Avenue"),
        ("12 Main Street", "121 Main Street"),
        ("30 East Street", "30 E Street"),
        ("9 Lake Blvd Apt 3", "9 Lake Blvd Apt 4"),
        ("St Paul Avenue", "Paul Avenue"),
    ],
)
def test_two_places_stay_two(one: str, other: str) -> None:
    assert place_key(one) != place_key(other)


@pytest.mark.parametrize("nothing", ["", "  ", "#!"])
def test_no_place_has_no_key(nothing: str) -> None:
    assert place_key(nothing) == ""
