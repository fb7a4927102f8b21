"""The map beside a desk: what that desk may place, on the program's own files, and its table."""

from __future__ import annotations

import gzip
import json
import re
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from tandem.board import place_map
from tandem.board.facts import program
from tandem.calls.models import Call
from tandem.dispatch.services import assign_unit, sign_on
from tandem.intake.sealed import ContactFacts
from tandem.intake.services.crisis import open_contact
from tandem.kernel.instance import checkout
from tandem.kernel.program import MapFacts, parse_program
from tandem.kernel.strict_toml import FileRefused
from tests import invented_tiles
from tests.conftest import Persona
from tests.scene import MOBILE, PATROL, browser_of, open_call, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
PROGRAM = checkout() / "program.toml"


def points(of: Persona) -> dict[str, str]:
    """The table of this person's map: each number and where its point is, if anywhere."""
    page = browser_of(of).get("/panes/map/").content.decode()
    found = re.findall(
        r'data-point="(\d+)" data-precision="\w+"(?: data-lat="([\d.-]+)" data-lon="([\d.-]+)")?',
        page,
    )
    return {number: f"{lat} {lon}".strip() for number, lat, lon in found}


def a_night(cast: dict[str, Persona]) -> None:
    """A pair on a call with a point, a call without one, a contact that knows where it is."""
    now, crisis = timezone.now(), cast["crisis-worker-2"]
    response = send_pair(cast, at=now)
    assert response.call_id is not None
    Call.objects.filter(pk=response.call_id).update(lat=43.81, lon=-91.25)
    open_call(cast["dispatcher"], number=430, at=now)
    facts = ContactFacts(words="talks", place="Zyxolotl", lat=43.85, lon=-91.21)
    open_contact(crisis.doing(at=now), uuid.uuid4(), channel="crisis_line", facts=facts, answers=[])


def test_each_desk_places_what_is_its_own(cast: dict[str, Persona]) -> None:
    a_night(cast)
    assert points(cast["dispatcher"]) == {"0417": "43.81 -91.25", "0430": ""}
    # A crisis desk: its workers' calls alone; a contact has a point in its own record only.
    assert points(cast["crisis-supervisor"]) == {"0417": "43.81 -91.25"}
    assert points(cast["crisis-worker"]) == {"0417": "43.81 -91.25"}
    assert points(cast["crisis-worker-2"]) == {}


def posts(of: Persona) -> dict[str, str]:
    """The duty posts on this person's map, in words."""
    page = browser_of(of).get("/panes/map/").content.decode()
    return dict(re.findall(r'data-precision="post".*?<b class="num">(.*?)</b> <span>(.*?)<', page))


def test_a_free_units_duty_post_stands_on_its_own_desks_map_and_leaves_with_the_unit(
    cast: dict[str, Persona], monkeypatch: pytest.MonkeyPatch
) -> None:
    units = tuple(
        replace(unit, post=f"Post of {unit.callsign}", post_at=(43.8, -91.2))
        for unit in program().units
    )
    posted = replace(program(), units=units)
    monkeypatch.setattr(place_map, "program", lambda: posted)
    desk, crisis = cast["dispatcher"], cast["crisis-supervisor"]
    assert posts(desk) == posts(crisis) == {}
    sign_on(cast["patrol-officer"].doing(), PATROL)
    before = browser_of(desk).get("/panes/map/").content
    sign_on(cast["crisis-worker-3"].doing(), MOBILE)
    # Of a crisis worker alone dispatch's map says nothing, to the byte.
    assert browser_of(desk).get("/panes/map/").content == before
    assert posts(desk) == {"2B12": "Post of 2B12"}
    assert posts(crisis) == {"MC 1": "Post of MC 1"}
    call = open_call(desk, number=418)
    assign_unit(desk.doing(), call.pk, PATROL)
    assert posts(desk) == {}


def test_the_table_says_how_exact_a_place_is(cast: dict[str, Persona]) -> None:
    for number, place in ((431, "1412 Caledonia St"), (432, "1400 block of Rose St"), (433, "")):
        call = open_call(cast["dispatcher"], number=number)
        Call.objects.filter(pk=call.pk).update(place=place)
    page = browser_of(cast["dispatcher"]).get("/panes/map/").content.decode()
    found = re.findall(r'data-point="0?(\d+)" data-precision="(\w+)"', page)
    assert found == [("431", "address"), ("432", "block"), ("433", "unknown")]
    assert "exact address" in page
    assert "block, no house number" in page


def test_work_of_the_crisis_desk_leaves_no_differing_byte_on_dispatchs_map(
    cast: dict[str, Persona],
) -> None:
    client, now = browser_of(cast["dispatcher"]), timezone.now()
    open_call(cast["dispatcher"], number=430, at=now)
    before = client.get("/panes/map/").content, client.get("/panes/map/ground/").content
    facts = ContactFacts(words="talks", place="Zyxolotl", lat=43.85, lon=-91.21)
    crisis = cast["crisis-worker"].doing(at=now)
    open_contact(crisis, uuid.uuid4(), channel="crisis_line", facts=facts, answers=[])
    assert (client.get("/panes/map/").content, client.get("/panes/map/ground/").content) == before


def test_nobody_but_a_desk_has_a_map(cast: dict[str, Persona]) -> None:
    for who in ("cru-officer", "patrol-officer", "chief", "police-custodian"):
        for path in ("/panes/map/", "/panes/map/ground/"):
            assert browser_of(cast[who]).get(path).status_code == 403


