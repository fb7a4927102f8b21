"""The options of each method: their kind, what they may be, and what holds when nothing is said."""

from dataclasses import dataclass
from typing import Any

from tandem.kernel.strict_toml import Section


@dataclass(frozen=True)
class Option:
    """One option: a word of a list, a whole number between bounds, a number, or yes/no."""

    default: Any
    of: tuple[str, ...] = ()
    low: float = 0
    high: float = 100_000


def _words(default: str, *others: str) -> Option:
    return Option(default, of=(default, *others))


_TREATED_NAMES = Option("")
COST_COLUMNS = ("units", "units_low", "units_high", "each_low", "each_high", "from_source")
_FEW = {
    "few_treated": Option(8, low=2, high=50),
    "draws": Option(1999, low=199, high=100_000),
}
_STAGGERED = {
    "aggregate": _words("simple", "group", "dynamic", "calendar"),
    "few_treated": Option(8, low=2, high=50),
    "draws": Option(499, low=99, high=100_000),
}
_WEIGHTS = {
    "effect_on": _words("all", "treated"),
    "trim": Option(0.0, low=0.0, high=0.49),
    "errors": _words("stacked", "robust"),
}
OPTIONS: dict[str, dict[str, Option]] = {
    "interrupted-time-series": {
        "family": Option("", of=("", "poisson", "quasi-poisson", "negative-binomial", "gaussian")),
        "change": _words("level", "slope", "level-and-slope"),
        "effect": Option("", of=("", "level", "slope", "average")),
        "harmonics": Option(0, low=0, high=6),
        "season_length": Option(0.0, low=0.0, high=1000.0),
        "errors": _words("autoregressive", "newey-west", "robust", "model"),
        "lags": Option(0, low=0, high=60),
        "phase_in": Option(0, low=0, high=60),
        "placebo_dates": Option(24, low=0, high=500),
    },
    "difference-in-differences": {**_FEW, "cluster": _TREATED_NAMES},
    "callaway-santanna": {
        **_STAGGERED,
        "comparison": _words("never-treated", "not-yet-treated"),
        "estimator": _words("doubly-robust", "regression", "weighting"),
        "anticipation": Option(0, low=0, high=100),
        "base_period": _words("varying", "universal"),
    },
    "sun-abraham": dict(_STAGGERED),
    "two-way-fixed-effects": {**_FEW, "cluster": _TREATED_NAMES},
    "synthetic-control": {
        "predictors": _words("outcome-path", "covariates"),
        "fit_first": Option("", of=()),
        "fit_last": Option("", of=()),
        "outcome_means": Option("", of=()),
        "placebo_fit_at_most": Option(0.0, low=0.0, high=1000.0),
    },
    "inverse-probability-weighting": {**_WEIGHTS, "stabilized": Option(False)},
    "overlap-weighting": {"errors": _words("stacked", "robust")},
    "matching": {
        "neighbors": Option(1, low=1, high=20),
        "caliper": Option(0.2, low=0.0, high=10.0),
        "replace": Option(False),
    },
    "repeat-contacts": {
        "model": _words("andersen-gill", "pwp-total", "pwp-gap", "wlw"),
        "ties": _words("efron", "breslow"),
        "contact": Option("1"),
        "most": Option(0, low=0, high=1000),
        "entry": Option(""),
    },
    "first-contact": {
        "model": _words("fine-gray", "cause-specific"),
        "ties": _words("efron", "breslow"),
        "contact": Option("1"),
        "ended": Option("0"),
    },
    "frequent-contacts": {
        "threshold": Option(4, low=1, high=1000),
        "time_before": Option(1.0, low=0.001, high=100_000.0),
        "time_after": Option(1.0, low=0.001, high=100_000.0),
    },
    "sequential-monitoring": {},
    "disparity": {"strata": Option(""), "unknown": Option("unknown")},
    "cost": {
        "contacts": Option(0, low=0, high=100_000_000),
        "currency": Option("USD"),
        **{name: Option("") for name in COST_COLUMNS},
    },
    "power": {
        "design": _words("series", "differences", "rates", "proportions"),
        "direction": _words("lower", "higher"),
        "after": Option(12, low=1, high=1000),
        "wanted": Option(0.8, low=0.1, high=0.99),
        "treated_units": Option(0, low=0, high=100_000),
        "per_group": Option(0, low=0, high=100_000_000),
        "believed": Option(0.0, low=-1e9, high=1e9),
    },
    "randomized": {
        "effect": _words("difference", "ratio"),
        "cluster": _TREATED_NAMES,
        "strata": Option(""),
        "adjust": _words("none", "covariates"),
        "received": Option(""),
        "eligible": Option(""),
    },
}


def read_options(section: Section, method: str, *, given_only: bool = False) -> dict[str, Any]:
    """The options in this table, each checked; without `given_only` the defaults are filled in."""
    found: dict[str, Any] = {}
    for name, option in OPTIONS[method].items():
        if name not in section:
            if not given_only:
                found[name] = option.default
            continue
        found[name] = _read(section, name, option)
    return found


def _read(section: Section, name: str, option: Option) -> Any:
    if isinstance(option.default, bool):
        return section.flag(name)
    if isinstance(option.default, int):
        return section.number(name, low=int(option.low), high=int(option.high))
    if isinstance(option.default, str):
        value = section.values[name]
        # Periods of a fitting window may be bare numbers or dates.
        if name.startswith("fit_") and not isinstance(value, str):
            section.asked.add(name)
            return str(value)
        return section.text(name, of=option.of)
    value = section.values[name]
    section.asked.add(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        section.fault(f"`{name}` must be a number.", name)
        return option.default
    if not option.low <= value <= option.high:
        section.fault(f"`{name}` must lie between {option.low:g} and {option.high:g}.", name)
    return float(value)
