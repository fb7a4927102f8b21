"""Rates of groups against the encounters they had: crude, standardized, with intervals.

The base is the encounter, not the census: among people the team met, who was arrested, detained,
connected? How people come to be met is another question, and no sentence here answers it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tandem.evaluation.intervals import wilson
from tandem.evaluation.publish.table import Table, make_table
from tandem.kernel.refusals import BadInput

__all__ = ["SENTENCES", "Disparity", "Group", "Line", "compare_groups", "table_to_publish"]

Interval = tuple[float, float]
_LEAST = 30  # encounters of a group below which a rate is shown without comparison

SENTENCES: dict[str, str] = {
    "line": (
        "{group}: {events} of {encounters} encounters ({rate:.1%}, {level:.0%} interval {low:.1%} "
        "to {high:.1%})."
    ),
    "ratio": (
        "With the same mix of {by}, {group} has {ratio:.2f} times the rate of {reference} "
        "({level:.0%} interval {low:.2f} to {high:.2f})."
    ),
    "crude_ratio": (
        "{group} has {ratio:.2f} times the rate of {reference} ({level:.0%} interval {low:.2f} to "
        "{high:.2f}), at the mix of encounters that each had."
    ),
    "open": "That interval holds 1: no difference can be said, and none is ruled out.",
    "differs": (
        "The rates differ. Which encounters come to the team, and what was not recorded, may "
        "differ too: this is a reason to look at the cases, not a finding about anyone."
    ),
    "too_few": (
        "{group} had {encounters} encounters; below {least} no comparison is made. "
        "Count a longer time."
    ),
    "no_overlap": "{group} and {reference} share no {by} with encounters of both.",
    "left_out": (
        "{share:.0%} of the encounters of {group} lie where {reference} had none and are not "
        "compared."
    ),
    "unknown": "{share:.0%} of all encounters have no known group; they stand apart.",
    "base": "Rates are against encounters, not against the people who live here.",
    "no_lines": "There are no encounters to compare.",
    "no_reference": "The reference {reference!r} has no encounters; name another group.",
    "counts": "{group}: {value!r} is not a whole number of zero or more.",
    "over": "{group}: {events} of {encounters} encounters cannot be.",
    "twice": "{group} is given twice for {stratum!r}.",
}


class DisparityError(BadInput):
    """These groups cannot be compared."""


def say(name: str, /, **facts: Any) -> str:
    """The sentence with its facts."""
    return SENTENCES[name].format(**facts)


@dataclass(frozen=True)
class Line:
    """Encounters of one group in one stratum, and how many had the event."""

    group: str
    events: int
    encounters: int
    stratum: str = ""


@dataclass(frozen=True)
class Group:
    """One group: crude rate, rate at the common mix, and its ratio to the reference.

    The ratio and the standardized rate are None for the reference and where too few encounters
    or no shared strata allow none. The upper end of a ratio may be infinite.
    """

    group: str
    events: int
    encounters: int
    rate: float
    interval: Interval
    standardized: float | None
    ratio: float | None
    ratio_interval: Interval | None
    difference: float | None
    difference_interval: Interval | None
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Disparity:
    """All groups, the reference first, and what holds for all of them."""

    reference: str
    by: str
    level: float
    groups: tuple[Group, ...]
    percent_unknown: float
    notes: tuple[str, ...]


def compare_groups(
    lines: Sequence[Line],
    *,
    reference: str,
    by: str = "",
    unknown: str = "unknown",
    level: float = 0.95,
) -> Disparity:
    """Compare each group's rate with the reference's, directly standardized over strata.

    `by` names what the strata are (such as "kind of call"); with one stratum the comparison is
    crude. Weights are both groups' encounters together, in the strata where both have some.
    Raises DisparityError. Sources: Wilson (1927); MOVER intervals of weighted sums, differences
    and ratios, Zou, Huang and Zhang (2009), Donner and Zou (2012), which stand small numbers.
    """
    held = _check(lines)
    total = sum(line.encounters for line in held.values())
    if not total:
        raise DisparityError(say("no_lines"))
    names = list(dict.fromkeys(line.group for line in held.values()))
    if sum(line.encounters for line in held.values() if line.group == reference) == 0:
        raise DisparityError(say("no_reference", reference=reference))
    hidden = sum(line.encounters for line in held.values() if line.group == unknown)
    order = [reference, *(n for n in names if n not in (reference, unknown))]
    groups = [_group(held, name, reference, by, level) for name in order]
    notes = [say("base")]
    if hidden:
        notes.append(say("unknown", share=hidden / total))
    return Disparity(reference, by, level, tuple(groups), 100 * hidden / total, tuple(notes))


def _check(lines: Sequence[Line]) -> dict[tuple[str, str], Line]:
    held: dict[tuple[str, str], Line] = {}
    for line in lines:
        for value in (line.events, line.encounters):
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise DisparityError(say("counts", group=line.group, value=value))
        if line.events > line.encounters:
            facts = {"events": line.events, "encounters": line.encounters}
            raise DisparityError(say("over", group=line.group, **facts))
        if held.setdefault((line.group, line.stratum), line) is not line:
            raise DisparityError(say("twice", group=line.group, stratum=line.stratum))
    return held


def _group(
    held: dict[tuple[str, str], Line], name: str, reference: str, by: str, level: float
) -> Group:
    own = [line for line in held.values() if line.group == name]
    events, encounters = sum(x.events for x in own), sum(x.encounters for x in own)
    interval = wilson(events, encounters, level) or (0.0, 1.0)
    rate = events / encounters if encounters else 0.0
    low, high = interval
    facts = {"group": name, "events": events, "encounters": encounters, "level": level}
    words = [say("line", **facts, rate=rate, low=low, high=high)]
    plain = Group(
        name, events, encounters, rate, interval, None, None, None, None, None, tuple(words)
    )
    if name == reference:
        return plain
    if encounters < _LEAST:
        words.append(say("too_few", group=name, encounters=encounters, least=_LEAST))
        return Group(**{**plain.__dict__, "sentences": tuple(words)})
    compared = _standardize(held, name, reference, level)
    if compared is None:
        words.append(say("no_overlap", group=name, reference=reference, by=by or "stratum"))
        return Group(**{**plain.__dict__, "sentences": tuple(words)})
    ours, theirs, left_out = compared
    ratio, between = _ratio(ours, theirs)
    gap, gap_interval = _difference(ours, theirs)
    told = {"group": name, "ratio": ratio, "reference": reference, "level": level}
    told |= {"low": between[0], "high": between[1]}
    words.append(say("ratio", by=by, **told) if by else say("crude_ratio", **told))
    words.append(say("open" if between[0] <= 1 <= between[1] else "differs"))
    if left_out:
        words.append(say("left_out", share=left_out, group=name, reference=reference))
    return Group(
        group=name,
        events=events,
        encounters=encounters,
        rate=rate,
        interval=interval,
        standardized=ours[0],
        ratio=ratio,
        ratio_interval=between,
        difference=gap,
        difference_interval=gap_interval,
        sentences=tuple(words),
    )


_Rate = tuple[float, float, float]  # value, low, high


def _standardize(
    held: dict[tuple[str, str], Line], name: str, reference: str, level: float
) -> tuple[_Rate, _Rate, float] | None:
    strata = [s for group, s in held if group == name and (reference, s) in held]
    shared = [s for s in strata if held[name, s].encounters and held[reference, s].encounters]
    if not shared:
        return None
    weights = {s: held[name, s].encounters + held[reference, s].encounters for s in shared}
    whole = sum(weights.values())
    made = []
    for group in (name, reference):
        value = low = high = 0.0
        for s in shared:
            line, weight = held[group, s], weights[s] / whole
            rate = line.events / line.encounters
            ends = wilson(line.events, line.encounters, level) or (0.0, 1.0)
            value += weight * rate
            low += (weight * (rate - ends[0])) ** 2
            high += (weight * (ends[1] - rate)) ** 2
        made.append((value, max(0.0, value - math.sqrt(low)), min(1.0, value + math.sqrt(high))))
    own = sum(line.encounters for (group, _), line in held.items() if group == name)
    left_out = 1 - sum(held[name, s].encounters for s in shared) / own
    return made[0], made[1], left_out


def _difference(a: _Rate, b: _Rate) -> tuple[float, Interval]:
    low = a[0] - b[0] - math.hypot(a[0] - a[1], b[2] - b[0])
    high = a[0] - b[0] + math.hypot(a[2] - a[0], b[0] - b[1])
    return a[0] - b[0], (low, high)


def _ratio(a: _Rate, b: _Rate) -> tuple[float, Interval]:
    """Donner and Zou (2012), equation 9: no logarithm, so that zero events are no trouble."""
    product = a[0] * b[0]
    root = product**2 - a[1] * b[2] * (2 * a[0] - a[1]) * (2 * b[0] - b[2])
    bottom = b[2] * (2 * b[0] - b[2])
    low = (product - math.sqrt(max(0.0, root))) / bottom if bottom else 0.0
    root = product**2 - a[2] * b[1] * (2 * a[0] - a[2]) * (2 * b[0] - b[1])
    bottom = b[1] * (2 * b[0] - b[1])
    high = (product + math.sqrt(max(0.0, root))) / bottom if bottom > 0 else math.inf
    return (a[0] / b[0] if b[0] else math.inf), (max(0.0, low), high)


def table_to_publish(
    lines: Sequence[Line], *, subject: str, measure: str, period: str = ""
) -> Table:
    """The same counts as a table for the publishing gate: small numbers leave only through it."""
    held = _check(lines)
    if not held:
        raise DisparityError(say("no_lines"))
    cells: list[dict[str, Any]] = []
    for line in held.values():
        at = {"group": line.group, "stratum": line.stratum, "period": period}
        cell = {"measure": measure, "at": at, "count": line.events, "of": line.encounters}
        cells.append(cell)
    return make_table({"subject": subject, "population": subject, "cells": cells})
