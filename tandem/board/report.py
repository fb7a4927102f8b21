"""The first report as a page and as a file: the same figures that the command line prints."""

from __future__ import annotations

import csv
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.formats import date_format

from tandem.identity.chrome import moment_of
from tandem.kernel.shapes import (
    AwayCount,
    AxisBar,
    AxisBars,
    Figure,
    FirstReport,
    JointPage,
    JointQuarter,
    JointSide,
    RequestCount,
    ReviewsDue,
    TimeLine,
)
from tandem.storage.standing import Standing

_SIDES = ("police", "county")
_TIME = ("n", "N", "median", "p90", "percent_unknown")


def report_page(
    standing: Standing, counted: dict[str, Any], start: date, end: date, *, at: datetime
) -> FirstReport:
    """The figures of one period, with the command that prints the same."""
    n = counted["encounters"]
    times = [*counted["times"], *([counted["released"]] if counted["joint"] else [])]
    return FirstReport(
        side=counted["side"],
        url=reverse("board:report"),
        from_day=start.isoformat(),
        to_day=end.isoformat(),
        from_word=date_format(start, "M j"),
        to_word=date_format(end, "M j, Y"),
        computed_at=moment_of(at),
        encounters=n,
        figures=_figures(counted),
        axes=[_bars(axis, n) for axis in counted["axes"]],
        times=[_line(row) for row in times] if n else [],
        away=[AwayCount(**row) for row in counted["away"]],
        away_own=standing.login == "police",
        requests=[RequestCount(**row) for row in counted["requests"]],
        due=ReviewsDue(**counted["reviews"]),
        print_url=f"{reverse('board:report_print')}?from={start}&to={end}",
        command=f"tandem report first --side {counted['side']} --from {start} --to {end}",
    )


def _figures(counted: dict[str, Any]) -> list[Figure]:
    n, released = counted["encounters"], counted["released"]
    figures = [Figure("encounters", str(n))]
    if counted["joint"]:
        figures.append(Figure("joint", str(counted["joint"]), n))
        figures.append(Figure("released", _hours(released["total"]), released["n"], "joint"))
    return figures


def _bars(axis: dict[str, Any], n: int) -> AxisBars:
    bars = [
        AxisBar(row["value"], row["count"], round(100 * row["count"] / n) if n else None)
        for row in axis["values"]
    ]
    return AxisBars(axis["axis"], axis["owner"], bars)


def _line(row: dict[str, Any]) -> TimeLine:
    return TimeLine(
        row["from"],
        row["to"],
        row["n"],
        _minutes(row["median"]),
        _minutes(row["p90"]),
        row["percent_unknown"],
    )


def _minutes(seconds: int | None) -> str:
    """Minutes and seconds, or a dash where nobody's time is known."""
    return "-" if seconds is None else f"{seconds // 60}:{seconds % 60:02d}"


def _hours(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds % 3600 // 60:02d}"


def as_csv(counted: dict[str, Any]) -> HttpResponse:
    """The same figures as the page, a row for each; times in seconds."""
    name = f"first-report-{counted['side']}-{counted['from']}-{counted['to']}.csv"
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    table = csv.writer(response)
    table.writerow(["part", "of", "value", *_TIME])
    n = counted["encounters"]
    table.writerow(["encounters", counted["side"], "", n, "", "", "", ""])
    table.writerow(["encounters", "joint", "", counted["joint"], n, "", "", ""])
    for row in [*counted["times"], counted["released"]]:
        table.writerow(["time", row["from"], row["to"], *(row[key] for key in _TIME)])
    released = counted["released"]["total"]
    table.writerow(["released", "total_seconds", "", released, "", "", "", ""])
    for name, value in counted["reviews"].items():
        table.writerow(["reviews", name, "", value, "", "", "", ""])
    for row in counted["requests"]:
        answer = [row["answered"], row["median"], row["p90"], ""]
        table.writerow(["request", row["outcome"], "", row["n"], *answer])
    for row in counted["away"]:
        table.writerow(["away", row["reason"], "minutes", row["n"], row["minutes"], "", "", ""])
        table.writerow(["away", row["reason"], "not_back", row["not_back"], row["n"], "", "", ""])
    for axis in counted["axes"]:
        for cell in axis["values"]:
            table.writerow(["axis", axis["axis"], cell["value"], cell["count"], n, "", "", ""])
    return response


def joint_page(told: dict[str, Any]) -> JointPage:
    """Each quarter with what either side released of it."""
    quarters = [
        JointQuarter(
            word=f"{quarter['from']} / {quarter['to']}",
            sides=[_joint_side(side, quarter[side]) for side in _SIDES if side in quarter],
            print_url=f"{reverse('board:report_joint_print')}?from={quarter['from']}",
        )
        for quarter in told["quarters"]
    ]
    command = f"tandem report first --side joint --from {told['from']} --to {told['to']}"
    return JointPage(reverse("board:report_joint"), told["from"], told["to"], quarters, command)


def _joint_side(side: str, figures: dict[str, Any]) -> JointSide:
    n, released = figures["encounters"], figures["released"]
    axes = []
    for axis in figures["axes"]:
        told = [row for row in axis["values"] if row["count"] != 0]
        bars = [
            AxisBar(row["value"], row["count"], None if row["count"] is None else _percent(row, n))
            for row in told
        ]
        axes.append(AxisBars(axis["axis"], axis["owner"], bars))
    rows = [*figures["times"], *([released] if released else [])]
    return JointSide(side, n, axes, [_line(row) for row in rows if row["n"] is not None])


def _percent(row: dict[str, Any], n: int) -> int | None:
    return round(100 * row["count"] / n) if n else None


def joint_csv(told: dict[str, Any]) -> HttpResponse:
    """The same figures as the page; a hidden count is the word hidden."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="first-report-joint.csv"'
    table = csv.writer(response)
    table.writerow(["quarter", "side", "part", "of", "value", "n", "N", "median", "p90"])
    for quarter in told["quarters"]:
        for side in [side for side in _SIDES if side in quarter]:
            figures, head = quarter[side], [quarter["from"], side]
            n = _or_hidden(figures["encounters"])
            table.writerow([*head, "encounters", "", "", n, "", "", ""])
            for axis in figures["axes"]:
                for cell in axis["values"]:
                    told_n = _or_hidden(cell["count"])
                    row = ["axis", axis["axis"], cell["value"], told_n, axis["n"], "", ""]
                    table.writerow([*head, *row])
            rows = [*figures["times"], *([figures["released"]] if figures["released"] else [])]
            for time in rows:
                values = [_or_hidden(time[key]) for key in ("n", "N")]
                ranks = [time[key] for key in ("median", "p90")]
                table.writerow([*head, "time", time["from"], time["to"], *values, *ranks])
    return response


def _or_hidden(count: int | None) -> str:
    return "hidden" if count is None else str(count)
