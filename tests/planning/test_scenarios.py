"""Scenario files through the command: the worked examples run, and what cannot be is a sentence."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tandem.cli.__main__ import main
from tandem.planning.model import compile_plan
from tandem.planning.scenario import ScenarioError
from tandem.planning.variants import read_variants

EXAMPLES = Path("tandem/planning/examples")
SCENARIOS = ("la-crosse-hours.toml", "two-kinds.toml", "nights.toml")
# What a hurried author may leave behind an equals sign.
WRONG = ("-1", "nan", "inf", "1e30", "true", '"x"', '""', "[]", "{}", "[1, 2, 3]", "2026-01-01")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `tandem plan`."""
    code = main(["plan", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_worked_example_runs_and_is_compared(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, _ = run(capsys, "compare", str(EXAMPLES / name), "--replications", "20", "--json")
    assert code == 0
    told = json.loads(out)
    cells = told["measures"]["by_scenario"]
    assert len(cells) >= 2
    for found in cells.values():
        overall = found["overall"]
        parts = ("reached", "by_phone", "patrol_only_no_team", "patrol_only_gave_up")
        assert sum(overall[part]["value"] for part in parts) == pytest.approx(
            overall["asked"]["value"], rel=1e-4
        )
    assert told["measures"]["best"]["scenario"] in cells
    result = tmp_path / "result.json"
    result.write_text(out, encoding="utf-8")
    assert run(capsys, "report", str(result), "--out", str(tmp_path / "out"))[0] == 0


def test_a_second_team_at_night_takes_the_waiting_away(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Two teams are on from 19:00 to 07:00 and one by day, so that only the nights get better."""
    _, out, _ = run(
        capsys, "compare", str(EXAMPLES / "nights.toml"), "--replications", "40", "--json"
    )
    cells = json.loads(out)["measures"]["by_scenario"]
    one, two = cells.values()
    for hour, better in (("22", True), ("02", True), ("15", False)):
        waits = [cell["by_hour"][hour]["waited_share"]["value"] for cell in (one, two)]
        assert (waits[1] < 0.5 * waits[0]) is better, hour


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('shifts = ["Mon-Fri 12:00-21:00"]\nbreaks', "breaks", "has no shift"),
        ('shifts = ["Mon-Fri 12:00-21:00"]\nbreaks', "shifts = []\nbreaks", "has no shift"),
        (
            'shifts = ["Mon-Fri 12:00-21:00"]',
            'shifts = ["Mon-Fri 12:00-21:00", "Fri 20:00-23:00"]',
            "overlap",
        ),
        ("calls_per_week = 45", "calls_per_week = -45", "must lie between 0"),
        ("calls_per_week = 45", f"rates = {[-1] * 24}", "holds a negative rate"),
        ("[2, 1, 1, 1, 1,", "[-2, 1, 1, 1, 1,", "holds a negative rate"),
        ("share = 0.75", "share = 0.85", "add up to 1.1"),
        ("patience = {exponential = 30}", "patience = -3", "is not negative"),
        ('post = "city hall"\nshifts = ["Mon-Fri', 'post = "moon"\nshifts = ["Mon-Fri', "moon"),
        ('"Mon-Fri 12:00-21:00"', '"Mon-Fri noon"', "is not of the form"),
        ("turnout = 2\nlast_call = 20\n[[team.duty]]", "horse = 2\n[[team.duty]]", "horse"),
        ('by = "straight"', 'by = "matrix"\nfile = "absent.csv"', "no such file"),
        ('name = "One team, noon to nine"', "", "`name` is missing"),
        ("calls_per_week = 45", f"calls_per_week = 1{'0' * 400}", "must be a number"),
        ("on_scene = {mean = 50, cv = 0.8}", "on_scene = 1e300", "the most is 1e+09"),
        ("minutes = {mean = 75, cv = 0.6}", "minutes = {uniform = [0, 1e308]}", "beyond 1e+09"),
        ("at = [2.5, 4.5]", "at = [1e308, 1e308]", "beyond 1e+09"),
    ],
)
@pytest.mark.parametrize("verb", ["simulate", "compare", "screen", "posts"])
def test_a_bad_scenario_is_a_sentence_with_its_line(
    verb: str,
    old: str,
    new: str,
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = (EXAMPLES / SCENARIOS[0]).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "bad.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    code, out, err = run(capsys, verb, str(path), "--json")
    assert (code, out) == (2, "")
    assert words in err
    assert re.search(r"Line \d+: ", err)
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('breaks = ["Mon-Fri 16:00-16:30"]', 'breaks = "24/7"'),
        ("last_call = 20", "last_call = 540"),
    ],
)
def test_a_team_that_never_takes_a_call_is_a_sentence(
    old: str, new: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (EXAMPLES / SCENARIOS[0]).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "never.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    code, out, err = run(capsys, "simulate", str(tmp_path / "never.toml"))
    assert (code, out) == (2, "")
    assert err.startswith("Team 'CRU 1' never takes a call: ")


def test_scenarios_in_which_nobody_asks_are_not_said_to_be_too_few(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (EXAMPLES / SCENARIOS[0]).read_text(encoding="utf-8")
    name = 'name = "a second team in the evening"\n'
    assert name in text
    changed = text.replace(name, f"{name}demand_factor = 0\n")
    (tmp_path / "none.toml").write_text(changed, encoding="utf-8")
    code, out, _ = run(
        capsys, "compare", str(tmp_path / "none.toml"), "--replications", "20", "--json"
    )
    assert code == 0
    told = json.loads(out)["measures"]["best"]["not_computed"]
    assert told.startswith("In 20 of 20 replications some scenario has no value")


@pytest.mark.parametrize("verb", ["simulate", "compare", "screen", "posts"])
def test_a_post_off_the_graph_is_a_sentence(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in EXAMPLES.glob("town-*.csv"):
        shutil.copy(path, tmp_path)
    text = (EXAMPLES / "two-kinds.toml").read_text(encoding="utf-8")
    moved = text.replace(
        'name = "crisis center"\nat = [6, 1]', 'name = "crisis center"\nat = [9, 1]'
    )
    (tmp_path / "off.toml").write_text(moved, encoding="utf-8")
    code, out, err = run(capsys, verb, str(tmp_path / "off.toml"))
    assert (code, out) == (2, "")
    assert err.startswith("The post 'crisis center' is off the graph: its nearest road is 3.")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "`version` is missing"),
        (b"version = ", "Line 1"),
        (b"\x00\xff\xfe", "is refused"),
        (b"{}", "is refused"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_scenario_is_a_sentence(
    content: bytes | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.toml"
    if content is not None:
        path.write_bytes(content)
    code, out, err = run(capsys, "simulate", str(path), "--json")
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def refusal_of(path: Path) -> str:
    """The sentence that refuses a file, empty where it can be run."""
    try:
        for scenario in read_variants(path):
            compile_plan(scenario)
    except ScenarioError as refusal:
        return str(refusal)
    return ""


@pytest.mark.parametrize("name", SCENARIOS)
def test_any_value_may_be_wrong_and_never_is_a_trace(name: str, tmp_path: Path) -> None:
    """Each value of each line, one after the other, becomes something else."""
    for table in EXAMPLES.glob("*.csv"):
        shutil.copy(table, tmp_path)
    lines = (EXAMPLES / name).read_text(encoding="utf-8").splitlines()
    path = tmp_path / "odd.toml"
    sentences = []
    for number, line in enumerate(lines):
        if " = " not in line or line.startswith("#"):
            continue
        for wrong in WRONG:
            changed = f"{line.split(' = ')[0]} = {wrong}"
            path.write_text("\n".join([*lines[:number], changed, *lines[number + 1 :]]))
            sentences.append(refusal_of(path))
    assert len([words for words in sentences if words]) > len(lines)
    assert not [words for words in sentences if "\n" in words]


def test_what_patrol_would_have_spent_is_unknown_and_not_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (EXAMPLES / SCENARIOS[0]).read_text(encoding="utf-8")
    cut = re.sub(r"\[patrol\]\n(.+\n)+", "", text)
    assert cut != text
    path = tmp_path / "x.toml"
    path.write_text(cut, encoding="utf-8")
    _, out, _ = run(capsys, "compare", str(path), "--replications", "4", "--json")
    measures = json.loads(out)["measures"]
    cells = [found["overall"] for found in measures["by_scenario"].values()]
    cells += measures["differences"].values()
    assert [cell["hours_returned"]["value"] for cell in cells] == [None] * 5
    assert all(cell["reached"]["value"] is not None for cell in cells)


@pytest.mark.parametrize("verb", ["simulate", "compare", "screen", "posts"])
def test_every_answer_carries_that_its_backtest_failed(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(EXAMPLES / SCENARIOS[0], tmp_path / "x.toml")
    note = {"verdict": "do not use", "sentence": "Do not use: it failed."}
    (tmp_path / "backtest.json").write_text(json.dumps(note), encoding="utf-8")
    few = [] if verb == "screen" else ["--replications", "20"]
    _, out, err = run(capsys, verb, str(tmp_path / "x.toml"), *few)
    assert "Do not use: it failed." in out + err
    _, out, _ = run(capsys, verb, str(tmp_path / "x.toml"), *few, "--json")
    assert json.loads(out)["backtest"] == note
    result = tmp_path / "result.json"
    result.write_text(out, encoding="utf-8")
    assert run(capsys, "report", str(result), "--out", str(tmp_path / "out"))[0] == 0
    assert "Do not use" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
