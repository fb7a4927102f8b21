"""The quick answers about a scenario, without simulation: Erlang hour by hour, and the hypercube.

Both leave out what they cannot hold (priorities, breaks at random, split teams) and say so.
"""

from typing import Any

import numpy as np

from tandem.planning import calendar
from tandem.planning.arrays import Calls, Floats
from tandem.planning.erlang import METHODS, SLOTS_PER_HOUR, screen_week
from tandem.planning.hypercube import MOST_EXACT, Hypercube, solve
from tandem.planning.kernel import drive_times
from tandem.planning.model import Plan, compile_plan
from tandem.planning.scenario import WEEK_HOURS, WEEK_MINUTES, Scenario, ScenarioError
from tandem.planning.simulate import trace

SLOT = 60.0 / SLOTS_PER_HOUR


def screen(scenario: Scenario, *, seed: int | None = None) -> dict[str, Any]:
    """Reached, waiting and busy shares in closed form. Raises ScenarioError."""
    plan = compile_plan(scenario)
    calls, _, answers = trace(plan, seed=scenario.seed if seed is None else seed, replication=0)
    answered = answers.team >= 0
    if not answered.any():
        raise ScenarioError("No call is ever answered in a first simulated run: nothing to screen.")
    # Mean minutes that a call takes, travel included, as one simulated run shows them.
    minutes = float((answers.free - answers.sent)[answered].mean())
    asked = float(calls.asked.mean())
    rates = plan.demands.rate * asked
    patience = _patience(scenario)
    staff = staffed(scenario)
    weeks = {
        method: screen_week(rates, staff, service=60.0 / minutes, patience=patience, method=method)
        for method in METHODS
    }
    return {
        "minutes_per_call": minutes,
        "erlang": weeks,
        "hypercube": _hypercube(plan, calls, minutes),
        "left_out": "priorities, areas, random duties and split teams are left out; travel is "
        "part of service, at the mean of one simulated run",
    }


def staffed(scenario: Scenario) -> Floats:
    """Teams on duty in the middle of each quarter-hour of the week."""
    middle = (np.arange(WEEK_HOURS * SLOTS_PER_HOUR) + 0.5) * SLOT
    found = np.zeros(len(middle))
    for team in scenario.teams:
        for start, end, _ in calendar.stretches(team, 2):
            found += (start - WEEK_MINUTES <= middle) & (middle < end - WEEK_MINUTES)
    return found


def _patience(scenario: Scenario) -> float:
    """Callers give up at this rate per hour; other distributions by their median."""
    patience = scenario.patience
    if patience.kind == "forever":
        return 0.0
    from tandem.planning.draws import minutes_of
    from tandem.planning.model import Shelf

    shelf = Shelf()
    table = shelf.number(patience)
    closed = shelf.closed()
    median = float(minutes_of(closed.table, closed.quantiles, table, 0.5))
    if median <= 0:
        return float("inf")
    return 60.0 * float(np.log(2.0)) / median


def _hypercube(plan: Plan, calls: Calls, minutes: float) -> dict[str, Any]:
    """The city with every team on duty, atoms being places, calls at their mean rate."""
    scenario = plan.scenario
    there = np.zeros((len(calls.at), len(plan.team_names)))
    drive_times(plan.crews, plan.roads, calls, len(calls.at), there)
    weeks = scenario.weeks + scenario.warm_up_weeks
    atoms = np.unique(calls.place)
    rates = np.array([(calls.asked[calls.place == p]).sum() for p in atoms], np.float64)
    own = len(scenario.teams)
    far = np.array([there[calls.place == p, :own].mean(axis=0) for p in atoms])
    try:
        city = Hypercube(
            rates / (weeks * WEEK_HOURS),
            far.argsort(axis=1, kind="stable").astype(np.int64),
            np.full(own, 60.0 / minutes),
        )
        found = solve(city, seed=scenario.seed)
    except ScenarioError as refusal:
        return {"not_computed": str(refusal)}
    return {
        "assumes": "all teams on duty all week, the mean rate of calls, nearest first",
        "busy_share": {
            team.name: float(busy) for team, busy in zip(scenario.teams, found.busy, strict=True)
        },
        "all_busy_share": found.all_busy,
        "response_mean": float((found.sent.T * far).sum() / found.sent.sum()),
        "exact": found.exact,
        "error": found.error or {"residual": found.residual},
        "most_exact": MOST_EXACT,
    }
