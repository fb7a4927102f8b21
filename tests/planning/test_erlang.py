"""Erlang's formulas against printed values and against each other; the screen against itself."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tandem.planning.erlang import (
    METHODS,
    SLOTS_PER_HOUR,
    erlang_a,
    erlang_b,
    erlang_c,
    offered_load,
    screen_week,
)
from tandem.planning.scenario import WEEK_HOURS, ScenarioError

RATE = 20_000 / 8_760


def test_erlang_b_by_its_definition() -> None:
    for load, teams in ((0.5, 1), (2.0, 3), (7.5, 10)):
        terms = [load**k / math.factorial(k) for k in range(teams + 1)]
        assert erlang_b(load, teams) == pytest.approx(terms[-1] / sum(terms), rel=1e-12)


def test_three_teams_that_everybody_waits_for() -> None:
    # M/M/3 at 20,000 calls a year and an hour each; worked out apart from this code.
    queue = erlang_c(RATE, 1.0, 3)
    assert queue.waits == pytest.approx(0.584952, abs=5e-7)
    assert queue.wait * 60 == pytest.approx(48.957, abs=5e-4)


def test_three_teams_that_callers_give_up_on() -> None:
    # The same with a patience of 30 minutes.
    queue = erlang_a(RATE, 1.0, 2.0, 3)
    assert queue.waits == pytest.approx(0.357591, abs=5e-7)
    assert queue.lost == pytest.approx(0.172008, abs=5e-7)
    assert queue.busy == pytest.approx(RATE * (1 - queue.lost) / 3, rel=1e-12)


def test_impatience_lies_between_waiting_for_ever_and_not_at_all() -> None:
    assert erlang_a(RATE, 1.0, 1e-7, 3).waits == pytest.approx(erlang_c(RATE, 1, 3).waits, rel=1e-4)
    assert erlang_a(RATE, 1.0, 1e9, 3).lost == pytest.approx(erlang_b(RATE, 3), rel=1e-6)
    assert erlang_a(RATE, 1.0, math.inf, 3).lost == erlang_b(RATE, 3)
    # Patience as long as service: every caller is served by an endless row, so Poisson(load).
    load, teams = 2.5, 4
    below = sum(math.exp(-load) * load**k / math.factorial(k) for k in range(teams))
    assert erlang_a(load, 1.0, 1.0, teams).waits == pytest.approx(1 - below, rel=1e-12)


def test_an_overload_is_told() -> None:
    with pytest.raises(ScenarioError, match="cannot keep up"):
        erlang_c(4.0, 1.0, 3)


def test_the_offered_load_solves_its_equation() -> None:
    rates = 2 + np.sin(np.arange(WEEK_HOURS) * 2 * np.pi / 24)
    fine = np.repeat(rates, SLOTS_PER_HOUR)
    ours = offered_load(fine, 0.5)
    now = np.array([2.0 / 0.5])
    for _ in range(2):
        for slot, rate in enumerate(fine):
            half = [now]
            for _ in range(2):
                solved = solve_ivp(
                    lambda _t, m, r=rate: r - 0.5 * m, (0, 0.125), half[-1], rtol=1e-10, atol=1e-12
                )
                half.append(solved.y[:, -1])
            if slot == 300:
                assert ours[slot] == pytest.approx(half[1][0], rel=1e-7)
            now = half[2]


@pytest.mark.parametrize("method", METHODS)
def test_a_week_that_never_changes_is_the_stationary_queue(method: str) -> None:
    staff = np.full(WEEK_HOURS * SLOTS_PER_HOUR, 3.0)
    week = screen_week(np.full(WEEK_HOURS, RATE), staff, service=1.0, patience=2.0, method=method)
    assert week["reached_share"] == pytest.approx(1 - 0.172008, abs=5e-7)
    assert week["waited_share"] == pytest.approx(0.357591, abs=5e-7)


def test_demand_felt_late_is_seen_by_the_offered_load_alone() -> None:
    rates = np.where(np.arange(WEEK_HOURS) % 24 < 12, 0.2, 2.0)
    staff = np.full(WEEK_HOURS * SLOTS_PER_HOUR, 3.0)
    weeks = {
        method: screen_week(rates, staff, service=0.5, patience=1.0, method=method)
        for method in METHODS
    }
    lost = {name: week["by_hour_of_week"]["lost_share"] for name, week in weeks.items()}
    # Hour 12 is the first busy one: the teams are still free then, and busy after hour 24.
    assert lost["MOL"][12] < lost["PSA"][12]
    assert lost["MOL"][24] > lost["PSA"][24]
    assert len(set(lost["SIPP"])) == 1
