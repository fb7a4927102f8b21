"""Intervals that keep their promise at small numbers: Wilson, exact Poisson, order statistics."""

from collections.abc import Sequence
from math import sqrt

Interval = tuple[float, float]


def wilson(n: int, total: int, level: float = 0.95) -> Interval | None:
    """Score interval of a proportion n/total (Wilson 1927); none without a denominator."""
    from scipy.special import ndtri

    if total == 0:
        return None
    z = float(ndtri(0.5 + level / 2))
    share = n / total
    scale = 1 + z * z / total
    middle = (share + z * z / (2 * total)) / scale
    half = z / scale * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    # At the ends the formula gives 0 and 1 but for rounding.
    return (0.0 if n == 0 else middle - half, 1.0 if n == total else middle + half)


def exact_poisson(n: int, exposure: float = 1.0, level: float = 0.95) -> Interval | None:
    """Exact interval of n events per unit of exposure (Garwood 1936); none without exposure."""
    from scipy.special import gammaincinv

    if exposure <= 0:
        return None
    tail = (1 - level) / 2
    low = float(gammaincinv(n, tail)) if n else 0.0
    return low / exposure, float(gammaincinv(n + 1, 1 - tail)) / exposure


def order_ranks(total: int, share: float, level: float = 0.95) -> tuple[int, int] | None:
    """Ranks (from 1) of the two values around a percentile; none where too few are there.

    The number of values below the true percentile is binomial, whatever the distribution, so the
    values of these ranks hold the percentile with at least the level (David and Nagaraja, Order
    Statistics, 2003, section 7.1). Each tail is kept at or below half of what is left.
    """
    from scipy.stats import binom

    tail = (1 - level) / 2
    # P(B <= low - 1) <= tail and P(B >= high) <= tail for B ~ Binomial(total, share).
    low = int(binom.ppf(tail, total, share))
    if binom.cdf(low, total, share) <= tail:
        low += 1
    high = int(binom.isf(tail, total, share)) + 1
    while high > 1 and binom.sf(high - 2, total, share) <= tail:
        high -= 1
    if low < 1 or high > total:
        return None
    return low, high


def percentile(values: Sequence[float], counts: Sequence[int], share: float) -> float | None:
    """The percentile of values with their counts, values ascending.

    Interpolated linearly between neighbors (Hyndman and Fan 1996, definition 7), which for one half
    is the usual median.
    """
    total = sum(counts)
    if total == 0:
        return None
    place = share * (total - 1)
    below = int(place)
    first = value_at(values, counts, below + 1)
    if below == place:
        return first
    return first + (value_at(values, counts, below + 2) - first) * (place - below)


def value_at(values: Sequence[float], counts: Sequence[int], rank: int) -> float:
    """The value of that rank (from 1) among values with their counts, values ascending."""
    seen = 0
    for value, count in zip(values, counts, strict=True):
        seen += count
        if seen >= rank:
            return value
    raise IndexError(rank)
