"""Process charts against printed examples, and against sums done by another route."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tandem.evaluation.charts import KINDS, SENTENCES, ChartError, cusum, draw

# Defective cans of orange juice in samples of 50: Montgomery (1991), Introduction to Statistical
# Quality Control, pp. 152-155; shipped with R qcc 2.7 as `orangejuice`.
ORANGE = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11]
ORANGE += [20, 18, 24, 15, 9, 12, 7, 13, 9, 6]
ORANGE_LATER = [9, 6, 12, 5, 6, 4, 6, 3, 7, 6, 2, 4, 3, 6, 5, 4, 8, 5, 6, 7, 5, 6, 3, 5]
# Nonconformities in samples of 5 computers: the same book, pp. 181-182; `pcmanufact`.
COMPUTERS = [10, 12, 8, 14, 10, 16, 11, 7, 10, 15, 9, 5, 7, 11, 12, 6, 8, 10, 7, 5]
# Viscosity of paint primer: the same book, p. 242, as in qcc's help of `xbar.one`.
VISCOSITY = [33.75, 33.05, 34, 33.81, 33.46, 34.02, 33.68, 33.27, 33.49, 33.20]
VISCOSITY += [33.62, 33.00, 33.54, 33.12, 33.84]
# Water in antifreeze: Wetherill and Brown (1991), p. 120, as in qcc's help.
WATER = [2.23, 2.53, 2.62, 2.63, 2.58, 2.44, 2.49, 2.34, 2.95, 2.54, 2.60, 2.45, 2.17, 2.58]
WATER += [2.57, 2.44, 2.38, 2.23, 2.23, 2.54, 2.66, 2.84, 2.81, 2.39, 2.56, 2.70, 3.00, 2.81]
WATER += [2.77, 2.89, 2.54, 2.98, 2.35, 2.53]
# Twenty points from N(10, 1), ten from N(11, 1): Montgomery, table 9.1.
SHIFTED = [9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51]
SHIFTED += [9.40, 10.08, 9.37, 10.62, 10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60]
SHIFTED += [11.08, 10.38, 11.62, 11.31, 10.52]
# Hours between failures of a valve: Montgomery, table 7.14.
FAILURES = [286, 948, 536, 124, 816, 729, 4, 143, 431, 8, 2837, 596, 81, 227, 603, 492, 1199]
FAILURES += [1214, 2831, 96]


def beyond(chart: Any) -> list[int]:
    """The points beyond the limits, counted from 1 as the book does."""
    return [signal.first + 1 for signal in chart.signals if signal.rule == "beyond"]


def test_p_chart_of_orange_juice_as_qcc_prints_it() -> None:
    chart = draw("p", ORANGE, sizes=[50] * 30)
    assert chart.center == pytest.approx(0.2313333, abs=5e-8)
    assert (chart.lower[0], chart.upper[0]) == pytest.approx((0.05242755, 0.4102391), abs=5e-8)
    assert beyond(chart) == [15, 23]
    assert chart.change


def test_p_chart_without_its_two_known_points_as_qcc_prints_it() -> None:
    kept = [n for number, n in enumerate(ORANGE, start=1) if number not in (15, 23)]
    chart = draw("p", kept, sizes=[50] * 28)
    assert chart.center == pytest.approx(0.215, abs=5e-8)
    assert (chart.lower[0], chart.upper[0]) == pytest.approx((0.04070284, 0.3892972), abs=5e-8)
    assert beyond(chart) == [20]  # sample 21 of the thirty


def test_a_repaired_machine_is_a_change_by_its_run() -> None:
    """The book's second phase: no later point is beyond the limits, all lie below the center."""
    kept = [n for number, n in enumerate(ORANGE, start=1) if number not in (15, 21, 23)]
    chart = draw("p", kept + ORANGE_LATER, sizes=[50] * 51, baseline=27)
    runs = [signal for signal in chart.signals if signal.rule == "run"]
    assert [n for n in beyond(chart) if n > 27] == []
    assert runs[-1].last == 50
    assert chart.change
    assert "when, not why" in chart.sentence


def test_u_chart_of_computers_as_the_book_prints_it() -> None:
    chart = draw("u", COMPUTERS, sizes=[5] * 20)
    # Montgomery: center 1.93, limits 0.07 and 3.79, no point beyond.
    assert chart.center == pytest.approx(1.93)
    assert (chart.lower[0], chart.upper[0]) == pytest.approx((0.07, 3.79), abs=0.005)
    assert not chart.change
    assert chart.signals == ()


