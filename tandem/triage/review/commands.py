"""The words `tandem triage draw` and `missed`: the day's review list, and what the reviews say."""

import argparse
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

DONE, WRONG_USAGE = 0, 2


def register(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the words of the review to `tandem triage`."""
    draw = verbs.add_parser("draw", help="the review list of one day; it contacts nobody")
    draw.add_argument("calls", type=Path, help='JSON Lines: {"call", "score", "team_sent"}')
    draw.add_argument("--date", required=True, type=dt.date.fromisoformat)
    draw.add_argument("--threshold", required=True, type=float, help="from here a score is high")
    draw.add_argument("--random-per-week", type=int, default=20)
    draw.add_argument("--seed", required=True, type=int, help="kept with the list, to repeat it")
    draw.add_argument("--kept", required=True, type=Path, help="where strata and weights are kept")
    draw.add_argument("--json", action="store_true", help="print one JSON array")
    draw.set_defaults(handler=draw_list)
    missed = verbs.add_parser("missed", help="what the reviewed draws say is missed")
    missed.add_argument("reviews", type=Path, help="JSON Lines of reviews")
    missed.add_argument("--json", action="store_true", help="print one JSON object")
    missed.set_defaults(handler=say_missed)


def draw_list(args: argparse.Namespace) -> int:
    """Print the list as its reader sees it; strata and weights go to a file of their own."""
    from dataclasses import asdict

    from tandem.triage.review.draw import NotDrawn, Plan, draw_day, read_day

    try:
        calls = read_day(args.calls)
        plan = Plan(threshold=args.threshold, random_per_week=args.random_per_week)
        listed = draw_day(calls, plan, day=args.date.toordinal(), seed=args.seed)
        with args.kept.open("x", encoding="utf-8") as kept:
            kept.writelines(json.dumps(asdict(item)) + "\n" for item in listed)
    except NotDrawn as refusal:
        print(refusal, file=sys.stderr)
        return WRONG_USAGE
    except FileExistsError:
        print(f"{args.kept} is there already: what was drawn is kept as it is.", file=sys.stderr)
        return WRONG_USAGE
    except OSError as fault:
        print(f"{args.kept} cannot be written ({fault.strerror}).", file=sys.stderr)
        return WRONG_USAGE
    shown = [item.shown() for item in listed]
    if args.json:
        print(json.dumps(shown))
    else:
        for item in shown:
            print(f"{item['call']}{'  (read by two)' if item['twice'] else ''}")
    return DONE


def say_missed(args: argparse.Namespace) -> int:
    """Print the estimate of what is missed, and the agreement where calls were read twice."""
    from tandem.triage.review.estimate import NotCounted, agreement, estimate_missed, read_answers

    try:
        answers = read_answers(args.reviews)
        facts: dict[str, Any] = estimate_missed(answers)
        twice = len({(one.call, one.reader) for one in answers}) > len(
            {one.call for one in answers}
        )
        facts["agreement"] = agreement(answers) if twice else None
    except NotCounted as refusal:
        print(refusal, file=sys.stderr)
        return WRONG_USAGE
    if args.json:
        print(json.dumps(facts))
    else:
        print(facts["words"])
        if facts["agreement"]:
            print(f"Two readers agreed on {facts['agreement']['agreed']:.0%} of the calls.")
    return DONE
