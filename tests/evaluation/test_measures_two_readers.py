"""Two readers who did not see each other, and the engine: three counts of 200 encounters."""

import math
from pathlib import Path

import pytest

from tandem.evaluation.events.store import as_table, write_folder
from tandem.evaluation.measures.definition import FOLDER
from tandem.evaluation.measures.results import Result
from tandem.evaluation.measures.running import compute
from tests.evaluation import notation, second_reader
from tests.evaluation.counted import count_all
from tests.evaluation.counting import Reader

STRATA = ("county", "juvenile", "race_ethnicity", "age_band", "gender")
ROWS = notation.read()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The encounters as event tables in files."""
    into = tmp_path_factory.mktemp("two") / "events"
    write_folder({name: as_table(name, rows) for name, rows in ROWS.items()}, into)
    return into


def second(
    stratum: str, value: str, month: str = "all"
) -> dict[tuple[str, str], tuple[int, float, float | None, int]]:
    def keep(group: dict[str, str], at: str) -> bool:
        return group.get(stratum, value) == value and month in ("all", at)

    return {
        key: (one.N, one.n, one.value, one.unknown)
        for key, one in second_reader.read_again(keep).items()
    }


def differences(found: list[Result], *, named: tuple[str, str]) -> list[str]:
    expected = {name: second(*named, name) for name in {one.period for one in found}}
    told = []
    for one in found:
        if one.id == "M22":
            continue
        count, n, value, unknown = expected[one.period][one.id, one.part]
        asked = count + unknown
        percent = 100 * unknown / asked if asked else 0.0
        mine = (one.N, one.n, one.value, one.percent_unknown)
        for a, b in zip(mine, (count, n, value, percent), strict=True):
            alike = a is b if a is None or b is None else math.isclose(a, b, abs_tol=1e-12)
            if not alike:
                told.append(f"{one.id}.{one.part} {one.period} {one.stratum}: {a}, counted {b}")
    return told


def test_the_second_reader_and_the_engine_agree_on_everybody_and_every_group(folder: Path) -> None:
    found = compute(folder, as_of=notation.AS_OF, strata=STRATA)
    groups = sorted({next(iter(one.stratum.items())) for one in found if one.stratum})
    assert len(groups) == 20
    assert differences([one for one in found if not one.stratum], named=("", "")) == []
    for name, value in groups:
        own = [one for one in found if one.stratum == {name: value}]
        assert differences(own, named=(name, value)) == []


def test_they_agree_on_every_month(folder: Path) -> None:
    found = compute(folder, as_of=notation.AS_OF, period="month", strata=())
    assert len({one.period for one in found}) == 10
    assert differences(found, named=("", "")) == []


def test_both_readers_agree(folder: Path) -> None:
    first = count_all(Reader(ROWS, notation.AS_OF), lambda _: True)
    other = second("", "")
    assert first.keys() == other.keys()
    for key, one in first.items():
        mine = (one.N, one.n, one.value, one.unknown)
        assert mine == pytest.approx(other[key], abs=1e-12), key


@pytest.mark.parametrize(
    ("measure", "old", "new"),
    [
        ("M10", "+ days(14)) or", "+ days(13)) or"),
        ("M05", "cleared", "withdrawn"),
        ("M17", '"juvenile_custody"', '"nothing"'),
        ("M30", "days(30)", "days(41)"),
        ("M11", "days(90)", "days(60)"),
    ],
)
def test_the_second_reader_finds_out_a_definition_that_says_something_else(
    folder: Path, tmp_path: Path, measure: str, old: str, new: str
) -> None:
    text = (FOLDER / f"{measure}.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / f"{measure}.toml").write_text(text.replace(old, new), encoding="utf-8")
    found = compute(folder, as_of=notation.AS_OF, definitions=tmp_path, strata=())
    assert differences(found, named=("", "")) != []


def test_a_person_stands_in_the_groups_of_the_first_index_alone(tmp_path: Path) -> None:
    mine = [dict(row) for row in ROWS["encounters"] if row["encounter_id"] in ("E136", "E194")]
    assert {row["person_id"] for row in mine} == {"P02"}
    mine[1]["county"] = "monroe"
    rows = {**ROWS, "encounters": mine}
    write_folder({name: as_table(name, part) for name, part in rows.items()}, tmp_path / "two")
    found = compute(tmp_path / "two", as_of=notation.AS_OF, only=("M20",), strata=("county",))
    counted = {
        one.stratum.get("county", ""): one.N for one in found if one.part == "none_in_7_days"
    }
    assert counted == {"": 1, "la-crosse": 1}
