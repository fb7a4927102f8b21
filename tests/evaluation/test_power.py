"""Power against printed results, closed forms and simulation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm, ttest_ind

from tandem.evaluation.power import (
    SENTENCES,
    differences,
    proportions,
    rates,
    series,
    size_for_proportions,
    smallest_effect,
)
from tandem.kernel.refusals import BadInput


def test_two_proportions_as_r_prints_them() -> None:
    """R, help of power.prop.test: 0.740 at n = 50, and n = 76.7 for 0.90."""
    assert proportions(0.5, 0.75, per_group=50).power == pytest.approx(0.7401659, abs=5e-7)
    assert size_for_proportions(0.5, 0.75, power=0.9) == pytest.approx(76.7, abs=0.05)


def test_clusters_divide_the_size_by_the_design_effect() -> None:
    plain = proportions(0.3, 0.2, per_group=200)
    clustered = proportions(0.3, 0.2, per_group=200 * 1.45, cluster_size=10, correlation=0.05)
    assert clustered.power == pytest.approx(plain.power)


def test_rates_by_closed_form_and_by_simulation() -> None:
    found = rates(5.0, 0.7, exposure=(20.0, 20.0))
    shift = abs(math.log(0.7)) / math.sqrt(1 / 100 + 1 / 70)
    assert found.power == pytest.approx(norm.cdf(shift - 1.959964), abs=1e-4)
    rng = np.random.default_rng(1)
    a, b = rng.poisson(100, 20_000), rng.poisson(70, 20_000)
    hits = np.abs(np.log(b / a)) / np.sqrt(1 / a + 1 / b) > 1.959964
    assert found.power == pytest.approx(hits.mean(), abs=0.02)
    noisy = rates(5.0, 0.7, exposure=(20.0, 20.0), overdispersion=3.0)
    assert noisy.power < found.power


def test_differences_by_simulation() -> None:
    """Panels with AR(1) 0.5 noise, analyzed by a t-test of each unit's change of means."""
    how = {"treated": 8, "controls": 12, "before": 5, "after": 4, "spread": 1.0}
    found = differences(0.7, **how, correlation=0.5)  # type: ignore[arg-type]
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(3000):
        noise = rng.standard_normal((20, 9))
        for period in range(1, 9):
            noise[:, period] = 0.5 * noise[:, period - 1] + math.sqrt(0.75) * noise[:, period]
        noise[:8, 5:] += 0.7
        change = noise[:, 5:].mean(axis=1) - noise[:, :5].mean(axis=1)
        hits += ttest_ind(change[:8], change[8:]).pvalue < 0.05
    assert found.power == pytest.approx(hits / 3000, abs=0.03)
    none = differences(1e-9, **how)  # type: ignore[arg-type]
    assert none.power == pytest.approx(0.05, abs=1e-6)


def test_a_series_without_an_effect_is_found_at_the_stated_rate() -> None:
    """Memory of 0.4 would pass the tabled bar three times as often."""
    none = series(1.0, mean=40, before=36, after=24, correlation=0.4, seed=3)
    assert 0.02 <= none.power <= 0.09


def test_a_series_gains_by_size_and_loses_by_memory() -> None:
    strong = series(0.8, mean=200, before=36, after=24, seed=1)
    weak = series(0.8, mean=10, before=36, after=24, seed=1)
    slow = series(0.8, mean=200, before=36, after=24, correlation=0.7, seed=1)
    assert strong.power > 0.9
    assert weak.power < 0.6
    assert slow.power < strong.power
    assert any("simulation" in words for words in strong.sentences)
    assert SENTENCES["weak"] in weak.sentences


def test_the_smallest_effect_has_the_wanted_power() -> None:
    def at(ratio: float) -> Any:
        return rates(5.0, ratio, exposure=(12.0, 12.0))

    found, words = smallest_effect(at, between=(1.0, 0.2))
    assert found is not None
    # By closed form: 0.8 = Phi(|log r| / sqrt(1/60 + 1/(60 r)) - 1.96).
    shift = abs(math.log(found)) / math.sqrt(1 / 60 + 1 / (60 * found))
    assert shift == pytest.approx(1.959964 + 0.841621, abs=1e-3)
    assert "80%" in words
    nothing, sentence = smallest_effect(at, between=(1.0, 0.95))
    assert nothing is None
    assert sentence.startswith("No effect")


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: proportions(0, 0.5, per_group=10), "first is 0"),
    (lambda: proportions(0.2, 1.5, per_group=10), "second is 1.5"),
    (lambda: proportions(0.2, 0.5, per_group=0), "per_group is 0"),
    (lambda: proportions(0.2, 0.5, per_group=9, correlation=2), "correlation"),
    (lambda: size_for_proportions(0.2, 0.2), "difference"),
    (lambda: rates("many", 0.5, exposure=(1, 1)), "'many'"),  # type: ignore[arg-type]
    (lambda: rates(1, 0.5, exposure=(0, 1)), "exposure is 0"),
    (lambda: differences(1, treated=1, controls=5, before=3, after=3, spread=1), "treated is 1"),
    (lambda: differences(1, treated=4, controls=5, before=0, after=3, spread=1), "before is 0"),
    (lambda: series(0.8, mean=10, before=2, after=20), "too few"),
    (lambda: series(0.8, mean=math.nan, before=9, after=20), "mean is nan"),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_plans_are_one_sentence(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        call()


def test_no_sentence_claims_a_cause() -> None:
    for words in SENTENCES.values():
        assert not any(w in words.lower() for w in ("caus", "because of", "led to", "thanks to"))