@pytest.mark.parametrize(
    ("values", "center", "sigma", "limits"),
    [
        (VISCOSITY, 33.52333, 0.4261651, (32.24484, 34.80183)),
        (WATER, 2.569706, 0.1794541, (2.031344, 3.108068)),
    ],
)
def test_individuals_as_qcc_prints_them(
    values: list[float], center: float, sigma: float, limits: tuple[float, float]
) -> None:
    chart = draw("xmr", values)
    assert chart.center == pytest.approx(center, rel=5e-7)
    assert chart.spread == pytest.approx(sigma, rel=5e-7)
    assert (chart.lower[0], chart.upper[0]) == pytest.approx(limits, rel=5e-7)
    assert beyond(chart) == []


def test_moving_ranges_have_the_factor_3_267() -> None:
    chart = draw("mr", VISCOSITY)
    # Montgomery: mean range 0.48, upper limit 1.57.
    assert chart.center == pytest.approx(0.48, abs=0.005)
    assert chart.upper[0] == pytest.approx(1.57, abs=0.005)
    assert chart.upper[0] / chart.center == pytest.approx(3.267, abs=0.001)


def test_cusum_of_the_books_example() -> None:
    chart = cusum(SHIFTED, target=10, sigma=1)
    # Montgomery, table 9.2: the upper sum is 5.28 at point 29, the first beyond 5.
    assert chart.above[28] == pytest.approx(5.28, abs=0.005)
    assert [s.first + 1 for s in chart.signals] == [29, 30]
    assert float(chart.below.max()) < 5
    assert chart.change
    assert not cusum(SHIFTED[:20], target=10, sigma=1).change


def test_laney_limits_by_another_route() -> None:
    """Laney (2002): z-scores, their mean moving range, back to proportions; in plain sums."""
    sizes = [3000 + 40 * n for n in range(24)]
    counts = [round(s * (0.10 + 0.03 * math.sin(5 * n))) for n, s in enumerate(sizes)]
    chart = draw("laney_p", counts, sizes=sizes)
    p = sum(counts) / sum(sizes)
    errors = [math.sqrt(p * (1 - p) / size) for size in sizes]
    z = [(c / s - p) / e for c, s, e in zip(counts, sizes, errors, strict=True)]
    moved = [abs(b - a) for a, b in pairwise(z)]
    ratio = sum(moved) / len(moved) / 1.128
    assert chart.spread == pytest.approx(ratio, rel=1e-8)
    assert chart.upper.tolist() == pytest.approx([p + 3 * e * ratio for e in errors], rel=1e-8)
    plain = draw("p", counts, sizes=sizes)
    assert len(beyond(plain)) > len(beyond(chart))
    assert any("laney_p" in note for note in plain.notes)


def test_laney_rates_by_another_route() -> None:
    exposure = [700.0, 720.0, 690.0, 650.0, 730.0, 710.0, 705.0, 699.0, 688.0, 745.0, 702.0]
    counts = [70, 95, 40, 88, 60, 101, 52, 66, 90, 45, 80]
    chart = draw("laney_u", counts, sizes=exposure)
    rate = sum(counts) / sum(exposure)
    z = [(c / e - rate) / math.sqrt(rate / e) for c, e in zip(counts, exposure, strict=True)]
    ratio = float(np.mean(np.abs(np.diff(z)))) / 1.128
    wide = [3 * ratio * math.sqrt(rate / e) for e in exposure]
    assert chart.lower.tolist() == pytest.approx([max(0.0, rate - w) for w in wide], rel=1e-9)


def test_g_chart_of_three_sigma_by_hand() -> None:
    gaps = [11, 2, 8, 0, 12, 5, 7, 30, 4, 1, 9, 7]
    chart = draw("g_sigma", gaps)
    # Mean 8; a geometric count with mean 8 has the variance 8 * 9 = 72 (Benneyan 2001).
    assert chart.center == pytest.approx(8.0)
    assert chart.upper[0] == pytest.approx(8 + 3 * math.sqrt(72))
    assert chart.lower[0] == 0
    assert not chart.change
    assert any("one point in 55" in note for note in chart.notes)
    assert draw("g_sigma", [*gaps, 40], baseline=12).change


def test_g_chart_has_the_tails_of_its_geometric() -> None:
    """Summed term by term: above the limit lies no more than 0.00135, at the limit more."""
    chart = draw("g", [11, 2, 8, 0, 12, 5, 7, 30, 4, 1, 9, 7])
    stay = 8 / 9  # a geometric count with mean 8
    above = [sum((1 - stay) * stay**n for n in range(k + 1, 4000)) for k in range(120)]
    smallest = next(k for k, share in enumerate(above) if share <= 0.00135)
    assert chart.upper[0] == smallest
    assert chart.lower[0] == 0
    assert not draw("g", [11, 2, 8, 0, 12, 5, 7, 30, 4, 1, 9, 7, 50], baseline=12).change
    assert draw("g", [11, 2, 8, 0, 12, 5, 7, 30, 4, 1, 9, 7, 60], baseline=12).change


