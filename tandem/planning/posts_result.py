"""What `tandem plan posts` answers: placements, simulated on the same days, and how sure it is."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tandem.planning.compare import compare
from tandem.planning.posts import (
    Proposal,
    hours_of_week,
    own_shifts,
    propose,
    variant,
    words_of,
)
from tandem.planning.read_scenario import read_scenario
from tandem.planning.reading import parse_when
from tandem.planning.scenario import Scenario, ScenarioError, Window
from tandem.planning.sweep import Say

AS_IS = "as it is"
PROPOSES = (
    "The covering program takes teams to be busy by themselves and alike: it proposes, the "
    "simulation decides."
)


def posts_result(
    path: Path,
    *,
    teams: int | None,
    shifts: list[str],
    minutes: float | None,
    replications: int | None,
    seed: int | None,
    workers: int | None,
    by: str,
    keep: Path | None = None,
    say: Say | None = None,
) -> dict[str, Any]:
    """Propose by the covering program, simulate each proposal beside the scenario as it is.

    Raises:
        ScenarioError: the scenario or the words of a shift cannot be used.
    """
    scenario = read_scenario(path)
    windows = [_shift(words) for words in shifts] or own_shifts(scenario)
    own = sum(team.kind != "phone" for team in scenario.teams)
    number = own if teams is None else teams
    if number < 1 or not windows:
        raise ScenarioError(
            "There is no team in person to place: name `--teams` and a `--shift`. Nothing was run."
        )
    standard = scenario.target_minutes if minutes is None else minutes
    proposals, posts = propose(scenario, windows, number, standard)
    variants = [variant(scenario, one, posts, windows) for one in proposals]
    results, measures = compare(
        [replace(scenario, name=AS_IS), *variants],
        by=by,
        seed=seed,
        replications=replications,
        workers=workers,
        keep=keep,
        say=say,
    )
    measures["team_hours_a_week"] = {
        AS_IS: _hours(scenario),
        **{one.name: _hours(one) for one in variants},
    }
    measures["proposals"] = [_proposal(one, windows) for one in proposals]
    measures["posts"] = [{"name": post.name, "at": [post.x, post.y]} for post in posts]
    return {
        "scenario": scenario.name,
        "seed": results[0].seed,
        "replications": results[0].replications,
        "measures": measures,
        "backtest": None,
        "gap": max(one.gap for one in proposals),
        "broken_rules": [],
        "warnings": list(_warnings(scenario, variants)),
        "words": _words(measures),
    }


def _warnings(scenario: Scenario, variants: list[Scenario]) -> Iterator[str]:
    yield from scenario.warnings
    yield PROPOSES
    if any(_hours(one) != _hours(scenario) for one in variants):
        yield (
            "The placements have other team-hours a week than the scenario as it is: see "
            "`team_hours_a_week` before calling one better."
        )


def _hours(scenario: Scenario) -> float:
    return sum(hours_of_week(team.shifts) for team in scenario.teams if team.kind != "phone")


def _proposal(one: Proposal, windows: list[tuple[Window, ...]]) -> dict[str, Any]:
    return {
        "scenario": one.name,
        "teams": [
            {"post": site.post, "shifts": list(words_of(windows[site.shift]))} for site in one.sites
        ],
        "expected_calls_a_week_in_reach": round(one.covered, 4),
        "gap": round(one.gap, 6),
    }


def _shift(words: str) -> tuple[Window, ...]:
    found: list[Window] = []
    for part in words.split(","):
        windows = parse_when(part.strip())
        if windows is None:
            raise ScenarioError(
                f"{part.strip()!r} is no shift such as 'Mon-Fri 12:00-21:00'. Nothing was run."
            )
        found += windows
    return tuple(found)


def _words(measures: dict[str, Any]) -> list[str]:
    words = []
    for one in measures["proposals"]:
        sites = "; ".join(
            f"{team['post']} ({team['shifts'][0]}, {len(team['shifts'])} a week)"
            for team in one["teams"]
        )
        words.append(f"{one['scenario']}: {sites}")
    best = measures["best"]
    if "not_computed" in best:
        return [*words, best["not_computed"]]
    for name, chance in best["probabilities"].items():
        value = measures["by_scenario"][name]["overall"][best["by"]]["value"]
        hours = measures["team_hours_a_week"][name]
        words.append(
            f"{name}: {best['by']} {value:g} with {hours:g} team-hours a week, best with "
            f"probability {chance:.2f}"
        )
    return words
