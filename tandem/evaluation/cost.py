"""What a program costs, with ranges: every figure has a source, every result its formula."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tandem.kernel.refusals import BadInput

__all__ = ["SENTENCES", "Cost", "Item", "Range", "count_cost"]

Draws = npt.NDArray[np.float64]
_DRAWS = 20_000

SENTENCES: dict[str, str] = {
    "total": (
        "The program costs {value:,.0f} {currency} ({level:.0%} range {low:,.0f} to {high:,.0f}), "
        "{each:,.0f} for each of {contacts:,.0f} contacts ({each_low:,.0f} to {each_high:,.0f})."
    ),
    "avoided": (
        "By the stated formula, costs elsewhere are lower by {value:,.0f} {currency} ({level:.0%} "
        "range {low:,.0f} to {high:,.0f}). This rests on counts of what did not happen: an "
        "estimate, not money that anyone holds."
    ),
    "net": (
        "Cost less what is avoided: {value:,.0f} {currency} ({low:,.0f} to {high:,.0f}); below "
        "zero in {share:.0%} of the draws."
    ),
    "break_even": (
        "The program would cover its own cost with {value:,.1f} of {name} in the period "
        "({low:,.1f} to {high:,.1f}), all else left aside."
    ),
    "largest": "Most of the range comes from {name} ({share:.0%} of it).",
    "assumed": "{name}: {source}",
    "no_items": "There are no costs; nothing was computed.",
    "no_source": "{name} names no source; nothing was computed.",
    "range": (
        "{name}: {low!r}, {likely!r}, {high!r} is no range: three numbers of zero or more, in "
        "order, are needed. Nothing was computed."
    ),
    "contacts": "Contacts are {value!r}: a number above zero is needed.",
    "twice": "{name} is given twice; nothing was computed.",
}


class CostError(BadInput):
    """These costs cannot be counted."""


def say(name: str, /, **facts: Any) -> str:
    """The sentence with its facts."""
    return SENTENCES[name].format(**facts)


@dataclass(frozen=True)
class Range:
    """A figure that is not known exactly: low, most likely, high; all equal where it is known."""

    low: float
    likely: float
    high: float


@dataclass(frozen=True)
class Item:
    """So many units at so much each, and where both figures come from.

    `avoided` items are costs elsewhere that are counted as not arising.
    """

    name: str
    units: Range
    each: Range
    source: str
    avoided: bool = False


@dataclass(frozen=True)
class Cost:
    """Totals with ranges, in the currency given; ranges are percentiles of the draws.

    `break_even` maps each avoided item to how many of its units would cover the whole cost.
    `influence` maps each item to its share of the spread of the net result.
    """

    formula: str
    total: float
    total_range: tuple[float, float]
    per_contact: float
    per_contact_range: tuple[float, float]
    avoided: float
    avoided_range: tuple[float, float]
    net: float
    net_range: tuple[float, float]
    share_below_zero: float
    break_even: dict[str, tuple[float, tuple[float, float]]]
    influence: dict[str, float]
    sentences: tuple[str, ...]


def count_cost(
    items: Sequence[Item],
    *,
    contacts: float,
    currency: str = "USD",
    level: float = 0.95,
    seed: int = 0,
) -> Cost:
    """Sum units times cost, with ranges by drawing every figure from its range.

    Figures are drawn independently from PERT distributions (beta, weight 4 on the most likely);
    the central value is the mean of the draws. Raises CostError. Source: probabilistic sensitivity
    analysis as in Briggs, Claxton and Sculpher (2006); break-even as the units u with u times the
    item's cost each equal to the program's cost.
    """
    _check(items, contacts)
    rng = np.random.default_rng(seed)
    lines = {item.name: _draw(item.units, rng) * _draw(item.each, rng) for item in items}
    each = {item.name: _draw(item.each, rng) for item in items if item.avoided}
    nothing = np.zeros(_DRAWS)
    spent = sum((lines[item.name] for item in items if not item.avoided), nothing)
    saved = sum((lines[item.name] for item in items if item.avoided), nothing)
    net = spent - saved
    tail = 100 * (1 - level) / 2

    def between(draws: Draws) -> tuple[float, float]:
        return float(np.percentile(draws, tail)), float(np.percentile(draws, 100 - tail))

    even = {}
    for name, draws in each.items():
        needed = spent / np.maximum(draws, 1e-12)
        even[name] = (float(np.median(needed)), between(needed))
    spread = float(sum(draws.var() for draws in lines.values()))
    influence = {n: float(d.var()) / spread if spread else 0.0 for n, d in lines.items()}
    made = Cost(
        formula=_formula(items),
        total=float(spent.mean()),
        total_range=between(spent),
        per_contact=float(spent.mean()) / contacts,
        per_contact_range=between(spent / contacts),
        avoided=float(saved.mean()),
        avoided_range=between(saved),
        net=float(net.mean()),
        net_range=between(net),
        share_below_zero=float((net < 0).mean()),
        break_even=even,
        influence=influence,
        sentences=(),
    )
    return Cost(**{**made.__dict__, "sentences": _tell(made, items, contacts, currency, level)})


def _draw(figure: Range, rng: np.random.Generator) -> Draws:
    width = figure.high - figure.low
    if width == 0:
        return np.full(_DRAWS, figure.likely)
    first = 1 + 4 * (figure.likely - figure.low) / width
    second = 1 + 4 * (figure.high - figure.likely) / width
    return figure.low + width * rng.beta(first, second, _DRAWS)


def _formula(items: Sequence[Item]) -> str:
    spent = " + ".join(f"{i.name} (units x cost each)" for i in items if not i.avoided)
    saved = "".join(f" - {i.name} (units x cost each)" for i in items if i.avoided)
    return f"{spent or '0'}{saved}"


def _tell(
    made: Cost, items: Sequence[Item], contacts: float, currency: str, level: float
) -> tuple[str, ...]:
    low, high = made.total_range
    each_low, each_high = made.per_contact_range
    facts: dict[str, Any] = {"value": made.total, "currency": currency, "level": level}
    facts |= {"low": low, "high": high, "contacts": contacts, "each": made.per_contact}
    words = [say("total", **facts, each_low=each_low, each_high=each_high)]
    if made.break_even:
        low, high = made.avoided_range
        told = {"value": made.avoided, "currency": currency, "level": level}
        words.append(say("avoided", **told, low=low, high=high))
        low, high = made.net_range
        told = {"value": made.net, "currency": currency, "share": made.share_below_zero}
        words.append(say("net", **told, low=low, high=high))
    for name, (value, (low, high)) in made.break_even.items():
        words.append(say("break_even", value=value, name=name, low=low, high=high))
    name, share = max(made.influence.items(), key=lambda pair: pair[1])
    if share > 0:
        words.append(say("largest", name=name, share=share))
    words += [say("assumed", name=item.name, source=item.source) for item in items]
    return tuple(words)


def _check(items: Sequence[Item], contacts: Any) -> None:
    if not any(not item.avoided for item in items):
        raise CostError(say("no_items"))
    seen: set[str] = set()
    for item in items:
        if item.name in seen:
            raise CostError(say("twice", name=item.name))
        seen.add(item.name)
        if not item.source.strip():
            raise CostError(say("no_source", name=item.name))
        for figure in (item.units, item.each):
            ends = (figure.low, figure.likely, figure.high)
            fits = all(isinstance(v, int | float) and math.isfinite(v) and v >= 0 for v in ends)
            if not fits or not ends[0] <= ends[1] <= ends[2]:
                facts = {"low": ends[0], "likely": ends[1], "high": ends[2]}
                raise CostError(say("range", name=item.name, **facts))
    if not isinstance(contacts, int | float) or not 0 < contacts < math.inf:
        raise CostError(say("contacts", value=contacts))
