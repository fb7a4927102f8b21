"""The hypercube against the book's example, plain linear algebra, Erlang and simulation."""

import numpy as np
import pytest

from tandem.planning.hypercube import (
    Hypercube,
    approximate,
    corrections,
    sample,
    solve,
    solve_exact,
)
from tandem.planning.scenario import ScenarioError
from tests.planning.worlds import preferred_city

# Larson and Odoni, Urban Operations Research (1981), 5.4.3: first choices and backups as its text
# gives them; its Fig. 5.11 shows the rates, of which the text names 0.15 and the areas' sums.
RATES = np.array([0.25, 0.25, 0.10, 0.25, 0.15, 0.10, 0.10, 0.10, 0.10, 0.10])
ORDER = np.array([[0, 1, 2]] * 2 + [[1, 0, 2]] + [[0, 2, 1]] + [[1, 0, 2]] * 2 + [[2, 0, 1]] * 4)
BOOK = Hypercube(RATES, ORDER, np.ones(3))


def random_city(seed: int, teams: int, *, load: float = 0.5, queue: bool = True) -> Hypercube:
    """Ten atoms for each team, all anywhere; the nearest team first."""
    rng = np.random.default_rng(seed)
    atoms, posts = rng.uniform(0, 10, (10 * teams, 2)), rng.uniform(0, 10, (teams, 2))
    far = np.abs(atoms[:, None] - posts).sum(axis=2)
    rates = rng.uniform(0.5, 1.5, len(atoms))
    rates *= load * teams / rates.sum()
    return Hypercube(rates, far.argsort(axis=1), np.ones(teams), queue)


def test_the_books_example() -> None:
    found = solve(BOOK)
    assert np.allclose(found.busy, [0.5574, 0.4734, 0.4693], atol=5e-5)
    assert found.all_busy == pytest.approx(0.23684, abs=5e-6)
    assert found.away_from_home(ORDER) == pytest.approx(0.43529, abs=5e-5)
    assert found.residual <= 1e-12


def test_the_books_approximation() -> None:
    assert np.allclose(corrections(1.5, 3, queue=True), [1, 0.73684, 0.63158], atol=5e-6)
    assert np.allclose(approximate(BOOK).busy, [0.5627, 0.4716, 0.4657], atol=2e-4)


def by_linear_algebra(city: Hypercube) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Chances of all states of a city without queue, from its generator matrix."""
    teams = len(city.service)
    generator = np.zeros((2**teams, 2**teams))
    for state in range(2**teams):
        for team in range(teams):
            if state >> team & 1:
                generator[state, state ^ (1 << team)] += city.service[team]
        for order, rate in zip(city.order, city.rates, strict=True):
            free = [team for team in order if not state >> team & 1]
            if free:
                generator[state, state | (1 << free[0])] += rate
    np.fill_diagonal(generator, -generator.sum(axis=1))
    system = np.vstack([generator.T, np.ones(2**teams)])
    return np.linalg.lstsq(system, np.eye(2**teams + 1)[-1], rcond=None)[0]


@pytest.mark.parametrize("same", [True, False])
def test_it_solves_the_equations_of_balance(same: bool) -> None:
    city = random_city(4, 6, load=0.8, queue=False)
    if not same:
        service = np.array([0.6, 0.9, 1.0, 1.3, 1.7, 2.0])
        city = Hypercube(city.rates, city.order, service, queue=False)
    chances = by_linear_algebra(city)
    busy = [sum(chances[s] for s in range(64) if s >> team & 1) for team in range(6)]
    found = solve_exact(city)
    assert np.allclose(found.busy, busy, atol=1e-12)
    assert found.all_busy == pytest.approx(chances[-1], abs=1e-12)
    assert found.sent.sum() == pytest.approx(1.0 - chances[-1])


@pytest.mark.parametrize("teams", [1, 2, 9, 12])
def test_all_teams_together_are_erlangs_queue(teams: int) -> None:
    from tandem.planning.erlang import erlang_c

    city = random_city(7, teams)
    found = solve_exact(city)
    assert found.all_busy == pytest.approx(erlang_c(0.5 * teams, 1.0, teams).waits, abs=1e-12)
    assert found.busy.sum() == pytest.approx(0.5 * teams)
    assert found.sent.sum() == pytest.approx(1.0)
    assert found.residual <= 1e-12


def test_the_approximation_tells_its_error() -> None:
    city = random_city(5, 20)
    found = solve(city)
    assert not found.exact
    assert 0 < found.error["mean"] < found.error["largest"] < 0.2
    assert found.error["standard_error"] < 0.01


def test_the_sample_that_errors_are_measured_against_is_right() -> None:
    city = random_city(6, 8)
    busy, error = sample(city, seed=3)
    assert (np.abs(busy - solve_exact(city).busy) < 4 * error).all()


def test_the_simulation_has_the_same_workloads() -> None:
    from tandem.planning.simulate import simulate
    from tandem.planning.tally import TEAM_MEASURES

    result = simulate(preferred_city(RATES, ORDER), seed=8, replications=60)
    column = TEAM_MEASURES.index("busy_share")
    error = result.teams.spread()[:, column] / np.sqrt(result.replications)
    assert (np.abs(result.teams.mean[:, column] - solve(BOOK).busy) < 3 * error).all()
    assert (error < 0.004).all()


@pytest.mark.parametrize(
    ("city", "words"),
    [
        (lambda: Hypercube(RATES * 3, ORDER, np.ones(3)), "cannot keep up"),
        (lambda: Hypercube(RATES, ORDER[:, :2], np.ones(3)), "order of all teams"),
        (lambda: Hypercube(-RATES, ORDER, np.ones(3)), "0 or more"),
        (lambda: Hypercube(RATES, ORDER * 0, np.ones(3)), "each team once"),
    ],
)
def test_bad_cities_are_refused(city: object, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        city()  # type: ignore[operator]
