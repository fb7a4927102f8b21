"""Monitoring that may be looked at every day: intervals and alarms valid at any time.

Written here because the small packages for it either have no wheel or monitor single means; this
one compares two arms under changing volumes, exactly, by the likelihoods of each look.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from tandem.kernel.refusals import BadInput

__all__ = ["KINDS", "SENTENCES", "Monitor", "Standing", "monitor"]

Numbers = npt.NDArray[np.float64]
KINDS = ("odds", "rates", "proportion")
_WIDEST, _STEP = 4.0, 0.02  # log ratios on the grid: e^-4 to e^4
_SPREAD = 0.5  # prior standard deviation of the log ratio: most effects lie within a factor of 2.7

SENTENCES: dict[str, str] = {
    "alarm": (
        "The two differ, and looking often does not explain it: {what} lies between {low:.2f} and "
        "{high:.2f} ({level:.0%} at all looks together). First said at look {first}."
    ),
    "quiet": (
        "No difference can be said yet: after {looks} looks {what} lies between {low:.2f} and "
        "{high:.2f} ({level:.0%} at all looks together). More looks may follow."
    ),
    "odds": "the odds ratio of program to comparison",
    "rates": "the ratio of rates of program to comparison",
    "proportion": "the odds ratio of the share to its target {target:.1%}",
    "nothing": "No look holds anything yet, so nothing is said.",
    "kind": "{value!r} is no way to monitor; say one of {kinds}.",
    "counts": (
        "Look {look}: {value!r} is not a whole number of zero or more; the look was not added."
    ),
    "over": "Look {look}: {count} of {total} cannot be; the look was not added.",
    "exposure": ("Look {look}: events without time at risk ({value!r}); the look was not added."),
    "target": "The target is {value!r}: a share between 0 and 1 is needed.",
    "level": "The level is {value!r}: a share between 0.5 and 1 is needed.",
    "shape": "Look {look} holds {found} numbers, {needed} are needed; the look was not added.",
}


class MonitorError(BadInput):
    """This cannot be monitored."""


def say(name: str, /, **facts: Any) -> str:
    """The sentence with its facts."""
    return SENTENCES[name].format(**facts)


@dataclass(frozen=True)
class Standing:
    """What may be said after a look: valid however often and for however long one looks.

    `evidence` is the e-value against no difference; `alarm` says that it ever reached
    1 / (1 - level). `interval` holds ratios; it only ever narrows. `p` is always valid.
    """

    looks: int
    evidence: float
    p: float
    estimate: float
    interval: tuple[float, float]
    alarm: bool
    first_alarm: int | None
    sentence: str


class Monitor:
    """Looks added one by one; a look is what came in since the look before.

    - `odds`: (program cases, program total, comparison cases, comparison total). The comparison is
      within each look, so that drift over time that hits both arms alike does no harm.
    - `rates`: (program events, program exposure, comparison events, comparison exposure).
    - `proportion`: (cases, total), against the share `target`.
    """

    def __init__(self, kind: str, *, target: float | None = None, level: float = 0.95) -> None:
        if kind not in KINDS:
            raise MonitorError(say("kind", value=kind, kinds=", ".join(KINDS)))
        if kind == "proportion" and not (isinstance(target, float) and 0 < target < 1):
            raise MonitorError(say("target", value=target))
        if not 0.5 <= level < 1:  # noqa: PLR2004
            raise MonitorError(say("level", value=level))
        self.kind, self.target, self.level = kind, target, level
        count = round(_WIDEST / _STEP)
        self.grid = np.arange(-count, count + 1) * _STEP
        self._zero = count
        prior: Numbers = np.asarray(-0.5 * (self.grid / _SPREAD) ** 2, dtype=np.float64)
        self._prior = prior - _log_sum(prior)
        self._likelihood = np.zeros(len(self.grid))
        self._low, self._high = 0, len(self.grid) - 1
        self._looks, self._best = 0, 0.0
        self._first: int | None = None

    def add(self, *look: Any) -> Standing:
        """Add a look and say what stands. Raises MonitorError; a wrong look changes nothing.

        The e-value is the likelihood mixed over the prior, over that of no difference: a
        martingale while there is none, so that by Ville's inequality it ever reaches 1/alpha with
        probability alpha at most. Sources: Robbins (1970); Howard, Ramdas, McAuliffe and Sekhon
        (2021), Annals of Statistics 49:1055; the likelihood of `odds` is Fisher's noncentral
        hypergeometric, given each look's margins.
        """
        self._likelihood = self._likelihood + self._of(look)
        self._looks += 1
        mixed = _log_sum(self._prior + self._likelihood)
        evidence = mixed - float(self._likelihood[self._zero])
        self._best = max(self._best, evidence)
        bar = -math.log(1 - self.level)
        if evidence >= bar and self._first is None:
            self._first = self._looks
        inside = np.flatnonzero(self._likelihood > mixed - bar)
        if len(inside):
            self._low = max(self._low, int(inside[0]))
            self._high = min(self._high, int(inside[-1]))
        return self._standing(evidence)

    def _standing(self, evidence: float) -> Standing:
        low, high = self._edges()
        words = say("quiet" if self._first is None else "alarm", **self._facts(low, high))
        return Standing(
            looks=self._looks,
            evidence=math.exp(min(evidence, 700.0)),
            p=math.exp(-self._best),
            estimate=math.exp(float(self.grid[int(np.argmax(self._likelihood))])),
            interval=(low, high),
            alarm=self._first is not None,
            first_alarm=self._first,
            sentence=words,
        )

    def _edges(self) -> tuple[float, float]:
        """One step wider than the grid's points: what lies between two points is not lost."""
        low = -math.inf if self._low == 0 else float(self.grid[self._low]) - _STEP
        top = len(self.grid) - 1
        high = math.inf if self._high == top else float(self.grid[self._high]) + _STEP
        return math.exp(low), math.exp(high) if high < math.inf else math.inf

    def _facts(self, low: float, high: float) -> dict[str, Any]:
        what = say(self.kind, target=self.target) if self.target else say(self.kind)
        facts = {"what": what, "low": low, "high": high, "level": self.level}
        return {**facts, "looks": self._looks, "first": self._first}

    def _of(self, look: Sequence[Any]) -> Numbers:
        """The log likelihood of one look, at every point of the grid."""
        number = self._looks + 1
        needed = 2 if self.kind == "proportion" else 4
        if len(look) != needed:
            raise MonitorError(say("shape", look=number, found=len(look), needed=needed))
        if self.kind == "rates":
            return self._of_rates(look, number)
        counts = [_whole(value, number) for value in look]
        for cases, total in zip(counts[::2], counts[1::2], strict=True):
            if cases > total:
                raise MonitorError(say("over", look=number, count=cases, total=total))
        if self.kind == "odds":
            return _hypergeometric(counts[0], counts[1], counts[2], counts[3])
        share = self.grid + math.log((self.target or 0.5) / (1 - (self.target or 0.5)))
        return counts[0] * share - counts[1] * np.logaddexp(0.0, share)

    def _of_rates(self, look: Sequence[Any], number: int) -> Numbers:
        events = [_whole(look[0], number), _whole(look[2], number)]
        exposure = []
        for value, own in zip((look[1], look[3]), events, strict=True):
            try:
                time = float(value)
            except (TypeError, ValueError):
                time = -1.0
            if not 0 <= time < math.inf or (own and time == 0):
                raise MonitorError(say("exposure", look=number, value=value))
            exposure.append(time)
        if not exposure[0] or not exposure[1]:
            return np.zeros(len(self.grid))
        # Given their sum, the program's events are binomial; the level of both falls out.
        share = self.grid + math.log(exposure[0] / exposure[1])
        return events[0] * share - (events[0] + events[1]) * np.logaddexp(0.0, share)


