"""The `[evaluation]` section says what a column is; a column in two places is refused whole."""

from pathlib import Path

import pytest

from tandem.kernel.maps import MapError, find_map, parse_map, read_evaluation_table
from tandem.kernel.maps.summary import summarize
from tandem.kernel.strict_toml import FileRefused

MAP = """\
version = 1
name = "counties"

[file]
format = "csv"
zone = "America/Chicago"

[evaluation]
unit = "county"
time = "year"
group = "first.treat"
outcome.employment = "lemp"
outcome.ended = "how"
covariate.population = "lpop"
missing = ["NA"]

[evaluation.codes.ended]
unmapped = "drop"
"A" = "arrest_booked"
"""
FILE = "county,year,first.treat,lemp,how,lpop\n1,2004,0,NA,A,2.5\n1,2005,0,3.25,B,2.6\n1,2006\n"


def written(tmp_path: Path, text: str = MAP) -> tuple[str, str]:
    (tmp_path / "m.toml").write_text(text)
    (tmp_path / "d.csv").write_text(FILE)
    return str(tmp_path / "d.csv"), str(tmp_path / "m.toml")


def test_columns_are_read_by_their_names_and_what_is_missing_is_none(tmp_path: Path) -> None:
    file, map_path = written(tmp_path)
    table = read_evaluation_table(file, find_map(map_path))
    assert table.columns == {
        "unit": ["1", "1"],
        "time": ["2004", "2005"],
        "group": ["0", "0"],
        "employment": [None, "3.25"],
        "ended": ["arrest_booked", None],
        "population": ["2.5", "2.6"],
    }
    assert table.lines == [2, 3]
    assert [reject.kind for reject in table.rejects] == ["torn"]


def test_check_says_what_each_column_became(tmp_path: Path) -> None:
    file, map_path = written(tmp_path)
    told = summarize(file, find_map(map_path))
    assert told["columns"]["lemp"] == ["outcome employment"]
    assert told["columns"]["first.treat"] == ["evaluation group"]
    assert (told["rows"], told["accepted"], told["rejected"]) == (3, 2, 1)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('covariate.population = "lpop"', 'covariate.population = "lemp"', "it can be one"),
        ('covariate.population = "lpop"', 'covariate.employment = "lpop"', "it can be one"),
        ('covariate.population = "lpop"', 'covariate.unit = "lpop"', "name of a role"),
        ('covariate.population = "lpop"', 'covariate."A b" = "lpop"', "lower case"),
        ('group = "first.treat"', 'group = "lemp"', "it can be one"),
        ('group = "first.treat"', 'cluster = "state"', "Unknown key `cluster`"),
        ("[evaluation.codes.ended]", "[evaluation.codes.other]", "no outcome"),
        ("[evaluation.codes", '[exclude]\ncolumns = ["lpop"]\n[evaluation.codes', "afterwards"),
    ],
)
def test_one_name_in_two_places_is_refused(old: str, new: str, sentence: str) -> None:
    with pytest.raises(FileRefused, match=sentence):
        parse_map(MAP.replace(old, new).encode())


def test_the_unit_may_be_the_person() -> None:
    read = parse_map(MAP.replace('time = "year"', 'person = "county"').encode())
    assert read.evaluation is not None
    assert read.evaluation.roles["person"] == read.evaluation.roles["unit"]


def test_a_map_without_the_section_says_what_to_add(tmp_path: Path) -> None:
    file, _ = written(tmp_path)
    with pytest.raises(MapError, match=r"add one that says which"):
        read_evaluation_table(file, find_map("umd"))
