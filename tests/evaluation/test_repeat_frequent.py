"""Frequent contacts: what regression to the mean brings without any program."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tandem.evaluation.frequent import SENTENCES, expected_after, frequent_contacts
from tandem.kernel.refusals import BadInput


def city(rng: np.random.Generator, people: int = 1500) -> tuple[Any, Any]:
    """Contacts before and after of people whose own rates (gamma, mean 1.5) never change."""
    own = rng.gamma(0.6, 2.5, people)
    return rng.poisson(own), rng.poisson(own)


def test_the_expected_rate_is_that_of_the_true_world() -> None:
    """With gamma rates the mean after x contacts is (x + 0.6) / (1 + 1 / 2.5), by Bayes."""
    before, after = city(np.random.default_rng(0), 60_000)
    expected, shape, mean = expected_after(before.tolist(), threshold=4)
    picked = before >= 4
    assert shape == pytest.approx(0.6, rel=0.05)
    assert mean == pytest.approx(1.5, rel=0.03)
    assert expected == pytest.approx((before[picked].mean() + 0.6) / 1.4, rel=0.02)
    assert expected == pytest.approx(after[picked].mean(), rel=0.03)
    assert expected < 0.8 * before[picked].mean()


def test_without_a_program_the_fall_is_not_beyond_chance() -> None:
    rng = np.random.default_rng(4)
    said = naive = 0
    for _ in range(20):
        before, after = city(rng)
        picked = np.flatnonzero(before >= 4)
        one = frequent_contacts(
            before[picked].tolist(),
            after[picked].tolist(),
            threshold=4,
            everyone_before=before.tolist(),
        )
        said += one.beyond
        naive += one.after < 0.9 * one.before
        assert one.sentences[-1] == SENTENCES["no_control"]
    assert said <= 3
    # The teeth: before against after alone claims a fall every time.
    assert naive == 20


def test_a_program_that_halves_contacts_is_seen_both_ways() -> None:
    rng = np.random.default_rng(6)
    before, after = city(rng, 3000)
    picked = np.flatnonzero(before >= 4)
    inside, outside = picked[::2], picked[1::2]
    halved = rng.binomial(after[inside], 0.5)
    one = frequent_contacts(
        before[inside].tolist(),
        halved.tolist(),
        threshold=4,
        everyone_before=before.tolist(),
        control=(before[outside].tolist(), after[outside].tolist()),
    )
    assert one.beyond
    assert one.control is not None
    assert one.control_interval is not None
    assert one.control_interval[0] < 0.5 < one.control_interval[1] < 1
    assert any("picked by the same rule" in words for words in one.sentences)


def test_a_longer_time_after_is_reckoned_with() -> None:
    before, _ = city(np.random.default_rng(7))
    once, _, _ = expected_after(before.tolist(), threshold=4)
    twice, _, _ = expected_after(before.tolist(), threshold=4, time_ratio=2.0)
    assert twice == pytest.approx(2 * once)


def test_few_people_get_no_verdict() -> None:
    before, _ = city(np.random.default_rng(8))
    one = frequent_contacts([6, 5, 7], [1, 0, 2], threshold=5, everyone_before=before.tolist())
    assert one.too_little_data
    assert not one.beyond
    assert any("20 are needed" in words for words in one.warnings)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"before": [5, 6], "after": [1]}, "each person needs both"),
    ({"before": [5, "x"], "after": [1, 1]}, "'x'"),
    ({"before": [5, 6], "after": [1, -1]}, "-1"),
    ({"before": [], "after": []}, "Nobody had"),
    ({"everyone_before": [5, 6, 7]}, "those below 4 too"),
    ({"times": (1.0, 0.0)}, "above zero"),
    ({"before": [0, 0], "after": [1, 0]}, "Nobody had a contact"),
    ({"control": ([5], [1, 2])}, "each person needs both"),
]


@pytest.mark.parametrize(("change", "words"), BAD)
def test_bad_counts_are_one_sentence(change: dict[str, Any], words: str) -> None:
    facts: dict[str, Any] = {"before": [5, 6], "after": [1, 2], "everyone_before": [0, 1, 5, 6]}
    facts |= change
    with pytest.raises(BadInput, match=words):
        frequent_contacts(facts.pop("before"), facts.pop("after"), threshold=4, **facts)


def test_no_sentence_claims_a_cause() -> None:
    for words in SENTENCES.values():
        assert not any(w in words.lower() for w in ("caus", "because of", "led to", "thanks to"))
