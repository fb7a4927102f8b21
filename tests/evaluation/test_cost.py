"""Cost with ranges: sums by hand, ranges by the known moments, and no figure without a source."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tandem.evaluation.cost import SENTENCES, Item, Range, count_cost
from tandem.kernel.refusals import BadInput


def known(value: float) -> Range:
    """A figure that is known."""
    return Range(value, value, value)


TEAM = Item("two clinicians", known(2), known(90_000), "county payroll 2026")
CARS = Item("vehicle hours", known(4000), known(5), "fleet rate 2026")
STAYS = Item(
    "emergency visits not made", Range(50, 100, 250), known(1500), "estimate", avoided=True
)


def test_known_figures_sum_by_hand() -> None:
    found = count_cost([TEAM, CARS], contacts=500)
    assert found.total == pytest.approx(200_000)
    assert found.total_range == pytest.approx((200_000, 200_000))
    assert found.per_contact == pytest.approx(400)
    assert found.break_even == {}
    assert found.sentences[0].startswith("The program costs 200,000 USD")
    assert "fleet rate 2026" in " ".join(found.sentences)


def test_break_even_by_hand() -> None:
    found = count_cost([TEAM, CARS, STAYS], contacts=500)
    # 200,000 / 1,500 visits.
    assert found.break_even["emergency visits not made"][0] == pytest.approx(133.333, abs=0.001)
    assert found.net == pytest.approx(found.total - found.avoided)
    assert 0 < found.share_below_zero < 1


def test_a_range_has_the_moments_of_its_pert() -> None:
    """PERT: mean (low + 4 likely + high) / 6, variance (mean - low)(high - mean) / 7."""
    found = count_cost([TEAM, STAYS], contacts=500)
    mean = (50 + 4 * 100 + 250) / 6
    spread = math.sqrt((mean - 50) * (250 - mean) / 7)
    assert found.avoided == pytest.approx(1500 * mean, rel=0.01)
    low, high = found.avoided_range
    assert 50 * 1500 < low < 1500 * mean < high < 250 * 1500
    assert (high - low) / 1500 == pytest.approx(3.8 * spread, rel=0.1)
    assert found.influence["emergency visits not made"] == pytest.approx(1.0)


def test_the_same_figures_give_the_same_result() -> None:
    assert count_cost([TEAM, STAYS], contacts=9) == count_cost([TEAM, STAYS], contacts=9)


BAD: list[tuple[list[Item], Any, str]] = [
    ([], 5, "no costs"),
    ([STAYS], 5, "no costs"),
    ([Item("a", known(1), known(1), " ")], 5, "names no source"),
    ([Item("a", Range(3, 2, 4), known(1), "s")], 5, "is no range"),
    ([Item("a", known(-1), known(1), "s")], 5, "is no range"),
    ([Item("a", known(math.nan), known(1), "s")], 5, "is no range"),
    ([Item("a", Range("1", 2, 3), known(1), "s")], 5, "is no range"),  # type: ignore[arg-type]
    ([TEAM, TEAM], 5, "given twice"),
    ([TEAM], 0, "Contacts"),
]


@pytest.mark.parametrize(("items", "contacts", "words"), BAD)
def test_bad_costs_are_one_sentence(items: list[Item], contacts: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        count_cost(items, contacts=contacts)


def test_no_sentence_claims_a_cause_or_a_saving() -> None:
    for words in SENTENCES.values():
        banned = ("caus", "because of", "led to", "thanks to", "saved", "saves")
        assert not any(word in words.lower() for word in banned)
