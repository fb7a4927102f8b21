"""What a report tells of each kind of result: pictures with their numbers, tables, sentences."""

import datetime as dt
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tandem.kernel.instance import InstanceError
from tandem.planning.reading import is_number

Cell = dict[str, Any]
MEMBERS = ("scenario", "measures", "warnings")
PLACES = 3


class NoReport(InstanceError):
    """The file is no result of `tandem plan`; the message says what to give instead."""


@dataclass(frozen=True)
class Series:
    """Values over the labels of a picture; None where there is nothing. `ends` = intervals."""

    name: str
    values: list[float | None]
    ends: list[tuple[float, float] | None] = field(default_factory=list)
    points: bool = False


@dataclass(frozen=True)
class Picture:
    """One picture and, by the same numbers, its table."""

    title: str
    unit: str
    first: str
    labels: list[str]
    series: list[Series]

    def columns(self) -> list[str]:
        told = [self.first]
        for one in self.series:
            told += [one.name, f"{one.name}, from", f"{one.name}, to"] if one.ends else [one.name]
        return told

    def rows(self) -> list[list[str]]:
        told = []
        for place, label in enumerate(self.labels):
            row = [label]
            for one in self.series:
                row.append(number(one.values[place]))
                if one.ends:
                    ends = one.ends[place]
                    row += [number(ends[0]), number(ends[1])] if ends else ["", ""]
            told.append(row)
        return told


@dataclass(frozen=True)
class Table:
    """Rows without a picture."""

    title: str
    columns: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Report:
    """A whole report, in order."""

    title: str
    verdict: str
    facts: list[tuple[str, str]]
    pictures: list[Picture]
    tables: list[Table]
    warnings: list[str]


def number(value: float | None) -> str:
    """A number as people read it; nothing for what is not known."""
    if value is None:
        return ""
    if abs(value) >= 1000:  # noqa: PLR2004 — no decimals from a thousand on
        return f"{value:,.0f}"
    return f"{value:.{PLACES}g}" if value else "0"


def read_result(path: Path) -> dict[str, Any]:
    """The JSON that a verb of `tandem plan` printed. Raises NoReport."""
    try:
        result = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
    except OSError as error:
        raise NoReport(f"{path} cannot be read: {error.strerror}. Nothing was written.") from None
    except (ValueError, RecursionError):
        raise NoReport(
            f"{path} is not JSON: give what `tandem plan ... --json` printed. Nothing was written."
        ) from None
    if not isinstance(result, dict) or not all(member in result for member in MEMBERS):
        raise NoReport(
            f"{path} is no result of `tandem plan`: it lacks {', '.join(MEMBERS)}. "
            "Nothing was written."
        )
    return result


def _no_number(word: str) -> float:
    raise ValueError(word)


def report_of(result: dict[str, Any]) -> Report:
    """What to show of a result; raises NoReport where its kind is not known, or it is damaged."""
    try:
        report = _told(result)
        if _is_sound(report):
            return report
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError):
        pass
    raise NoReport(
        "This is a damaged result, or one of another version: make it again by the verb of "
        "`tandem plan` that printed it. Nothing was written."
    )


def _is_sound(report: Report) -> bool:
    """Whether each label of a picture has a number or nothing, and tables hold words."""
    for picture in report.pictures:
        size = len(picture.labels)
        if not all(isinstance(label, str) for label in (picture.title, *picture.labels)):
            return False
        for one in picture.series:
            ends = [end for both in one.ends if both for end in both]
            if len(one.values) != size or (one.ends and len(one.ends) != size):
                return False
            if not all(value is None or is_number(value) for value in (*one.values, *ends)):
                return False
    words = [cell for table in report.tables for row in table.rows for cell in row]
    return all(isinstance(word, str) for word in words)


def _told(result: dict[str, Any]) -> Report:
    measures = result["measures"]
    for member, tell in KINDS.items():
        if member in measures or (member == "verdict" and _weekly(result)):
            pictures, tables = tell(result)
            return Report(
                str(result["scenario"]),
                _verdict(result),
                _facts(result),
                pictures,
                tables,
                [str(word) for word in result["warnings"]],
            )
    raise NoReport("This result is of no kind that a report is made of. Nothing was written.")


def _verdict(result: dict[str, Any]) -> str:
    if not result.get("replications"):
        return "Nothing was simulated for these figures."
    told = result.get("backtest")
    if not told:
        return "No backtest: nobody compared the engine with a history of this place."
    if told["verdict"] == "usable":
        return (
            "Backtest passed: response and service of the second half of the history lay inside "
            "the engine's intervals. Growth is not tested by it."
        )
    return "Do not use: the second half of the history lay outside the engine's intervals."


