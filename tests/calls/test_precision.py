"""What the words of a place name, as dispatch centers write them."""

from __future__ import annotations

import pytest

from tandem.calls.precision import Precision, precision_of


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("1412 Caledonia St", "address"),
        ("1412 N 3rd St, apt 4", "address"),
        ("S1412 Caledonia", "area"),
        ("217B Rose Street", "address"),
        ("217 1/2 Rose Street", "address"),
        ("1412 Caledonia St, at the rear", "address"),
        ("1400 block of Caledonia St", "block"),
        ("1400 BLK CALEDONIA ST", "block"),
        ("14XX CALEDONIA ST", "block"),
        ("3rd St & State St", "crossing"),
        ("3RD ST / STATE ST", "crossing"),
        ("West Ave S and Jackson St", "crossing"),
        ("3rd St", "area"),
        ("Riverside Park", "area"),
        ("Grand Crossing", "area"),
        ("I-90 mile marker 3", "area"),
        ("", "unknown"),
        ("   ", "unknown"),
    ],
)
def test_what_the_words_name(place: str, expected: str) -> None:
    assert precision_of(place) == expected


def test_an_area_alone_is_an_area() -> None:
    assert precision_of("", "beat 4") is Precision.AREA
