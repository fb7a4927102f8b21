"""Comparisons: what is paired, and whether "best" is as sure as it says."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from tandem.planning.compare import compare
from tandem.planning.ranking import chances_of_best, choose_best, kim_nelson
from tandem.planning.scenario import ScenarioError
from tandem.planning.variants import read_variants
from tests.planning.worlds import known_city

EXAMPLE = Path("tandem/planning/examples/la-crosse-hours.toml")


def test_the_chance_of_two_is_the_normal_one() -> None:
    rng = np.random.default_rng(5)
    values = multivariate_normal([0.0, 0.1], [[1, 0.6], [0.6, 1.5]]).rvs(400, rng).T
    apart = values[1] - values[0]
    expected = norm.cdf(apart.mean() / (apart.std(ddof=1) / 20))
    chance = chances_of_best(values, higher=True)
    assert chance.sum() == pytest.approx(1)
    assert chance[1] == pytest.approx(expected, abs=0.006)
    assert chances_of_best(values, higher=False)[0] == pytest.approx(expected, abs=0.006)


def test_the_stated_chance_is_how_often_it_is_true() -> None:
    # Four systems whose true means are drawn anew: stated chances of the leader against truth.
    rng = np.random.default_rng(6)
    stated, true = [], []
    for _ in range(150):
        means = rng.normal(0, 0.12, 4)
        values = means[:, None] + rng.normal(0, 1, (4, 60)) + rng.normal(0, 1, 60)
        choice = choose_best(values, higher=True)
        stated.append(choice.chance[choice.best])
        true.append(choice.best == means.argmax())
    spread = np.sqrt(np.mean(np.array(stated) * (1 - np.array(stated))) / 150)
    # A flat prior is a little too sure where the truth is close together.
    assert abs(np.mean(stated) - np.mean(true)) < 3 * spread + 0.05


def test_the_sequential_choice_keeps_its_guarantee() -> None:
    # The least favorable case: one better than all others by exactly the indifference.
    rng = np.random.default_rng(7)
    right = 0
    for _ in range(200):
        values = rng.normal(0, 1, (4, 900)) + rng.normal(0, 1, 900)
        values[2] += 0.2
        kept, _ = kim_nelson(values, higher=True, indifference=0.2, alpha=0.1)
        right += kept == [2]
    assert right >= 180 - 3 * np.sqrt(200 * 0.9 * 0.1)


def test_the_same_calls_come_in_every_variant() -> None:
    scenarios = read_variants(EXAMPLE)
    results, measures = compare(scenarios, replications=20)
    calls = [result.headline[:, 0] for result in results]
    assert all(np.array_equal(calls[0], other) for other in calls[1:])
    more = measures["differences"]["a second team in the evening"]["reached"]
    assert more["interval"][0] > 0
    apart = results[1].headline[:, 3] - results[0].headline[:, 3]
    assert more["value"] == pytest.approx(apart.mean(), rel=1e-5)
    assert measures["best"]["scenario"] == "a second team in the evening"
    assert measures["best"]["probability"] > 0.99
    assert sum(measures["best"]["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_a_comparison_of_one_or_by_nothing_known_is_refused() -> None:
    city = known_city(5_000, "24/7")
    with pytest.raises(ScenarioError, match="nothing to compare"):
        compare([city])
    with pytest.raises(ScenarioError, match="is no measure"):
        compare([city, city], by="happiness")
    with pytest.raises(ScenarioError, match="same name"):
        compare([city, city])
