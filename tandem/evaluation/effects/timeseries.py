"""Interrupted time series: one course over time, before and after a known date.

Segmented regression (Wagner et al. 2002; Bernal, Cummins and Gasparrini 2017) with a log link for
counts, Fourier terms for the season, and by default errors that know that neighboring periods
resemble each other. statsmodels fits; the autocorrelation of short series is our own (see
`autocorrelation`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tandem.evaluation.effects.autocorrelation import (
    Array,
    MatchedAutoregression,
    residual_autocorrelations,
)
from tandem.evaluation.effects.data import Study, drop_incomplete, one_row_each
from tandem.evaluation.effects.periods import SEASONS
from tandem.evaluation.effects.refusals import StudyRefused
from tandem.evaluation.effects.result import (
    CHECKED,
    FAILED,
    NOT_CHECKABLE,
    Assumption,
    Effect,
    Picture,
)
from tandem.evaluation.effects.segmented import Fit, Series, contrast_of, fit_series, infer

FEWEST_BEFORE, FEWEST_AFTER, FEWEST_EVENTS = 8, 3, 20
FEWEST_BESIDE_PARAMETERS = 5
STRONG_DISPERSION = 1.5
DUE = 0.05


def analyze(study: Study) -> Effect:
    """Estimate the change at the start of the program."""
    drop_incomplete(study)
    one_row_each(study, ["period"])
    options = study.protocol.options
    start = study.period(study.protocol.comparison.start)
    series = _series(study, start)
    family = _family(study)
    effect = Effect(
        estimand=_estimand(study, start),
        scale=_scale(study, family),
        null=0.0 if _is_difference(study, family) else 1.0,
        n=len(series.y),
        level=study.protocol.level,
    )
    reason = _too_little(study, series)
    if reason:
        return effect.withhold(reason)
    fit = fit_series(series, family)
    contrast = contrast_of(series, _which(study))
    _report_effect(effect, study, series, fit, contrast)
    effect.diagnostics |= _diagnostics(study, series, fit, family)
    effect.placebo = _placebos(study, series, family, fit, contrast)
    _judge_assumptions(effect, study, series, fit, options)
    effect.pictures.append(_picture(study, series, fit, family))
    return effect


def _family(study: Study) -> str:
    chosen = str(study.protocol.options["family"])
    if study.protocol.outcome.kind == "count":
        return chosen or "quasi-poisson"
    if chosen not in ("", "gaussian"):
        raise StudyRefused(f'The family {chosen} is for counts: say kind = "count", or no family.')
    return "gaussian"


def _is_difference(study: Study, family: str) -> bool:
    return family == "gaussian" and study.protocol.outcome.transform == "none"


def _scale(study: Study, family: str) -> str:
    slope = _which(study) == "slope"
    if _is_difference(study, family):
        return "difference per period" if slope else "difference"
    return "rate ratio per period" if slope else "rate ratio"


def _which(study: Study) -> str:
    chosen = str(study.protocol.options["effect"])
    change = study.protocol.options["change"]
    default = {"level": "level", "slope": "slope", "level-and-slope": "average"}[change]
    if chosen and change != "level-and-slope" and chosen not in (change, "average"):
        raise StudyRefused(f"The model changes the {change}; `effect` cannot be {chosen}.")
    return chosen or default


def _estimand(study: Study, start: int) -> str:
    what = {
        "level": "the change of level at",
        "slope": "the change of the course, for each period, from",
        "average": "the change of level, averaged over the periods from",
    }[_which(study)]
    return (
        f"{what} {study.name(start)} in {study.protocol.outcome.description}, against the continued"
        " course of the periods before"
    )


def _series(study: Study, start: int) -> Series:
    frame, options = study.frame, study.protocol.options
    period = frame["period"].to_numpy(dtype=float)
    _check_span(study, period, start)
    waited = (period >= start) & (period < start + options["phase_in"])
    if waited.any():
        frame, period = frame[~waited], period[~waited]
        study.flow.append(("periods of phasing in", int(waited.sum())))
    after = (period >= start).astype(float)
    columns: dict[str, Array] = {"start value": np.ones(len(period))}
    # Counted from the start and scaled, so that the fit does not depend on the calendar's numbers.
    columns["course"] = (period - start) / 12.0
    if options["change"] != "slope":
        columns["level"] = after
    if options["change"] != "level":
        columns["slope"] = after * (period - start) + (
            after if options["change"] == "slope" else 0.0
        )
    length = float(options["season_length"]) or SEASONS.get(study.protocol.periods.unit, 0.0)
    if options["harmonics"] and not length:
        raise StudyRefused(
            "`harmonics` needs `season_length`, the number of periods in one season."
        )
    for wave in range(1, options["harmonics"] + 1):
        angle = 2 * np.pi * wave * period / length
        columns[f"season sin {wave}"] = np.sin(angle)
        if 2 * wave != length:
            columns[f"season cos {wave}"] = np.cos(angle)
    _add_covariates(columns, study, frame)
    exposure = frame["exposure"].to_numpy(dtype=float) if "exposure" in frame else None
    offset = np.zeros(len(period)) if exposure is None else np.log(exposure)
    y = frame["y"].to_numpy(dtype=float)
    return Series(
        period, y, offset, np.column_stack(list(columns.values())), list(columns), start, after
    )


def _add_covariates(columns: dict[str, Array], study: Study, frame: pd.DataFrame) -> None:
    for one in study.protocol.covariates:
        values = frame[f"c_{one.name}"]
        if one.kind == "category":
            dummies = pd.get_dummies(values, drop_first=True, dtype=float)
            columns |= {f"{one.name} {word}": dummies[word].to_numpy() for word in dummies}
            continue
        centered = values.to_numpy(dtype=float) - values.mean()
        for power in range(1, one.power + 1):
            columns[f"{one.name}^{power}"] = centered**power


def _check_span(study: Study, period: Array, start: int) -> None:
    steps = np.diff(period)
    if (steps > 1).any():
        place = int(np.argmax(steps > 1))
        missing = int((steps[steps > 1] - 1).sum())
        if study.protocol.periods.missing == "refuse":
            raise StudyRefused(
                f"Periods missing from the series: {missing}, the first after"
                f' {study.name(period[place])}. Complete them, or say missing = "leave-out" in'
                " [periods]."
            )
        study.warnings.append(f"Periods missing from the series and left out: {missing}.")
    if start <= period[0]:
        raise StudyRefused(
            f"There is no period before {study.name(start)}: the series begins with"
            f" {study.name(period[0])}; without a time before, nothing can be compared."
        )
    if start > period[-1]:
        raise StudyRefused(
            f"There is no period from {study.name(start)} on: the series ends with"
            f" {study.name(period[-1])}; check `start`."
        )


def _too_little(study: Study, series: Series) -> str | None:
    before, after = int((series.after == 0).sum()), int(series.after.sum())
    if before < FEWEST_BEFORE or after < FEWEST_AFTER:
        return (
            f"{before} periods before the start and {after} from it on: at least {FEWEST_BEFORE}"
            f" and {FEWEST_AFTER} are needed to tell a change from the usual course."
        )
    if len(series.y) - series.design.shape[1] < FEWEST_BESIDE_PARAMETERS:
        return (
            f"{len(series.y)} periods cannot carry a model with {series.design.shape[1]} parts:"
            " take fewer harmonics or covariates, or wait."
        )
    if study.protocol.outcome.kind == "count" and series.y.sum() < FEWEST_EVENTS:
        return f"Only {series.y.sum():g} events in all: at least {FEWEST_EVENTS} are needed."
    if study.protocol.outcome.kind == "count":
        for word, part in (
            ("before the start", series.after == 0),
            ("after it", series.after == 1),
        ):
            if series.y[part].sum() == 0:
                return f"No event {word}: a ratio cannot be given."
    if np.linalg.matrix_rank(series.design) < series.design.shape[1]:
        return "The parts of the model cannot be told apart in these periods: take fewer."
    return None


def _lags(study: Study, n: int) -> int:
    """The protocol's number of lags, else Newey and West's rule 4 (n / 100)^(2/9)."""
    return int(study.protocol.options["lags"]) or int(4 * (n / 100) ** (2 / 9))


def _shown(value: float, *, difference: bool) -> float:
    return value if difference else float(np.exp(value))


def _report_effect(effect: Effect, study: Study, series: Series, fit: Fit, contrast: Array) -> None:
    protocol, difference = study.protocol, effect.null == 0
    lags, family = _lags(study, len(series.y)), _family(study)
    beside: dict[str, Any] = {}
    for errors in ("autoregressive", "newey-west", "robust", "model"):
        found = infer(
            fit, contrast, errors, lags=lags, level=protocol.level, seed=protocol.seed,
            family=family,
        )  # fmt: skip
        at = float(contrast @ fit.beta)
        reach = found.critical * found.error
        interval = (
            _shown(at - reach, difference=difference),
            _shown(at + reach, difference=difference),
        )
        beside[errors] = {"interval": interval, "p": found.p, "standard_error": found.error}
        if errors == "autoregressive":
            effect.diagnostics["autocorrelation"] = found.rho
        if errors == protocol.options["errors"]:
            effect.estimate = _shown(at, difference=difference)
            effect.interval, effect.p = interval, found.p
    effect.diagnostics["errors"] = protocol.options["errors"]
    effect.diagnostics["intervals_by_errors"] = beside
    effect.diagnostics["lags"] = lags


def _mean_without_change(series: Series, fit: Fit, family: str) -> Array:
    linear = series.without_change() @ fit.beta + series.offset
    return linear if family == "gaussian" else np.exp(linear)


def _diagnostics(study: Study, series: Series, fit: Fit, family: str) -> dict[str, Any]:
    after = series.after == 1
    expected = _mean_without_change(series, fit, family)
    parts = {
        name: {"estimate": float(value), "standard_error": float(np.sqrt(fit.covariance[k, k]))}
        for k, (name, value) in enumerate(zip(series.names, fit.beta, strict=True))
    }
    told = {
        "family": family,
        "periods_before": int((~after).sum()),
        "periods_after": int(after.sum()),
        "dispersion": fit.dispersion if family != "gaussian" else None,
        "coefficients": parts,
        "residual_autocorrelation": residual_autocorrelations(fit.pearson, 3),
        "counterfactual": {
            "observed_after": float(series.y[after].sum()),
            "expected_without_change": float(expected[after].sum()),
            "difference": float(series.y[after].sum() - expected[after].sum()),
        },
    }
    if family == "negative-binomial":
        told["alpha"] = fit.alpha
    return told


def _placebos(
    study: Study, series: Series, family: str, fit: Fit, contrast: Array
) -> dict[str, Any] | None:
    """The same change looked for at dates before the start, in the data before it alone."""
    wanted = int(study.protocol.options["placebo_dates"])
    mask = series.after == 0
    periods = series.period[mask]
    room = max(6, FEWEST_BEFORE // 2 + series.design.shape[1] // 2)
    dates = periods[room : len(periods) - room + 1]
    if not wanted or not len(dates):
        return None
    if len(dates) > wanted:
        dates = dates[np.unique(np.linspace(0, len(dates) - 1, wanted).round().astype(int))]
    own = float(contrast @ fit.beta)
    own_z = abs(own) / _error(fit, contrast)
    rows = []
    for date in dates:
        moved = _moved(series, mask, float(date))
        if np.linalg.matrix_rank(moved.design) < moved.design.shape[1]:
            continue
        again = fit_series(moved, family)
        test = contrast_of(moved, _which(study))
        value = float(test @ again.beta)
        rows.append((study.name(date), value, abs(value) / _error(again, test)))
    if not rows:
        return None
    difference = _is_difference(study, family)
    return {
        "kind": "dates before the start",
        "n": len(rows),
        "as_large": sum(z >= own_z for _, _, z in rows),
        "rows": [
            {"date": name, "estimate": _shown(value, difference=difference), "z": z}
            for name, value, z in rows
        ],
        "z_at_start": own_z,
        "p": (1 + sum(z >= own_z for _, _, z in rows)) / (len(rows) + 1),
    }


def _error(fit: Fit, contrast: Array) -> float:
    errors, _ = MatchedAutoregression(fit.weighted, contrast).errors(fit.pearson[:, None])
    return max(float(errors[0]), 1e-12)


def _moved(series: Series, mask: Array, date: float) -> Series:
    """The periods before the start alone, with the change moved to another date."""
    design = series.design[mask].copy()
    period = series.period[mask]
    after = (period >= date).astype(float)
    if "level" in series.names:
        design[:, series.names.index("level")] = after
    if "slope" in series.names:
        first = 0.0 if "level" in series.names else 1.0
        design[:, series.names.index("slope")] = after * (period - date + first)
    return Series(
        period, series.y[mask], series.offset[mask], design, series.names, int(date), after
    )


def _judge_assumptions(
    effect: Effect, study: Study, series: Series, fit: Fit, options: dict[str, Any]
) -> None:
    notes = effect.assumptions
    notes.append(
        Assumption(
            "nothing else changed at the start", NOT_CHECKABLE,
            "No comparison group stands beside this series: anything else that began at the same"
            " time looks the same.",
        )
    )  # fmt: skip
    if effect.placebo:
        share = sum(row["z"] > stats.norm.ppf(1 - DUE / 2) for row in effect.placebo["rows"])
        total = effect.placebo["n"]
        bad = share / total > 0.25 and share > 1  # noqa: PLR2004
        notes.append(
            Assumption(
                "the course before was steady", FAILED if bad else CHECKED,
                f"{share} of {total} dates before the start, where nothing began, show a change as"
                " well.",
            )
        )  # fmt: skip
    else:
        notes.append(
            Assumption("the course before was steady", NOT_CHECKABLE,
                       "There are too few periods before the start for placebo dates.")
        )  # fmt: skip
    errors = options["errors"]
    r1 = effect.diagnostics["residual_autocorrelation"][0]
    ignores = errors in ("model", "robust") and abs(r1) > 2 / np.sqrt(len(series.y))
    notes.append(
        Assumption(
            "neighboring periods", FAILED if ignores else CHECKED,
            f"The residuals' first autocorrelation is {r1:.2f}; the errors are {errors}.",
            key=False, )
    )  # fmt: skip
    counts = study.protocol.outcome.kind == "count"
    tight = counts and options["family"] == "poisson" and errors == "model"
    if tight and fit.dispersion > STRONG_DISPERSION:
        notes.append(
            Assumption(
                "the spread of the counts", FAILED,
                f"The counts spread {fit.dispersion:.2f} times as much as Poisson"
                " counts: this interval is too narrow; the others stand beside it.", key=False,
            )
        )  # fmt: skip
        effect.warnings.append(
            f"The counts spread {fit.dispersion:.2f} times as much as the Poisson model allows: the"
            " interval is too narrow."
        )
    if ignores:
        effect.warnings.append(
            "The errors leave out that neighboring periods resemble each other: the interval is too"
            " narrow."
        )
    if options["harmonics"] == 0 and study.protocol.periods.unit in ("month", "quarter", "week"):
        effect.warnings.append("The season is not modeled: `harmonics` is 0.")


def _picture(study: Study, series: Series, fit: Fit, family: str) -> Picture:
    expected = _mean_without_change(series, fit, family)
    rows = [
        [study.name(at), seen, fitted, without if late else None]
        for at, seen, fitted, without, late in zip(
            series.period, series.y, fit.mean, expected, series.after == 1, strict=True
        )
    ]
    at = int(np.argmax(series.after == 1))
    return Picture(
        "lines",
        "What was seen, what the model fits, and what it expects without a change",
        ("period", "seen", "fitted", "expected without a change"),
        rows,
        marks={f"start {study.name(series.start)}": float(at)},
    )
