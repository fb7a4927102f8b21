"""The one shape of what `tandem plan` answers from a history."""

from typing import Any

from tandem.planning.study import Study


def result_of(study: Study, measures: dict[str, Any], warnings: list[str]) -> dict[str, Any]:
    """The one shape of every `tandem plan` result."""
    return {
        "scenario": study.name,
        "version": study.version,
        "seed": study.seed,
        "replications": 0,
        "measures": measures,
        "backtest": None,
        "gap": None,
        "broken_rules": [],
        "warnings": warnings,
    }


def interval(value: float, low: float, high: float, unit: str) -> dict[str, Any]:
    return {
        "value": round(float(value), 4),
        "interval": [round(float(low), 4), round(float(high), 4)],
        "unit": unit,
    }
