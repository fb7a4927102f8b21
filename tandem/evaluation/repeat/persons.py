"""Persons under observation with their repeat contacts, checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tandem.evaluation.repeat.sentences import RepeatError, say


@dataclass(frozen=True)
class Person:
    """One person: observed from after `start` to `end`, contacts at `events`, in one unit of time.

    `person` is a pseudonym. Covariates do not change over time.
    """

    person: str
    end: float
    events: tuple[float, ...] = ()
    start: float = 0.0
    covariates: Mapping[str, float] = field(default_factory=dict)


def check_persons(persons: Sequence[Person], names: Sequence[str] = ()) -> list[Person]:
    """The persons with their events in order. Raises RepeatError with one sentence."""
    if not persons:
        raise RepeatError(say("no_persons"))
    seen: set[str] = set()
    made = []
    for one in persons:
        if one.person in seen:
            raise RepeatError(say("twice", person=one.person))
        seen.add(one.person)
        start, end, events = _observed(one)
        facts = {}
        for name in names:
            if name not in one.covariates:
                raise RepeatError(say("covariates_missing", person=one.person, name=name))
            facts[name] = _number(one, one.covariates[name], name)
        made.append(Person(one.person, end, tuple(events), start, facts))
    return made


def _observed(one: Person) -> tuple[float, float, list[float]]:
    start, end = _number(one, one.start, "the start"), _number(one, one.end, "the end")
    if not start < end:
        raise RepeatError(say("times", person=one.person, start=start, end=end))
    events = sorted(_number(one, time, "an event") for time in one.events)
    for time in events:
        if not start < time <= end:
            raise RepeatError(say("outside", person=one.person, time=time, start=start, end=end))
    for time, later in pairwise(events):
        if time == later:
            raise RepeatError(say("same_time", person=one.person, time=time))
    return start, end, events


def _number(one: Person, value: Any, name: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise RepeatError(say("covariate", person=one.person, value=value, name=name))
    return number
