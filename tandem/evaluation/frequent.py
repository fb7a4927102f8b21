"""People with many contacts before a program: how much of the fall chance alone would bring."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tandem.kernel.refusals import BadInput

__all__ = ["SENTENCES", "FrequentContacts", "expected_after", "frequent_contacts"]

Counts = npt.NDArray[np.float64]
_DRAWS, _LEAST = 400, 20

SENTENCES: dict[str, str] = {
    "expected": (
        "Their contacts fell from {before:.2f} to {after:.2f} a person; people picked for many "
        "contacts would fall to {expected:.2f} ({low:.2f} to {high:.2f}) with no program at all: "
        "whoever is picked in a bad stretch comes back to the usual level."
    ),
    "beyond": "The fall goes beyond what regression to the mean alone brings.",
    "within": "Regression to the mean alone is enough for a fall of this size.",
    "less": "They had more contacts afterwards than regression to the mean lets one expect.",
    "control": (
        "Compared with {people} people picked by the same rule and not in the program, contacts "
        "afterwards were {ratio:.2f} times as many ({level:.0%} interval {low:.2f} to {high:.2f})."
    ),
    "control_open": "That interval holds 1: no difference from the comparison can be said.",
    "no_control": (
        "There is no comparison group picked by the same rule, so the fall is judged by the "
        "spread of everyone's contacts before, which assumes that rates stay as they were."
    ),
    "unequal_start": (
        "The comparison group had {control:.2f} contacts before and the program {program:.2f}: "
        "they are not alike, and the comparison is weak."
    ),
    "no_spread": (
        "Contacts before do not spread more than chance does, so everybody is expected to fall "
        "to the mean of all."
    ),
    "too_few": "Only {people} people were picked; {least} are needed for a verdict.",
    "lengths": "{before} counts before and {after} after: each person needs both.",
    "counts": "Person {place}: {value!r} is not a whole number of zero or more.",
    "nobody": "Nobody had {threshold} contacts or more before, so there is nothing to compare.",
    "everyone": (
        "Everyone's contacts before are needed, those below {threshold} too: without them the "
        "usual level cannot be told."
    ),
    "time": "The time {what} is {value!r}; it must be above zero.",
    "all_zero": "Nobody had a contact before, so there is nothing to compare.",
}


class FrequentError(BadInput):
    """These counts of contacts cannot be compared."""


def say(name: str, /, **facts: Any) -> str:
    """The sentence with its facts."""
    return SENTENCES[name].format(**facts)


@dataclass(frozen=True)
class FrequentContacts:
    """Contacts a person, of those picked: before, after, and expected after by chance alone.

    `share_expected` is the part of the fall that regression to the mean brings, `ratio` the
    contacts seen over those expected. `control` is the
    ratio of contacts after, program to comparison, given those before; None without one.
    """

    people: int
    before: float
    after: float
    expected: float
    expected_interval: tuple[float, float]
    share_expected: float | None
    beyond: bool
    ratio: float
    ratio_interval: tuple[float, float]
    control: float | None
    control_interval: tuple[float, float] | None
    too_little_data: bool
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]


def expected_after(
    everyone: Sequence[int], *, threshold: int, time_ratio: float = 1.0
) -> tuple[float, float, float]:
    """Mean contacts after of people with `threshold` or more before, if rates stay as they were.

    Contacts are Poisson with a personal rate, rates are gamma over people: the expected rate after
    x contacts is (x + shape) / (1 + shape/mean). Returns it with the shape and the mean; an
    infinite shape means no spread beyond chance. `time_ratio` is time after over time before.

    Source: Robbins (1956); Morrissey (1993) for selection by a threshold.
    """
    counts = np.asarray(everyone, dtype=float)
    shape, mean = _gamma(counts)
    picked = counts[counts >= threshold]
    own = float(picked.mean())
    rate = mean if math.isinf(shape) else (own + shape) / (1 + shape / mean)
    return rate * time_ratio, shape, mean


def _gamma(counts: Counts) -> tuple[float, float]:
    """The shape by maximum likelihood of the negative binomial, and the mean."""
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    mean = float(counts.mean())
    if counts.var() <= mean:
        return math.inf, mean
    values, weights = np.unique(counts, return_counts=True)

    def loss(log_shape: float) -> float:
        k = math.exp(log_shape)
        terms = gammaln(values + k) - gammaln(k) + k * math.log(k / (k + mean))
        return -float(weights @ (terms + values * math.log(mean / (k + mean))))

    best = minimize_scalar(loss, bounds=(-7.0, 9.0), method="bounded")
    return math.exp(float(best.x)), mean


def frequent_contacts(
    before: Sequence[int],
    after: Sequence[int],
    *,
    threshold: int,
    everyone_before: Sequence[int],
    control: tuple[Sequence[int], Sequence[int]] | None = None,
    times: tuple[float, float] = (1.0, 1.0),
    level: float = 0.95,
    seed: int = 0,
) -> FrequentContacts:
    """Compare people picked for many contacts with what chance alone lets one expect.

    `before` and `after` are the contacts of each person in the program; `everyone_before` those of
    all people the program picked from, at any number; `control` those before and after of people
    picked by the same rule and not in the program; `times` the time before and after. Intervals
    are percentiles of a bootstrap over people, of the spread, of the usual level and of who was
    drawn. Raises FrequentError.
    """
    first, later = _counts(before), _counts(after)
    everyone = _counts(everyone_before)
    _check(first, later, everyone, threshold, times)
    if control is not None and len(control[0]) != len(control[1]):
        raise FrequentError(say("lengths", before=len(control[0]), after=len(control[1])))
    ratio = times[1] / times[0]
    rng = np.random.default_rng(seed)
    shape, mean = _gamma(everyone)
    expected = _own_level(first, shape, mean) * ratio
    (low, high), gap, against = _drawn(first, later, everyone, ratio, level, rng)
    start, end = float(first.mean()), float(later.mean())
    fall = start * ratio - end
    facts = {"before": start * ratio, "after": end, "expected": expected}
    words = [
        say("expected", **facts, low=low, high=high),
        say("beyond" if gap[1] < 0 else "less" if gap[0] > 0 else "within"),
    ]
    warnings = [say("no_spread")] if math.isinf(shape) else []
    beside, interval = _beside(first, later, control, level, rng, words, warnings)
    if len(first) < _LEAST:
        warnings.append(say("too_few", people=len(first), least=_LEAST))
        words = [words[0]]
    return FrequentContacts(
        people=len(first),
        before=start,
        after=end,
        expected=expected,
        expected_interval=(low, high),
        share_expected=(start * ratio - expected) / fall if fall > 0 else None,
        beyond=gap[1] < 0 and len(first) >= _LEAST,
        ratio=end / expected,
        ratio_interval=against,
        control=beside,
        control_interval=interval,
        too_little_data=len(first) < _LEAST,
        sentences=tuple(words),
        warnings=tuple(warnings),
    )


def _drawn(
    first: Counts,
    later: Counts,
    everyone: Counts,
    ratio: float,
    level: float,
    rng: np.random.Generator,
) -> list[tuple[float, float]]:
    """Intervals of the expected contacts, of those seen less those expected, and of their ratio."""
    draws, gaps, ratios = [], [], []
    for _ in range(_DRAWS):
        shape, mean = _gamma(rng.choice(everyone, len(everyone)))
        picks = rng.integers(0, len(first), len(first))
        draws.append(_own_level(first[picks], shape, mean) * ratio)
        gaps.append(float(later[picks].mean()) - draws[-1])
        ratios.append(float(later[picks].mean()) / draws[-1])
    tail = 100 * (1 - level) / 2
    return [
        (float(np.percentile(made, tail)), float(np.percentile(made, 100 - tail)))
        for made in (draws, gaps, ratios)
    ]


def _own_level(before: Counts, shape: float, mean: float) -> float:
    """The mean rate expected of these people from their own counts before."""
    if math.isinf(shape):
        return mean
    return float(((before + shape) / (1 + shape / mean)).mean())


def _beside(
    first: Counts,
    later: Counts,
    control: tuple[Sequence[int], Sequence[int]] | None,
    level: float,
    rng: np.random.Generator,
    words: list[str],
    warnings: list[str],
) -> tuple[float | None, tuple[float, float] | None]:
    if control is None:
        words.append(say("no_control"))
        return None, None
    own, end = _counts(control[0]), _counts(control[1])
    if len(own) == 0 or not own.any() or not end.any():
        words.append(say("no_control"))
        return None, None
    if abs(math.log(own.mean() / first.mean())) > math.log(1.25):
        warnings.append(say("unequal_start", control=own.mean(), program=first.mean()))

    def ratio(p: Any, c: Any) -> float:
        return float(
            (later[p].mean() / first[p].mean()) / (max(end[c].mean(), 1e-9) / own[c].mean())
        )

    value = ratio(slice(None), slice(None))
    draws = [
        ratio(rng.integers(0, len(first), len(first)), rng.integers(0, len(own), len(own)))
        for _ in range(_DRAWS)
    ]
    tail = 100 * (1 - level) / 2
    low, high = (float(np.percentile(draws, q)) for q in (tail, 100 - tail))
    told = {"people": len(own), "ratio": value, "level": level}
    words.append(say("control", **told, low=low, high=high))
    if low <= 1 <= high:
        words.append(say("control_open"))
    return value, (low, high)


def _counts(values: Sequence[Any]) -> Counts:
    made = []
    for place, value in enumerate(values, start=1):
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = -1.0
        if isinstance(value, bool) or not 0 <= number < math.inf or number != int(number):
            raise FrequentError(say("counts", place=place, value=value))
        made.append(number)
    return np.array(made)


def _check(
    first: Counts, later: Counts, everyone: Counts, threshold: int, times: tuple[float, float]
) -> None:
    if len(first) != len(later):
        raise FrequentError(say("lengths", before=len(first), after=len(later)))
    if not len(first) or not (everyone >= threshold).any():
        raise FrequentError(say("nobody", threshold=threshold))
    if not first.any():
        raise FrequentError(say("all_zero"))
    if threshold > 0 and not (everyone < threshold).any():
        raise FrequentError(say("everyone", threshold=threshold))
    for what, value in zip(("before", "after"), times, strict=True):
        if not 0 < value < math.inf:
            raise FrequentError(say("time", what=what, value=value))
