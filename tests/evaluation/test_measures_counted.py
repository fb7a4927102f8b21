"""All measures on 200 encounters written by hand, against a second count from the words alone."""

import datetime as dt
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tandem.evaluation.events.store import as_table, write_folder
from tandem.evaluation.measures.definition import FOLDER
from tandem.evaluation.measures.results import Result
from tandem.evaluation.measures.running import compute
from tests.evaluation import notation
from tests.evaluation.counted import Counts, count_all
from tests.evaluation.counting import Count, Reader, Row

READER = Reader(notation.read(), notation.AS_OF)
EVERYBODY: Callable[[Row], bool] = lambda _: True  # noqa: E731
STRATA = ("county", "juvenile", "race_ethnicity", "age_band", "gender")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The encounters as event tables in files."""
    into = tmp_path_factory.mktemp("hand") / "events"
    write_folder({name: as_table(name, rows) for name, rows in READER.rows.items()}, into)
    return into


@pytest.fixture(scope="module")
def results(folder: Path) -> list[Result]:
    """What the engine says, for everybody and each group."""
    return compute(folder, as_of=notation.AS_OF, strata=STRATA)


@cache
def counted(stratum: str, value: str) -> Counts:
    def belongs(row: Row) -> bool:
        told = row.get(stratum)
        return ("unknown" if told is None else told) == value

    return count_all(READER, belongs if stratum else EVERYBODY)


def differences(one: Result, expected: Count) -> list[str]:
    unknown = expected.unknown + expected.N
    percent = 100 * expected.unknown / unknown if unknown else 0.0
    pairs = {
        "N": (one.N, expected.N),
        "n": (one.n, expected.n),
        "value": (one.value, expected.value),
        "percent_unknown": (one.percent_unknown, percent),
    }
    return [
        f"{one.id}.{one.part} {one.stratum} {name}: {mine}, counted {theirs}"
        for name, (mine, theirs) in pairs.items()
        if not _same(mine, theirs)
    ]


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12)


def test_there_are_200_and_they_hold_what_a_program_meets() -> None:
    rows = READER.rows
    assert len(rows["encounters"]) == 200
    assert {row["county"] for row in rows["encounters"]} == {"la-crosse", "monroe"}
    assert any(row["juvenile"] == "yes" for row in rows["encounters"])
    assert any(row["opening"] == 2 for row in rows["steps"])
    assert any(row["until_at"] is not None for row in rows["links"])
    assert len({row["from_date"] for row in rows["facts"] if row["fact"] == "hours"}) == 3


def test_every_measure_of_everybody_is_what_was_counted(results: list[Result]) -> None:
    expected = counted("", "")
    mine = {(one.id, one.part): one for one in results if not one.stratum and one.id != "M22"}
    assert mine.keys() == expected.keys()
    assert [line for key, one in mine.items() for line in differences(one, expected[key])] == []


def test_every_measure_of_every_group_is_what_was_counted(results: list[Result]) -> None:
    wrong = []
    groups = [one for one in results if one.stratum and one.id != "M22"]
    for one in groups:
        ((stratum, value),) = one.stratum.items()
        wrong += differences(one, counted(stratum, value)[one.id, one.part])
    assert wrong == []
    assert len(groups) > 400


def test_equity_is_the_measures_it_is_made_of(results: list[Result]) -> None:
    by_key = {(one.id, one.part, *one.stratum.items()): one for one in results}
    equity = [one for one in results if one.id == "M22"]
    assert len(equity) > 100
    for one in equity:
        name, _, part = one.part.partition(".")
        twin = by_key[name, part, *one.stratum.items()]
        assert (one.n, one.N, one.value) == (twin.n, twin.N, twin.value)


def test_a_month_counts_the_encounters_that_began_in_it(folder: Path) -> None:
    found = compute(folder, as_of=notation.AS_OF, period="month", only=("M12", "M02"), strata=())
    months = {one.period: one for one in found if (one.id, one.part) == ("M12", "encounters")}
    for name, one in months.items():
        year, month = (int(part) for part in name.split("-"))

        def belongs(row: Row, key: tuple[int, int] = (year, month)) -> bool:
            return (row["local_date"].year, row["local_date"].month) == key

        assert differences(one, count_all(READER, belongs)["M12", "encounters"]) == []
    assert len(months) == 10


def test_a_window_is_of_local_dates(folder: Path) -> None:
    first, last = dt.date(2025, 1, 31), dt.date(2025, 2, 1)
    found = compute(folder, as_of=notation.AS_OF, from_date=first, to_date=last, only=("M17",))
    # By hand: E032 and E033 begin minutes before the midnight, E034 at it.
    everybody = next(one for one in found if not one.stratum)
    assert (everybody.n, everybody.N) == (2, 3)


def test_a_definition_that_says_something_else_is_found_out(folder: Path, tmp_path: Path) -> None:
    text = (FOLDER / "M12.toml").read_text(encoding="utf-8")
    (tmp_path / "M12.toml").write_text(text.replace(', "mandatory_arrest"', ""), encoding="utf-8")
    found = compute(folder, as_of=notation.AS_OF, definitions=tmp_path, strata=())
    expected = counted("", "")
    assert [one.part for one in found if differences(one, expected[one.id, one.part])] == [
        "encounters",
        "arrestable",
    ]


def test_counted_by_hand(results: list[Result]) -> None:
    """A few that can be read off the page with a finger: neither engine nor second counter."""
    mine = {(one.id, one.part): (one.n, one.N) for one in results if not one.stratum}
    # Every `leg=` with `ed`: E004 E009 E021 E031 E037 E064 E073 E085 E093 E096 E110 E120 E129 E137
    # E144 E160 E165 E178 E184 E197.
    assert mine["M16", "encounters"][0] == 20
    # Every `force` outside duplicates: E009 E022 E073 E085 E118 E129 E152 E153 E154.
    assert mine["M13", "force"][0] == 9
    # `con=dup`: E046 E047 E049.
    assert mine["M27", "duplicates"][0] == 3
    # `v` on a team line: E028 E029 E134.
    assert mine["M06", "vetoed"][0] == 3
    # `enf` book, rel, mand, warr: E010 E022 E063 E081 E082 E083 E085 E118 E150 E167 E193.
    assert mine["M12", "encounters"][0] == 11


def test_changed_hours_and_meanings_are_not_compared(folder: Path) -> None:
    found = compute(folder, as_of=notation.AS_OF, period="quarter", only=("M02", "M13"))
    told = {
        (one.id, one.period): one.not_comparable
        for one in found
        if one.part in ("all_hours", "force") and one.stratum == {"county": "la-crosse"}
    }
    assert told == {
        ("M02", "2025-Q1"): "",
        ("M02", "2025-Q2"): "hours changed on 2025-04-01",
        ("M02", "2025-Q3"): "",
        ("M02", "2025-Q4"): "",
        ("M13", "2025-Q1"): "",
        ("M13", "2025-Q2"): "definition changed on 2025-06-01",
        ("M13", "2025-Q3"): "definition changed on 2025-06-01",
        ("M13", "2025-Q4"): "",
    }