def _facts(result: dict[str, Any]) -> list[tuple[str, str]]:
    told = [
        ("Seed", str(result.get("seed"))),
        ("Replications", str(result.get("replications"))),
        ("Gap to the proven bound", "" if result.get("gap") is None else f"{result['gap']:.4%}"),
        ("Rules broken", str(len(result.get("broken_rules", [])))),
    ]
    return [(name, value) for name, value in told if value]


def _series(name: str, cells: Iterable[Cell | None], *, points: bool = False) -> Series:
    values: list[float | None] = []
    ends: list[tuple[float, float] | None] = []
    for cell in cells:
        values.append(cell["value"] if cell else None)
        both = cell.get("interval") if cell else None
        ends.append((both[0], both[1]) if both and None not in both else None)
    return Series(name, values, ends, points)


Told = tuple[list[Picture], list[Table]]


def _demand(result: dict[str, Any]) -> Told:
    measures = result["measures"]
    hours = measures["hour_of_week"]
    of_day = [sum(hours[day * 24 + hour]["value"] for day in range(7)) / 7 for hour in range(24)]
    labels = [f"{hour:02}:00" for hour in range(24)]
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    by_day: list[float | None] = [
        sum(hours[day * 24 + hour]["value"] for hour in range(24)) for day in range(7)
    ]
    areas = measures["areas"]
    pictures = [
        Picture("Calls by hour of the day", "calls an hour", "Hour", labels,
                [Series("calls an hour", list(of_day))]),
        Picture("Calls by day of the week", "calls a day", "Day", days,
                [Series("calls a day", by_day)]),
        Picture("Calls by area", "calls a week", "Area", [area["area"] for area in areas],
                [_series("calls a week", [area["weekly"] for area in areas])]),
    ]  # fmt: skip
    if measures["forecast"]:
        weeks = measures["forecast"]["weeks"]
        labels = [week["from"] for week in weeks]
        pictures.append(
            Picture(
                "The weeks ahead",
                "calls a week",
                "Week from",
                labels,
                [_series("calls a week", weeks, points=True)],
            )
        )
    rows = [
        [name.replace("_", " "), *(number(part[key]) for key in ("eligible", "requested", "unmet"))]
        for name, part in measures["asking"].items()
        if isinstance(part, dict)
    ]
    asking = Table("Asking", ["Hours", "Eligible", "Requested", "Unmet"], rows)
    return pictures, [asking]


def _coverage(result: dict[str, Any]) -> Told:
    measures = result["measures"]
    hours = measures["hours"]

    def of_day(key: str) -> list[float | None]:
        return [sum(hours[day * 24 + hour][key] or 0 for day in range(7)) for hour in range(24)]

    labels = [f"{hour:02}:00" for hour in range(24)]
    pictures = [
        Picture("Eligible calls beside team-hours, by hour of the day",
                "calls, and team-hours a week", "Hour", labels,
                [Series("eligible calls", of_day("eligible")),
                 Series("team-hours a week", of_day("teams"), points=True)])
    ]  # fmt: skip
    shifts = measures["candidates"]
    if shifts:
        pictures.append(
            Picture(
                "What each shift would have reached in a year",
                "more calls a year",
                "Shift",
                [shift["name"] for shift in shifts],
                [
                    _series("same asking", [shift["same_asking"] for shift in shifts]),
                    _series(
                        "asking as in staffed hours",
                        [shift["asking_as_in_staffed_hours"] for shift in shifts],
                    ),
                ],
            )
        )
    rows = [
        [shift["name"], *(number(shift["team_hours_a_year"][key]) for key in ("gross", "net"))]
        for shift in shifts
    ]
    return pictures, [Table("Team-hours a year", ["Shift", "Gross", "Net of other duties"], rows)]


def _simulated(result: dict[str, Any]) -> Told:
    measures = result["measures"]
    pictures = [
        Picture(title, unit, first, list(measures[part]),
                [_series(unit, [cells[name] for cells in measures[part].values()])])
        for part, first, name, title, unit in (
            ("by_hour", "Hour", "reached_share", "Reached, by hour", "share of calls asked for"),
            ("by_hour", "Hour", "response_median", "Median response, by hour", "minutes"),
            ("by_area", "Area", "reached_share", "Reached, by area", "share of calls asked for"),
            ("by_team", "Team", "busy_share", "Busy, by team", "share of time on duty"),
        )
    ]  # fmt: skip
    return pictures, [_overall("All calls", measures["overall"])]


def _overall(title: str, cells: dict[str, Cell]) -> Table:
    rows = []
    for name, cell in cells.items():
        both = cell.get("interval") or [None, None]
        words = [number(cell["value"]), number(both[0]), number(both[1])]
        rows.append([name.replace("_", " "), *words])
    return Table(title, ["Measure", "Value", "From", "To"], rows)


