"""The tabular CUSUM: small lasting shifts, seen sooner than a single point beyond a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tandem.evaluation.charts.points import (
    D2,
    Numbers,
    Signal,
    check_baseline,
    check_points,
    mean_range,
    verdict,
)
from tandem.evaluation.charts.sentences import ChartError, say


@dataclass(frozen=True)
class Cusum:
    """Sums above and below the target, in standard deviations; `change` once one passes `limit`."""

    labels: tuple[str, ...]
    values: Numbers
    target: float
    sigma: float
    above: Numbers
    below: Numbers
    slack: float
    limit: float
    signals: tuple[Signal, ...]
    change: bool
    too_little_data: bool
    sentence: str


def cusum(
    values: Sequence[Any],
    *,
    target: float | None = None,
    sigma: float | None = None,
    shift: float = 1.0,
    limit: float = 5.0,
    labels: Sequence[Any] | None = None,
    baseline: int | None = None,
) -> Cusum:
    """Both sums of single values; `shift` (to be found) and `limit` in standard deviations.

    Where `target` or `sigma` is not given they come from the first `baseline` points, sigma from
    their moving ranges. Each point beyond the limit is a signal. Raises ChartError.

    Source: Montgomery, Introduction to Statistical Quality Control, ch. 9 (k = shift/2, h).
    """
    points, names = check_points(values, labels)
    first = check_baseline(baseline, len(points))
    middle = float(points[:first].mean()) if target is None else float(target)
    spread = mean_range(points[:first]) / D2 if sigma is None else float(sigma)
    for name, value in (("sigma", spread), ("shift", shift), ("limit", limit)):
        if not value > 0:
            raise ChartError(say("setting", name=name, value=value))
    scaled = (points - middle) / spread
    above, below = _sums(scaled, shift / 2), _sums(-scaled, shift / 2)
    signals = [
        Signal("cusum", number, number, _words(names[number], sums is above, limit))
        for sums in (above, below)
        for number in np.flatnonzero(sums > limit).tolist()
    ]
    told = [next(s for s in signals if s.first == n) for n in _starts(signals)]
    given = target is not None and sigma is not None
    change, too_little, sentence = verdict(told, len(points), len(points) + 99 if given else first)
    return Cusum(
        labels=tuple(names),
        values=points,
        target=middle,
        sigma=spread,
        above=above,
        below=below,
        slack=shift / 2,
        limit=limit,
        signals=tuple(signals),
        change=change,
        too_little_data=too_little,
        sentence=sentence,
    )


def _sums(scaled: Numbers, slack: float) -> Numbers:
    total, made = 0.0, []
    for value in scaled.tolist():
        total = max(0.0, total + value - slack)
        made.append(total)
    return np.array(made)


def _starts(signals: Sequence[Signal]) -> list[int]:
    """The first point of each stretch of signals: one sentence is enough for a stretch."""
    places = sorted({signal.first for signal in signals})
    return [n for n in places if n - 1 not in places]


def _words(label: str, is_above: bool, limit: float) -> str:
    return say("cusum", side=say("above" if is_above else "below"), limit=limit, label=label)
