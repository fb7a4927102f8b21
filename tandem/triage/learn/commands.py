"""The words `tandem triage train`, `evaluate`, `card`, `accept`, `restore` and `in-force`."""

import argparse
import datetime as dt
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

DONE, WRONG_USAGE = 0, 2
MONTH_LENGTH = 7
LOCK = "triage"


def register(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the words of learning to `tandem triage`."""
    train = verbs.add_parser("train", help="learn a score from one's own closed calls")
    train.add_argument("--data", required=True, help="the calls: a file, a folder, or -")
    train.add_argument(
        "--map", required=True, help="a map's name, shipped or built here, or a path"
    )
    train.add_argument("--until", type=_last_day, help="the last local date or month learned from")
    train.add_argument("--inputs", help="instead of the map's: names split by commas")
    train.add_argument("--reviews", type=Path, help="reviewed draws, for what is missed")
    train.add_argument("--out", required=True, type=Path, help="a new folder")
    _json(train, _train)
    judge = verbs.add_parser("evaluate", help="judge a score on labeled calls")
    judge.add_argument("file", help="the calls: a file, a folder, or -")
    judge.add_argument(
        "--map", required=True, help="a map's name, shipped or built here, or a path"
    )
    judge.add_argument("--model", type=Path, help="a model's folder; without it the rules alone")
    _period(judge)
    judge.add_argument("--at-recall", type=float, help="where this share is found, 0 to 1")
    _json(judge, _evaluate)
    card = verbs.add_parser("card", help="a model's card, and the drift since")
    card.add_argument("model", type=Path)
    card.add_argument("--data", help="later calls, for the drift")
    card.add_argument("--map", help="their map")
    _period(card)
    _json(card, _card)
    accept = verbs.add_parser("accept", help="put a model in force, by a named person")
    accept.add_argument("model", type=Path)
    _decision(accept, _accept)
    _decision(verbs.add_parser("restore", help="go back to the model before"), _restore)
    force = verbs.add_parser("in-force", help="which model is in force, and who decided")
    force.add_argument("--shelf", type=Path, help="where accepted models are kept")
    _json(force, _in_force)


def _json(parser: argparse.ArgumentParser, act: Callable[[argparse.Namespace], Any]) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(handler=lambda args: _told(args, act))


def _period(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="first", type=_first_day, help="first local date or month")
    parser.add_argument("--to", dest="last", type=_last_day, help="last local date or month")


def _decision(parser: argparse.ArgumentParser, act: Callable[[argparse.Namespace], Any]) -> None:
    parser.add_argument("--by", required=True, help="the name of the person who decides")
    parser.add_argument("--reason", default="", help="why, in a sentence")
    parser.add_argument("--shelf", type=Path, help="where accepted models are kept")
    _json(parser, act)


def _first_day(text: str) -> dt.date:
    return _day(f"{text}-01" if len(text) == MONTH_LENGTH else text, text)


def _last_day(text: str) -> dt.date:
    if len(text) != MONTH_LENGTH:
        return _day(text, text)
    within = _day(f"{text}-28", text) + dt.timedelta(days=4)
    return within - dt.timedelta(days=within.day)


def _day(written: str, text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(written)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no date such as 2026-07-31, nor a month such as 2026-07"
        ) from None


def _told(args: argparse.Namespace, act: Callable[[argparse.Namespace], Any]) -> int:
    """Run the act; what it gives is printed, what is unusable is one sentence and exit 2."""
    from tandem.kernel.maps import MapError

    try:
        facts = act(args)
    except (MapError, OSError) as refusal:
        print(refusal, file=sys.stderr)
        return WRONG_USAGE
    if args.json:
        print(json.dumps(facts, ensure_ascii=False))
    else:
        for name, value in facts.items():
            print(f"{name:20} {value}")
    return DONE


def _train(args: argparse.Namespace) -> dict[str, Any]:
    from tandem.kernel.locks import lock
    from tandem.kernel.maps import find_map

    with lock(LOCK):
        from tandem.triage.learn.card import as_text, make_card, plot
        from tandem.triage.learn.fit import train
        from tandem.triage.learn.model import refuse_full, save_model
        from tandem.triage.review.estimate import missed_from
    refuse_full(args.out)
    source_map = find_map(args.map)
    asked = tuple(name.strip() for name in (args.inputs or "").split(",") if name.strip())
    trained = train(args.data, source_map, until=args.until, asked=asked)
    missed = missed_from(args.reviews) if args.reviews else None
    name = Path(args.data).name
    card = make_card(trained, file=name, map_version=source_map.version, missed=missed)
    papers = {
        "card.md": as_text(card, dt.datetime.now(dt.UTC).date()),
        "calibration.svg": plot(card["calibration"]),
    }
    model = save_model(args.out, trained.model, card, papers)
    return {
        "model": model,
        "out": str(args.out),
        "n": card["data"]["calls"],
        "positives": card["data"]["crises"],
        "first_day": card["data"]["first_day"],
        "last_day": card["data"]["last_day"],
        "months_left_out": card["data"]["months_left_out"],
        "inputs": card["inputs"],
        "threshold": trained.model.threshold,
        "average_precision": card["average_precision"],
        "calibration_error": card["calibration_error"],
        "cost": card["cost"]["words"],
        "in_force": False,
    }


def _evaluate(args: argparse.Namespace) -> dict[str, Any]:
    from tandem.kernel.locks import lock
    from tandem.kernel.maps import find_map

    with lock(LOCK):
        from tandem.triage.learn.judge import evaluate
    source_map = find_map(args.map)
    return evaluate(args.file, source_map, args.model, args.first, args.last, args.at_recall)


def _card(args: argparse.Namespace) -> dict[str, Any]:
    from tandem.kernel.locks import lock
    from tandem.kernel.maps import MapError, find_map

    with lock(LOCK):
        from tandem.triage.learn.card import drift
        from tandem.triage.learn.judge import judge
        from tandem.triage.learn.model import load_card, load_model
    card = load_card(args.model)
    if not args.data:
        return card
    if not args.map:
        raise MapError("The drift since needs the map of the later calls: give --map.")
    model = load_model(args.model)
    later = judge(args.data, find_map(args.map), model, args.first, args.last)
    since = drift(
        card, later.calls, later.crisis, later.score, later.unknown, threshold=model.threshold
    )
    return {**card, "drift": since}


def _shelf(args: argparse.Namespace) -> Path:
    from tandem.kernel.instance import Instance

    return args.shelf or Instance.find().data / "triage"


def _accept(args: argparse.Namespace) -> dict[str, Any]:
    from dataclasses import asdict

    from tandem.triage.learn.force import accept

    return asdict(accept(_shelf(args), args.model, by=args.by, reason=args.reason))


def _restore(args: argparse.Namespace) -> dict[str, Any]:
    from dataclasses import asdict

    from tandem.triage.learn.force import restore

    return asdict(restore(_shelf(args), by=args.by, reason=args.reason))


def _in_force(args: argparse.Namespace) -> dict[str, Any]:
    from dataclasses import asdict

    from tandem.triage.learn.force import decisions, in_force
    from tandem.triage.learn.model import check_model

    shelf = _shelf(args)
    found = in_force(shelf)
    if found:
        check_model(found[1])
    made = [asdict(decision) for decision in decisions(shelf)]
    return {"model": found[0] if found else None, "decisions": made}