def test_t_chart_of_valve_failures() -> None:
    chart = draw("t", FAILURES)
    # Montgomery prints the first transformed value, 286 ** 0.2777, as 4.80986.
    bent = [value**0.277777777778 for value in FAILURES]
    assert bent[0] == pytest.approx(4.80986, abs=0.003)
    ranges = [abs(b - a) for a, b in pairwise(bent)]
    middle = sum(bent) / 20
    top = middle + 3 / 1.128 * sum(ranges) / 19
    assert chart.upper[0] == pytest.approx(top**3.6, rel=1e-6)
    assert chart.lower[0] == 0
    assert beyond(chart) == []  # the book: no point beyond


@pytest.mark.parametrize("kind", KINDS)
def test_change_is_said_exactly_when_a_rule_is_met(kind: str) -> None:
    rng = np.random.default_rng(11)
    said = 0
    for _ in range(60):
        counts = rng.poisson(20, 24).tolist()
        chart = draw(kind, counts, sizes=[100] * 24) if kind[-1] in "pu" else draw(kind, counts)
        assert chart.change == bool(chart.signals)
        said += chart.change
    # Two rules on 24 points: in 2 to 14 of 100 series, as 1,000 of each showed.
    assert said <= 15


def test_below_ten_points_there_is_no_verdict() -> None:
    chart = draw("xmr", [1, 1, 1, 1, 1, 1, 1, 1, 90])
    assert chart.too_little_data
    assert not chart.change
    assert chart.sentence.startswith("Too little data")


def test_a_run_of_eight_is_a_signal_and_of_seven_is_none() -> None:
    base = [6.0, 5.0] * 10
    assert not draw("xmr", base + [5.6] * 7, baseline=20).change
    chart = draw("xmr", base + [5.6] * 8, baseline=20)
    assert [(s.rule, s.first, s.last) for s in chart.signals] == [("run", 20, 27)]


def test_rare_events_and_neighbors_that_resemble_each_other_are_told() -> None:
    rare = draw("u", [0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1], sizes=[1] * 12)
    assert any("g chart" in note for note in rare.notes)
    slow = draw("xmr", [math.sin(n / 6) + 0.01 * (n % 3) for n in range(40)])
    assert any("lag-1" in note for note in slow.notes)


def test_the_table_says_what_a_picture_shows() -> None:
    rows = draw("p", ORANGE, sizes=[50] * 30).table()
    assert [row["label"] for row in rows if row["signal"]] >= ["15"]
    assert rows[14] == {
        "label": "15",
        "value": 0.44,
        "lower": pytest.approx(0.0524, abs=1e-4),
        "center": pytest.approx(0.2313, abs=1e-4),
        "upper": pytest.approx(0.4102, abs=1e-4),
        "signal": True,
    }


BAD: list[tuple[str, list[Any], dict[str, Any], str]] = [
    ("p", [], {"sizes": []}, "no points"),
    ("p", [1, 2], {}, "needs the size"),
    ("p", [1, 2], {"sizes": [5]}, "each point needs one"),
    ("p", [1, 6], {"sizes": [5, 5]}, "counts 6 of 5"),
    ("p", [1, 2], {"sizes": [5, 0]}, "above zero"),
    ("p", [0, 0], {"sizes": [5, 5]}, "All points of the baseline are zero"),
    ("u", [1, 2.5], {"sizes": [5, 5]}, "not a whole number"),
    ("u", [1, None], {"sizes": [5, 5]}, "has no value"),
    ("u", [1, float("nan")], {"sizes": [5, 5]}, "has no value"),
    ("u", [1, -2], {"sizes": [5, 5]}, "zero or more"),
    ("xmr", [1, "many"], {}, "'many'"),
    ("xmr", [1, float("inf")], {}, "not a number"),
    ("xmr", [1, 2], {"sizes": [1, 1]}, "takes no sizes"),
    ("xmr", [1, 2], {"baseline": 5}, "does not fit"),
    ("xmr", [1, 2], {"labels": ["a"]}, "1 labels"),
    ("g", [0, 0], {}, "zero"),
    ("t", [-1, 2], {}, "zero or more"),
    ("pie", [1, 2], {}, "no chart"),
]


@pytest.mark.parametrize(("kind", "values", "how", "words"), BAD)
def test_bad_points_are_one_sentence(
    kind: str, values: list[Any], how: dict[str, Any], words: str
) -> None:
    with pytest.raises(ChartError, match=words) as refused:
        draw(kind, values, **how)
    assert refused.value.sentence.endswith("nothing was drawn.") or "Nothing was drawn" in str(
        refused.value
    )


def test_no_sentence_claims_a_cause() -> None:
    for words in SENTENCES.values():
        lowered = words.lower()
        assert not any(word in lowered for word in ("caus", "because of", "led to", "thanks to"))
