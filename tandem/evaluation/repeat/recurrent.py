"""Repeat contacts by covariates: Andersen-Gill, Prentice-Williams-Peterson, Wei-Lin-Weissfeld."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tandem.evaluation.repeat.cox import Numbers, Rows, fit_cox, make_rows
from tandem.evaluation.repeat.persons import Person, check_persons
from tandem.evaluation.repeat.sentences import RepeatError, say

KINDS = {
    "ag": "every contact alike, time since the start (Andersen and Gill 1982)",
    "pwp_total": "contacts in order, time since the start (Prentice, Williams, Peterson 1981)",
    "pwp_gap": "contacts in order, time since the contact before (the same)",
    "wlw": "first, second, … contact, each from the start (Wei, Lin, Weissfeld 1989)",
}
_PER_COVARIATE, _FEW = 10, 30


@dataclass(frozen=True)
class Term:
    """One covariate: how many times as fast, with its interval from robust errors."""

    name: str
    order: int | None  # which contact, where each has its own coefficient
    coefficient: float
    error: float
    robust_error: float
    ratio: float
    interval: tuple[float, float]
    p: float
    sentence: str


@dataclass(frozen=True)
class Recurrent:
    """A fitted model of repeat contacts; `robust` is the covariance of its terms, in order."""

    kind: str
    ties: str
    terms: tuple[Term, ...]
    covariance: Numbers
    robust: Numbers
    persons: int
    rows: int
    events: int
    level: float
    too_little_data: bool
    warnings: tuple[str, ...]


def fit_recurrent(
    persons: Sequence[Person],
    names: Sequence[str],
    *,
    kind: str = "ag",
    ties: str = "efron",
    most: int | None = None,
    level: float = 0.95,
) -> Recurrent:
    """Hazard ratios of repeat contacts with cluster-robust errors; a person is a cluster.

    `kind` is one of KINDS; `most` limits how many contacts of a person count (by default all, for
    `wlw` the most that ten persons reached). Raises RepeatError.

    Sources: Therneau and Grambsch (2000), Modeling Survival Data, ch. 8; Lin and Wei (1989).
    """
    if kind not in KINDS:
        raise RepeatError(say("kind", value=kind, kinds=", ".join(KINDS)))
    people = check_persons(persons, names)
    limit = most or _reached(people, kind)
    orders: list[int | None] = list(range(1, limit + 1)) if kind == "wlw" else [None]
    rows = (
        _marginal(people, names, limit) if kind == "wlw" else _counting(people, names, limit, kind)
    )
    fit = fit_cox(rows, ties=ties, names=tuple(names))
    from scipy.stats import norm

    wide = float(norm.ppf((1 + level) / 2))
    labels = [(name, order) for order in orders for name in names]
    terms = []
    for place, (name, order) in enumerate(labels):
        value = float(fit.coefficients[place])
        robust = float(fit.robust_errors[place])
        ratio, low, high = (float(np.exp(value + k * wide * robust)) for k in (0, -1, 1))
        words = say("hazard", ratio=ratio, name=name, level=level, low=low, high=high)
        p = float(2 * norm.sf(abs(value) / robust)) if robust else 1.0
        error = float(fit.errors[place])
        terms.append(Term(name, order, value, error, robust, ratio, (low, high), p, words))
    needed = _PER_COVARIATE * len(labels)
    warnings = []
    if fit.events < needed:
        warnings.append(say("too_little", events=fit.events, covariates=len(labels)))
    if len(people) < _FEW:
        warnings.append(say("few_clusters", clusters=len(people)))
    return Recurrent(
        kind=kind,
        ties=ties,
        terms=tuple(terms),
        covariance=fit.covariance,
        robust=fit.robust,
        persons=len(people),
        rows=len(rows.stop),
        events=fit.events,
        level=level,
        too_little_data=fit.events < needed,
        warnings=tuple(warnings),
    )


def _reached(people: Sequence[Person], kind: str) -> int:
    """How many contacts of a person count: all; each with its own coefficient, if ten reach it."""
    counts = sorted((len(one.events) for one in people), reverse=True)
    if kind != "wlw":
        # One stretch more than contacts: the time after the last is at risk as well.
        return counts[0] + 1
    tenth = counts[min(_PER_COVARIATE, len(counts)) - 1]
    return max(1, tenth)


def _counting(people: Sequence[Person], names: Sequence[str], most: int, kind: str) -> Rows:
    start, stop, event, table, order, owner = [], [], [], [], [], []
    for one in people:
        before = one.start
        for number in range(min(most, len(one.events) + 1)):
            happened = number < len(one.events)
            now = one.events[number] if happened else one.end
            if now <= before:
                continue
            start.append(before)
            stop.append(now)
            event.append(happened)
            table.append([one.covariates[name] for name in names])
            order.append(number)
            owner.append(one.person)
            before = now
    begin, end = np.array(start), np.array(stop)
    if kind == "pwp_gap":
        begin, end = np.zeros(len(end)), end - begin
    strata = None if kind == "ag" else order
    return make_rows(end, event, table, start=begin, strata=strata, clusters=owner)


def _marginal(people: Sequence[Person], names: Sequence[str], most: int) -> Rows:
    start, stop, event, table, order, owner = [], [], [], [], [], []
    for one in people:
        for number in range(most):
            happened = number < len(one.events)
            start.append(one.start)
            stop.append(one.events[number] if happened else one.end)
            event.append(happened)
            facts = np.zeros((most, len(names)))
            facts[number] = [one.covariates[name] for name in names]
            table.append(facts.ravel())
            order.append(number)
            owner.append(one.person)
    return make_rows(stop, event, np.array(table), start=start, strata=order, clusters=owner)
