"""Whose ground it is and who may be proposed there: read whole, unknown keeps nobody back."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from tandem.kernel.boundaries import Boundary, BoundaryUnreadable, read_boundary
from tandem.kernel.instance import checkout
from tandem.kernel.jurisdictions import (
    ELSEWHERE,
    Jurisdiction,
    Jurisdictions,
    MutualAid,
    Reach,
)
from tandem.kernel.program import parse_program
from tandem.kernel.strict_toml import FileRefused

SHIPPED = checkout() / "program.toml"
DAY = dt.date(2026, 7, 1)
DECIDES = 'demo/streets.csv"            # decides'
COUNTY = Jurisdictions(
    places=(
        Jurisdiction("north", "City of North", agencies=("NPD",), called=("N City",)),
        Jurisdiction("south", "City of South", agencies=("SPD",)),
        Jurisdiction("west", "Town of West", police="Sheriff"),
    ),
    aid=(
        MutualAid("NPD", ("west",), "an agreement"),
        MutualAid("NPD", ("south",), "for the fair", dt.date(2026, 7, 2), dt.date(2026, 7, 3)),
    ),
)


@pytest.mark.parametrize(
    ("agency", "codes", "day", "expected"),
    [
        ("NPD", ("north",), DAY, Reach.OWN),
        ("NPD", ("west",), DAY, Reach.MUTUAL_AID),
        ("NPD", ("south",), DAY, Reach.NOT),
        ("NPD", ("south",), dt.date(2026, 7, 2), Reach.MUTUAL_AID),
        ("NPD", ("south",), dt.date(2026, 7, 3), Reach.MUTUAL_AID),
        ("NPD", ("south",), dt.date(2026, 7, 4), Reach.NOT),
        ("SPD", ("west",), DAY, Reach.NOT),
        ("SPD", (ELSEWHERE,), DAY, Reach.NOT),
        # Where it lies on two grounds, either's officers are at home.
        ("SPD", ("north", "south"), DAY, Reach.OWN),
        # Unknown is no wall: neither a call's ground nor an agency's own.
        ("SPD", (), DAY, Reach.UNKNOWN),
        ("XPD", ("north",), DAY, Reach.UNKNOWN),
    ],
)
def test_an_officer_is_proposed_at_home_and_under_mutual_aid_alone(
    agency: str, codes: tuple[str, ...], day: dt.date, expected: Reach
) -> None:
    assert COUNTY.reach(side="police", agency=agency, codes=codes, on=day) is expected


@pytest.mark.parametrize("codes", [(), ("north",), ("west",), (ELSEWHERE,)])
def test_a_crisis_worker_of_the_county_is_kept_back_nowhere(codes: tuple[str, ...]) -> None:
    assert COUNTY.reach(side="county", agency="CTY", codes=codes, on=DAY).proposed


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ((), "unknown"),
        (("north",), "city"),
        (("west",), "outside"),
        ((ELSEWHERE,), "outside"),
        (("north", "west"), "two"),
        (("gone",), "outside"),
    ],
)
def test_rules_of_advice_ask_one_of_four_words(codes: tuple[str, ...], kind: str) -> None:
    assert COUNTY.kind_of(codes) == kind


def test_a_source_names_a_ground_in_any_case() -> None:
    for word in ("north", "CITY OF NORTH", " n  city ", "npd"):
        found = COUNTY.named(word)
        assert found is not None
        assert found.code == "north"
    assert COUNTY.named("North Pole") is None


SQUARE = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]]
HOLE = [[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 2.0], [1.0, 1.0]]


def drawn(folder: Path, told: object) -> Boundary:
    path = folder / "boundary.geojson"
    path.write_text(told if isinstance(told, str) else json.dumps(told))
    return read_boundary(path)


def test_a_boundary_holds_what_lies_inside_and_not_its_holes(tmp_path: Path) -> None:
    far = [[[p[0] + 10, p[1]] for p in SQUARE]]
    shape = drawn(tmp_path, {"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], far]})
    inside = [(0.5, 0.5), (3.9, 3.9), (1.5, 2.5), (2.0, 12.0)]  # latitude, longitude
    outside = [(1.5, 1.5), (5.0, 1.0), (-0.1, 1.0), (2.0, 7.0), (2.0, 15.0)]
    assert all(shape.holds(lat, lon) for lat, lon in inside)
    assert not any(shape.holds(lat, lon) for lat, lon in outside)


def test_the_citys_boundary_has_its_park_inside_and_its_neighbor_outside() -> None:
    city = read_boundary(checkout() / "tandem/demo/boundary.geojson")
    assert city.holds(43.8117, -91.2565)  # Riverside Park
    assert not city.holds(43.9100, -91.2200)  # Holmen's way, north of Onalaska
    assert not city.holds(43.7800, -91.3300)  # the far bank, in Minnesota


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ({"type": "Point", "coordinates": [1, 2]}, "no polygon"),
        ({"type": "Polygon"}, "not GeoJSON"),
        ([1, 2], "not GeoJSON"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}, "not GeoJSON"),
        ({"type": "Polygon", "coordinates": [[[p[0] + 500, p[1]] for p in SQUARE]]}, "not GeoJSON"),
    ],
)
def test_what_is_no_boundary_is_refused_in_a_sentence(
    tmp_path: Path, told: object, why: str
) -> None:
    with pytest.raises(BoundaryUnreadable, match=why):
        drawn(tmp_path, told)


def refused(text: str) -> str:
    with pytest.raises(FileRefused) as refusal:
        parse_program(text.encode(), folder=checkout())
    return str(refusal.value)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ('where = ["onalaska"]', 'where = ["oslo"]', "oslo"),
        ('where = ["onalaska"]', 'where = ["la-crosse"]', "no aid is needed"),
        ('where = ["onalaska"]', "where = []", "names no jurisdiction"),
        ('agency = "LCPD"\nwhere', 'agency = "LCHS"\nwhere', "where LCHS is at home"),
        ('agency = "LCPD"\nwhere', 'agency = "XX"\nwhere', "must be one of"),
        ('code = "onalaska"', 'code = "la-crosse"', "stands twice"),
        ('code = "county"', 'code = "elsewhere"', "choose another code"),
        ('called = ["LCSO", "Sheriff"]', 'called = ["OPD"]', "means two jurisdictions"),
        ("demo/boundary.geojson", "demo/nowhere.geojson", "cannot be read"),
        ("demo/boundary.geojson", "demo/cast.toml", "not JSON"),
        (DECIDES, DECIDES.replace("streets", "nowhere"), "is not there"),
        ('police = "Onalaska Police"', 'polce = "Onalaska Police"', "Unknown key"),
        ('agencies = ["LCPD"] ', 'police = "X"\nagencies = ["LCPD"] ', "no agency of the program"),
        ('where = ["onalaska"]', 'where = ["onalaska"]\nbegins = "soon"', "a date"),
        (
            'where = ["onalaska"]',
            'where = ["onalaska"]\nbegins = 2026-02-01\nends = 2026-01-01',
            "ends before",
        ),
    ],
)
def test_a_fault_refuses_the_program_file_whole(before: str, after: str, sentence: str) -> None:
    text = SHIPPED.read_text()
    assert before in text
    assert sentence in refused(text.replace(before, after, 1))


def test_a_file_of_before_there_were_jurisdictions_is_still_read() -> None:
    text = SHIPPED.read_text()
    start, end = text.index("# Whose ground a call is on."), text.index("[feed]")
    program = parse_program((text[:start] + text[end:]).encode())
    assert program.jurisdictions.kind_of(()) == "unknown"
    assert program.jurisdictions.reach(
        side="police", agency="LCPD", codes=("la-crosse",), on=DAY
    ).proposed
