"""Definitions are data: listed, refused with a line, and added by a user without code."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tandem.cli.__main__ import main
from tandem.evaluation.events.axis_words import AXIS_WORDS
from tandem.evaluation.events.store import as_table, write_folder
from tandem.evaluation.measures.definition import FOLDER, DefinitionsRefused, read_definitions
from tandem.evaluation.measures.running import compute
from tandem.kernel.axes import AXES
from tests.evaluation import notation

CONTRACT = {
    "id", "version", "stratum", "n", "N", "value", "interval", "percent_unknown", "comparable",
    "not_computed",
}  # fmt: skip
OWN = """\
format = 1
id = "X01"
name = "Restraint-free juvenile encounters"
question = "How many juveniles were met without force?"
unit = "encounter"
window = "The local date of opening."
owner = "County"
source = "Our own"
version = "0.1"

[[part]]
name = "without_force"
says = "Juvenile encounters with an adverse value and no force."
statistic = "proportion"
population = 'juvenile == "yes"'
numerator = 'not axis("adverse", "force_used")'
"""


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    """Rows as a file, as somebody else would hand them over."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hand-written encounters, without an authority to link the two sides."""
    rows = notation.read()
    rows["facts"] = [row for row in rows["facts"] if row["fact"] != "authority"]
    into = tmp_path_factory.mktemp("definitions") / "events"
    write_folder({name: as_table(name, found) for name, found in rows.items()}, into)
    return into


def test_the_shipped_definitions_say_everything_that_is_asked_of_one() -> None:
    found = read_definitions(FOLDER)
    numbers = {f"M{number:02}" for number in range(1, 31)} - {"M07", "M08", "M09", "M21"}
    assert {measure.id for measure in found} == numbers
    for measure in found:
        assert all((measure.question, measure.window, measure.owner, measure.source))
        assert all((measure.version, measure.hazard, measure.parts, measure.strata))
        assert all(part.says for part in measure.parts)


def test_a_user_adds_a_measure_without_code(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "X01.toml").write_text(OWN)
    assert main(["measures", "run", str(folder), "--definitions", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert all(one.keys() >= CONTRACT for one in found)
    everybody = next(one for one in found if one["stratum"] == {})
    # Counted with grep: 14 lines with ` j `, none of them with `force`.
    assert (everybody["n"], everybody["N"]) == (14, 14)


def test_linking_two_sides_needs_an_authority_in_equity_too(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--only", "M11,M15,M20,M22,M28", "--strata", "gender", "--json"]
    assert main(["measures", "run", str(folder), *words]) == 0
    found = json.loads(capsys.readouterr().out)
    linked = [
        one
        for one in found
        if one["id"] in ("M11", "M15", "M20", "M28") or one["part"].startswith(("M11", "M15"))
    ]
    assert {one["not_computed"] for one in linked} == {"not computed: no authority on file"}
    assert {one["value"] for one in linked} == {None}
    assert any(one["value"] is not None for one in found)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('juvenile == "yes"', 'age == "yes"', r"Line 15: .*`age` is no column"),
        ('juvenile == "yes"', '__import__("os")', "no word of a definition"),
        ('juvenile == "yes"', "juvenile.upper()", "no word of a definition"),
        ('juvenile == "yes"', "[x for x in axes]", "has no meaning"),
        ('juvenile == "yes"', 'any(calls, call_id == "x")', "does not hang on"),
        ('"adverse"', '"weather"', "is no axis"),
        ('statistic = "proportion"', 'statistic = "mean"', "must be one of"),
        ("numerator = ", "# numerator = ", "A proportion needs `numerator`"),
        ('version = "0.1"', "", "`version` is missing"),
        ('owner = "County"', 'owner = "County"\nwner = "x"', "Unknown key `wner`"),
    ],
)
def test_a_definition_is_refused_whole_with_the_line(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    (tmp_path / "X01.toml").write_text(OWN.replace(old, new))
    with pytest.raises(DefinitionsRefused, match=sentence):
        read_definitions(tmp_path)


def test_bad_words_are_one_sentence_and_2(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (
        ["run", str(tmp_path / "nowhere")],
        ["run", str(folder), "--only", "M99"],
        ["run", str(folder), "--strata", "shoe_size"],
        ["run", str(folder), "--definitions", str(tmp_path)],
        ["run", "@public"],
        ["list", "--definitions", str(tmp_path / "none.toml")],
    ):
        assert main(["measures", *words]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert len(told.err.strip().splitlines()) == 1


def test_list_says_what_the_data_lack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = notation.read()
    write_folder({"calls": as_table("calls", rows["calls"])}, tmp_path / "e")
    assert main(["measures", "list", str(tmp_path / "e"), "--json"]) == 0
    by_id = {one["id"]: one for one in json.loads(capsys.readouterr().out)}
    assert by_id["M01"]["parts"][0]["missing_tables"] == []
    assert by_id["M02"]["parts"][0]["missing_tables"] == ["encounters", "steps"]


def words_of(expression: str) -> set[tuple[str, str]]:
    """Every (axis, value) that an expression of a definition names."""
    found = {
        (axis, value)
        for axis, values in re.findall(r'axis\("(\w+)"((?:, "\w+")*)\)', expression)
        for value in re.findall(r'"(\w+)"', values)
    }
    for axis, values in re.findall(r'axis == "(\w+)" and value in \(([^)]*)\)', expression):
        found |= {(axis, value) for value in re.findall(r'"(\w+)"', values)}
    return found


def test_a_definition_names_no_word_that_an_axis_lacks() -> None:
    named: set[tuple[str, str]] = set()
    for path in FOLDER.glob("*.toml"):
        named |= words_of(path.read_text(encoding="utf-8"))
    assert len(named) > 20
    assert {(axis, value) for axis, value in named if value not in AXIS_WORDS[axis]} == set()


def test_the_axes_of_the_product_are_known_to_the_measures() -> None:
    # A referral is an event of its own in the event tables.
    for axis in AXES.values():
        if axis.code != "referral":
            assert set(axis.values) - {"unknown"} <= set(AXIS_WORDS[axis.code]), axis.code


def test_custody_and_state_beds_of_the_product_count(tmp_path: Path) -> None:
    rows = [
        {"encounter_id": f"e{number}", "county": "a", "opened_at": "2026-01-05T10:00:00Z",
         "local_date": "2026-01-05"} for number in range(4)
    ]  # fmt: skip
    said = {
        "e0": [("destination", "remained"), ("legal_status", "alcohol_drug_protective_custody")],
        "e1": [("destination", "remained"), ("legal_status", "none")],
        "e2": [("destination", "state_institute"), ("legal_status", "emergency_detention")],
        "e3": [("destination", "inpatient_detained"), ("legal_status", "emergency_detention")],
    }
    write_csv(tmp_path / "encounters.csv", rows)
    axes = [
        {"encounter_id": key, "axis": axis, "value": value}
        for key, pairs in said.items()
        for axis, value in [("contact", "contacted_in_person"), *pairs]
    ]
    write_csv(tmp_path / "axes.csv", axes)
    found = {(one.id, one.part): one for one in compute(tmp_path, only=("M17", "M18"), strata=())}
    # One of four stayed free; one of two detained went to the state's institute.
    assert (found["M17", "remained"].n, found["M17", "remained"].N) == (1, 4)
    assert (found["M18", "winnebago"].n, found["M18", "winnebago"].N) == (1, 2)
