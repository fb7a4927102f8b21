"""Groups against their encounters: printed intervals, hand sums, coverage, and no small numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tandem.evaluation.disparity import (
    SENTENCES,
    Line,
    compare_groups,
    table_to_publish,
)
from tandem.evaluation.publish import leave
from tandem.kernel.refusals import BadInput


def test_difference_and_its_interval_as_newcombe_prints_them() -> None:
    """Newcombe (1998), Stat Med 17:873, table II, method 10: 56/70 against 48/80."""
    lines = [Line("a", 56, 70), Line("b", 48, 80)]
    (_, group) = compare_groups(lines, reference="b").groups
    assert group.difference == pytest.approx(0.2)
    assert group.difference_interval == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_wilson_interval_as_newcombe_prints_it() -> None:
    """Newcombe (1998), Stat Med 17:857, table I: 15 of 148."""
    (group,) = compare_groups([Line("a", 15, 148)], reference="a").groups
    assert group.interval == pytest.approx((0.0624, 0.1605), abs=5e-5)


def test_standardized_rates_by_hand() -> None:
    """Same rates in each kind of call, another mix: the crude ratio is 2.4, the standardized 1."""
    lines = [
        Line("a", 40, 100, "crisis"),
        Line("a", 90, 900, "welfare"),
        Line("b", 80, 200, "crisis"),
        Line("b", 10, 100, "welfare"),
    ]
    first, second = compare_groups(lines, reference="a", by="kind of call").groups
    assert first.rate == pytest.approx(0.13)
    assert second.rate == pytest.approx(0.30)
    assert second.ratio == pytest.approx(1.0)
    assert second.ratio_interval is not None
    assert second.ratio_interval[0] < 1 < second.ratio_interval[1]
    # Weights are both groups' encounters: 300 of 1300 crisis, 1000 of 1300 welfare.
    assert second.standardized == pytest.approx(0.4 * 300 / 1300 + 0.1 * 1000 / 1300)
    assert SENTENCES["open"] in second.sentences


def test_ratio_interval_against_a_search_for_its_ends() -> None:
    """MOVER for a ratio: the ends are where the MOVER interval of a - theta b touches zero."""
    lines = [Line("a", 22, 90), Line("b", 31, 260)]
    _, group = compare_groups(lines, reference="b").groups
    (a, b) = ({"v": 22 / 90}, {"v": 31 / 260})
    for facts, n, total in ((a, 22, 90), (b, 31, 260)):
        z, p = 1.959963985, n / total
        middle = (p + z * z / 2 / total) / (1 + z * z / total)
        half = z / (1 + z * z / total) * math.sqrt(p * (1 - p) / total + z * z / 4 / total**2)
        facts |= {"l": middle - half, "u": middle + half}

    def low_end(theta: float) -> float:
        gap = a["v"] - theta * b["v"]
        return gap - math.hypot(a["v"] - a["l"], theta * (b["u"] - b["v"]))

    def high_end(theta: float) -> float:
        gap = a["v"] - theta * b["v"]
        return gap + math.hypot(a["u"] - a["v"], theta * (b["v"] - b["l"]))

    assert group.ratio_interval is not None
    assert low_end(group.ratio_interval[0]) == pytest.approx(0, abs=1e-9)
    assert high_end(group.ratio_interval[1]) == pytest.approx(0, abs=1e-9)


def test_no_events_in_either_group() -> None:
    none_here = compare_groups([Line("a", 0, 50), Line("b", 20, 80)], reference="b").groups[1]
    assert none_here.ratio == 0
    assert none_here.ratio_interval is not None
    assert none_here.ratio_interval[0] == 0
    assert 0 < none_here.ratio_interval[1] < 1
    none_there = compare_groups([Line("a", 20, 80), Line("b", 0, 50)], reference="b").groups[1]
    assert none_there.ratio == math.inf
    assert none_there.ratio_interval is not None
    assert 1 < none_there.ratio_interval[0] < math.inf
    assert none_there.ratio_interval[1] == math.inf


def test_the_standardized_ratio_is_covered() -> None:
    """600 made-up years: the interval holds the true ratio of 1.5 in 92 to 98 of a hundred."""
    rng = np.random.default_rng(3)
    mixes = {"a": (120, 400), "b": (240, 160)}
    rates = (0.30, 0.10)
    hits = 0
    for _ in range(600):
        lines = []
        for group, factor in (("a", 1.0), ("b", 1.5)):
            for place, (size, rate) in enumerate(zip(mixes[group], rates, strict=True)):
                events = int(rng.binomial(size, rate * factor))
                lines.append(Line(group, events, size, str(place)))
        interval = compare_groups(lines, reference="a", by="call").groups[1].ratio_interval
        assert interval is not None
        hits += interval[0] <= 1.5 <= interval[1]
    assert 552 <= hits <= 588


def test_few_encounters_get_no_comparison_and_unknown_stands_apart() -> None:
    lines = [Line("a", 30, 200), Line("b", 4, 20), Line("unknown", 10, 80)]
    found = compare_groups(lines, reference="a")
    assert [group.group for group in found.groups] == ["a", "b"]
    assert found.groups[1].ratio is None
    assert "Count a longer time" in found.groups[1].sentences[-1]
    assert found.percent_unknown == pytest.approx(100 * 80 / 300)
    assert found.notes[0] == SENTENCES["base"]


def test_encounters_without_a_counterpart_are_told() -> None:
    lines = [Line("a", 30, 200, "x"), Line("b", 9, 60, "x"), Line("b", 5, 40, "y")]
    words = compare_groups(lines, reference="a", by="call").groups[1].sentences
    assert any(text.startswith("40% of the encounters of b") for text in words)
    apart = [Line("a", 30, 200, "x"), Line("b", 5, 40, "y")]
    assert "share no call" in compare_groups(apart, reference="a", by="call").groups[1].sentences[1]


def test_small_numbers_leave_only_through_the_gate() -> None:
    lines = [Line("a", 60, 400), Line("b", 4, 90), Line("c", 0, 50)]
    table = table_to_publish(lines, subject="encounters", measure="M12", period="2026")
    cells = {line["at"]["group"]: line for line in leave(table, None, anyway=True).cells}
    assert cells["b"]["count"] is None
    assert cells["b"]["percent"] is None
    assert cells["c"]["count"] == 0


BAD: list[tuple[list[Any], str, str]] = [
    ([], "a", "no encounters"),
    ([Line("a", 1, 40)], "b", "'b' has no encounters"),
    ([Line("a", 41, 40)], "a", "cannot be"),
    ([Line("a", -1, 40)], "a", "-1"),
    ([Line("a", "x", 40)], "a", "'x'"),  # type: ignore[arg-type]
    ([Line("a", 1, 40), Line("a", 2, 50)], "a", "given twice"),
]


@pytest.mark.parametrize(("lines", "reference", "words"), BAD)
def test_bad_groups_are_one_sentence(lines: list[Line], reference: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        compare_groups(lines, reference=reference)


def test_no_sentence_claims_a_cause() -> None:
    for words in SENTENCES.values():
        assert not any(w in words.lower() for w in ("caus", "because of", "led to", "thanks to"))
