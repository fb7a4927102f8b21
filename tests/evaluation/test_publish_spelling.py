"""One thing under two spellings, a ledger that is not there, formulas in a file for others."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tandem.cli.__main__ import main
from tandem.evaluation.publish import PublishError, leave, make_table
from tandem.evaluation.publish.files import write_rows


def city(subject: str, *, area: str = "City", measure: str | None = None, count: int = 40) -> Any:
    """A table of one number."""
    cell = {"at": {"period": "2026", "area": area}, "count": count, "measure": measure}
    return make_table({"subject": subject, "cells": [cell]})


@pytest.mark.parametrize(
    "later",
    [
        {"subject": "Encounters"},
        {"subject": "encounters", "area": "CITY"},
        {"subject": "encounters", "measure": "m12"},
    ],
)
def test_another_spelling_is_refused(later: dict[str, Any], tmp_path: Path) -> None:
    leave(city("encounters", measure="M12"), tmp_path)
    with pytest.raises(PublishError, match="in an earlier release"):
        leave(city(**later, count=37), tmp_path)


def test_blanks_make_no_difference(tmp_path: Path) -> None:
    within = {"area": {"North": "City", "South": "City"}}
    leave(city("all encounters"), tmp_path)
    # 40 less 37: the other part is 3, whatever blanks stand in the words.
    part = {"at": {"period": " 2026", "area": "North "}, "count": 37}
    table = make_table({"subject": "all  encounters ", "within": within, "cells": [part]})
    assert leave(table, tmp_path).status == "wider"


def test_the_first_release_says_that_nothing_was_known(tmp_path: Path) -> None:
    first = leave(city("encounters"), tmp_path)
    second = leave(city("arrests"), tmp_path)
    assert any("first release of this ledger" in note for note in first.notes)
    assert not any("first release" in note for note in second.notes)


@pytest.mark.parametrize("verb", [["attack"], ["list"], ["withdraw", "1", "--reason", "x"]])
def test_a_mistyped_ledger_is_no_clean_one(
    verb: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "publsihed"
    assert main(["publish", *verb, "--ledger", str(folder), "--json"]) == 2
    told = capsys.readouterr()
    assert "There is no ledger at" in told.err
    assert told.out == ""
    assert not folder.exists()


def test_values_of_another_shape_are_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cell = {"at": {"period": "2026"}, "count": 30, "values": [1, 2]}
    path = tmp_path / "table.json"
    path.write_text(json.dumps({"subject": "encounters", "cells": [cell]}))
    assert main(["publish", "table", str(path), "--ledger", str(tmp_path / "l")]) == 2
    assert "cell 1: values" in capsys.readouterr().err


def test_no_cell_of_a_file_runs_as_a_formula(tmp_path: Path) -> None:
    rows = [{"o": "=cmd|' /C calc'!A0", "n": "-3.5"}, {"o": "@sum(1)", "n": "+2"}, {"o": "a=b"}]
    write_rows(tmp_path / "rows.csv", rows)
    with (tmp_path / "rows.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    assert [row["o"] for row in found] == ["'=cmd|' /C calc'!A0", "'@sum(1)", "a=b"]
    assert [row["n"] for row in found] == ["-3.5", "+2", ""]
