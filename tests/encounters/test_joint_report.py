"""The joint report: quarters that both sides released; no small number is read or solved."""

from __future__ import annotations

import csv
import io
import random
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from tandem.dispatch.models import Encounter
from tandem.encounters.joint import joint_report
from tandem.encounters.models import QuarterRelease, SharedAxis
from tandem.encounters.releasing import quarter_end, quarter_of, release
from tandem.encounters.tallies import Tally
from tandem.kernel.disclosure import Cell, shown
from tandem.reviews.console import joint_at_console
from tandem.storage.standing import opened, standing_as
from tests.conftest import Persona
from tests.encounters.recount import recount
from tests.encounters.test_kept_counts import (  # noqa: F401 (fixtures)
    ZONE,
    keeper_of,
    kept,
    winter,
    zone,
)
from tests.scene import browser_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
Q1, END = date(2026, 1, 1), date(2026, 3, 31)
EARLY, LATER = datetime(2026, 4, 20, 12, tzinfo=UTC), datetime(2026, 5, 2, 12, tzinfo=UTC)


def possible(cells: list[dict[str, Any]], total: int) -> list[int]:
    """How many values each hidden cell may have, for who knows the total and that none is zero."""
    hidden = [cell for cell in cells if cell["count"] is None]
    left = total - sum(cell["count"] or 0 for cell in cells)
    return [left - (len(hidden) - 1) for _cell in hidden]


def tables() -> list[list[Cell]]:
    """Tables of two to nine cells, many small, many zero."""
    drawn = random.Random(11)  # noqa: S311
    sizes = [0, 0, 1, 1, 2, 5, 10, 11, 12, 30, 400]
    return [
        [Cell(f"v{n}", drawn.choice(sizes)) for n in range(drawn.randrange(2, 10))]
        for _ in range(3_000)
    ]


def test_no_small_count_is_shown_and_none_can_be_narrowed_to_fewer_than_eleven_values() -> None:
    for cells in tables():
        total = sum(cell.count for cell in cells)
        told = shown(cells, within_side=False, total=total)
        assert not [cell for cell in told if cell["count"] and cell["count"] < 11]
        if any(cell["count"] is not None for cell in told):
            assert all(width >= 11 for width in possible(told, total)), cells


def test_hiding_small_counts_alone_would_be_solved() -> None:
    """The attack is one: against cells without their complement it finds the exact count."""
    bare = [{"value": "a", "count": None}, {"value": "b", "count": None}]
    assert possible([*bare, {"value": "c", "count": 30}], 32) == [1, 1]


def splits(total: int, into: int) -> Iterator[tuple[int, ...]]:
    """Every way in which so many counts have this sum."""
    if into == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in splits(total - first, into - 1):
            yield (first, *rest)


Rule = Callable[[list[int]], list[int | None]]


def in_force(counts: list[int]) -> list[int | None]:
    """What is told of a table by the rule in force."""
    cells = [Cell(str(place), count) for place, count in enumerate(counts)]
    return [one["count"] for one in shown(cells, within_side=False, total=sum(counts))]


def smallest_other(counts: list[int]) -> list[int | None]:
    """What would be told if the smallest other count went along, and nothing else."""
    small = [place for place, count in enumerate(counts) if 0 < count < 11]
    others = [place for place, count in enumerate(counts) if count >= 11]
    gone = {*small, min(others, key=lambda place: counts[place])} if small and others else set()
    return [None if place in gone else count for place, count in enumerate(counts)]


def solved_by_who_knows_the_rule(rule: Rule, counts: list[int]) -> set[int]:
    """What a small count of this table may be, for who tries every table against the rule."""
    told = rule(counts)
    hidden = [place for place, count in enumerate(told) if count is None]
    left = sum(counts) - sum(count or 0 for count in told)
    may: dict[int, set[int]] = {place: set() for place in hidden}
    for guess in splits(left, len(hidden)):
        tried = list(counts)
        for place, count in zip(hidden, guess, strict=True):
            tried[place] = count
        if rule(tried) == told:
            for place, count in zip(hidden, guess, strict=True):
                may[place].add(count)
    return min((may[place] for place in hidden if 0 < counts[place] < 11), key=len)


@pytest.mark.parametrize(
    "counts",
    [
        [1, 11, 30],
        [30, 10, 60, 10],
        [10, 24, 25, 0],
        [0, 12, 1, 19, 60],
        [2, 3, 11, 12, 40],
        [9, 11],
    ],
)
def test_who_knows_the_rule_learns_no_small_count_either(counts: list[int]) -> None:
    assert solved_by_who_knows_the_rule(in_force, counts) >= set(range(1, 11))


def test_a_count_chosen_for_its_size_would_be_solved_by_who_knows_the_rule() -> None:
    """The attack is one: where the smallest other count goes along it finds the exact one."""
    assert solved_by_who_knows_the_rule(smallest_other, [1, 11, 30]) == {1, 11}


def test_a_count_that_leaves_a_few_of_the_whole_is_hidden_as_well() -> None:
    told = shown([Cell("a", 97), Cell("b", 40)], within_side=False, total=100)
    assert [cell["count"] for cell in told] == [None, 40]


def test_of_a_side_with_few_encounters_nothing_leaves() -> None:
    figures = release(Tally(encounters=7, members=7), "police")
    assert figures == {"encounters": None, "axes": [], "times": [], "released": None}


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), date(2026, 4, 1)),
        (date(2026, 6, 30), date(2026, 4, 1), date(2026, 7, 1)),
        (date(2026, 12, 31), date(2026, 10, 1), date(2027, 1, 1)),
    ],
)
def test_quarters(day: date, start: date, end: date) -> None:
    assert (quarter_of(day), quarter_end(quarter_of(day))) == (start, end)


