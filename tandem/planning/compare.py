"""Compares scenarios on the same simulated days: differences with intervals, and which is best."""

from pathlib import Path
from typing import Any

import numpy as np

from tandem.planning import tally
from tandem.planning.ranking import choose_best, difference
from tandem.planning.scenario import Duration, Scenario, ScenarioError
from tandem.planning.simulate import RETURNED, Result, interval, number
from tandem.planning.sweep import Say, sweep

LOWER_IS_BETTER = {
    "patrol_only_no_team",
    "patrol_only_gave_up",
    "response_mean",
    "response_median",
    "response_p90",
    "waited_share",
    "wait_mean",
    "busy_share",
}
LEVEL = 0.95


def compare(
    scenarios: list[Scenario],
    *,
    by: str = "reached_share",
    indifference: float | None = None,
    seed: int | None = None,
    replications: int | None = None,
    workers: int | None = None,
    keep: Path | None = None,
    say: Say | None = None,
) -> tuple[list[Result], dict[str, Any]]:
    """Run all on the same days; the first is what the others are compared with.

    Returns the results and the contract's `measures`. Raises ScenarioError.
    """
    if by not in tally.MEASURES:
        raise ScenarioError(f"{by!r} is no measure; known: {', '.join(tally.MEASURES)}.")
    if len(scenarios) < 2:  # noqa: PLR2004
        raise ScenarioError("There is nothing to compare: add a [[variant]], or name two files.")
    names = [scenario.name for scenario in scenarios]
    if len(set(names)) < len(names):
        raise ScenarioError("Two scenarios bear the same name; give each its own.")
    first = scenarios[0]
    results = sweep(
        scenarios,
        seed=first.seed if seed is None else seed,
        replications=replications or first.replications,
        workers=workers,
        keep=keep,
        say=say,
    )
    base, others = results[0], results[1:]
    return results, {
        "by_scenario": {
            name: result.as_json(LEVEL) for name, result in zip(names, results, strict=True)
        },
        "differences": {
            name: _differences(result, base) for name, result in zip(names[1:], others, strict=True)
        },
        "best": _best(names, results, by, indifference),
    }


def _differences(ours: Result, base: Result) -> dict[str, Any]:
    """Each measure less the base's, paired by replication."""
    found = {}
    for column, name in enumerate(tally.MEASURES):
        mean, width = difference(ours.headline[:, column], base.headline[:, column], LEVEL)
        found[name] = {"value": number(mean), "interval": interval(mean, width, len(ours.headline))}
    if any(one.plan.scenario.patrol.minutes == Duration() for one in (ours, base)):
        found[RETURNED] = {"value": None, "interval": None}
    return found


def _best(
    names: list[str], results: list[Result], by: str, indifference: float | None
) -> dict[str, Any]:
    column = tally.MEASURES.index(by)
    values = np.array([result.headline[:, column] for result in results])
    try:
        choice = choose_best(values, higher=by not in LOWER_IS_BETTER, indifference=indifference)
    except ValueError as refusal:
        return {"by": by, "not_computed": str(refusal)}
    return {
        "by": by,
        "higher_is_better": by not in LOWER_IS_BETTER,
        "scenario": names[choice.best],
        "probability": number(float(choice.chance[choice.best])),
        "probabilities": {
            name: number(float(chance)) for name, chance in zip(names, choice.chance, strict=True)
        },
        "not_ruled_out": [names[row] for row in choice.kept],
        "indifference": number(choice.indifference),
        "guarantee": choice.guarantee,
        "replications_used": choice.replications_used,
    }
