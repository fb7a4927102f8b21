"""`tandem report first`: encounters of one side counted by axis and value, unknown included."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date, timedelta
from typing import Any

DONE, FAULT, WRONG_USAGE = 0, 1, 2
# Each custodian reads the own side whole; an officer would count the own cases only.
_READERS = {"police": ("custodian_police", "PRVP"), "county": ("custodian_county", "PRVC")}


def register(subparsers: Any) -> None:
    """Add the group `report`."""
    report = subparsers.add_parser("report", help="counts that may be shown")
    verbs = report.add_subparsers(dest="report_verb", required=True)
    first = verbs.add_parser("first", help="encounters of one side, by axis and value")
    first.add_argument("--side", required=True, choices=("police", "county", "joint"))
    first.add_argument("--from", dest="start", type=_day, metavar="YYYY-MM-DD")
    first.add_argument("--to", dest="end", type=_day, metavar="YYYY-MM-DD")
    first.add_argument("--json", action="store_true")
    first.set_defaults(handler=_first, needs_database=True)
    again = verbs.add_parser("recount", help="count every past day anew")
    again.set_defaults(handler=_recount, needs_database=True)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day as 2026-11-30") from None


def _recount(_args: argparse.Namespace) -> int:
    from tandem.reviews.console import recount_all

    days = recount_all()
    if days is None:
        print("Another command is counting them anew; nothing was done here.", file=sys.stderr)
        return FAULT
    print(f"{days} days counted anew")
    return DONE


def _first(args: argparse.Namespace) -> int:
    end = args.end or date.today()  # noqa: DTZ011 (a day of the operator's calendar)
    start = args.start or end - timedelta(days=90)
    if end < start:
        print("The period ends before it begins.", file=sys.stderr)
        return WRONG_USAGE
    from tandem.reviews.console import joint_at_console, report_of_side

    if args.side == "joint":
        return _print_joint(joint_at_console(start, end), as_json=args.json)
    login, role = _READERS[args.side]
    rows = report_of_side(args.side, login, role, start, end)
    if args.json:
        print(json.dumps(rows))
        return DONE
    for row in rows.get("times", []):
        print(
            f"{row['from']} to {row['to']:14} n {row['n']} of {row['N']}"
            f"  median {row['median']} s  90 in 100 {row['p90']} s"
            f"  unknown {row['percent_unknown']} %"
        )
    for row in rows["axes"]:
        print(f"{row['axis']} ({row['owner']}), n {row['n']}")
        for cell in row["values"]:
            print(f"  {cell['value']:40} {cell['count']}")
    released = rows["released"]
    print(
        f"officers clear before the crisis worker: n {released['n']} of {released['N']}"
        f" joint encounters  median {released['median']} s  in all {released['total']} s"
        f"  unknown {released['percent_unknown']} %"
    )
    reviews = rows["reviews"]
    waiting, late = reviews.get("plans_due"), reviews.get("plans_late")
    plans = "" if waiting is None else f", {waiting} plans to co-sign, {late} late"
    print(
        f"reviews due {reviews['due']}, the oldest for {reviews['oldest_days']} days;"
        f" of this period {reviews['opened_and_done']} of {reviews['opened']} are done"
        f"{plans}"
    )
    print("requests for a crisis worker")
    for row in rows["requests"]:
        spread = f", answered after {row['median']} s (90 in 100: {row['p90']} s)"
        print(f"  {row['outcome']:40} {row['n']}{spread if row['answered'] else ''}")
    print("away")
    for row in rows["away"]:
        print(
            f"  {row['reason']:40} {row['n']}, {row['minutes']} min away,"
            f" {row['not_back']} not back that shift"
        )
    return DONE


def _print_joint(report: dict[str, Any], *, as_json: bool) -> int:
    """Quarters as both sides released them; a count that is hidden says so."""
    if as_json:
        print(json.dumps(report))
        return DONE
    for quarter in report["quarters"]:
        print(f"{quarter['from']} to {quarter['to']}")
        for side in ("police", "county"):
            figures = quarter.get(side, {"encounters": None, "axes": []})
            print(f"  {side}: encounters {_or_hidden(figures['encounters'])}")
            for axis in figures["axes"]:
                for cell in axis["values"]:
                    if cell["count"] != 0:
                        told = f"{axis['axis']} {cell['value']}"
                        print(f"    {told:50} {_or_hidden(cell['count'])}")
    if not report["quarters"]:
        print("No quarter of this period is released: each is 30 days after its end.")
    return DONE


def _or_hidden(count: int | None) -> str:
    return "hidden" if count is None else str(count)