@pytest.fixture
def quarter(winter: list[Encounter], cast: dict[str, Persona]) -> Callable[[datetime], None]:  # noqa: F811
    """Both sides' worker rounds at a moment."""

    def play(at: datetime) -> None:
        for reader, side in (("police-custodian", "police"), ("county-custodian", "county")):
            kept(keeper_of(cast[reader], side), at=at)

    return play


def read(persona: Persona) -> list[dict[str, Any]]:
    """The quarters that this person reads."""
    with standing_as(persona.standing), opened():
        found: list[dict[str, Any]] = joint_report(persona.standing, Q1, END)["quarters"]
    return found


def test_a_quarter_leaves_thirty_days_after_its_end_and_stays_as_it_left(
    quarter: Callable[[datetime], None], cast: dict[str, Persona]
) -> None:
    analyst = cast["analyst"]
    quarter(EARLY)
    assert read(analyst) == []
    quarter(LATER)
    (told,) = read(analyst)
    assert (told["from"], told["to"]) == ("2026-01-01", "2026-03-31")
    for side in ("police", "county"):
        found = recount(analyst.program_id, side, Q1, END, ZONE)
        assert told[side]["encounters"] == found.encounters > 10
        for axis in told[side]["axes"]:
            for cell in axis["values"]:
                if cell["count"] is not None:
                    assert cell["count"] == found.values[axis["axis"]][cell["value"]]
                    assert not 0 < cell["count"] < 11
    SharedAxis.objects.update(replaced_at=LATER)
    quarter(LATER + timedelta(days=1))
    assert read(analyst) == [told]
    assert QuarterRelease.objects.count() == 2


def test_the_classes_come_from_the_side_that_owns_them(
    quarter: Callable[[datetime], None], cast: dict[str, Persona]
) -> None:
    quarter(LATER)
    (told,) = read(cast["chief"])
    axes = {side: {axis["axis"] for axis in told[side]["axes"]} for side in ("police", "county")}
    assert axes["police"] == {"contact", "adverse", "enforcement", "transport"}
    assert axes["county"] == {"clinical", "destination", "referral", "follow_up"}


def test_neither_side_reads_what_the_other_released(
    quarter: Callable[[datetime], None], cast: dict[str, Persona]
) -> None:
    quarter(LATER)
    own = {"police-custodian": ["police"], "county-custodian": ["county"]}
    for persona in ("cru-officer", "crisis-supervisor", "dispatcher", *own):
        with standing_as(cast[persona].standing), opened(), connections["default"].cursor() as c:
            c.execute("SELECT has_table_privilege('encounters_quarterrelease', 'select')")
            if c.fetchone() == (True,):
                c.execute("SELECT DISTINCT side FROM encounters_quarterrelease")
                assert [row[0] for row in c.fetchall()] == own[persona]
            else:
                assert persona not in own
        assert browser_of(cast[persona]).get("/report/joint/").status_code == 403


def test_page_file_and_console_hold_the_same_quarters(
    quarter: Callable[[datetime], None], cast: dict[str, Persona]
) -> None:
    quarter(LATER)
    told = joint_at_console(Q1, END)
    assert told["quarters"] == read(cast["analyst"])
    browser, days = browser_of(cast["analyst"]), {"from": str(Q1), "to": str(END)}
    page = browser.get("/report/joint/", days)
    assert page.status_code == 200
    assert "2026-01-01 / 2026-03-31" in page.content.decode()
    file = browser.get("/report/joint/", {**days, "format": "csv"}).content.decode()
    rows = list(csv.DictReader(io.StringIO(file)))
    for side in ("police", "county"):
        for axis in told["quarters"][0][side]["axes"]:
            of = (side, "axis", axis["axis"])
            held = {
                row["value"]: row["n"]
                for row in rows
                if (row["side"], row["part"], row["of"]) == of
            }
            expected = {
                cell["value"]: "hidden" if cell["count"] is None else str(cell["count"])
                for cell in axis["values"]
            }
            assert held == expected


def test_a_quarter_is_printed_on_one_page_which_says_who_and_is_counted(
    quarter: Callable[[datetime], None], cast: dict[str, Persona], trail: Callable[[], list[str]]
) -> None:
    quarter(LATER)
    chief = browser_of(cast["chief"])
    address = "/report/joint/print/?from=2026-01-01"
    assert (
        f'href="{address}"' in chief.get("/report/joint/", {"from": "2026-01-01"}).content.decode()
    )
    seen = chief.get(address).content.decode()
    assert 'data-printed="no"' in seen
    assert "report.printed" not in trail()
    made = chief.post(address, {"act_id": uuid.uuid4()}).content.decode()
    assert f"Printed by {cast['chief'].short_name}" in made
    assert trail().count("report.printed") == 1
    (told,) = read(cast["chief"])
    for side in ("police", "county"):
        assert f"{told[side]['encounters']} encounters" in made
    # Any day names its quarter; of one that was not released nothing is printed or counted.
    assert chief.get("/report/joint/print/?from=2026-02-14").content.decode().count("<article") == 1
    later = "/report/joint/print/?from=2026-04-01"
    assert "<article" not in chief.get(later).content.decode()
    assert chief.post(later, {"act_id": uuid.uuid4()}).status_code == 404
    assert trail().count("report.printed") == 1
