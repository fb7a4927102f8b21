"""Every sentence about repeat contacts: kept in one place, so that one test reads them all."""

from __future__ import annotations

from typing import Any

from tandem.kernel.refusals import BadInput

__all__ = ["SENTENCES", "RepeatError", "say"]

SENTENCES: dict[str, str] = {
    "hazard": (
        "Further contacts come {ratio:.2f} times as fast for one step of {name} "
        "({level:.0%} interval {low:.2f} to {high:.2f}); a difference between people, compared "
        "with the other covariates held equal."
    ),
    "mean": (
        "By {time:g}, a person has had {value:.2f} contacts on average "
        "({level:.0%} interval {low:.2f} to {high:.2f})."
    ),
    "incidence": (
        "By {time:g}, {value:.1%} had {cause} first ({level:.0%} interval {low:.1%} to {high:.1%})."
    ),
    "too_little": (
        "Too little data: {events} events for {covariates} covariates; ten for each are needed. "
        "The estimate is shown without a verdict."
    ),
    "few_clusters": "Only {clusters} persons: errors that rest on few persons are too small.",
    "no_persons": "There are no persons; nothing was computed.",
    "no_events": "There are no events; nothing was computed.",
    "twice": "Person {person} is given twice; nothing was computed.",
    "times": (
        "Person {person}: the observation must end after it begins ({start} to {end}); "
        "nothing was computed."
    ),
    "outside": (
        "Person {person} has an event at {time}, outside the observation from {start} to {end}; "
        "nothing was computed."
    ),
    "same_time": "Person {person} has two events at {time}: count them as one, or say which first.",
    "covariate": "Person {person} has {value!r} for {name}, not a number; nothing was computed.",
    "covariates_missing": "Person {person} has no value for {name}; nothing was computed.",
    "collinear": (
        "The covariates cannot be told apart (one is constant, or repeats others): {names}. "
        "Leave one out; nothing was computed."
    ),
    "separated": (
        "No event on one side of {names}: the ratio has no bound. "
        "Compare by counts instead; nothing was computed."
    ),
    "kind": "{value!r} is no such model; say one of {kinds}. Nothing was computed.",
    "ties": "Ties are handled by efron or breslow, not {value!r}; nothing was computed.",
    "lengths": "{what} has {length} values for {rows} rows; nothing was computed.",
    "not_finite": "{what} holds a value that is no number; nothing was computed.",
    "cause": "There is no event of cause {cause!r}; nothing was computed.",
    "weights": "Weights must be above zero; nothing was computed.",
}


class RepeatError(BadInput):
    """These data on repeat contacts cannot be used."""


def say(name: str, /, **facts: Any) -> str:
    """The sentence with its facts."""
    return SENTENCES[name].format(**facts)
