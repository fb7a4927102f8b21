"""Monitoring that may be looked at every day: exact sums, and few false alarms under peeking."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tandem.evaluation.sequential import KINDS, SENTENCES, Monitor, Standing, monitor
from tandem.kernel.refusals import BadInput


def quiet_year(
    kind: str, rng: np.random.Generator, *, days: int = 365, ratio: float = 1.0
) -> list[Standing]:
    """Daily looks: about 16 contacts, a base rate that drifts, a true odds or rate ratio."""
    looks: list[tuple[float, ...]] = []
    for day in range(days):
        base = 0.3 if kind == "proportion" else 0.3 + 0.1 * math.sin(day / 58)
        program, other = (int(n) for n in rng.poisson(8, 2))
        odds = ratio * base / (1 - base)
        here, there = rng.binomial(program, odds / (1 + odds)), rng.binomial(other, base)
        if kind == "odds":
            looks.append((int(here), program, int(there), other))
        elif kind == "rates":
            events = int(rng.poisson(4 * base * ratio)), int(rng.poisson(7 * base))
            looks.append((events[0], 4.0, events[1], 7.0))
        else:
            looks.append((int(here), program))
    return monitor(kind, looks, target=0.3 if kind == "proportion" else None)


@pytest.mark.parametrize("kind", KINDS)
def test_false_alarms_under_daily_peeking_are_few(kind: str) -> None:
    """Forty years without an effect; the thousand are in `make proof ONLY=evaluation`."""
    rng = np.random.default_rng(21)
    years = [quiet_year(kind, rng, days=180)[-1] for _ in range(40)]
    # At 5 % the chance of seven or more of forty is below 1 in 200.
    assert sum(year.alarm for year in years) <= 6
    assert sum(year.interval[0] <= 1 <= year.interval[1] for year in years) >= 34


@pytest.mark.parametrize("kind", KINDS)
def test_a_real_difference_is_found_and_lies_in_the_interval(kind: str) -> None:
    last = quiet_year(kind, np.random.default_rng(5), ratio=0.5)[-1]
    assert last.alarm
    assert last.interval[0] <= 0.5 <= last.interval[1] < 1
    assert "looking often does not explain it" in last.sentence


def test_intervals_only_narrow_and_p_only_falls() -> None:
    rows = quiet_year("odds", np.random.default_rng(9), ratio=0.7)
    for before, after in pairwise(rows):
        assert before.interval[0] <= after.interval[0]
        assert before.interval[1] >= after.interval[1]
        assert after.p <= before.p
        assert after.alarm or not before.alarm


def test_evidence_of_one_look_by_direct_summation() -> None:
    """Three of five against one of six: Fisher's table summed term by term over the prior."""
    effects = [k * 0.02 for k in range(-200, 201)]
    prior = [math.exp(-0.5 * (b / 0.5) ** 2) for b in effects]
    prior = [p / sum(prior) for p in prior]

    def chance(effect: float) -> float:
        terms = {x: math.comb(5, x) * math.comb(6, 4 - x) * math.exp(effect * x) for x in range(5)}
        return terms[3] / sum(terms.values())

    expected = sum(p * chance(b) for p, b in zip(prior, effects, strict=True)) / chance(0.0)
    assert Monitor("odds").add(3, 5, 1, 6).evidence == pytest.approx(expected, rel=1e-9)


def test_the_mean_evidence_without_an_effect_is_one() -> None:
    """A martingale: summed over all outcomes of a look with its chances, the e-value is 1."""
    total = sum(
        math.comb(9, x) * 0.2**x * 0.8 ** (9 - x)
        * Monitor("proportion", target=0.2).add(x, 9).evidence
        for x in range(10)
    )  # fmt: skip
    assert total == pytest.approx(1.0, rel=1e-9)
    whole = sum(
        math.comb(7, x) * math.comb(8, 6 - x) / math.comb(15, 6)
        * Monitor("odds").add(x, 7, 6 - x, 8).evidence
        for x in range(7)
    )  # fmt: skip
    assert whole == pytest.approx(1.0, rel=1e-9)


def test_a_look_with_one_arm_says_nothing() -> None:
    standing = Monitor("odds").add(3, 8, 0, 0)
    assert standing.evidence == pytest.approx(1.0)
    assert standing.interval == (0.0, math.inf)


BAD: list[tuple[str, dict[str, Any], tuple[Any, ...], str]] = [
    ("pie", {}, (1, 2), "no way to monitor"),
    ("proportion", {}, (1, 2), "target"),
    ("odds", {"level": 1.5}, (1, 2, 1, 2), "level"),
    ("odds", {}, (1, 2), "4 are needed"),
    ("odds", {}, (3, 2, 1, 2), "3 of 2"),
    ("odds", {}, (1, 2, "some", 2), "'some'"),
    ("odds", {}, (1, 2, 0.5, 2), "0.5"),
    ("rates", {}, (1, 0, 1, 2), "without time at risk"),
    ("rates", {}, (1, -3.0, 1, 2), "without time at risk"),
]


@pytest.mark.parametrize(("kind", "how", "look", "words"), BAD)
def test_bad_looks_are_one_sentence(
    kind: str, how: dict[str, Any], look: tuple[Any, ...], words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        Monitor(kind, **how).add(*look)
    with pytest.raises(BadInput, match="No look"):
        monitor("odds", [])


def test_a_wrong_look_changes_nothing() -> None:
    watch = Monitor("odds")
    first = watch.add(3, 5, 1, 6)
    with pytest.raises(BadInput):
        watch.add(9, 5, 1, 6)
    assert watch.add(0, 0, 0, 0).evidence == pytest.approx(first.evidence)


def test_no_sentence_claims_a_cause() -> None:
    for words in SENTENCES.values():
        assert not any(w in words.lower() for w in ("caus", "because of", "led to", "thanks to"))
