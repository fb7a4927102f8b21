"""The backtest as the contract shapes it, and the note of it that lies beside a scenario."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tandem.planning.backtest import (
    LEVEL,
    PROMISE,
    REPLICATIONS,
    Backtest,
    Half,
    Weekly,
    backtest,
    halves,
)
from tandem.planning.backtest_note import DO_NOT_USE, NONE, NOTE, UNTESTED, USABLE
from tandem.planning.demand import trend_of, weeks_of
from tandem.planning.forecast import forecast
from tandem.planning.history import History
from tandem.planning.shape import result_of
from tandem.planning.study import Study, Unusable

Say = Callable[[int, int], None]


def backtest_result(history: History, study: Study, say: Say | None = None) -> dict[str, Any]:
    """Calibrate on the first half, compare with the second; `backtest.verdict` says what for."""
    made = backtest(history, study, say=say)
    told = as_json(made)
    told["forecast"] = _foretold(history, study)
    result = result_of(study, told["measures"], [*history.warnings, *made.notes])
    result["backtest"] = told
    result["replications"] = made.replications
    if not made.usable:
        result["warnings"].append(sentence_of(told))
    result["words"] = _words(told)
    return result


def as_json(made: Backtest) -> dict[str, Any]:
    """Per measure the weeks inside, and each miss by its name."""
    return {
        "verdict": USABLE if made.usable else DO_NOT_USE,
        "level": LEVEL,
        "promise": PROMISE,
        "weeks_a_simulated_week_borrows_from": made.pool or "all",
        "measures": {
            name: {
                "weeks": len(weeks),
                "inside": sum(week.inside for week in weeks),
                "share_inside": round(made.share(name), 4),
                "kept": made.share(name) >= PROMISE,
                "misses": [_week(week) for week in weeks if not week.inside],
                "by_week": [_week(week) for week in weeks],
            }
            for name, weeks in made.measures.items()
        },
        "missed": made.missed,
        "switched": made.blame,
        "notes": made.notes,
    }


def _week(week: Weekly) -> dict[str, Any]:
    return {
        "week": week.week.isoformat(),
        "seen": round(week.seen, 3),
        "interval": [round(week.low, 3), round(week.high, 3)],
    }


def sentence_of(told: dict[str, Any]) -> str:
    """Why not to use the result, and which part of the model the misses point to."""
    parts = []
    for name in told["missed"]:
        measure = told["measures"][name]
        switched = told["switched"].get(name, {})
        best = max(switched, key=lambda part: switched[part]) if switched else ""
        blame = f"; with the second half's own {best} it is {switched[best]:.0%}" if best else ""
        parts.append(f"{name} in {measure['share_inside']:.0%} of the weeks{blame}")
    return (
        f"Do not use: the engine's {told['level']:.0%} intervals did not hold "
        f"{told['promise']:.0%} of the weeks of the second half ({', '.join(parts)})."
    )


def _foretold(history: History, study: Study) -> dict[str, Any] | None:
    """Calls and team-hours of the second half's weeks, foretold from the first half alone."""
    first, second = halves(history, study)
    middle = second.starts[0]
    past = history.between(history.first, middle - (second.starts[1] - second.starts[0]) / 7)
    ahead = (second.starts[-1] - middle).days // 7 + 1
    weeks = weeks_of(past)
    try:
        told = forecast(weeks, trend_of(weeks, LEVEL), ahead, LEVEL)
    except Unusable as refusal:
        return {"sentence": str(refusal)}
    seen = weeks_of(history.between(middle, history.last))
    number = min(len(seen.counts), ahead)
    offset = len(seen.counts) - number
    rows = [
        {
            "week": seen.starts[offset + place].isoformat(),
            "seen": float(seen.counts[offset + place]),
            "interval": [float(told.low[place]), float(told.high[place])],
        }
        for place in range(number)
    ]
    inside = sum(row["interval"][0] <= row["seen"] <= row["interval"][1] for row in rows)  # type: ignore[index]
    hours = _hours(first, second, told.mean[:number])
    return {
        "calls": {"weeks": number, "inside": inside, "by_week": rows},
        "team_hours": hours,
        "sentence": "Foretold from the first half alone: growth is tested here too.",
    }


def _hours(first: Half, second: Half, calls: Any) -> dict[str, float]:
    """Team-hours of the second half: as they were, and as the foretold calls would have taken."""
    spent = sum((call.travelled or 0.0) + (call.bound or 0.0) for call in first.calls) / 60
    # The foretold are all eligible calls; a call without times, often reached by nobody, is one.
    each = spent / (len(first.calls) + first.left_out)
    seen = sum((call.travelled or 0.0) + (call.bound or 0.0) for call in second.calls) / 60
    return {"seen": round(float(seen), 1), "foretold": round(float(np.sum(calls) * each), 1)}


def note_of(history: History, study: Study, say: Say | None = None) -> dict[str, Any]:
    """The backtest as it is to lie beside the scenarios made from the same history."""
    try:
        told = as_json(backtest(history, study, say=say))
        told["sentence"] = "" if told["verdict"] == USABLE else sentence_of(told)
    except Unusable as refusal:
        told = {"verdict": NONE, "sentence": f"{UNTESTED} {refusal}"}
    told["history"] = f"{study.name}, {history.first} to {history.last}"
    told["replications"] = REPLICATIONS
    return told


def write_note(folder: Path, told: dict[str, Any]) -> None:
    """Leave it there; nothing of an earlier one stays."""
    (folder / NOTE).write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")


def _words(told: dict[str, Any]) -> list[str]:
    words = [f"Verdict: {told['verdict']}."]
    for name, measure in told["measures"].items():
        misses = ", ".join(miss["week"] for miss in measure["misses"])
        words.append(
            f"{name}: {measure['inside']} of {measure['weeks']} weeks inside the engine's "
            f"{told['level']:.0%} intervals" + (f"; missed: {misses}." if misses else ".")
        )
    forecast_told = told["forecast"]
    if forecast_told and "calls" in forecast_told:
        calls = forecast_told["calls"]
        words.append(
            f"Calls foretold from the first half alone: {calls['inside']} of {calls['weeks']} "
            f"weeks inside; team-hours {forecast_told['team_hours']['foretold']:g} foretold, "
            f"{forecast_told['team_hours']['seen']:g} seen."
        )
    return words
