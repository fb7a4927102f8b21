"""Every sentence that a process chart can say: kept in one place, so that one test reads them."""

from __future__ import annotations

from typing import Any

from tandem.kernel.refusals import BadInput

__all__ = ["SENTENCES", "ChartError", "say"]

SENTENCES: dict[str, str] = {
    "change": "Change: {what}. The chart says when, not why.",
    "none": "No change: all {points} points lie as chance alone would put them.",
    "too_little": (
        "Too little data: limits need at least {least} points of the baseline, here are {points}. "
        "The points are drawn without a verdict."
    ),
    "beyond": "point {label} lies {side} its limits",
    "run": "{length} points in a row, {first} to {last}, lie {side} the center",
    "cusum": "the running sum of differences {side} the target passes {limit:g} at {label}",
    "above": "above",
    "below": "below",
    "overdispersed": (
        "The points spread {ratio:.2f} times as far as counting alone explains: "
        "use the chart laney_{kind}."
    ),
    "rare": (
        "Fewer than one event is expected in a typical period: use a g chart (cases between "
        "events) or a t chart (time between events)."
    ),
    "correlated": (
        "Neighboring points resemble each other (lag-1 correlation {value:.2f}): limits are too "
        "narrow, and change is said too often."
    ),
    "skewed": (
        "Chance alone puts one point in 55 above a limit of three sigma here: one such point says "
        "little. The chart g has limits that fit."
    ),
    "constant": "All points of the baseline are equal, so the limits have no width.",
    "no_points": "The chart has no points; nothing was drawn.",
    "not_a_number": "Point {label} is {value!r}, not a number of zero or more; nothing was drawn.",
    "not_finite": "Point {label} is {value!r}, not a number; nothing was drawn.",
    "not_whole": "Point {label} counts {value!r}, not a whole number; nothing was drawn.",
    "missing": (
        "Period {label} has no value: give it, or say that it counts from another start. "
        "Nothing was drawn."
    ),
    "lengths": "{points} points and {others} {what}: each point needs one; nothing was drawn.",
    "no_size": "Point {label} has the size {value!r}: it must be above zero; nothing was drawn.",
    "over": "Point {label} counts {count:g} of {size:g}; nothing was drawn.",
    "baseline": "A baseline of {value!r} points does not fit {points} points; nothing was drawn.",
    "kind": "{value!r} is no chart; say one of {kinds}. Nothing was drawn.",
    "needs_sizes": "A {kind} chart needs the size of each point; nothing was drawn.",
    "no_sizes": "A {kind} chart takes no sizes; nothing was drawn.",
    "all_zero": "All points of the baseline are zero, so there are no limits; nothing was drawn.",
    "setting": "{name} is {value!r}: it must be above zero; nothing was drawn.",
}


class ChartError(BadInput):
    """These points cannot be drawn as a chart."""


def say(name: str, /, **facts: Any) -> str:
    """The sentence with its facts."""
    return SENTENCES[name].format(**facts)
