"""The first report: counted per axis, unknown said aloud, and nothing of the other side."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest

from tandem.board.requests import requests_of_desk
from tandem.encounters.report import first_report, today_of
from tandem.encounters.services import set_crisis_axis, set_police_axis
from tandem.intake.models import WorkerRequest
from tandem.intake.services.requests import (
    Counter,
    ask_worker,
    counter_request,
    decline_request,
)
from tandem.kernel.disclosure import Cell, shown
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import CRU_2, open_call, send_pair, send_patrol

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
DAY = date(2026, 7, 1)


def report_of(persona: Persona, start: date = DAY, end: date = DAY) -> dict[str, Any]:
    """What this person's page counts."""
    side = "county" if persona.standing.login == "clinical" else "police"
    with standing_as(persona.standing), opened():
        return first_report(persona.standing, side, start, end)


def counts(report: dict[str, Any], axis: str) -> dict[str, int]:
    """Values and counts of one axis."""
    row = next(row for row in report["axes"] if row["axis"] == axis)
    return {cell["value"]: cell["count"] for cell in row["values"]}


@pytest.fixture
def two_encounters(cast: dict[str, Persona]) -> tuple[uuid.UUID, uuid.UUID]:
    """Two pairs at two calls of one day."""
    first = send_pair(cast).encounter_id
    second = send_pair(cast, "cru-officer-2", "crisis-worker-2", unit=CRU_2, number=420)
    return first, second.encounter_id


def test_what_nobody_stated_counts_as_unknown(
    two_encounters: tuple[uuid.UUID, uuid.UUID], cast: dict[str, Persona]
) -> None:
    report = report_of(cast["crisis-supervisor"])
    assert report["encounters"] == 2
    for axis in report["axes"]:
        assert axis["n"] == 2
        assert counts(report, axis["axis"]) == {"unknown": 2}


def test_counts_per_axis_with_stated_and_unknown(
    two_encounters: tuple[uuid.UUID, uuid.UUID], cast: dict[str, Persona]
) -> None:
    first, second = two_encounters
    one, two = cast["crisis-worker"], cast["crisis-worker-2"]
    set_crisis_axis(one.doing(), first, "contact", ["contacted_in_person"])
    set_crisis_axis(one.doing(), first, "clinical", ["safety_plan_made"])
    set_crisis_axis(one.doing(), first, "clinical", ["brief_intervention"])
    set_crisis_axis(two.doing(), second, "clinical", ["unknown"])
    set_crisis_axis(two.doing(), second, "referral", ["cold"])
    set_crisis_axis(two.doing(), second, "referral", ["warm"])
    report = report_of(cast["crisis-supervisor"])
    assert counts(report, "contact") == {"contacted_in_person": 1, "unknown": 1}
    assert counts(report, "clinical") == {
        "brief_intervention": 1,
        "safety_plan_made": 1,
        "unknown": 1,
    }
    assert counts(report, "referral") == {"warm": 1, "unknown": 1}


def test_the_other_sides_axes_are_absent(
    two_encounters: tuple[uuid.UUID, uuid.UUID], cast: dict[str, Persona]
) -> None:
    first, _ = two_encounters
    set_crisis_axis(cast["crisis-worker"].doing(), first, "clinical", ["dementia_primary"])
    set_police_axis(cast["cru-officer"].doing(), first, "enforcement", ["citation"])
    set_police_axis(cast["cru-officer"].doing(), first, "legal_status", ["emergency_detention"])
    police = report_of(cast["cru-officer"])
    assert {axis["axis"] for axis in police["axes"]} == {
        "contact",
        "adverse",
        "enforcement",
        "transport",
    }
    assert counts(police, "enforcement")["citation"] == 1
    county = report_of(cast["crisis-supervisor"])
    assert {axis["axis"] for axis in county["axes"]} == {
        "contact",
        "adverse",
        "clinical",
        "destination",
        "referral",
        "follow_up",
    }
    assert "dementia" not in str(police)
    assert "citation" not in str(county)
    assert "detention" not in str(police) + str(county)


