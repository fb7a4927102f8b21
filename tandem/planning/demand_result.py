"""The results of `tandem plan demand` and `coverage`, as the contract shapes them."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tandem.planning import coverage, demand
from tandem.planning.backtest_result import Say, note_of, write_note
from tandem.planning.demand_scenario import rates_for, write_scenarios
from tandem.planning.demand_travel import drive_words, drives_of
from tandem.planning.forecast import LEAST_WEEKS, Forecast, forecast
from tandem.planning.history import History
from tandem.planning.scenario import WEEK_HOURS
from tandem.planning.shape import interval, result_of
from tandem.planning.staffing import staffed_hours
from tandem.planning.study import Study, Unusable

Array = NDArray[np.float64]
SEASONLESS = (
    "Less than two years are recorded: a yearly season cannot be told from growth, so none is used."
)


def demand_result(
    history: History, study: Study, out: Path | None = None, say: Say | None = None
) -> dict[str, Any]:
    """Everything that the history tells of demand; writes scenarios into `out` where given."""
    level = study.level
    if out:
        out.mkdir(parents=True, exist_ok=True)
    rates = demand.estimate(history, study.seed)
    weeks = demand.weeks_of(history)
    trend = demand.trend_of(weeks, level)
    staffed, words = staffed_hours(history, study)
    warnings = [*history.warnings, *words]
    ahead = None
    if int((weeks.exposed > 0).sum()) >= LEAST_WEEKS:
        ahead = forecast(weeks, trend, study.weeks_ahead, level)
        warnings += ahead.warnings
    else:
        warnings.append(
            f"Fewer than {LEAST_WEEKS} weeks are recorded: nothing is foretold from them."
        )
    if trend.season is None:
        warnings.append(SEASONLESS)
    measures = _measures(history, study, rates, trend)
    measures["asking"] = demand.asking_of(history, staffed)
    measures["forecast"] = _forecast(ahead) if ahead else None
    measures["minutes"] = _minutes(history)
    files: dict[str, str] = {}
    if out:
        chosen = rates_for(history, study, rates, ahead.mean if ahead else None)
        # Before anything is written: a run that is stopped leaves no scenario beside the
        # backtest of another.
        note = note_of(history, study, say)
        write_note(out, note)
        files = write_scenarios(out, history, study, chosen, staffed)
        warnings += drive_words(history, drives_of(history, study))
        warnings += [f"Written: {path}." for path in files.values()]
        warnings += [note["sentence"]] if note["sentence"] else []
    result = result_of(study, measures, warnings)
    result["files"] = files
    result["words"] = _words(history, measures)
    return result


def _measures(
    history: History, study: Study, rates: demand.Rates, trend: demand.Trend
) -> dict[str, Any]:
    level = study.level
    every_hour, every_area = np.ones(WEEK_HOURS), np.ones(len(rates.areas))
    low, high = rates.interval(level)
    weekly = rates.summed(every_hour, every_area, level)
    areas = []
    for place, name in enumerate(rates.areas):
        told = rates.summed(every_hour, np.eye(len(rates.areas))[place], level)
        calls = sum(call.area == name for call in history.calls)
        areas.append(
            {
                "area": name,
                "calls": calls,
                "center": history.centers[place],
                "weekly": interval(*told, "calls a week"),
            }
        )
    hours = []
    for hour in range(WEEK_HOURS):
        told = rates.summed(np.eye(WEEK_HOURS)[hour], every_area, level)
        hours.append(interval(*told, "calls an hour"))
    year = [value * demand.WEEKS_OF_YEAR for value in weekly]
    return {
        "calls": {"eligible": len(history.calls), "all": history.all_calls},
        "recorded": {
            "from": history.first.isoformat(),
            "until": history.last.isoformat(),
            "weeks": round(history.weeks, 3),
            "holes": [
                {"from": begin.isoformat(), "until": end.isoformat(), "why": why}
                for begin, end, why in history.holes
            ],
        },
        "level": level,
        "weekly": interval(*weekly, "calls a week"),
        "yearly": interval(year[0], year[1], year[2], "calls a year"),
        "hour_of_week": hours,
        "areas": areas,
        "rates": {
            "areas": rates.areas,
            "unit": "calls an hour",
            "mean": np.round(rates.mean, 6).tolist(),
            "low": np.round(low, 6).tolist(),
            "high": np.round(high, 6).tolist(),
        },
        "growth": interval(trend.growth, trend.low, trend.high, "ratio a year"),
        "dispersion": round(trend.dispersion, 3),
        "season": None if trend.season is None else np.round(trend.season, 4).tolist(),
        "holidays": _holidays(history, study),
    }


def _holidays(history: History, study: Study) -> list[dict[str, Any]]:
    if study.holidays == "none":
        return []
    return [
        {
            "name": day.name,
            "days": day.days,
            "calls": day.calls,
            "expected": round(float(day.expected), 2),
            "ratio": interval(day.ratio, day.low, day.high, "to an ordinary day"),
        }
        for day in demand.holidays_of(history, study.level)
    ]


def _forecast(ahead: Forecast) -> dict[str, Any]:
    return {
        "weeks": [
            {"from": start.isoformat(), **interval(mean, low, high, "calls a week")}
            for start, mean, low, high in zip(
                ahead.starts, ahead.mean, ahead.low, ahead.high, strict=True
            )
        ],
        "naive_share": ahead.naive_share,
        "check": {
            key: round(value, 4) if isinstance(value, float) else value
            for key, value in asdict(ahead.check).items()
        },
    }


def _minutes(history: History) -> dict[str, Any]:
    """Median and p90 of what the history tells in minutes; None where it tells nothing."""
    told: dict[str, Any] = {}
    for name in ("waited", "travelled", "bound", "response"):
        found = [value for call in history.calls if (value := getattr(call, name)) is not None]
        told[name] = (
            {
                "n": len(found),
                "median": round(float(np.median(found)), 1),
                "p90": round(float(np.quantile(found, 0.9)), 1),
            }
            if found
            else None
        )
    return told


def _words(history: History, measures: dict[str, Any]) -> list[str]:
    week, growth = measures["weekly"], measures["growth"]
    words = [
        f"{measures['calls']['eligible']} eligible of {measures['calls']['all']} calls, "
        f"{history.first} to {history.last}, {history.weeks:.1f} weeks recorded.",
        f"{week['value']:.1f} calls a week ({week['interval'][0]:.1f} to "
        f"{week['interval'][1]:.1f}); {measures['yearly']['value']:.0f} a year.",
        f"Growth: times {growth['value']:.2f} a year ({growth['interval'][0]:.2f} to "
        f"{growth['interval'][1]:.2f}).",
        measures["asking"]["sentence"],
    ]
    words += [f"{area['area']}: {area['weekly']['value']:.1f} a week" for area in measures["areas"]]
    if measures["forecast"]:
        check = measures["forecast"]["check"]
        words.append(
            f"Forecast, tried from {check['origins']} past weeks: mean error {check['error']:.1f} "
            f"calls a week, seasonal-naive ({check['naive_is']}) {check['naive']:.1f}; its "
            f"{check['level']:.0%} intervals held {check['covered']:.0%}."
        )
    return words


def coverage_result(history: History, study: Study) -> dict[str, Any]:
    """Calls by hour beside staffed hours, and the reach of each candidate shift.

    Raises:
        Unusable: the study names no candidate and no staffed hour.
    """
    staffed, words = staffed_hours(history, study)
    if not staffed.any() and not study.candidates:
        raise Unusable(
            "The study names neither staffed hours nor a candidate shift: there is nothing to "
            "cover. Add `[[staffed]]` or `[[candidate]]`."
        )
    asked = coverage.asked_of(history, staffed)
    bound, bound_words = coverage.bound_minutes(history, study.duties)
    reaches = [
        coverage.candidate_reach(history, study, staffed, shift, asked, study.level)
        for shift in study.candidates
    ]
    on = staffed > 0
    gross = float(staffed.sum())
    net = gross * coverage.net_share(study.staffed, study.duties)
    after = study.duties.documentation + study.duties.follow_up
    reached = sum(bool(call.reached) for call in history.calls) / max(history.weeks, 1e-9)
    measures = {
        "level": study.level,
        "hours": [
            {
                "hour": hour,
                "eligible": int(asked.eligible[hour]),
                "requested": None if asked.requested is None else int(asked.requested[hour]),
                "teams": round(float(staffed[hour]), 3),
            }
            for hour in range(WEEK_HOURS)
        ],
        "eligible_in_staffed_hours": int(asked.eligible[on].sum()),
        "eligible_in_other_hours": int(asked.eligible[~on].sum()),
        "asking": demand.asking_of(history, staffed),
        "asking_share_in_staffed_hours": round(asked.share, 4),
        "reached_share_of_requests": round(asked.reached, 4),
        "minutes_per_call": round(bound, 1),
        "team_hours_a_week": {
            "gross": round(gross, 2),
            "net": round(max(0.0, net - reached * after / 60), 2),
        },
        "candidates": [_candidate(reach) for reach in reaches],
    }
    warnings = [*history.warnings, *words, *asked.told, bound_words, coverage.SCREEN]
    if history.days and len(history.days) < 365:  # noqa: PLR2004 — days of a year
        warnings.append("Last year's reach is extended from the recorded weeks.")
    result = result_of(study, measures, warnings)
    result["words"] = _coverage_words(measures)
    return result


def _candidate(reach: coverage.Reach) -> dict[str, Any]:
    return {
        "name": reach.name,
        "same_asking": interval(*reach.low, "more calls reached a year"),
        "asking_as_in_staffed_hours": interval(*reach.high, "more calls reached a year"),
        "team_hours_a_year": {"gross": round(reach.gross, 1), "net": round(reach.net, 1)},
        "other_duties_hours_a_year": {name: round(v, 1) for name, v in reach.duties.items()},
    }


def _coverage_words(measures: dict[str, Any]) -> list[str]:
    words = [
        measures["asking"]["sentence"],
        f"{measures['eligible_in_staffed_hours']} eligible calls fell in staffed hours, "
        f"{measures['eligible_in_other_hours']} in others.",
        f"Team-hours a week: {measures['team_hours_a_week']['gross']} gross, "
        f"{measures['team_hours_a_week']['net']} net of other duties.",
    ]
    for one in measures["candidates"]:
        low, high = one["same_asking"], one["asking_as_in_staffed_hours"]
        words.append(
            f"{one['name']}: {low['value']:.0f} ({low['interval'][0]:.0f} to "
            f"{low['interval'][1]:.0f}) more calls a year with the same asking, "
            f"{high['value']:.0f} ({high['interval'][0]:.0f} to {high['interval'][1]:.0f}) with "
            "asking as in staffed hours."
        )
    return words
