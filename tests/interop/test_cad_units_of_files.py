"""Units that a table only names: on the call from the first row that names them, in any order."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pytest

from tandem.calls.models import Feed, UnitFact
from tests.interop.elm import Elm

pytestmark = pytest.mark.django_db(databases=["default", "identity"])

NAMED = """\
version = 1
name = "elm-units"

[file]
format = "csv"
zone = "America/Chicago"

[key]
columns = ["Incident"]
order = "updated"

[times.received]
column = "Taken"
formats = ["%Y-%m-%d %H:%M"]

[times.updated]
column = "Changed"
formats = ["%Y-%m-%d %H:%M"]

[columns]
units = "Units"
"""
HEAD = "Incident,Taken,Changed,Units\n"
ROWS = [
    "26-1,2026-03-01 10:00,2026-03-01 10:01,\n",
    "26-1,2026-03-01 10:00,2026-03-01 10:02,2B1\n",
    '26-1,2026-03-01 10:00,2026-03-01 10:09,"2B1, CRU 1"\n',
    "26-1,2026-03-01 10:00,2026-03-01 11:01,CRU 1\n",
]


CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def named(elm: Elm) -> Elm:
    """A county whose table names units and says when a row was last changed."""
    elm.map.write_text(NAMED)
    return elm


def _take(elm: Elm, source: str, rows: Sequence[str]) -> list[tuple[str, str, str]]:
    """The unit's facts after taking each of the texts as a file of its own."""
    for number, text in enumerate(rows):
        path = elm.folder / f"{source}-{number}.csv"
        path.write_text(HEAD + text)
        elm.take(str(path), source=source)
    return sorted(
        (fact.unit, fact.state, f"{fact.at.astimezone(CHICAGO):%H:%M}")
        for fact in UnitFact.objects.filter(feed_id=Feed.objects.get(source=source).pk)
    )


@pytest.mark.parametrize("apart", [False, True])
def test_a_unit_that_is_only_named_is_there_since_it_was_first_named(
    named: Elm, *, apart: bool
) -> None:
    for number, order in enumerate(itertools.permutations(ROWS)):
        files = order if apart else ["".join(order)]
        assert _take(named, f"order-{number}", files) == [
            ("2B1", "assigned", "10:02"),
            ("CRU 1", "assigned", "10:09"),
        ], order


def test_units_in_one_cell_stand_apart_by_more_than_a_comma(named: Elm) -> None:
    cell = '"2B1 / CRU 1 & E/9\nM-4|2B1"'
    units = {unit for unit, _, _ in _take(named, "cell", [f"26-1,2026-03-01 10:00,,{cell}\n"])}
    assert units == {"2B1", "CRU 1", "E/9", "M-4"}


EACH = NAMED.replace(
    '[columns]\nunits = "Units"\n',
    """[units]
id = "Units"
formats = ["%Y-%m-%d %H:%M"]
[units.log]
at = "Changed"
status = "Status"
[units.status]
"ER" = "en_route"
"AR" = "on_scene"
""",
)


def test_two_units_that_change_in_one_minute_are_both_kept_in_every_order(elm: Elm) -> None:
    elm.map.write_text(EACH)
    told = [
        "26-1,2026-03-01 10:00,2026-03-01 10:05,2B1,ER\n",
        "26-1,2026-03-01 10:00,2026-03-01 10:05,CRU 1,ER\n",
        "26-1,2026-03-01 10:00,2026-03-01 10:09,2B1,AR\n",
        "26-1,2026-03-01 10:00,2026-03-01 10:09,CRU 1,AR\n",
    ]
    for number, order in enumerate(itertools.permutations(told)):
        path = elm.folder / f"each-{number}.csv"
        path.write_text("Incident,Taken,Changed,Units,Status\n" + "".join(order))
        source = f"each-{number}"
        sums = elm.take(str(path), source=source)
        assert (sums["new"], sums["updated"] + sums["stale"], sums["duplicates"]) == (1, 3, 0)
        assert elm.take(str(path), source=source)["duplicates"] == len(told)
        facts = UnitFact.objects.filter(feed_id=Feed.objects.get(source=source).pk)
        assert {(fact.unit, f"{fact.at.astimezone(CHICAGO):%H:%M}") for fact in facts} == {
            (unit, at) for unit in ("2B1", "CRU 1") for at in ("10:05", "10:09")
        }
