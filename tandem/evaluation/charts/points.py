"""Points of a chart, checked, and the rules by which a chart says change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tandem.evaluation.charts.sentences import ChartError, say

Numbers = npt.NDArray[np.float64]
LEAST_BASELINE = 10
RUN = 8
# The mean range of two normal values in standard deviations, as every table prints it (2 / sqrt(pi)
# is 0.03 % more), so that limits equal those of textbooks and R qcc digit for digit.
D2 = 1.128


@dataclass(frozen=True)
class Signal:
    """One rule that was met: `first` to `last` are places of points, from zero."""

    rule: str
    first: int
    last: int
    sentence: str


@dataclass(frozen=True)
class Chart:
    """Points with their center and limits, and what the rules say of them.

    `values`, `lower`, `upper` and `runs_about` are in the unit of the points; `runs_about` is the
    line that runs are counted about, the median where points are skewed. `change` is true only
    where a rule is met on enough points.
    """

    kind: str
    labels: tuple[str, ...]
    values: Numbers
    center: float
    lower: Numbers
    upper: Numbers
    runs_about: float
    baseline: int
    spread: float
    signals: tuple[Signal, ...]
    change: bool
    too_little_data: bool
    sentence: str
    notes: tuple[str, ...] = field(default=())

    def table(self) -> list[dict[str, Any]]:
        """The chart as a table: what a picture shows, for who does not see it."""
        marked = {n for s in self.signals for n in range(s.first, s.last + 1)}
        return [
            {
                "label": label,
                "value": float(value),
                "lower": float(low),
                "center": self.center,
                "upper": float(high),
                "signal": number in marked and self.change,
            }
            for number, (label, value, low, high) in enumerate(
                zip(self.labels, self.values, self.lower, self.upper, strict=True)
            )
        ]


def check_points(values: Sequence[Any], labels: Sequence[Any] | None) -> tuple[Numbers, list[str]]:
    """Finite numbers, and one label for each. Raises ChartError."""
    if len(values) == 0:
        raise ChartError(say("no_points"))
    names = [str(label) for label in (labels or range(1, len(values) + 1))]
    if len(names) != len(values):
        raise ChartError(say("lengths", points=len(values), others=len(names), what="labels"))
    made = []
    for value, label in zip(values, names, strict=True):
        if value is None or (isinstance(value, float) and math.isnan(value)):
            raise ChartError(say("missing", label=label))
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.inf
        if not math.isfinite(number) or isinstance(value, bool):
            raise ChartError(say("not_finite", label=label, value=value))
        made.append(number)
    return np.array(made), names


def check_counts(values: Numbers, names: Sequence[str], *, whole: bool = True) -> None:
    """Counts are zero or more, and whole where they count things. Raises ChartError."""
    for value, label in zip(values.tolist(), names, strict=True):
        if value < 0:
            raise ChartError(say("not_a_number", label=label, value=value))
        if whole and value != int(value):
            raise ChartError(say("not_whole", label=label, value=value))


def check_sizes(sizes: Sequence[Any] | None, kind: str, names: Sequence[str]) -> Numbers:
    """One size above zero for each point. Raises ChartError."""
    if sizes is None:
        raise ChartError(say("needs_sizes", kind=kind))
    if len(sizes) != len(names):
        raise ChartError(say("lengths", points=len(names), others=len(sizes), what="sizes"))
    made, _ = check_points(sizes, names)
    for size, label in zip(made.tolist(), names, strict=True):
        if size <= 0:
            raise ChartError(say("no_size", label=label, value=size))
    return made


def check_baseline(baseline: int | None, points: int) -> int:
    """How many first points the limits come from. Raises ChartError."""
    if baseline is None:
        return points
    if isinstance(baseline, bool) or not isinstance(baseline, int) or not 2 <= baseline <= points:  # noqa: PLR2004
        raise ChartError(say("baseline", value=baseline, points=points))
    return baseline


def mean_range(values: Numbers) -> float:
    """The mean difference between neighbors; 0 for a single value."""
    return float(np.abs(np.diff(values)).mean()) if len(values) > 1 else 0.0


def find_signals(
    values: Numbers, lower: Numbers, upper: Numbers, about: float, names: Sequence[str]
) -> list[Signal]:
    """Points beyond their limits, and runs of 8 or more on one side of the center.

    Source: Shewhart's first rule; a run of 8, Western Electric (1956). A point on the center
    neither breaks a run nor counts in it, as usual for runs about a median.
    """
    found = []
    slack = 1e-12 * (1 + np.abs(values))
    for number in np.flatnonzero((values > upper + slack) | (values < lower - slack)).tolist():
        side = say("above" if values[number] > upper[number] else "below")
        words = say("beyond", label=names[number], side=side)
        found.append(Signal("beyond", number, number, words))
    return found + list(_runs(values, about, names))


def _runs(values: Numbers, about: float, names: Sequence[str]) -> list[Signal]:
    found: list[Signal] = []
    held: list[int] = []
    side = 0.0

    def close() -> None:
        if len(held) >= RUN:
            words = say(
                "run",
                length=len(held),
                first=names[held[0]],
                last=names[held[-1]],
                side=say("above" if side > 0 else "below"),
            )
            found.append(Signal("run", held[0], held[-1], words))

    for number, value in enumerate(values.tolist()):
        now = float(np.sign(value - about))
        if now == 0:
            continue
        if now != side:
            close()
            held, side = [], now
        held.append(number)
    close()
    return found


def verdict(signals: Sequence[Signal], points: int, baseline: int) -> tuple[bool, bool, str]:
    """Whether it is change, whether there is too little data, and the sentence."""
    if baseline < LEAST_BASELINE:
        return False, True, say("too_little", least=LEAST_BASELINE, points=baseline)
    if signals:
        return True, False, say("change", what="; ".join(s.sentence for s in signals))
    return False, False, say("none", points=points)


def correlation_note(values: Numbers) -> list[str]:
    """A warning where neighbors resemble each other more than chance would make them."""
    centered = values - values.mean()
    total = float(centered @ centered)
    if len(values) < LEAST_BASELINE or total == 0:
        return []
    lag = float(centered[1:] @ centered[:-1]) / total
    return [say("correlated", value=lag)] if lag > 2 / math.sqrt(len(values)) else []
