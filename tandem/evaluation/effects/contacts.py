"""Repeat contacts of persons in two groups: how many times as fast further contacts come.

The models are `tandem.evaluation.repeat`'s own, because the libraries go wrong on persons who come
under observation more than once; here they are read from a file by a protocol.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from tandem.evaluation.effects.assignment import arms
from tandem.evaluation.effects.data import Study, drop_incomplete
from tandem.evaluation.effects.refusals import StudyRefused
from tandem.evaluation.effects.result import (
    CHECKED,
    FAILED,
    NOT_CHECKABLE,
    Assumption,
    Effect,
    Picture,
    p_words,
)
from tandem.evaluation.repeat.counts import mean_count
from tandem.evaluation.repeat.persons import Person
from tandem.evaluation.repeat.recurrent import Recurrent, fit_recurrent
from tandem.evaluation.repeat.sentences import RepeatError

MODELS = {"andersen-gill": "ag", "pwp-total": "pwp_total", "pwp-gap": "pwp_gap", "wlw": "wlw"}
PROGRAM = "program"
DUE = 0.05
MOST_POINTS = 60


def analyze(study: Study) -> Effect:
    """Estimate the ratio of the rates of further contacts between the groups."""
    people = persons_of(study)
    effect = Effect(
        estimand=(
            f"how many times as fast {study.protocol.outcome.description} come with the program as"
            " without it, at equal covariates"
        ),
        scale="rate ratio",
        null=1.0,
        n=len(people),
        level=study.protocol.level,
    )
    options = study.protocol.options
    try:
        found = fit_recurrent(
            people,
            list(people[0].covariates),
            kind=MODELS[options["model"]],
            ties=options["ties"],
            most=options["most"] or None,
            level=study.protocol.level,
        )
        effect.pictures.append(_curves(study, people))
    except RepeatError as refusal:
        raise StudyRefused(str(refusal)) from None
    _report(effect, study, found)
    _steady(effect, study, people)
    effect.assumptions.append(
        Assumption(
            "nothing unrecorded differs between the groups",
            NOT_CHECKABLE,
            "The groups were not made by chance, as far as this method knows.",
        )
    )
    return effect


def persons_of(study: Study) -> list[Person]:
    """The persons of both groups with their contacts; covariates as of their first row."""
    table = persons_terms(study)
    contact = str(study.protocol.options["contact"])
    people, endless = [], 0
    for person, rows in study.frame.groupby("person", sort=False):
        facts = table.loc[rows.index[0]]
        if study.frame.loc[rows.index, "group"].nunique() > 1:
            raise StudyRefused(f"Person {person!r} is in two groups: correct the file.")
        entry = float(rows["o_entry"].min()) if "o_entry" in rows else 0.0
        is_contact = rows["event"] == contact
        events = rows.loc[is_contact, "period"]
        ends = rows.loc[~is_contact, "period"]
        _check_end(str(person), rows["period"], ends)
        endless += ends.empty
        people.append(
            Person(
                str(person),
                float(rows["period"].max()),
                tuple(float(time) for time in events),
                entry,
                {str(name): float(value) for name, value in facts.items()},
            )
        )
    if endless:
        study.warnings.append(
            f"{endless} of {len(people)} persons have no row for the end of observation: it is"
            " taken as their last contact. Where they were observed longer, the rates are too high"
            " and the ratio may be wrong: add the rows."
        )
    return people


def _check_end(person: str, times: pd.Series, ends: pd.Series) -> None:
    """The end of observation is the last thing known of a person."""
    if not ends.empty and float(times.max()) > float(ends.min()):
        raise StudyRefused(
            f"Person {person!r} has a row at {times.max():g} after the end of observation at"
            f" {ends.min():g}: each person has one row for the end, and it is the last."
        )


def persons_terms(study: Study) -> pd.DataFrame:
    """The group (1 for the program) and the covariates of each row, the group first."""
    drop_incomplete(study, outcome=False)
    known = study.frame[["person", "period", "event"]].notna().all(axis=1)
    study.leave_out(known, "rows without a person, a time or an event")
    treated, control = arms(study, study.frame["group"])
    study.leave_out(treated | control, "records of neither group")
    treated, _ = arms(study, study.frame["group"])
    terms = _terms(study)
    terms.insert(0, PROGRAM, treated.astype(float))
    return terms


def _terms(study: Study) -> pd.DataFrame:
    """The covariates as numbers, by the names of the protocol."""
    terms: dict[str, pd.Series] = {}
    for one in study.protocol.covariates:
        values = study.frame[f"c_{one.name}"]
        if one.kind == "category":
            dummies = pd.get_dummies(values, drop_first=True, dtype=float)
            terms |= {f"{one.name} {word}": dummies[word] for word in dummies}
            continue
        for power in range(1, one.power + 1):
            terms[one.name if power == 1 else f"{one.name}^{power}"] = values**power
    return pd.DataFrame(terms, index=study.frame.index)


def _report(effect: Effect, study: Study, found: Recurrent) -> None:
    own = [term for term in found.terms if term.name == PROGRAM]
    effect.diagnostics |= {
        "model": study.protocol.options["model"],
        "ties": found.ties,
        "persons": found.persons,
        "contacts": found.events,
        "coefficients": [
            {
                "name": term.name,
                "order": term.order,
                "coefficient": term.coefficient,
                "standard_error": term.error,
                "robust_error": term.robust_error,
            }
            for term in found.terms
        ],
        "robust_covariance": found.robust.tolist(),
    }
    effect.warnings += [line for line in found.warnings if not line.startswith("Too little")]
    at, error = own[0].coefficient, own[0].robust_error
    if len(own) > 1:
        at, error = _joint(found, [k for k, term in enumerate(found.terms) if term in own])
    reach = float(stats.norm.ppf((1 + effect.level) / 2)) * error
    effect.estimate = float(np.exp(at))
    if found.too_little_data:
        effect.too_little = (
            f"{found.events} contacts for {len(found.terms)} terms: ten for each are needed, so the"
            " number has neither interval nor p."
        )
        return
    effect.interval = (float(np.exp(at - reach)), float(np.exp(at + reach)))
    effect.p = float(2 * stats.norm.sf(abs(at) / error)) if error > 0 else None


def _joint(found: Recurrent, places: list[int]) -> tuple[float, float]:
    """The mean of one covariate's coefficients that varies least (Wei, Lin and Weissfeld 1989)."""
    covariance = found.robust[np.ix_(places, places)]
    inverse = np.linalg.pinv(covariance)
    weights = inverse.sum(axis=1) / inverse.sum()
    values = np.array([found.terms[k].coefficient for k in places])
    return float(weights @ values), float(np.sqrt(weights @ covariance @ weights))


