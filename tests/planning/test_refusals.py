"""Numbers after options, folders and sizes that cannot be: one sentence, exit 2, nothing done."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tandem.cli.__main__ import main
from tandem.planning.commands import INTERRUPTED

EXAMPLES = Path("tandem/planning/examples")
CITY, MONTH = str(EXAMPLES / "la-crosse-hours.toml"), str(EXAMPLES / "month.toml")
STUDY = [str(EXAMPLES / "lane-demand.toml"), "--data", "gone.csv", "--map", "lane-county"]


@pytest.mark.parametrize(
    "words",
    [
        ["simulate", CITY, "--seed", "-1"],
        ["simulate", CITY, "--seed", "99999999999999999999999"],
        ["simulate", CITY, "--replications", "1"],
        ["simulate", CITY, "--workers", "0"],
        ["compare", CITY, "--indifference", "nan"],
        ["compare", CITY, "--indifference", "-1"],
        ["screen", CITY, "--seed", "-4"],
        ["posts", CITY, "--teams", "10000000"],
        ["posts", CITY, "--minutes", "nan"],
        ["posts", CITY, "--minutes", "-3"],
        ["demand", *STUDY, "--seed", "-4"],
        ["backtest", *STUDY, "--seed", "-4"],
        ["roster", MONTH, "--seconds", "-1"],
        ["roster", MONTH, "--seconds", "nan"],
        ["roster", MONTH, "--seconds", "inf"],
        ["roster", MONTH, "--workers", "0"],
        ["roster", MONTH, "--seed", "-1"],
    ],
)
def test_a_number_that_cannot_be_is_a_sentence(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", *words]) == 2
    told = capsys.readouterr()
    assert not told.out
    assert told.err.startswith(words[-2] + " is ")
    assert "must lie between" in told.err
    assert told.err.count("\n") == 1


@pytest.mark.parametrize("verb", ["roster", "report"])
def test_a_folder_that_cannot_be_made_is_a_sentence(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "screen", CITY, "--json"]) == 0
    taken = tmp_path / "file"
    taken.write_text(capsys.readouterr().out, encoding="utf-8")
    given = [MONTH, "--seconds", "1"] if verb == "roster" else [str(taken)]
    assert main(["plan", verb, *given, "--out", str(taken)]) == 2
    assert str(taken) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("calls_per_week = 45", "calls_per_week = 1e9", "calls in each replication"),
        ("kmh = 40", "kmh = 0", "`kmh` is 0; it must lie between"),
    ],
)
def test_a_number_of_a_scenario_that_cannot_be_is_a_sentence(
    old: str, new: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = Path(CITY).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "city.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert main(["plan", "simulate", str(path), "--replications", "2"]) == 2
    assert words in capsys.readouterr().err


def test_a_folder_with_a_table_that_is_none_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "stations.csv").write_text("x" * 200_000, encoding="utf-8")
    # Reading a history elsewhere in this process may have allowed longer cells.
    before = csv.field_size_limit(131_072)
    try:
        assert main(["plan", "simulate", str(tmp_path)]) == 2
    finally:
        csv.field_size_limit(before)
    assert "is no table" in capsys.readouterr().err


@pytest.mark.parametrize("day", ["first = 0001-01-01", "last = 9999-12-31"])
def test_a_month_of_years_is_a_sentence(
    day: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = Path(MONTH).read_text(encoding="utf-8")
    for name in ("police-rules.toml", "county-rules.toml", "county-schedule.csv"):
        (tmp_path / name).write_bytes((EXAMPLES / name).read_bytes())
    old = {"first": "first = 2026-03-01", "last": "last = 2026-03-31"}[day[: day.index(" ")]]
    assert old in text
    (tmp_path / "month.toml").write_text(text.replace(old, day), encoding="utf-8")
    assert main(["plan", "roster", str(tmp_path / "month.toml")]) == 2
    assert "must be at most 62 days" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("verb", "where"),
    [
        ("demand", "tandem.planning.history.read_history"),
        ("coverage", "tandem.planning.history.read_history"),
        ("backtest", "tandem.planning.history.read_history"),
        ("screen", "tandem.planning.screen.screen"),
        ("roster", "tandem.planning.roster.result.roster_result"),
    ],
)
def test_ctrl_c_is_a_sentence_in_every_verb(
    verb: str,
    where: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(where, interrupted)
    # A folder in which nothing lies yet is none in which something was kept.
    kept = ["--keep", str(tmp_path)] if verb == "roster" else []
    given = {"screen": [CITY], "roster": [MONTH, *kept]}.get(verb, STUDY)
    assert main(["plan", verb, *given]) == INTERRUPTED
    assert capsys.readouterr().err == "Stopped; nothing kept.\n"