def monitor(
    kind: str, looks: Sequence[Sequence[Any]], *, target: float | None = None, level: float = 0.95
) -> list[Standing]:
    """What could be said after each look. Raises MonitorError."""
    if not looks:
        raise MonitorError(say("nothing"))
    watch = Monitor(kind, target=target, level=level)
    return [watch.add(*look) for look in looks]


def _whole(value: Any, look: int) -> int:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if isinstance(value, bool) or not 0 <= number < math.inf or number != int(number):
        raise MonitorError(say("counts", look=look, value=value))
    return int(number)


@lru_cache(maxsize=4096)
def _hypergeometric(cases: int, total: int, other: int, others: int) -> Numbers:
    from scipy.special import gammaln, logsumexp

    count = round(_WIDEST / _STEP)
    grid = np.arange(-count, count + 1) * _STEP
    both = cases + other
    possible = np.arange(max(0, both - others), min(total, both) + 1)
    ways = -gammaln(possible + 1) - gammaln(total - possible + 1)
    ways = ways - gammaln(both - possible + 1) - gammaln(others - both + possible + 1)
    norm = logsumexp(ways[:, None] + possible[:, None] * grid[None, :], axis=0)
    place = cases - int(possible[0])
    made: Numbers = ways[place] + cases * grid - norm
    return made


def _log_sum(values: Numbers) -> float:
    top = float(values.max())
    return top + math.log(float(np.exp(values - top).sum()))
