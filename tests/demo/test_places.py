"""Calls of the demonstration fall on public ground inside the city, each point its own."""

import itertools
import json
import os
import re
from pathlib import Path

import pytest

from tandem.demo.places import KINDS, Ring, in_city, load_boundary, load_places

# Two calls at different places must look apart on the map.
NEAREST_METERS = 60
HOUSE_NUMBER = re.compile(r"^\d+\s|\b\d{3,}\b")


def test_there_are_enough_places() -> None:
    assert len(load_places()) >= 60
    assert {place.kind for place in load_places()} <= KINDS


def test_every_place_lies_in_the_city() -> None:
    assert [place.name for place in load_places() if not in_city(place.lat, place.lon)] == []


@pytest.mark.skipif("TANDEM_TEST_DATA" not in os.environ, reason="skipped: data not present")
def test_every_place_lies_in_the_boundary_before_it_was_simplified() -> None:
    path = Path(os.environ["TANDEM_TEST_DATA"]) / "data/geo/cities_wi_la-crosse.json"
    parts = json.loads(path.read_text(encoding="utf-8"))["features"][0]["geometry"]["coordinates"]
    assert [p.name for p in load_places() if not in_city(p.lat, p.lon, parts)] == []


def test_outside_is_outside() -> None:
    onalaska, winona, the_pole = (43.8844, -91.2352), (44.05, -91.64), (90.0, 0.0)
    assert [in_city(*point) for point in (onalaska, winona, the_pole)] == [False] * 3


def test_a_hole_of_the_city_is_not_the_city() -> None:
    holes = [hole for _, *holes in load_boundary() for hole in holes]
    assert holes
    for hole in holes:
        inside = next((lat, lon) for lat, lon in _grid(hole) if _in_polygon_of(hole, lat, lon))
        assert not in_city(*inside)


def test_no_place_is_an_address_and_none_stands_twice() -> None:
    names = [place.name for place in load_places()]
    assert len(set(names)) == len(names)
    assert [name for name in names if HOUSE_NUMBER.search(name)] == []
    crossings = [place for place in load_places() if place.kind == "crossing"]
    assert all(" & " in place.name for place in crossings)


def test_places_lie_apart() -> None:
    for one, other in itertools.combinations(load_places(), 2):
        assert one.meters_to(other) > NEAREST_METERS, (one.name, other.name)


def _grid(ring: Ring) -> list[tuple[float, float]]:
    lons, lats = [lon for lon, _ in ring], [lat for _, lat in ring]
    steps = [step / 20 for step in range(1, 20)]
    return [
        (min(lats) + up * (max(lats) - min(lats)), min(lons) + right * (max(lons) - min(lons)))
        for up in steps
        for right in steps
    ]


def _in_polygon_of(ring: Ring, lat: float, lon: float) -> bool:
    return in_city(lat, lon, [[ring]])