def _compared(result: dict[str, Any]) -> Told:
    measures = result["measures"]
    best = measures["best"]
    name = best["by"]
    scenarios = measures["by_scenario"]
    cells = [told["overall"][name] for told in scenarios.values()]
    pictures = [
        Picture(name.replace("_", " ").capitalize(), name.replace("_", " "), "Scenario",
                list(scenarios), [_series(name.replace("_", " "), cells, points=True)])
    ]  # fmt: skip
    chances = best.get("probabilities", {})
    if chances:
        pictures.append(
            Picture(
                "Chance to be the best",
                "probability",
                "Scenario",
                list(chances),
                [Series("probability", list(chances.values()))],
            )
        )
    tables = [
        _overall(f"{other}, less {next(iter(scenarios))}", told)
        for other, told in measures["differences"].items()
    ]
    for one in measures.get("proposals", []):
        rows = [[team["post"], ", ".join(team["shifts"])] for team in one["teams"]]
        tables.append(Table(f"Placement: {one['scenario']}", ["Post", "Shifts"], rows))
    return pictures, tables


def _weekly(result: dict[str, Any]) -> bool:
    return bool(result.get("backtest") and result["measures"] == result["backtest"]["measures"])


def _backtest(result: dict[str, Any]) -> Told:
    pictures = []
    rows = []
    for name, measure in result["measures"].items():
        weeks = measure["by_week"]
        ends = [(week["interval"][0], week["interval"][1]) for week in weeks]
        pictures.append(
            Picture(f"{name}: seen, and the engine's interval", name, "Week from",
                    [week["week"] for week in weeks],
                    [Series("seen", [week["seen"] for week in weeks], list(ends), points=True)])
        )  # fmt: skip
        missed = ", ".join(miss["week"] for miss in measure["misses"]) or "none"
        rows.append([name, f"{measure['inside']} of {measure['weeks']}", missed])
    return pictures, [Table("Weeks inside", ["Measure", "Inside", "Missed"], rows)]


def _roster(result: dict[str, Any]) -> Told:
    measures = result["measures"]
    days: dict[str, list[float]] = {}
    parts = [("published", "pairs"), ("with the month filled", "pairs_filled")]
    parts = [(name, key) for name, key in parts if key in measures]
    for place, (_, key) in enumerate(parts):
        for part in measures[key]["stretches"]:
            row = days.setdefault(part["start"][:10], [0.0] * len(parts))
            row[place] += part["pairs"] * _hours(part["start"], part["end"])
    labels = sorted(days)
    series = [
        Series(f"pair-hours, {name}", [days[day][place] for day in labels])
        for place, (name, _) in enumerate(parts)
    ]
    rows = [
        [shift["person"], shift["start"].replace("T", " "), shift["end"].replace("T", " "),
         shift["slot"] or ("published" if shift["published"] else "")]
        for shift in measures["roster"]
    ]  # fmt: skip
    tables = [Table("The roster", ["Person", "From", "To", "Slot"], rows)]
    for absence in measures["absences"]:
        asked = [[str(one["place"]), one["person"], number(one["pair_hours"])]
                 for one in absence.get("may_be_asked", [])]  # fmt: skip
        title = f"{absence['person']} absent on {absence['day']}: who may be asked, in order"
        tables.append(Table(title, ["Place", "Person", "Pair-hours then"], asked))
    if result.get("broken_rules"):
        broken = [[rule] for rule in result["broken_rules"]]
        tables.append(Table("Rules broken", ["Rule"], broken))
    return [Picture("Pair-hours by day", "pair-hours", "Day", labels, series)], tables


def _hours(start: str, end: str) -> float:
    length = dt.datetime.fromisoformat(end) - dt.datetime.fromisoformat(start)
    return length.total_seconds() / 3600


def _screened(result: dict[str, Any]) -> Told:
    measures = result["measures"]
    methods = measures["erlang"]
    words = ("reached_share", "waited_share")
    pictures = [
        Picture("The week by Erlang's formulas", "share of calls", "Method", list(methods),
                [Series(name.replace("_", " "), [week[name] for week in methods.values()])
                 for name in words])
    ]  # fmt: skip
    busy = measures["hypercube"].get("busy_share", {})
    if busy:
        shares = [Series("busy share", list(busy.values()))]
        pictures.append(
            Picture("Busy, by the hypercube", "share of time", "Team", list(busy), shares)
        )
    rows = [[name, number(week["wait_mean"])] for name, week in methods.items()]
    rows.append(["Left out", measures["left_out"]])
    return pictures, [Table("Mean wait", ["Method", "Minutes"], rows)]


KINDS: dict[str, Callable[[dict[str, Any]], Told]] = {
    "hour_of_week": _demand,
    "candidates": _coverage,
    "differences": _compared,
    "overall": _simulated,
    "pairs": _roster,
    "erlang": _screened,
    "verdict": _backtest,
}
