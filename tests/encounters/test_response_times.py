"""Response times of the own side: each step from the one before, n of how many, unknown said."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from tandem.dispatch.models import Member
from tandem.dispatch.services import step_member
from tandem.dispatch.states import MemberState
from tandem.encounters.report import first_report
from tandem.encounters.tallies import ranked
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import browser_of, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
DAY = date(2026, 7, 1)


def _times(persona: Persona, side: str) -> dict[tuple[str, str], dict[str, Any]]:
    with standing_as(persona.standing), opened():
        report = first_report(persona.standing, side, DAY, DAY)
    return {(row["from"], row["to"]): row for row in report["times"]}


@pytest.fixture
def night(cast: dict[str, Persona]) -> None:
    """The officer goes all the way, the crisis worker is last seen on the way."""
    response = send_pair(cast)
    ways = {
        "cru-officer": [("en_route", 2), ("at_address", 8), ("on_scene", 11), ("cleared", 50)],
        "crisis-worker": [("en_route", 3)],
    }
    for persona, steps in ways.items():
        member = Member.objects.get(response=response, staff_id=cast[persona].staff_id)
        for state, minutes in steps:
            at = NOON + timedelta(minutes=minutes)
            step_member(cast[persona].doing(at=at), member.pk, MemberState(state))


def test_each_step_counts_from_the_one_before_and_what_is_missing_is_unknown(
    night: None, cast: dict[str, Persona]
) -> None:
    police = _times(cast["cru-officer"], "police")
    assert police["at_address", "on_scene"] == {
        "from": "at_address",
        "to": "on_scene",
        "n": 1,
        "N": 1,
        "median": 180,
        "p90": 180,
        "percent_unknown": 0,
    }
    assert police["on_scene", "cleared"]["median"] == 39 * 60
    assert police["assigned", "acknowledged"]["percent_unknown"] == 100
    assert police["assigned", "acknowledged"]["median"] is None
    assert ("call", "assigned") in police


def test_each_side_counts_its_own_members_alone(night: None, cast: dict[str, Persona]) -> None:
    county = _times(cast["crisis-supervisor"], "county")
    assert county["en_route", "at_address"]["n"] == 0
    assert all(row["N"] == 1 for row in county.values())
    assert ("call", "assigned") not in county


@pytest.mark.parametrize(
    ("found", "share", "expected"),
    [
        ([], 0.5, None),
        ([7], 0.9, 7),
        ([1, 2, 3, 4], 0.5, 2),
        (list(range(1, 11)), 0.9, 9),
    ],
)
def test_ranks_are_the_nearest(found: list[int], share: float, expected: int | None) -> None:
    assert ranked(Counter(found), share) == expected


def test_the_file_holds_the_figures_of_the_page(night: None, cast: dict[str, Persona]) -> None:
    browser = browser_of(cast["cru-officer"])
    days = {"from": "2026-07-01", "to": "2026-07-01"}
    page = browser.get("/report/", days).content.decode()
    assert "39:00" in page
    answer = browser.get("/report/", {**days, "format": "csv"})
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    (clear,) = [row for row in rows if row["of"] == "on_scene"]
    assert (clear["n"], clear["N"], clear["median"]) == ("1", "1", "2340")
    assert not {row["of"] for row in rows} & {"clinical", "destination", "referral", "follow_up"}
