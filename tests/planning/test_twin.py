"""The compiled loop and the SimPy twin say the same of every call."""

import numpy as np
import pytest

from tandem.planning.model import compile_plan
from tandem.planning.scenario import Scenario
from tandem.planning.simulate import trace
from tandem.planning.twin import simulate_in_simpy
from tests.planning.worlds import HOURS, known_city, random_scenario


def differences(scenario: Scenario, *, seed: int = 1, replication: int = 0) -> list[str]:
    """Each way in which the two disagree about one replication."""
    plan = compile_plan(scenario)
    calls, shifts, answers = trace(plan, seed=seed, replication=replication)
    twin = simulate_in_simpy(plan, calls, shifts)
    found = []
    for name in answers._fields:
        ours, theirs = getattr(answers, name), getattr(twin, name)
        unequal = np.flatnonzero(np.abs(ours - theirs) > 1e-8)
        if len(unequal):
            k = unequal[0]
            found.append(f"{name} of call {k}: {ours[k]} and {theirs[k]}")
    return found


@pytest.mark.parametrize("hours", HOURS)
def test_the_known_city_is_the_same_in_both(hours: str) -> None:
    assert differences(known_city(5_000, hours)) == []


def test_a_city_with_too_few_teams_is_the_same_in_both() -> None:
    assert differences(known_city(20_000, "staggered")) == []


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_random_scenarios_are_the_same_in_both(first: int) -> None:
    for seed in range(first, first + 10):
        assert differences(random_scenario(seed), seed=seed) == [], f"scenario {seed}"


def test_random_scenarios_use_everything_that_a_scenario_may_say() -> None:
    made = [random_scenario(seed) for seed in range(40)]
    assert {scenario.rule for scenario in made} == {"nearest", "least-busy", "preferred"}
    kinds = {team.kind for scenario in made for team in scenario.teams}
    assert kinds == {"ride-along", "meet-up", "phone"}
    assert any(team.split for scenario in made for team in scenario.teams)
    assert any(team.end_of_shift == "hand-over" for scenario in made for team in scenario.teams)
    outcomes = set()
    halves = 0
    for scenario in made[:20]:
        plan = compile_plan(scenario)
        answers = trace(plan, seed=scenario.seed, replication=0)[2]
        outcomes |= set(answers.outcome.tolist())
        halves += int((answers.team >= len(scenario.teams)).sum())
    assert outcomes == {0, 1, 2, 3, 4, 5}
    assert halves > 0, "no half of a split pair ever answered"
