"""Rows on their way out, and the words of `tandem publish` at the console."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tandem.cli.__main__ import main
from tandem.evaluation.publish import Ledger, PublishError, leave, make_table, read_table
from tandem.evaluation.publish.extracts import (
    Agreement,
    age_band,
    limited_data_set,
    public_set,
)

DAY = date(2026, 11, 23)
CLASSES = {
    "name": "direct",
    "narrative": "text",
    "at": "date",
    "zip": "area",
    "age": "age",
    "outcome": "value",
}
AGREED = Agreement("DUA-7", "State university", "evaluation", date(2026, 1, 1), date(2026, 12, 31))


def rows() -> list[dict[str, Any]]:
    """Sixty encounters: 24 at home, 20 at the hospital, 14 at the shelter, two arrests."""
    outcomes = ["home"] * 24 + ["hospital"] * 20 + ["shelter"] * 14 + ["arrest"] * 2
    made = []
    for number, outcome in enumerate(outcomes):
        made.append(
            {
                "name": f"Person {number}",
                "narrative": "told us where he lives",
                "at": f"2026-{1 + number % 12:02}-15T10:00:00",
                "zip": "54601-1234",
                "age": "93" if outcome == "arrest" else "30",
                "outcome": outcome,
            }
        )
    return made


def test_the_limited_data_set_has_days_and_areas_and_no_names() -> None:
    made, notes = limited_data_set(rows(), CLASSES, AGREED, on=DAY)
    assert len(made) == 60
    assert made[0] == {"at": "2026-01-15", "zip": "54601", "age": "30", "outcome": "home"}
    assert "Person" not in json.dumps(made)
    assert [note.split()[0] for note in notes] == ["name", "narrative"]


@pytest.mark.parametrize(
    ("agreement", "words"),
    [
        (None, "the agreement is missing"),
        (Agreement("", "r", "p", DAY, DAY), "its reference is missing"),
        (Agreement("a", " ", "p", DAY, DAY), "its recipient is missing"),
        (Agreement("a", "r", "", DAY, DAY), "its purpose is missing"),
        (Agreement("a", "r", "p", DAY - timedelta(9), DAY - timedelta(1)), "ended on 2026-11-22"),
        (Agreement("a", "r", "p", DAY + timedelta(1), DAY + timedelta(9)), "starts on 2026-11-24"),
    ],
)
def test_without_an_agreement_in_force_nothing_leaves(
    agreement: Agreement | None, words: str
) -> None:
    with pytest.raises(PublishError, match=words):
        limited_data_set(rows(), CLASSES, agreement, on=DAY)


def test_the_last_day_of_an_agreement_counts() -> None:
    last = Agreement("a", "r", "p", DAY, DAY)
    assert limited_data_set(rows(), CLASSES, last, on=DAY)[0]


def test_the_public_set_has_years_bands_and_no_small_line(tmp_path: Path) -> None:
    wide = {"54601": "La Crosse County"}
    outcome, notes = public_set(
        rows(), CLASSES, tmp_path, subject="encounters", wide_areas=wide, on=DAY
    )
    assert outcome.status == "published"
    lines = {line["at"]["outcome"]: line for line in outcome.cells}
    # Two arrests do not leave; one line more goes with them, so that a lone gap does not tell.
    assert set(lines) == {"home", "hospital"}
    assert lines["home"]["count"] == 24
    assert lines["home"]["at"] == {
        "age": "25 to 34",
        "outcome": "home",
        "period": "2026",
        "zip": "La Crosse County",
    }
    kept = json.dumps(Ledger(tmp_path).releases())
    assert "arrest" not in kept
    assert "90 and over" not in kept
    assert notes[-1].startswith("16 of 60 rows")


def test_ages_have_bands_and_ninety_is_the_last() -> None:
    assert [age_band(age) for age in (0, 17, 18, 64, "89", 90, 104)] == [
        "under 18",
        "under 18",
        "18 to 24",
        "55 to 64",
        "75 to 89",
        "90 and over",
        "90 and over",
    ]
    with pytest.raises(PublishError, match="no age"):
        age_band("old")


def test_a_column_that_nobody_classed_stops_everything() -> None:
    extra = [{**row, "plate": "ABC 123"} for row in rows()]
    for attempt in (
        lambda: limited_data_set(extra, CLASSES, AGREED, on=DAY),
        lambda: public_set(extra, CLASSES, None, subject="encounters"),
    ):
        with pytest.raises(PublishError, match="'plate' has no class"):
            attempt()
    with pytest.raises(PublishError, match="no class of a column"):
        limited_data_set(rows(), {**CLASSES, "age": "secret"}, AGREED, on=DAY)
    with pytest.raises(PublishError, match="no column 'mood'"):
        limited_data_set(rows(), {**CLASSES, "mood": "value"}, AGREED, on=DAY)


def test_measures_as_the_command_prints_them(tmp_path: Path) -> None:
    shared = {"stratum": {"area": "N"}, "period": "2026-Q1", "not_computed": None}
    arrest = {"id": "M12", "part": "arrest", "statistic": "proportion", "n": 12, "N": 40}
    median = {"id": "M04", "part": "median", "statistic": "median", "n": 40, "N": 40, "value": 9.5}
    rate = {"id": "M11", "part": "rate", "statistic": "rate", "n": 3, "N": 40, "value": 0.1}
    file = tmp_path / "measures.json"
    file.write_text(json.dumps([{**one, **shared} for one in (arrest, median, rate)]))
    first, second, third = read_table(file).cells
    assert (first.measure, first.count, first.of) == ("M12.arrest", 12, 40)
    assert first.at == (("area", "N"), ("period", "2026-Q1"))
    assert (second.count, second.of, dict(second.statistics)) == (40, None, {"value": 9.5})
    # Three events stand behind the rate: it would tell them.
    assert third.statistics == ()


def test_measures_of_one_population_hide_its_number_together(tmp_path: Path) -> None:
    """28 of 30 arrested hides a 2; the 30 must then not stand beside another measure."""
    file = tmp_path / "measures.json"
    lines = [
        {"id": name, "statistic": "proportion", "stratum": {"area": area}, "n": n, "N": whole}
        for name, counts in (("M12", (28, 12)), ("M16", (15, 14)))
        for (area, whole), n in zip((("N", 30), ("S", 40)), counts, strict=True)
    ]
    file.write_text(json.dumps(lines))
    found = {
        (line["measure"], line["at"]["area"]): line
        for line in leave(read_table(file), None, anyway=True).cells
    }
    assert {line["population"] for line in found.values()} == {"measures, of M12"}
    north = found["M12", "N"]
    whole_is_told = any(found[name, "N"]["of"] is not None for name in ("M12", "M16"))
    assert north["count"] is None or not whole_is_told


def _table(path: Path, counts: dict[str, int], *, period: str = "2026-01") -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["period", "outcome", "count"])
        writer.writerows([period, name, count] for name, count in counts.items())
    return path


def test_the_command_publishes_attacks_lists_and_withdraws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _table(tmp_path / "a.csv", {"a": 3, "b": 40, "c": 25, "d": 60, "": 128})
    ledger = str(tmp_path / "ledger")
    words = ["--subject", "encounters", "--ledger", ledger, "--json"]
    assert main(["publish", "table", str(file), "--dry-run", *words]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "ready"
    assert main(["publish", "table", str(file), *words]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["status"] == "published"
    assert [line["count"] for line in told["cells"]] == [None, 40, None, 60, 128]
    assert main(["publish", "attack", "--ledger", ledger, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "ok": True,
        "releases": 1,
        "hidden": 2,
        "solved": [],
    }
    # Somebody shows c: then a is known, and the attack says so.
    other = _table(tmp_path / "c.csv", {"c": 25})
    outside = ["publish", "outside", str(other), *words]
    assert main(outside) == 0
    capsys.readouterr()
    assert main(["publish", "attack", "--ledger", ledger, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False
    withdraw = ["publish", "withdraw", "1", "--reason", "discloses", "--ledger", ledger, "--json"]
    assert main(withdraw) == 0
    capsys.readouterr()
    assert main(["publish", "list", "--ledger", ledger, "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [row["withdrawn"] and row["withdrawn"]["reason"] for row in listed] == [
        "discloses",
        None,
    ]


def test_the_command_refuses_with_1_and_says_bad_input_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = str(tmp_path / "ledger")
    words = ["--subject", "arrests", "--ledger", ledger, "--json", "--anyway"]
    for period, count in (("2026-01", 12), ("2026-02", 14), ("2026-03", 3)):
        file = _table(tmp_path / "m.csv", {"": count}, period=period)
        assert main(["publish", "table", str(file), *words]) == 0
    file = _table(tmp_path / "q.csv", {"": 29}, period="2026-Q1")
    capsys.readouterr()
    assert main(["publish", "table", str(file), *words]) == 1
    refused = capsys.readouterr()
    assert json.loads(refused.out)["status"] == "refused"
    assert "2026-03" in refused.err
    for bad in ("missing.csv", "m.txt"):
        (tmp_path / "m.txt").write_text("no json")
        assert main(["publish", "table", str(tmp_path / bad), *words]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert told.err.count("\n") == 1


def test_the_command_makes_both_sets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, columns, out = tmp_path / "rows.csv", tmp_path / "columns.toml", tmp_path / "out.csv"
    with data.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(CLASSES))
        writer.writeheader()
        writer.writerows(rows())
    lines = [f'{name} = "{kind}"' for name, kind in CLASSES.items()]
    columns.write_text("[columns]\n" + "\n".join(lines) + '\n[wide_areas]\n54601 = "County"\n')
    agreement = tmp_path / "agreement.toml"
    far = "2999-12-31"
    agreement.write_text(
        f'reference = "DUA-7"\nrecipient = "University"\npurpose = "study"\n'
        f"start = 2026-01-01\nend = {far}\n"
    )
    limited = ["publish", "limited-set", str(data), "--columns", str(columns), "--json"]
    assert main([*limited, "--agreement", str(agreement), "--out", str(out)]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 60
    assert "Person" not in out.read_text()
    assert out.stat().st_mode & 0o077 == 0
    public = ["publish", "public-set", str(data), "--columns", str(columns), "--json"]
    assert main([*public, "--subject", "rows", "--ledger", str(tmp_path / "ledger")]) == 0
    assert [line["count"] for line in json.loads(capsys.readouterr().out)["cells"]] == [24, 20]
    agreement.write_text('reference = "DUA-7"\n')
    out.unlink()
    assert main([*limited, "--agreement", str(agreement), "--out", str(out)]) == 2
    assert not out.exists()


def test_a_table_of_the_whole_has_no_place() -> None:
    (cell,) = make_table({"subject": "x", "cells": [{"at": {"area": "all"}, "count": 50}]}).cells
    assert cell.words() == "everything"
