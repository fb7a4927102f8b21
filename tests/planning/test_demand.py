"""Demand, forecast and coverage from histories whose truth is known because they were made up."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate

from tandem.cli.__main__ import main
from tandem.kernel.maps import find_map
from tandem.planning import coverage, demand
from tandem.planning.forecast import forecast
from tandem.planning.history import History, read_history
from tandem.planning.read_scenario import read_scenario
from tandem.planning.staffing import staffed_hours
from tandem.planning.study import Study, load_study
from tests.planning import histories


def _read(paths: tuple[Path, Path, Path]) -> tuple[History, Study]:
    study = load_study(paths[0])
    return read_history(str(paths[1]), find_map(str(paths[2])), study), study


def _words(paths: tuple[Path, Path, Path], verb: str, *more: str) -> list[str]:
    study, data, source_map = (str(path) for path in paths)
    return ["plan", verb, study, "--data", data, "--map", source_map, *more]


def test_the_rates_cover_the_truth_they_were_drawn_from() -> None:
    """400 cells of known rates: 90 % intervals hold about 90 % of them, and the total."""
    covered, totals = [], []
    for seed in range(3):
        folder = Path(os.environ["PYTEST_TMP"]) / str(seed)
        folder.mkdir()
        history, _ = _read(histories.write(folder, seed=seed))
        rates = demand.estimate(history)
        truth = np.array([0.2 if 12 <= hour % 24 < 20 else 0.1 for hour in range(168)])
        share = np.array([0.75 if area == "north" else 0.25 for area in rates.areas])
        low, high = rates.interval(0.9)
        cells = truth[:, None] * share
        covered.append(((low <= cells) & (cells <= high)).mean())
        ends = rates.summed(np.ones(168), np.ones(2), 0.99)
        totals.append(ends[1] <= truth.sum() <= ends[2])
        assert rates.mean.sum() == pytest.approx(len(history.calls) / history.weeks, rel=0.02)
    assert all(totals)
    assert np.mean(covered) > 0.8


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_TMP", str(tmp_path))


def test_days_that_nobody_recorded_are_neither_calls_nor_hours(tmp_path: Path) -> None:
    history, _ = _read(histories.write(tmp_path, skip=(50, 80)))
    begin = histories.START + dt.timedelta(days=50)
    assert [(hole[0], hole[1]) for hole in history.holes] == [
        (begin, begin + dt.timedelta(days=29))
    ]
    assert len(history.days) == 110
    # The rate is that of the recorded days: 3.2 calls a day were drawn.
    assert len(history.calls) / history.weeks / 7 == pytest.approx(3.2, rel=0.12)


def test_eligible_requested_and_unmet_are_counted_apart(tmp_path: Path) -> None:
    history, study = _read(histories.write(tmp_path))
    staffed, _ = staffed_hours(history, study)
    told = demand.asking_of(history, staffed)
    on, off = told["staffed_hours"], told["other_hours"]
    assert isinstance(on, dict)
    assert isinstance(off, dict)
    # Drawn: 0.8 asked in staffed hours and 0.2 in others; 0.9 and none of them met.
    assert on["requested"] / on["eligible"] == pytest.approx(0.8, abs=0.07)
    assert off["requested"] / off["eligible"] == pytest.approx(0.2, abs=0.07)
    assert off["unmet"] == off["requested"]
    assert on["unmet"] / on["requested"] == pytest.approx(0.1, abs=0.06)
    assert "Requests fall where no team is on" in str(told["sentence"])


def test_a_candidate_reaches_from_same_asking_to_asking_as_in_staffed_hours(
    tmp_path: Path,
) -> None:
    history, study = _read(histories.write(tmp_path, days=280))
    staffed, _ = staffed_hours(history, study)
    asked = coverage.asked_of(history, staffed)
    told = coverage.candidate_reach(history, study, staffed, study.candidates[0], asked, 0.9)
    # By hand: 0.6 calls a day in six hours of 0.1; 0.2 and 0.8 of them asked for, 0.9 reached; a
    # call binds 67.5 minutes on average, so that one team is busy for 0.1 * 1.125 * share.
    for ends, share in ((told.low, 0.2), (told.high, 0.8)):
        load = 0.1 * share * 67.5 / 60
        truth = 0.6 * share * 0.9 / (1 + load) * 365.25
        assert ends[0] == pytest.approx(truth, rel=0.3)
        assert ends[1] <= ends[0] <= ends[2]
    assert told.gross == pytest.approx(6 * 365.25)


def test_net_hours_leave_out_every_other_duty() -> None:
    shift = load_study_text(
        '[[candidate]]\nname = "c"\nshifts = ["Mon-Fri 12:00-20:00"]\n'
        "[duties]\nbriefing_minutes = 30\ncourt_hours_per_week = 2\npulled_to_patrol_share = 0.1\n"
    )
    share = coverage.net_share(shift.candidates, shift.duties)
    # By hand: 40 hours less 2.5 of briefing and 2 of court, and a tenth of what is left.
    assert share == pytest.approx((40 - 2.5 - 2) / 40 * 0.9)


def load_study_text(text: str) -> Study:
    from tandem.planning.study import parse_study

    return parse_study(f'version = 1\nname = "x"\n{text}'.encode())


@pytest.mark.parametrize(("load", "teams"), [(0.3, 1.0), (1.2, 2.0), (0.8, 0.5), (2.5, 3.25)])
def test_the_loss_formula_equals_its_integral(load: float, teams: float) -> None:
    """1/B(c, a) = a * integral of exp(-a t) (1 + t)^c from 0 (Jagers and van Doorn 1986)."""
    whole, _ = integrate.quad(lambda t: math.exp(-load * t) * (1 + t) ** teams, 0, math.inf)
    assert coverage.erlang_b(load, teams) == pytest.approx(1 / (load * whole), rel=1e-7)


def test_the_loss_formula_at_whole_teams_is_erlangs() -> None:
    # B(2, 1) = (1/2) / (1 + 1 + 1/2) = 0.2, by hand.
    assert coverage.erlang_b(1.0, 2.0) == pytest.approx(0.2)


def test_growth_and_a_yearly_season_are_told_apart_where_two_years_are_there() -> None:
    rng = np.random.default_rng(5)
    starts = [dt.date(2020, 1, 6) + dt.timedelta(days=7 * week) for week in range(156)]
    years = np.arange(156) / (365.25 / 7)
    angle = 2 * np.pi * np.array([start.timetuple().tm_yday for start in starts]) / 365.25
    counts = rng.poisson(60 * 1.2**years * np.exp(0.3 * np.cos(angle)))
    weeks = demand.Weeks(starts, counts.astype(float), np.ones(156))
    trend = demand.trend_of(weeks, 0.9)
    assert trend.low <= 1.2 <= trend.high
    assert trend.high / trend.low < 1.1
    assert trend.season is not None
    # exp(0.3) against exp(-0.3) between January and July.
    assert trend.season[0] / trend.season[26] == pytest.approx(math.exp(0.6), rel=0.12)
    told = forecast(weeks, trend, 13, 0.9)
    assert told.check.error < told.check.naive
    assert told.check.covered >= 0.8
    truth = 60 * 1.2 ** ((156 + 6) / (365.25 / 7)) * np.exp(0.3 * np.cos(2 * np.pi * 0.12))
    assert told.low[6] <= truth <= told.high[6]


def test_quasi_poisson_with_one_column_is_the_mean_and_its_error() -> None:
    counts, exposed = np.array([3.0, 7.0, 2.0, 8.0]), np.array([1.0, 2.0, 1.0, 2.0])
    fit = demand.quasi_poisson(np.ones((4, 1)), counts, exposed)
    # By hand: rate 20 / 6; the variance of its logarithm is dispersion / 20.
    assert math.exp(fit.coefficients[0]) == pytest.approx(20 / 6)
    assert fit.covariance[0, 0] == pytest.approx(fit.dispersion / 20)


def test_a_holiday_half_as_busy_is_seen_as_less_than_an_ordinary_day(tmp_path: Path) -> None:
    history, _ = _read(histories.write(tmp_path, per_hour=1.0, days=60))
    monday = dt.date(2025, 1, 20)  # the third Monday of January
    calls = [call for call in history.calls if call.day != monday or call.at.minute < 30]
    found = demand.holidays_of(replace(history, calls=calls), 0.9)
    king = next(day for day in found if day.name == "Martin Luther King Jr. Day")
    assert king.days == 1
    assert king.expected == pytest.approx(32, rel=0.25)
    assert king.low < king.ratio < king.high < 1.0


def test_demand_writes_a_scenario_that_the_engine_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = histories.STUDY + (
        "[areas.at]\nnorth = {lat = 43.9, lon = -91.2}\nsouth = {lat = 43.8, lon = -91.2}\n"
        '[scenario]\n[[scenario.team]]\nname = "second"\nshifts = ["Mon-Fri 08:00-16:00"]\n'
    )
    paths = histories.write(tmp_path, study=study, days=84)
    assert main(_words(paths, "demand", "--out", str(tmp_path / "out"), "--json")) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["measures"]["weekly"]["interval"][0] < told["measures"]["weekly"]["value"]
    assert len(told["measures"]["rates"]["mean"]) == 168
    scenario = read_scenario(tmp_path / "out" / "scenario.toml")
    assert [team.name for team in scenario.teams] == ["team", "second"]
    weekly = told["measures"]["weekly"]["value"]
    assert scenario.calls_per_week == pytest.approx(weekly, rel=1e-3)
    baseline = read_scenario(tmp_path / "out" / "baseline.toml")
    assert [team.name for team in baseline.teams] == ["team"]
    shares = {item.name: item.share for item in scenario.dispositions}
    assert shares["hospital"] == pytest.approx(0.3, abs=0.08)


@pytest.mark.parametrize(
    ("days", "study", "words"),
    [
        (7, histories.STUDY, "covers 7 days"),
        (60, histories.STUDY.replace("12:00-20:00", "noon"), "not of the form"),
        (60, histories.STUDY + "[duties]\nfollow_up_minutes = -3\n", "must lie between 0"),
        (60, histories.STUDY + '[[staffed]]\nname = "none"\n', "needs `shifts`"),
        (60, histories.STUDY + '[history]\neligible = ["overdose"]\n', "holds no call"),
        (60, histories.STUDY + "[areas.at]\nwest = {lat = 1, lon = 1}\n", "which no call names"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], days: int, study: str, words: str
) -> None:
    paths = histories.write(tmp_path, days=days, study=study)
    assert main(_words(paths, "demand", "--json")) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert said.err.count("\n") == 1


def test_the_two_histories_at_hand_become_demand_through_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(os.environ.get("TANDEM_TEST_DATA", "absent")) / "data"
    examples = Path(demand.__file__).parent / "examples"
    data = folder / "crisis-encounters" / "lane-county-mobile-crisis_to-2025-05.csv.gz"
    if not data.exists():
        pytest.skip("skipped: data not present")
    words = _words((examples / "lane-demand.toml", data, Path("lane-county")), "demand", "--json")
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    # 1,627 rows of which 71 have no time at all (counted in the file by hand).
    assert told["measures"]["calls"]["eligible"] == 1556
    holes = told["measures"]["recorded"]["holes"]
    # The owner of the data says so: nothing of November and December 2024.
    assert holes[0]["from"] <= "2024-11-01"
    assert holes[0]["until"] >= "2024-12-31"
    assert any("less than a year" in sentence for sentence in told["warnings"])
    data = folder / "calls-for-service" / "seattle-911_2015-01_to_2015-09.csv.gz"
    study = tmp_path / "study.toml"
    study.write_text('version = 1\nname = "crisis"\n', encoding="utf-8")
    assert main(_words((study, data, Path("seattle-2015")), "demand", "--json")) == 0
    told = json.loads(capsys.readouterr().out)
    # 65,845 incidents in the file; the crisis code exists only from July on.
    assert told["measures"]["calls"]["all"] == 65845
    assert "2015-07" in told["measures"]["recorded"]["holes"][0]["until"]


def test_stray_dates_in_a_long_silence_are_no_record_of_it(tmp_path: Path) -> None:
    study, data, source_map = histories.write(tmp_path, days=120)
    stray = data.read_text(encoding="utf-8").splitlines()[1].split(",", 2)[2]
    with data.open("a", encoding="utf-8") as file:
        for number, day in enumerate((30, 90, 91, 200)):
            late = histories.START + dt.timedelta(days=120 + day)
            file.write(f"stray-{number},{late} 10:00:00,{stray}\n")
    history, _ = _read((study, data, source_map))
    assert history.last == histories.START + dt.timedelta(days=119)
    assert len(history.holes) == 1
    assert any("4 calls on days" in sentence for sentence in history.warnings)
