"""Proof: looking every day raises few false alarms, and other intervals hold what they promise."""

from __future__ import annotations

import math

import numpy as np

from tandem.evaluation.disparity import Line, compare_groups
from tandem.evaluation.frequent import frequent_contacts
from tandem.evaluation.repeat import Person, RepeatError, fit_recurrent, mean_count
from tandem.evaluation.sequential import KINDS, Monitor
from tests.bench.rows import Rows

YEARS, WORLDS, PEOPLE = 1000, 600, 150


def _look(kind: str, day: int, rng: np.random.Generator) -> tuple[float, ...]:
    """What comes in on one day without an effect; the base rate drifts over the year."""
    base = 0.3 if kind == "proportion" else 0.3 + 0.1 * math.sin(day / 58)
    program, other = (int(n) for n in rng.poisson(8, 2))
    if kind == "rates":
        return int(rng.poisson(4 * base)), 4.0, int(rng.poisson(7 * base)), 7.0
    here = int(rng.binomial(program, base))
    if kind == "proportion":
        return here, program
    return here, program, int(rng.binomial(other, base)), other


def _year(kind: str, rng: np.random.Generator) -> tuple[bool, bool, bool]:
    """Whether a year of daily looks raised an alarm, lost the truth, and fooled a plain test."""
    watch = Monitor(kind, target=0.3 if kind == "proportion" else None)
    sums = np.zeros(4)
    fooled = False
    standing = None
    for day in range(365):
        look = _look(kind, day, rng)
        standing = watch.add(*look)
        if kind == "odds":
            sums += look
            fooled |= day >= 30 and _plain(sums)
    if standing is None:
        raise AssertionError("a year has days")
    return standing.alarm, not standing.interval[0] <= 1 <= standing.interval[1], fooled


def _plain(sums: np.ndarray) -> bool:
    """The two-proportion test of a textbook, read as if this look were the only one."""
    middle = (sums[0] + sums[2]) / (sums[1] + sums[3])
    error = math.sqrt(middle * (1 - middle) * (1 / sums[1] + 1 / sums[3]))
    return bool(abs(sums[0] / sums[1] - sums[2] / sums[3]) > 1.959964 * error)


def _monitoring(rows: Rows) -> None:
    for place, kind in enumerate(KINDS):
        rng = np.random.default_rng([20261123, place])
        years = np.array([_year(kind, rng) for _ in range(YEARS)], dtype=float)
        alarms, lost, fooled = (100 * years.mean(axis=0)).tolist()
        beside = ("a plain test, looked at daily", fooled) if kind == "odds" else None
        name = f"monitoring {kind}: false alarms under daily peeking"
        rows.add(name, alarms, "%", at_most=5.0, beside=beside, n=YEARS)
        rows.add(f"monitoring {kind}: truth ever lost", lost, "%", at_most=5.0, n=YEARS)


def _people(rng: np.random.Generator, size: int) -> list[Person]:
    """People with a rate of their own (gamma), contacts of a Poisson process, late entries."""
    made = []
    for number in range(size):
        group = number % 2
        rate = rng.gamma(2.0, 0.5) * 1.2 * math.exp(-0.4 * group)
        start = float(rng.choice([0.0, rng.uniform(0, 1)]))
        end = float(rng.uniform(1.5, 3.0))
        times = np.sort(rng.uniform(start, end, rng.poisson(rate * (end - start))))
        facts = {"program": float(group)}
        made.append(Person(str(number), end, tuple(times.tolist()), start, facts))
    return made


def _repeats(rows: Rows) -> None:
    rng = np.random.default_rng(7)
    ratio = plain = mean = count = 0
    for _ in range(WORLDS):
        people = _people(rng, PEOPLE)
        try:
            term = fit_recurrent(people, ["program"]).terms[0]
        except RepeatError:
            continue
        count += 1
        ratio += abs(term.coefficient + 0.4) <= 1.959964 * term.robust_error
        plain += abs(term.coefficient + 0.4) <= 1.959964 * term.error
        curve = mean_count([one for one in people if one.covariates["program"] == 0])
        place = int(np.searchsorted(curve.times, 1.5, side="right")) - 1
        mean += bool(curve.low[place] <= 1.2 * 1.5 <= curve.high[place])
    share = 100 * ratio / count
    beside = ("without clusters", 100 * plain / count)
    rows.add("repeat contacts: coverage, least", share, "%", at_least=93, beside=beside, n=count)
    rows.add("repeat contacts: coverage, most", share, "%", at_most=97, n=count)
    share = 100 * mean / count
    rows.add("mean count: coverage, least", share, "%", at_least=93, n=count)
    rows.add("mean count: coverage, most", share, "%", at_most=97, n=count)


def _frequent(rows: Rows) -> None:
    rng = np.random.default_rng(8)
    said = beside = naive = 0
    for _ in range(WORLDS // 2):
        own = rng.gamma(0.6, 2.5, 1500)
        before, after = rng.poisson(own), rng.poisson(own)
        picked = np.flatnonzero(before >= 4)
        inside, outside = picked[::2], picked[1::2]
        one = frequent_contacts(
            before[inside].tolist(),
            after[inside].tolist(),
            threshold=4,
            everyone_before=before.tolist(),
            control=(before[outside].tolist(), after[outside].tolist()),
        )
        said += one.beyond
        ends = one.control_interval
        beside += ends is not None and not ends[0] <= 1 <= ends[1]
        naive += one.after < 0.9 * one.before
    n = WORLDS // 2
    control = ("before against after alone", 100 * naive / n)
    name = "frequent contacts: a fall beyond chance, said where there is none"
    rows.add(name, 100 * said / n, "%", at_most=6, beside=control, n=n)
    name = "frequent contacts: a difference from the comparison, said where there is none"
    rows.add(name, 100 * beside / n, "%", at_most=8, n=n)


def _groups(rows: Rows) -> None:
    rng = np.random.default_rng(9)
    mixes, rates, hits, n = {"a": (120, 400), "b": (240, 160)}, (0.30, 0.10), 0, 4000
    for _ in range(n):
        lines = [
            Line(group, int(rng.binomial(size, rate * factor)), size, str(place))
            for group, factor in (("a", 1.0), ("b", 1.5))
            for place, (size, rate) in enumerate(zip(mixes[group], rates, strict=True))
        ]
        ends = compare_groups(lines, reference="a", by="call").groups[1].ratio_interval
        hits += ends is not None and ends[0] <= 1.5 <= ends[1]
    share = 100 * hits / n
    rows.add("standardized ratio: coverage, least", share, "%", at_least=93, n=n)
    rows.add("standardized ratio: coverage, most", share, "%", at_most=97, n=n)


def prove(rows: Rows) -> None:
    """Monitoring, repeat contacts, frequent contacts and groups, where the truth is known."""
    _monitoring(rows)
    _repeats(rows)
    _frequent(rows)
    _groups(rows)
