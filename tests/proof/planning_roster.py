"""Demand, backtest and rosters on the histories at hand, through the command alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import tandem.planning
from tandem.planning.roster.checker import broken_rules
from tandem.planning.roster.generated import month_of
from tandem.planning.roster.solve import solve
from tests.bench.rows import Rows

EXAMPLES = Path(tandem.planning.__path__[0]) / "examples"
AUCKLAND = "dispatch/jemss-auckland"
LANE = "crisis-encounters/lane-county-mobile-crisis_to-2025-05.csv.gz"
SEATTLE = "calls-for-service/seattle-911_2015-01_to_2015-09.csv.gz"
SIZES = ((2, 3), (3, 3), (4, 4), (5, 4), (6, 5), (8, 6))


def prove(rows: Rows) -> None:
    """Each promise that needs no peer: histories to second teams, the backtest, every size."""
    data = Path(os.environ.get("TANDEM_TEST_DATA", "absent")) / "data"
    for study, source_map, name in (
        ("lane-demand", "lane-county", LANE),
        ("seattle-demand", "seattle-2015", SEATTLE),
    ):
        if (data / name).exists():
            _second_team(rows, EXAMPLES / f"{study}.toml", source_map, data / name)
        else:
            print(f"  {study}: skipped: data not present")
    if (data / LANE).exists():
        _backtest(rows, data / LANE)
    if (data / AUCKLAND).exists():
        code, told = _plan("simulate", str(data / AUCKLAND), "--replications", "2")
        rows.add("a city of JEMSS files: a year by the command", code, "exit code", at_most=0)
        reached = told["measures"]["overall"]["reached"]["value"]
        # 280 calls a day, as the demand file's own notes say.
        rows.add(
            "its calls answered in a year", reached, "calls", at_least=0.95 * 280 * 364,
            beside=("280 a day", 280.0 * 364), ratio=reached / (280 * 364),
        )  # fmt: skip
    _sizes(rows)


def _plan(*words: str) -> tuple[int, dict[str, Any]]:
    ran = subprocess.run(
        [sys.executable, "-m", "tandem.cli", "plan", *words, "--json"],
        check=False,
        capture_output=True,
        text=True,
    )
    return ran.returncode, json.loads(ran.stdout) if ran.stdout else {}


def _second_team(rows: Rows, study: Path, source_map: str, data: Path) -> None:
    history = ("--data", str(data), "--map", source_map)
    with tempfile.TemporaryDirectory() as folder:
        code, told = _plan("demand", str(study), *history, "--out", folder)
        rows.add(f"{study.stem}: demand by the command", code, "exit code", at_most=0)
        check = told["measures"]["forecast"]["check"]
        rows.add(
            f"{study.stem}: forecast error", check["error"], "calls a week",
            beside=("seasonal-naive", check["naive"]), ratio=check["error"] / check["naive"],
            at_most=check["naive"], n=check["weeks"],
        )  # fmt: skip
        # Four in five: past weeks of one history overlap, and are far from so many.
        rows.add(
            f"{study.stem}: past weeks inside {check['level']:.0%} intervals", check["covered"],
            "share", at_least=0.8, n=check["weeks"],
        )  # fmt: skip
        code, told = _plan("coverage", str(study), *history)
        rows.add(f"{study.stem}: coverage by the command", code, "exit code", at_most=0)
        reached = {}
        for name in ("baseline", "scenario"):
            code, told = _plan(
                "simulate", str(Path(folder) / f"{name}.toml"), "--replications", "50"
            )
            rows.add(f"{study.stem}: {name} simulated", code, "exit code", at_most=0)
            reached[name] = told["measures"]["overall"]["reached"]["value"]
        more = reached["scenario"] - reached["baseline"]
        rows.add(f"{study.stem}: more reached by a second team", more, "calls a year", at_least=0)


def _backtest(rows: Rows, data: Path) -> None:
    study = EXAMPLES / "lane-demand.toml"
    _, told = _plan("backtest", str(study), "--data", str(data), "--map", "lane-county")
    for name, measure in told["backtest"]["measures"].items():
        rows.add(
            f"lane backtest, {name}: weeks inside", measure["share_inside"], "share",
            at_least=0.85, n=measure["weeks"],
        )  # fmt: skip
        for miss in measure["misses"]:
            print(f"    missed {miss['week']}: {miss['seen']} outside {miss['interval']}")


def _sizes(rows: Rows) -> None:
    """A month for every size of program, each through the checker."""
    for officers, clinicians in SIZES:
        month = month_of(1, officers, clinicians)
        solved = solve(month, seconds=30.0)
        broken = [] if solved.roster is None else broken_rules(month, solved.roster)
        gap = 1.0 if solved.gap is None else solved.gap
        what = f"roster of {officers} + {clinicians}"
        rows.add(f"{what}: rules broken", len(broken), "rules", at_most=0)
        rows.add(f"{what}: gap", 100 * gap, "%", at_most=0.5)