def test_an_officers_call_without_a_crisis_worker_is_not_the_countys(
    cast: dict[str, Persona],
) -> None:
    send_patrol(cast)
    assert report_of(cast["crisis-supervisor"])["encounters"] == 0
    assert report_of(cast["patrol-officer"])["encounters"] == 1


def test_the_period_counts_whole_days(
    two_encounters: tuple[uuid.UUID, uuid.UUID], cast: dict[str, Persona]
) -> None:
    supervisor, day = cast["crisis-supervisor"], timedelta(days=1)
    assert report_of(supervisor, DAY - day, DAY - day)["encounters"] == 0
    assert report_of(supervisor, DAY + day, DAY + day)["encounters"] == 0
    assert report_of(supervisor, DAY - day, DAY + day)["encounters"] == 2


def test_todays_line_counts_the_own_encounters_and_what_is_open(
    two_encounters: tuple[uuid.UUID, uuid.UUID], worker: Persona
) -> None:
    with standing_as(worker.standing), opened():
        counted = today_of(worker.standing, NOON)
        assert (counted.encounters, counted.unknown) == (1, 1)
    set_crisis_axis(worker.doing(), two_encounters[0], "contact", ["contacted_in_person"])
    with standing_as(worker.standing), opened():
        counted = today_of(worker.standing, NOON)
        assert (counted.encounters, counted.unknown) == (1, 0)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"a": 0, "b": 11, "c": 30}, {"a": 0, "b": 11, "c": 30}),
        ({"a": 1, "b": 40, "c": 30}, {"a": None, "b": 40, "c": None}),
        ({"a": 10, "b": 11}, {"a": None, "b": None}),
        ({"a": 3, "b": 5, "c": 99, "d": 40}, {"a": None, "b": None, "c": 99, "d": None}),
        ({"a": 3, "b": 0}, {"a": None, "b": None}),
    ],
)
def test_beyond_the_own_side_small_counts_and_what_reveals_them_are_hidden(
    counts: dict[str, int], expected: dict[str, int | None]
) -> None:
    cells = [Cell(name, count) for name, count in counts.items()]
    assert {row["value"]: row["count"] for row in shown(cells, within_side=False)} == expected
    assert {row["value"]: row["count"] for row in shown(cells, within_side=True)} == counts


def test_requests_are_counted_by_outcome_with_the_time_to_the_first_answer(
    cast: dict[str, Persona],
) -> None:
    desk, dispatch = cast["crisis-worker-2"], cast["dispatcher"]
    asked = [
        ask_worker(dispatch.doing(), uuid.uuid4(), open_call(dispatch, number=500 + n).pk)
        for n in range(4)
    ]
    for request, seconds in zip(asked[:3], (10, 20, 90), strict=True):
        decline_request(desk.doing(at=NOON + timedelta(seconds=seconds)), request.pk)
    for reader in ("crisis-supervisor", "police-custodian"):
        side = "county" if reader == "crisis-supervisor" else "police"
        standing = cast[reader].standing
        with standing_as(standing), opened():
            counted = first_report(standing, side, DAY, DAY)["requests"]
        assert counted == [
            {"outcome": "asked", "n": 1, "answered": 0, "median": None, "p90": None},
            {"outcome": "declined", "n": 3, "answered": 3, "median": 20, "p90": 90},
        ]
    assert report_of(cast["cru-officer"])["requests"] == []


def test_of_two_requests_of_one_moment_the_newer_is_shown(cast: dict[str, Persona]) -> None:
    dispatch = cast["dispatcher"]
    call = open_call(dispatch)
    for _again in range(6):
        first = ask_worker(dispatch.doing(), uuid.uuid4(), call.pk)
        counter_request(cast["crisis-worker-2"].doing(), first.pk, Counter("phone"))
        newest = ask_worker(dispatch.doing(), uuid.uuid4(), call.pk)
        with standing_as(dispatch.standing), opened():
            listed = requests_of_desk(dispatch.standing, NOON)
        assert [one.key for one in listed] == [str(newest.pk)]
        decline_request(cast["crisis-worker-2"].doing(), newest.pk)
        WorkerRequest.objects.all().delete()
