"""The backtest: it passes where nothing changed, and says "do not use" where something did."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tandem.cli.__main__ import main
from tandem.planning.backtest_note import UNTESTED, backtest_beside
from tests.planning import histories

STUDY = histories.STUDY + (
    "[areas.at]\nnorth = {lat = 43.9, lon = -91.2}\nsouth = {lat = 43.8, lon = -91.2}\n"
)


def _backtest(
    folder: Path, capsys: pytest.CaptureFixture[str], slower: float, days: int = 112
) -> tuple[int, dict[str, object]]:
    study, data, source_map = histories.write(
        folder, study=STUDY, days=days, per_hour=0.2, slower=slower
    )
    words = ["plan", "backtest", str(study), "--data", str(data), "--map", str(source_map)]
    code = main([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)["backtest"]


def test_two_halves_alike_hold_what_the_intervals_promise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = _backtest(tmp_path, capsys, 1.0)
    measures = told["measures"]
    assert isinstance(measures, dict)
    assert {"response median", "response p90", "busy share", "hours, home"} <= set(measures)
    # One measure of eight weeks may miss two by luck alone; all together may not.
    weeks = sum(measure["weeks"] for measure in measures.values())
    inside = sum(measure["inside"] for measure in measures.values())
    assert inside / weeks >= 0.8
    kept = all(measure["inside"] >= 0.85 * measure["weeks"] for measure in measures.values())
    assert (code, told["verdict"]) == ((0, "usable") if kept else (1, "do not use"))
    for measure in measures.values():
        assert len(measure["misses"]) == measure["weeks"] - measure["inside"]


def test_foretold_team_hours_are_those_of_calls_that_a_team_goes_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, told = _backtest(tmp_path, capsys, 1.0, days=224)
    # Many eligible calls are reached by nobody: those take no team's hours, foretold or seen.
    hours = told["forecast"]["team_hours"]  # type: ignore[index]
    assert hours["foretold"] == pytest.approx(hours["seen"], rel=0.25)


def test_a_second_half_twice_as_slow_is_not_to_be_used_and_the_part_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = _backtest(tmp_path, capsys, 2.0)
    assert code == 1
    assert told["verdict"] == "do not use"
    switched = told["switched"]
    assert isinstance(switched, dict)
    # Drives and scenes are twice as long: with the second half's own, the hours are foretold.
    hours = switched["busy share"]
    assert hours["all of these"] >= 0.85
    assert hours["scene"] > hours["handling"]
    misses = told["measures"]["busy share"]["misses"]  # type: ignore[index]
    assert misses[0]["seen"] > misses[0]["interval"][1]


def test_a_simulated_result_carries_the_verdict_of_its_history(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study, data, source_map = histories.write(
        tmp_path, study=STUDY, days=112, per_hour=0.2, slower=2.0
    )
    words = ["plan", "demand", str(study), "--data", str(data), "--map", str(source_map)]
    assert main([*words, "--json", "--out", str(tmp_path / "out")]) == 0
    capsys.readouterr()
    scenario = tmp_path / "out" / "baseline.toml"
    words = ["plan", "simulate", str(scenario), "--replications", "4", "--json"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["backtest"]["verdict"] == "do not use"
    assert any(sentence.startswith("Do not use:") for sentence in told["warnings"])
    (tmp_path / "out" / "backtest.json").unlink()
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["backtest"] is None
    assert UNTESTED in told["warnings"]


def test_a_stopped_run_leaves_no_scenario_beside_the_backtest_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study, data, source_map = histories.write(tmp_path, study=STUDY, days=112, per_hour=0.2)
    out = tmp_path / "out"
    out.mkdir()
    (out / "backtest.json").write_text('{"verdict": "usable", "sentence": ""}', encoding="utf-8")

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tandem.planning.backtest_result.backtest", stopped)
    words = ["plan", "demand", str(study), "--data", str(data), "--map", str(source_map)]
    assert main([*words, "--out", str(out)]) == 130
    assert capsys.readouterr().err.endswith("Stopped; nothing kept.\n")
    assert [path.name for path in out.iterdir()] == ["backtest.json"]


@pytest.mark.parametrize(
    "note",
    [
        "[" * 100_000,
        '{"verdict": "wonderful", "sentence": ""}',
        '{"verdict": ["usable"], "sentence": ""}',
        '{"verdict": "usable", "sentence": "", "level": NaN}',
    ],
)
def test_a_forged_note_is_no_backtest(note: str, tmp_path: Path) -> None:
    (tmp_path / "backtest.json").write_text(note, encoding="utf-8")
    assert backtest_beside(tmp_path / "scenario.toml") == (None, [UNTESTED])


@pytest.mark.parametrize("verb", ["simulate", "compare", "screen", "posts"])
def test_every_verb_says_of_which_history_the_backtest_passed(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = tmp_path / "x.toml"
    scenario.write_bytes(Path("tandem/planning/examples/la-crosse-hours.toml").read_bytes())
    note = {"verdict": "usable", "sentence": "", "history": "lane, 2024-08-18 to 2025-05-31"}
    (tmp_path / "backtest.json").write_text(json.dumps(note), encoding="utf-8")
    many = [] if verb == "screen" else ["--replications", "20"]
    assert main(["plan", verb, str(scenario), *many]) == 0
    said = capsys.readouterr()
    words = "Backtest beside it passed: lane, 2024-08-18 to 2025-05-31."
    assert words in said.out + said.err


def test_a_history_without_times_cannot_be_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study, data, source_map = histories.write(tmp_path, days=60)
    lines = data.read_text(encoding="utf-8").splitlines()
    rows = [line.split(",") for line in lines]
    blank = [[*row[:2], "", "", "", *row[5:]] for row in rows[1:]]
    data.write_text("\n".join(",".join(row) for row in [rows[0], *blank]), encoding="utf-8")
    words = ["plan", "backtest", str(study), "--data", str(data), "--map", str(source_map)]
    assert main(words) == 2
    assert "nothing can be compared" in capsys.readouterr().err
