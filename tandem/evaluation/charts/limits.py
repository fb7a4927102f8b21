"""Process charts that say change only when their rules do: p, u, Laney p' and u', XmR, g, t."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tandem.evaluation.charts.points import (
    D2,
    Chart,
    Numbers,
    check_baseline,
    check_counts,
    check_points,
    check_sizes,
    correlation_note,
    find_signals,
    mean_range,
    verdict,
)
from tandem.evaluation.charts.sentences import ChartError, say

# Kept here because no Python library for control charts is maintained (R qcc is GPL).
SIGMAS = 3.0
_OVERDISPERSED = 1.25
_RANGE_FACTOR = 3.267  # D4 of the tables for two values
_TAIL = 0.00135  # what a normal point leaves beyond three sigma on one side
_NELSON = 1 / 3.6  # makes exponential times nearly normal


def draw(
    kind: str,
    values: Sequence[Any],
    *,
    sizes: Sequence[Any] | None = None,
    labels: Sequence[Any] | None = None,
    baseline: int | None = None,
) -> Chart:
    """The chart of one kind; center and limits come from the first `baseline` points, or from all.

    - `p`, `laney_p`: counts of `sizes` trials; the chart is of proportions.
    - `u`, `laney_u`: events in `sizes` of exposure (hours, encounters); the chart is of rates.
    - `xmr`: single values; `mr`: their moving ranges, one point fewer.
    - `g`: cases (or days) between events, whole numbers, with the geometric's own limits;
      `g_sigma`: the same with limits of three sigma, as R qcc draws it; `t`: time between events.

    Raises ChartError with one sentence. Sources: Montgomery, Introduction to Statistical Quality
    Control, ch. 6-7; Laney (2002), Quality Engineering 14:531; Benneyan (2001) for g; Nelson
    (1994), Journal of Quality Technology 26:239, for t.
    """
    maker = _MAKERS.get(kind)
    if maker is None:
        raise ChartError(say("kind", value=kind, kinds=", ".join(_MAKERS)))
    points, names = check_points(values, labels)
    if kind not in _SIZED and sizes is not None:
        raise ChartError(say("no_sizes", kind=kind))
    first = check_baseline(baseline, len(points))
    if kind in _SIZED:
        return maker(kind, points, check_sizes(sizes, kind, names), names, first)
    return maker(kind, points, np.ones(len(points)), names, first)


def _attribute(kind: str, counts: Numbers, sizes: Numbers, names: list[str], first: int) -> Chart:
    laney, proportion = kind.startswith("laney_"), kind.endswith("p")
    check_counts(counts, names)
    if proportion:
        for count, size, label in zip(counts.tolist(), sizes.tolist(), names, strict=True):
            if count > size:
                raise ChartError(say("over", label=label, count=count, size=size))
    values = counts / sizes
    center = float(counts[:first].sum() / sizes[:first].sum())
    variance = center * (1 - center) if proportion else center
    sigma = np.sqrt(variance / sizes)
    if not counts[:first].any():
        raise ChartError(say("all_zero"))
    spread = 1.0
    if variance > 0:
        spread = mean_range((values[:first] - center) / sigma[:first]) / D2
    notes = []
    if not laney and spread > _OVERDISPERSED:
        notes.append(say("overdispersed", ratio=spread, kind=kind))
    if float(np.median(sizes)) * center < 1:
        notes.append(say("rare"))
    if variance == 0:
        notes.append(say("constant"))
    width = SIGMAS * sigma * (spread if laney else 1.0)
    upper = np.minimum(1.0, center + width) if proportion else center + width
    limits = np.maximum(0.0, center - width), upper
    return _finish(kind, names, values, center, limits, center, first, spread, notes)


def _individuals(kind: str, values: Numbers, _: Numbers, names: list[str], first: int) -> Chart:
    center = float(values[:first].mean())
    ranges = mean_range(values[:first])
    sigma = ranges / D2
    notes = [] if ranges else [say("constant")]
    width = np.full(len(values), SIGMAS * sigma)
    limits = center - width, center + width
    return _finish(kind, names, values, center, limits, center, first, sigma, notes)


def _ranges(kind: str, values: Numbers, _: Numbers, names: list[str], first: int) -> Chart:
    """The chart of moving ranges: its upper limit is 3.267 mean ranges, its lower is zero."""
    moved = np.abs(np.diff(values))
    if not len(moved):
        raise ChartError(say("no_points"))
    base = max(1, first - 1)
    center = float(moved[:base].mean())
    top = np.full(len(moved), center * _RANGE_FACTOR)
    limits = np.zeros(len(moved)), top
    # Ranges of neighbors overlap and are skewed: runs of them mean nothing.
    return _finish(kind, names[1:], moved, center, limits, None, base, center / D2, [])


def _between_cases(kind: str, values: Numbers, _: Numbers, names: list[str], first: int) -> Chart:
    check_counts(values, names)
    center = float(values[:first].mean())
    if center == 0:
        raise ChartError(say("all_zero"))
    sigma = math.sqrt(center * (center + 1))
    lowest, highest = max(0.0, center - SIGMAS * sigma), center + SIGMAS * sigma
    notes = []
    if kind == "g":
        # A geometric count lies above its three-sigma limit once in 55 times, not in 741.
        share = math.log(center / (center + 1))
        lowest = float(math.floor(math.log1p(-_TAIL) / share))
        highest = float(math.ceil(math.log(_TAIL) / share) - 1)
    else:
        notes.append(say("skewed"))
    about = float(np.median(values[:first]))
    limits = np.full(len(values), lowest), np.full(len(values), highest)
    return _finish(kind, names, values, center, limits, about, first, sigma, notes)


def _between_times(kind: str, values: Numbers, _: Numbers, names: list[str], first: int) -> Chart:
    check_counts(values, names, whole=False)
    if not values[:first].any():
        raise ChartError(say("all_zero"))
    bent = values**_NELSON
    middle = float(bent[:first].mean())
    width = SIGMAS * mean_range(bent[:first]) / D2
    low = np.full(len(values), max(0.0, middle - width) ** (1 / _NELSON))
    top = np.full(len(values), (middle + width) ** (1 / _NELSON))
    center = middle ** (1 / _NELSON)
    return _finish(kind, names, values, center, (low, top), center, first, width / SIGMAS, [])


def _finish(
    kind: str,
    names: list[str],
    values: Numbers,
    center: float,
    limits: tuple[Numbers, Numbers],
    about: float | None,
    first: int,
    spread: float,
    notes: list[str],
) -> Chart:
    lower, upper = limits
    line = center if about is None else about
    signals = find_signals(values, lower, upper, line, names)
    if about is None:
        signals = [signal for signal in signals if signal.rule != "run"]
    change, too_little, sentence = verdict(signals, len(values), first)
    return Chart(
        kind=kind,
        labels=tuple(names),
        values=values,
        center=center,
        lower=lower,
        upper=upper,
        runs_about=line,
        baseline=first,
        spread=spread,
        signals=tuple(signals),
        change=change,
        too_little_data=too_little,
        sentence=sentence,
        notes=(*notes, *(correlation_note(values[:first]) if kind != "mr" else ())),
    )


_Maker = Callable[[str, Numbers, Numbers, list[str], int], Chart]
_SIZED = ("p", "u", "laney_p", "laney_u")
_MAKERS: dict[str, _Maker] = {
    **dict.fromkeys(_SIZED, _attribute),
    "xmr": _individuals,
    "mr": _ranges,
    "g": _between_cases,
    "g_sigma": _between_cases,
    "t": _between_times,
}
KINDS = tuple(_MAKERS)