def test_the_ground_is_the_programs_own_boundary(cast: dict[str, Persona]) -> None:
    told = json.loads(browser_of(cast["dispatcher"]).get("/panes/map/ground/").content)
    drawn = json.loads((checkout() / "tandem/demo/boundary.geojson").read_text(encoding="utf-8"))
    boundaries = [one for one in told["features"] if one["properties"]["kind"] == "boundary"]
    assert drawn["features"][0]["geometry"] in [one["geometry"] for one in boundaries]


@pytest.fixture
def tiled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The program names a file of map tiles."""
    file = invented_tiles.write_town(tmp_path / "town.pmtiles")
    facts = replace(program(), map=MapFacts(pmtiles=str(file)))
    monkeypatch.setattr(place_map, "program", lambda: facts)
    return file


CENTER = "/panes/map/tiles/{}/{}/{}.mvt".format(*invented_tiles.tile_with_the_center(13))


def test_the_named_file_is_served_as_tiles_of_our_own_origin(
    cast: dict[str, Persona], tiled: Path
) -> None:
    for who in ("dispatcher", "crisis-worker", "crisis-supervisor"):
        answer = browser_of(cast[who]).get(CENTER)
        assert answer.headers["Content-Encoding"] == "gzip"
        # Which tiles a desk looked at tells where somebody is.
        assert answer.headers["Cache-Control"] == "no-store"
        drawn = invented_tiles.tile("openmaptiles", *invented_tiles.tile_with_the_center(13))
        assert gzip.decompress(answer.content) == drawn
    desk = browser_of(cast["dispatcher"])
    page = desk.get("/desk/?pane=map")
    assert 'data-tiles="/panes/map/tiles/{z}/{x}/{y}.mvt" data-tiles-kind="vector"' in (
        text := page.content.decode()
    )
    assert 'data-tiles-zooms="12 14"' in text
    assert "Invented County © nobody" in text
    assert str(tiled) not in text
    assert "connect-src 'self';" in page.headers["Content-Security-Policy"] + ";"
    beside = desk.get("/panes/map/tiles/14/0/0.mvt")
    assert (beside.status_code, beside.content) == (200, b"")
    assert "Content-Encoding" not in beside.headers


def test_nobody_else_reaches_a_tile_and_no_address_another_file(
    cast: dict[str, Persona], tiled: Path
) -> None:
    assert Client().get(CENTER).status_code == 302
    for who in ("cru-officer", "patrol-officer", "chief", "police-custodian"):
        assert browser_of(cast[who]).get(CENTER).status_code == 403
    desk = browser_of(cast["dispatcher"])
    for path in ("12/0/-1", "12/0/..%2f..%2fprogram", "x/0/0", f"{tiled.name}/0/0"):
        assert desk.get(f"/panes/map/tiles/{path}.mvt").status_code == 404
    assert desk.get("/panes/map/tiles/99/99999999999999999999999/0.mvt").content == b""


def test_without_a_file_every_tile_is_empty(cast: dict[str, Persona]) -> None:
    answer = browser_of(cast["dispatcher"]).get(CENTER)
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_file_that_broke_leaves_the_map_its_boundary_and_says_so(
    cast: dict[str, Persona], tiled: Path
) -> None:
    desk = browser_of(cast["dispatcher"])
    tiled.write_bytes(b"<html>")
    assert desk.get(CENTER).status_code == 503
    page = desk.get("/desk/?pane=map").content.decode()
    assert "The file of the street map cannot be read" in page
    assert "data-tiles=" not in page


def test_a_page_asks_the_named_tile_server_and_no_other(
    cast: dict[str, Persona], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser_of(cast["dispatcher"])
    assert "connect-src 'self';" in client.get("/desk/").headers["Content-Security-Policy"] + ";"
    facts = replace(program(), map=MapFacts(tiles="https://tiles.example:8443/{z}/{x}/{y}.png"))
    monkeypatch.setattr(place_map, "program", lambda: facts)
    asked = client.get("/desk/?pane=map")
    policy = asked.headers["Content-Security-Policy"]
    assert re.search(r"connect-src 'self' https://tiles\.example:8443(;|$)", policy)
    assert 'data-tiles="https://tiles.example:8443/{z}/{x}/{y}.png"' in asked.content.decode()


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ('pmtiles = "county.mbtiles"', "pmtiles"),
        ('pmtiles = "a.pmtiles"\ntiles = "/t/{z}/{x}/{y}.png"', "one ground"),
    ],
)
def test_a_setting_that_names_no_one_ground_is_refused(told: str, sentence: str) -> None:
    text = PROGRAM.read_text(encoding="utf-8") + f"\n[map]\n{told}\n"
    with pytest.raises(FileRefused) as refused:
        parse_program(text.encode())
    assert sentence in str(refused.value.faults)


@pytest.mark.parametrize(
    "tiles",
    ["http://tiles.example/{z}/{x}/{y}", "https://tiles.example/all", "javascript:{z}{x}{y}"],
)
def test_an_address_that_is_none_of_tiles_is_refused(tiles: str) -> None:
    text = PROGRAM.read_text(encoding="utf-8") + f'\n[map]\ntiles = "{tiles}"\n'
    with pytest.raises(FileRefused):
        parse_program(text.encode())
