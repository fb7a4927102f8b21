"""The nearest suitable unit with its reason: a known place, a duty post, or "not known"."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tandem.board import nearest
from tandem.board.queries import detail_of
from tandem.calls.models import Call
from tandem.directory.facts import program
from tandem.dispatch.nearest import LAST, POST, Stood, ranked, straight_km
from tandem.dispatch.services import assign_unit, sign_off, sign_on, step_member
from tandem.dispatch.states import MemberState
from tandem.kernel.program import Program, parse_program
from tandem.kernel.strict_toml import FileRefused
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.kernel.test_program import SHIPPED
from tests.scene import CRU_1, PATROL, member_of, open_call

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
# La Crosse and Onalaska, and the textbook pair of a haversine: Nashville to Los Angeles airport.
HERE, NORTH = (43.8138, -91.2519), (43.8844, -91.2352)


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        ((36.12, -86.67), (33.94, -118.40), 2886.4),  # Rosetta Code, with a radius of 6371.0 km
        (HERE, HERE, 0.0),
        ((0.0, 0.0), (0.0, 1.0), 111.195),  # one degree of the equator of that sphere
    ],
)
def test_distance_in_a_straight_line(
    one: tuple[float, float], other: tuple[float, float], km: float
) -> None:
    assert straight_km(one, other) == pytest.approx(km, abs=0.1)


def test_who_suits_first_then_who_is_near_then_who_is_not_known() -> None:
    units = [
        Stood("far", True, POST, "post", None, NORTH),
        Stood("unknown", True),
        Stood("near, does not suit", False, LAST, "here", NOON, HERE),
        Stood("near", True, LAST, "here", NOON, HERE),
        Stood("a place without a point", True, LAST, "Main", NOON),
    ]
    told = [one.stood.callsign for one in ranked(units, HERE)]
    assert told == ["near", "far", "a place without a point", "unknown", "near, does not suit"]
    assert {one.km for one in ranked(units, None)} == {None}


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> Program:
    """The shipped program, with a duty post of one unit."""
    facts = program()
    units = tuple(
        type(one)(one.callsign, one.agency, one.kind, "City Hall", NORTH)
        if one.callsign == "CRU 1"
        else one
        for one in facts.units
    )
    changed = type(facts)(**{**vars(facts), "units": units})
    monkeypatch.setattr(nearest, "program", lambda: changed)
    return changed


def choices(desk: Persona, call: Call) -> dict[str, str]:
    """The free units as the desk reads them, in order."""
    with standing_as(desk.standing), opened():
        shown = detail_of(desk.standing, str(call.pk), NOON + timedelta(hours=1))
    assert shown is not None
    return {one.value: one.note for one in shown.free_units}


def test_each_free_unit_says_why_it_is_thought_to_be_there(
    cast: dict[str, Persona], posted: Program
) -> None:
    desk, patrol = cast["dispatcher"], cast["patrol-officer"]
    sign_on(patrol.doing(), PATROL)
    sign_on(cast["cru-officer"].doing(), CRU_1)
    call = open_call(desk)
    Call.objects.filter(pk=call.pk).update(lat=HERE[0], lon=HERE[1])
    told = choices(desk, call)
    assert told["2B12"].endswith("place not known")
    # 7.96 km from City Hall to there: 4.9 miles.
    assert told["CRU 1"].endswith("4.9 mi in a straight line, duty post City Hall")
    sent = assign_unit(desk.doing(), call.pk, PATROL)
    for minute, state in ((5, MemberState.AT_ADDRESS), (20, MemberState.CLEARED)):
        at = NOON + timedelta(minutes=minute)
        step_member(patrol.doing(at=at), member_of(sent, patrol).pk, state)
    told = choices(desk, call)
    assert told["2B12"].endswith("0.0 mi in a straight line, last at Riverside Park 17:05")
    # What was known of another duty is not known of this one.
    sign_off(patrol.doing(at=NOON + timedelta(minutes=30)), "end")
    sign_on(patrol.doing(at=NOON + timedelta(minutes=40)), PATROL)
    assert choices(desk, call)["2B12"].endswith("place not known")


def test_a_post_in_the_programs_file_is_read_and_a_bad_point_refused() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    line = 'callsign = "CRU 1"\n'
    good = text.replace(line, line + 'post = "City Hall"\npost_at = "43.8138, -91.2519"\n')
    assert parse_program(good.encode()).units[0].post_at == HERE
    for bad in ("91.2, 43.8", "43.8", "here", "43.8, -191"):
        with pytest.raises(FileRefused):
            parse_program(text.replace(line, f'{line}post_at = "{bad}"\n').encode())