def _steady(effect: Effect, study: Study, people: list[Person]) -> None:
    """Whether the ratio is alike in the earlier and the later half of the contacts."""
    name = "the ratio is the same early and late"
    times = [time for one in people for time in one.events]
    middle = float(np.median(times))
    early = [
        replace(one, end=min(one.end, middle), events=tuple(t for t in one.events if t <= middle))
        for one in people
        if one.start < min(one.end, middle)
    ]
    late = [
        replace(
            one, start=max(one.start, middle), events=tuple(t for t in one.events if t > middle)
        )
        for one in people
        if max(one.start, middle) < one.end
    ]
    ties = study.protocol.options["ties"]
    names = list(people[0].covariates)
    try:
        parts = [fit_recurrent(part, names, ties=ties).terms[0] for part in (early, late)]
    except RepeatError:
        effect.assumptions.append(
            Assumption(name, NOT_CHECKABLE, "There are too few contacts early or late.", key=False)
        )
        return
    spread = float(np.hypot(parts[0].robust_error, parts[1].robust_error))
    p = float(2 * stats.norm.sf(abs(parts[0].coefficient - parts[1].coefficient) / spread))
    effect.assumptions.append(
        Assumption(
            name,
            FAILED if p <= DUE else CHECKED,
            f"Up to {middle:g} the ratio is {parts[0].ratio:.2f}, later {parts[1].ratio:.2f}"
            f" ({p_words(p)}).",
            key=False,
        )
    )


def _curves(study: Study, people: list[Person]) -> Picture:
    """The mean number of contacts of a person, by group, over the time observed."""
    groups = {
        name: [one for one in people if one.covariates[PROGRAM] == value]
        for name, value in (("program", 1.0), ("comparison", 0.0))
    }
    curves = {name: mean_count(part) for name, part in groups.items() if part}
    last = min(float(curve.times[-1]) for curve in curves.values())
    moments = np.linspace(0, last, MOST_POINTS)
    rows = []
    for moment in moments:
        row = [round(float(moment), 2)]
        for curve in curves.values():
            place = int(np.searchsorted(curve.times, moment, side="right")) - 1
            row.append(float(curve.mean[place]) if place >= 0 else 0.0)
        rows.append(row)
    title = f"Mean number of {study.protocol.outcome.description} for a person"
    return Picture("lines", title, ("time", *curves), rows)
