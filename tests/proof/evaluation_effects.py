"""Proof of the effects: how often their tests err and their intervals hold.

Every study is drawn, so the truth is known; every number comes from the engine that the command
runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats
from scipy.signal import lfilter

from tandem.evaluation.effects import (
    differences,
    matching,
    randomized,
    staggered,
    synthetic,
    timeseries,
    weighting,
)
from tandem.evaluation.effects.data import Study
from tandem.evaluation.effects.protocol import read_protocol
from tandem.evaluation.effects.result import Effect
from tests.bench.rows import Rows

SERIES, PANELS, TRIALS, SYNTHETICS, STAGGERED = 3000, 1500, 1500, 800, 400
MODEL = """
version = 1
title = "drawn"
question = "none"
written = 2026-01-01
[population]
description = "drawn"
[stopping]
rule = "one look"
[outcome]
name = "y"
description = "y"
kind = "{kind}"
[comparison]
description = "drawn"
{comparison}
[method]
name = "{method}"
{options}
"""
Draw = Callable[[np.random.Generator], pd.DataFrame]
Array = np.ndarray


@dataclass
class Tally:
    """What many runs of one kind ended with."""

    covered: list[bool] = field(default_factory=list)
    rejected: list[bool] = field(default_factory=list)
    p: list[float] = field(default_factory=list)

    def add(self, effect: Effect, truth: float) -> None:
        if effect.p is None:
            raise RuntimeError(f"a drawn study gave no p: {effect.too_little}")
        self.p.append(effect.p)
        self.rejected.append(effect.p <= 0.05 + 1e-12)
        if effect.interval is not None:
            low, high = effect.interval
            self.covered.append(low <= truth <= high)


def many(
    analyze: Callable[[Study], Effect], text: str, draw: Draw, *, truth: float, runs: int, seed: int
) -> Tally:
    """Draw and analyze a study many times; `truth` is on the scale of the estimate."""
    protocol = read_protocol(text.encode())
    rng = np.random.default_rng(seed)
    tally = Tally()
    for _ in range(runs):
        frame = draw(rng)
        frame["line"] = np.arange(len(frame))
        tally.add(analyze(Study(protocol, frame)), truth)
    return tally


def autoregressive(rng: np.random.Generator, length: int, rho: float) -> Array:
    """A stationary series of unit innovations."""
    return np.asarray(lfilter([1.0], [1.0, -rho], rng.normal(size=length + 100))[100:])


def course(length: int, start: int, *, counts: bool, step: float, rho: float = 0.4) -> Draw:
    """Months with a trend, a season and neighbors that resemble each other."""

    def draw(rng: np.random.Generator) -> pd.DataFrame:
        month = np.arange(length)
        noise = autoregressive(rng, length, rho)
        steady = 0.003 * month + 0.2 * np.sin(2 * np.pi * month / 12) + step * (month >= start)
        if counts:
            y = rng.poisson(np.exp(4 + steady + 0.1 * noise)).astype(float)
        else:
            y = 10 * steady + noise
        return pd.DataFrame({"period": month, "y": y})

    return draw


def its(start: int, *, counts: bool) -> str:
    return MODEL.format(
        kind="count" if counts else "number",
        comparison=f"start = {start}",
        method="interrupted-time-series",
        options="harmonics = 1\nseason_length = 12\nplacebo_dates = 0",
    )


def units(count: int, treated: int, *, effect: float, years: int = 12) -> Draw:
    """Units of their own levels and neighboring years, some treated from the middle on."""

    def draw(rng: np.random.Generator) -> pd.DataFrame:
        y = lfilter([1.0], [1.0, -0.5], rng.normal(size=(count, years + 50)), axis=1)[:, 50:]
        y = y + rng.normal(size=(count, 1)) + rng.normal(size=(1, years))
        y[:treated, years // 2 :] += effect
        return _long(y, ["t" if k < treated else "c" for k in range(count)])

    return draw


def factors(count: int, years: int, start: int, *, effect: float) -> Draw:
    """Units that follow two common courses, each in its own mixture."""

    def draw(rng: np.random.Generator) -> pd.DataFrame:
        common = rng.normal(size=(2, years)).cumsum(axis=1)
        y = rng.normal(size=(count, 2)) @ common + rng.normal(size=(count, years))
        y[0, start:] += effect
        return _long(y, ["t" if k < 1 else "c" for k in range(count)])

    return draw


def _long(y: Array, groups: list[str]) -> pd.DataFrame:
    count, years = y.shape
    return pd.DataFrame(
        {
            "unit": np.repeat([f"u{k:03d}" for k in range(count)], years),
            "period": np.tile(np.arange(years), count),
            "group": np.repeat(groups, years),
            "y": y.ravel(),
        }
    )


def cohorts(rng: np.random.Generator) -> pd.DataFrame:
    """A hundred units in three starts and none, the effect 1 everywhere."""
    count, years = 100, 8
    start = rng.permutation(np.repeat([0, 3, 5, 6], count // 4))
    y = rng.normal(size=(count, years)) + rng.normal(size=(count, 1))
    y += (start[:, None] > 0) & (np.arange(years)[None, :] >= start[:, None])
    return _long(y, [str(one) for one in start])


def records(rng: np.random.Generator) -> pd.DataFrame:
    """Records whose treatment and outcome go with two covariates; the effect is 1 for all."""
    n = 500
    x, z = rng.normal(size=n), rng.normal(size=n)
    chance = 1 / (1 + np.exp(-(0.6 * x - 0.4 * z)))
    treated = (rng.random(n) < chance).astype(int)
    y = treated + x + 0.5 * z + rng.normal(size=n)
    group = np.where(treated == 1, "1", "0")
    return pd.DataFrame({"group": group, "y": y, "c_x": x, "c_z": z})


def trial(rng: np.random.Generator) -> pd.DataFrame:
    """A trial of 120 with unlike spreads; the effect is 1."""
    treated = rng.permutation(np.repeat([0, 1], [70, 50]))
    y = treated + rng.normal(size=120) * np.where(treated == 1, 2.0, 1.0)
    return pd.DataFrame({"group": np.where(treated == 1, "1", "0"), "y": y})


def clusters(rng: np.random.Generator) -> pd.DataFrame:
    """Thirty sites of 10, drawn whole; no effect."""
    own = rng.permutation(np.repeat([0, 1], 15))
    y = np.repeat(rng.normal(size=30), 10) + rng.normal(size=300)
    site = np.repeat([f"s{k}" for k in range(30)], 10)
    group = np.repeat(np.where(own == 1, "1", "0"), 10)
    return pd.DataFrame({"group": group, "y": y, "o_cluster": site})


def panel_text(method: str, start: int, options: str = "") -> str:
    comparison = f'by = "group"\ntreated = ["t"]\nstart = {start}'
    return MODEL.format(kind="number", comparison=comparison, method=method, options=options)


def groups_text(method: str, options: str = "") -> str:
    return MODEL.format(kind="number", comparison='treated = ["1"]', method=method, options=options)


COVARIATES = '[[covariates]]\nname = "x"\n[[covariates]]\nname = "z"\n'


def prove(rows: Rows) -> None:
    """Every promise about errors and intervals, a row each."""
    _series(rows)
    _panels(rows)
    _synthetic(rows)
    _records(rows)


def _coverage(rows: Rows, name: str, tally: Tally) -> None:
    share = 100 * float(np.mean(tally.covered))
    rows.add(f"interval coverage, {name}", share, "%", at_least=93, n=len(tally.covered))
    rows.add(f"interval coverage not above, {name}", share, "%", at_most=97, n=len(tally.covered))


def _errors(rows: Rows, name: str, tally: Tally) -> None:
    share = 100 * float(np.mean(tally.rejected))
    rows.add(f"false positives, {name}", share, "%", at_most=6, n=len(tally.rejected))


def _series(rows: Rows) -> None:
    for counts, length, start in ((False, 60, 36), (True, 60, 36), (True, 120, 80)):
        kind = "counts" if counts else "numbers"
        drawn = course(length, start, counts=counts, step=0.0)
        text = its(start, counts=counts)
        tally = many(timeseries.analyze, text, drawn, truth=0, runs=SERIES, seed=11)
        _errors(rows, f"interrupted time series, AR(1) 0.4, {length} months of {kind}", tally)
    drawn = course(60, 36, counts=True, step=float(np.log(0.8)))
    tally = many(timeseries.analyze, its(36, counts=True), drawn, truth=0.8, runs=SERIES, seed=12)
    _coverage(rows, "interrupted time series, AR(1) 0.4, 60 months of counts", tally)


def _panels(rows: Rows) -> None:
    text = panel_text("difference-in-differences", 6)
    one = units(40, 1, effect=0.0)
    tally = many(differences.analyze, text, one, truth=0, runs=PANELS, seed=21)
    _errors(rows, "one treated unit of 40", tally)
    three = units(40, 3, effect=0.0)
    tally = many(differences.analyze, text, three, truth=0, runs=PANELS // 3, seed=22)
    _errors(rows, "three treated units of 40", tally)
    one = units(40, 1, effect=1.0)
    tally = many(differences.analyze, text, one, truth=1, runs=PANELS, seed=23)
    _coverage(rows, "one treated unit of 40", tally)
    many_units = units(60, 20, effect=1.0)
    tally = many(differences.analyze, text, many_units, truth=1, runs=PANELS, seed=24)
    _coverage(rows, "difference-in-differences, 20 treated of 60", tally)
    text = MODEL.format(
        kind="number", comparison='group_holds = "first-period"', method="callaway-santanna",
        options="",
    )  # fmt: skip
    tally = many(staggered.analyze, text, cohorts, truth=1, runs=STAGGERED, seed=25)
    _coverage(rows, "Callaway and Sant'Anna, 75 treated of 100", tally)


def _synthetic(rows: Rows) -> None:
    text = panel_text("synthetic-control", 28)
    nothing = factors(20, 40, 28, effect=0.0)
    tally = many(synthetic.analyze, text, nothing, truth=0, runs=SYNTHETICS, seed=31)
    _errors(rows, "synthetic control, 19 others", tally)
    seen = np.bincount(np.round(np.array(tally.p) * 20).astype(int), minlength=21)[1:]
    p = float(stats.chisquare(seen).pvalue)
    rows.add("synthetic control, placebo p uniform (chi2)", p, "p", at_least=0.01, n=len(tally.p))
    something = factors(20, 40, 28, effect=2.0)
    tally = many(synthetic.analyze, text, something, truth=2, runs=SYNTHETICS, seed=32)
    _coverage(rows, "synthetic control, 19 others", tally)


def _records(rows: Rows) -> None:
    for method, options in (
        ("inverse-probability-weighting", ""),
        ("overlap-weighting", ""),
    ):
        text = groups_text(method, options + COVARIATES)
        tally = many(weighting.analyze, text, records, truth=1, runs=TRIALS, seed=41)
        _coverage(rows, method.replace("-", " "), tally)
    text = groups_text("matching", COVARIATES)
    tally = many(matching.analyze, text, records, truth=1, runs=TRIALS // 3, seed=42)
    rows.add("interval coverage, matching (left-over imbalance shifts it; not promised)",
             100 * float(np.mean(tally.covered)), "%", n=len(tally.covered))  # fmt: skip
    tally = many(
        randomized.analyze, groups_text("randomized"), trial, truth=1, runs=TRIALS, seed=43
    )
    _coverage(rows, "randomized, unlike spreads", tally)
    text = groups_text("randomized", 'cluster = "site"')
    tally = many(randomized.analyze, text, clusters, truth=0, runs=TRIALS, seed=44)
    _coverage(rows, "randomized, 30 clusters", tally)
    _errors(rows, "randomized, 30 clusters", tally)
