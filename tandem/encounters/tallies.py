"""Counts of a stretch of days that add up: encounters, axes, times, time released. Plain Python.

Times are kept as how often each whole second was taken, so that medians over any days are exact.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

# Key of an axis' count of encounters on which anybody stated any of its values.
STATED = ""


@dataclass
class Tally:
    """What one side counts of some days; two of different days add up to both."""

    encounters: int = 0
    members: int = 0
    joint: int = 0  # encounters that both professions were sent to
    axes: dict[str, Counter[str]] = field(default_factory=dict)  # of each value, and STATED
    times: dict[str, Counter[int]] = field(default_factory=dict)  # "from>to": seconds, how often
    released: Counter[int] = field(default_factory=Counter)  # seconds, of joint encounters

    def add(self, other: Tally) -> None:
        """Count the other's days too."""
        self.encounters += other.encounters
        self.members += other.members
        self.joint += other.joint
        self.released.update(other.released)
        for axis, values in other.axes.items():
            self.axes.setdefault(axis, Counter()).update(values)
        for pair, seconds in other.times.items():
            self.times.setdefault(pair, Counter()).update(seconds)

    def as_json(self) -> str:
        """To be kept."""
        told = {name: value for name, value in vars(self).items() if value}
        return json.dumps(told, separators=(",", ":"))

    @classmethod
    def of_json(cls, text: str) -> Tally:
        """As it was kept; JSON has only words as keys, a number of seconds is one again."""
        told: dict[str, Any] = json.loads(text)
        return cls(
            encounters=told.get("encounters", 0),
            members=told.get("members", 0),
            joint=told.get("joint", 0),
            axes={axis: Counter(counts) for axis, counts in told.get("axes", {}).items()},
            times={pair: _seconds(counts) for pair, counts in told.get("times", {}).items()},
            released=_seconds(told.get("released", {})),
        )


def _seconds(counts: dict[str, int]) -> Counter[int]:
    return Counter({int(seconds): n for seconds, n in counts.items()})


def summed(tallies: Iterable[Tally]) -> Tally:
    """All of them as one."""
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total


def ranked(counts: Counter[int], share: float) -> int | None:
    """The smallest number of seconds that at least this share took no longer than: nearest rank."""
    left = math.ceil(share * counts.total())
    for seconds in sorted(counts):
        left -= counts[seconds]
        if left <= 0:
            return seconds
    return None
