"""Intervals against printed tables and the exact sums, not against themselves."""

from math import comb, exp, factorial

import pytest

from tandem.evaluation.intervals import (
    exact_poisson,
    order_ranks,
    percentile,
    value_at,
    wilson,
)


@pytest.mark.parametrize(
    ("n", "total", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3 (score).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_is_the_printed_one(n: int, total: int, low: float, high: float) -> None:
    found = wilson(n, total)
    assert found is not None
    assert found == pytest.approx((low, high), abs=5e-5)


def test_wilson_at_the_ends() -> None:
    assert wilson(0, 0) is None
    everything = wilson(20, 20)
    assert everything is not None
    assert everything[0] == pytest.approx(1 - 0.1611, abs=5e-5)
    assert everything[1] == 1.0


@pytest.mark.parametrize(
    ("n", "low", "high"),
    [
        # Garwood, Biometrika 28 (1936) 437-442: 95 % limits of a Poisson mean.
        (0, 0.0, 3.69),
        (1, 0.0253, 5.57),
        (5, 1.62, 11.67),
        (10, 4.80, 18.39),
        (30, 20.24, 42.83),
    ],
)
def test_poisson_is_the_printed_one(n: int, low: float, high: float) -> None:
    assert exact_poisson(n) == pytest.approx((low, high), abs=6e-3)


def test_poisson_limits_leave_a_fortieth_on_each_side() -> None:
    found = exact_poisson(4, exposure=2.0)
    assert found is not None
    low, high = (limit * 2.0 for limit in found)
    below = sum(exp(-high) * high**k / factorial(k) for k in range(5))
    above = 1 - sum(exp(-low) * low**k / factorial(k) for k in range(4))
    assert [below, above] == pytest.approx([0.025, 0.025])
    assert exact_poisson(4, exposure=0) is None


@pytest.mark.parametrize(
    ("total", "ranks"),
    # Conover, Practical Nonparametric Statistics, and the usual table of ranks for a median.
    [(5, None), (6, (1, 6)), (10, (2, 9)), (20, (6, 15)), (50, (18, 33)), (100, (40, 61))],
)
def test_ranks_around_a_median_are_the_printed_ones(
    total: int, ranks: tuple[int, int] | None
) -> None:
    assert order_ranks(total, 0.5) == ranks


def _binomial(total: int, share: float, most: int) -> float:
    return sum(comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(most + 1))


def test_ranks_are_the_narrowest_that_keep_each_tail() -> None:
    for total in range(1, 90):
        for share in (0.1, 0.5, 0.9):
            lows = [r for r in range(1, total + 1) if _binomial(total, share, r - 1) <= 0.025]
            highs = [r for r in range(1, total + 1) if 1 - _binomial(total, share, r - 1) <= 0.025]
            expected = (lows[-1], highs[0]) if lows and highs else None
            assert order_ranks(total, share) == expected, (total, share)


def test_a_percentile_lies_between_neighbors() -> None:
    # Hyndman and Fan, American Statistician 50 (1996) 361-365, definition 7, by hand.
    assert percentile([1, 2, 4], [1, 1, 2], 0.5) == 3.0
    assert percentile([10, 20, 30, 40, 50], [1] * 5, 0.9) == 46.0
    assert percentile([7], [3], 0.9) == 7
    assert percentile([], [], 0.5) is None
    assert value_at([1, 5], [2, 1], 3) == 5
    with pytest.raises(IndexError):
        value_at([1, 5], [2, 1], 4)
