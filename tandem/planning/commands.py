"""`tandem plan demand|coverage|backtest|posts|roster|report`: words in, one JSON value out."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tandem.kernel.instance import InstanceError
from tandem.kernel.locks import lock

DONE, CHECK_FAILED, INTERRUPTED = 0, 1, 130
LOCK = "planning"
STEPS = "steps of the backtest"
SECONDS_BETWEEN = 5.0
# What may be typed after an option: the least and the most, both included.
BOUNDS = {
    "seed": (0, 2**31 - 1),
    "workers": (1, 256),
    "replications": (2, 10_000_000),
    "indifference": (0.0, 1e9),
    "teams": (0, 50),
    "minutes": (0.0, 1440.0),
    "seconds": (0.5, 86_400.0),
}


def register(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verbs that look back at a history, and those about people, to `tandem plan`."""
    for name, words, handler in (
        ("demand", "how many calls each hour and area bring", run_demand),
        ("coverage", "which hours leave calls unserved", run_coverage),
        ("backtest", "would the engine have foretold the second half", run_backtest),
    ):
        verb = verbs.add_parser(name, help=words)
        verb.add_argument("file", type=Path, help="a study (TOML)")
        verb.add_argument("--data", required=True, help="the history: a file, a folder, or -")
        verb.add_argument(
            "--map", required=True, help="a map's name, shipped or built here, or a path"
        )
        verb.add_argument("--seed", type=int, help="instead of the study's")
        verb.add_argument("--workers", type=int, default=1, help="taken, and not needed here")
        verb.add_argument("--out", type=Path, help="a folder for the scenarios")
        verb.add_argument("--json", action="store_true", help="print one JSON object")
        verb.set_defaults(handler=guarded(handler))
    posts = verbs.add_parser("posts", help="where teams should wait, and when")
    posts.add_argument("file", type=Path, help="a scenario (TOML)")
    posts.add_argument("--teams", type=int, help="teams in person to place; the scenario's number")
    posts.add_argument("--shift", action="append", default=[], help="a candidate shift")
    posts.add_argument("--minutes", type=float, help="the response standard; the scenario's target")
    posts.add_argument("--by", default="reached_share", help="the measure that best is about")
    posts.add_argument("--replications", type=int, help="instead of the file's own number")
    posts.add_argument("--seed", type=int, help="instead of the file's own")
    posts.add_argument("--workers", type=int, help="processes; the answer is the same for any")
    posts.add_argument("--keep", type=Path, help="a folder for finished pieces, to go on later")
    posts.add_argument("--json", action="store_true", help="print one JSON object")
    posts.set_defaults(handler=guarded(run_posts))
    roster = verbs.add_parser("roster", help="who could be on shift: pairs, absences, a month")
    roster.add_argument("file", type=Path, help="a roster file (TOML)")
    roster.add_argument("--seconds", type=float, default=60.0, help="most time for the month")
    roster.add_argument("--workers", type=int, default=2, help="threads of the solver")
    roster.add_argument("--seed", type=int, help="instead of the file's")
    roster.add_argument(
        "--alone", action="store_true", help="CP-SAT proves the bound without that of HiGHS"
    )
    roster.add_argument("--keep", type=Path, help="a folder for the best so far, to go on later")
    roster.add_argument("--out", type=Path, help="a folder for the roster and the calendars")
    roster.add_argument("--json", action="store_true", help="print one JSON object")
    roster.set_defaults(handler=guarded(run_roster))
    report = verbs.add_parser("report", help="pictures with table twins, as HTML and tagged PDF")
    report.add_argument(
        "result", type=Path, help="what a verb of `tandem plan` printed with --json"
    )
    report.add_argument("--out", type=Path, required=True, help="a folder for both files")
    report.add_argument("--json", action="store_true", help="print one JSON object")
    report.set_defaults(handler=guarded(run_report))


def guarded(handler: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """A verb whose numbers can be used, and that ends by one sentence where it must.

    What can be kept is kept by the verb itself, which then says so.
    """

    def run(args: argparse.Namespace) -> int:
        for name, (low, high) in BOUNDS.items():
            value = getattr(args, name, None)
            if value is not None and not low <= value <= high:
                raise InstanceError(
                    f"--{name} is {value:g}; it must lie between {low:g} and {high:g}. "
                    "Nothing was done."
                )
        try:
            return handler(args)
        except KeyboardInterrupt:
            return stopped(getattr(args, "keep", None))
        except BrokenPipeError:
            raise
        except OSError as error:
            raise InstanceError(
                f"{error.filename or 'A file'} cannot be read or written: {error.strerror}."
            ) from None

    return run


def run_report(args: argparse.Namespace) -> int:
    """Write a result as a page and a PDF."""
    with lock(LOCK):
        from tandem.planning.report.page import write_report
        from tandem.planning.report.told import read_result, report_of
    files = [str(path) for path in write_report(report_of(read_result(args.result)), args.out)]
    print(json.dumps({"files": files}) if args.json else "\n".join(files))
    return DONE


def run_posts(args: argparse.Namespace) -> int:
    """Place teams by a covering program, and let the simulation choose between placements."""
    with lock(LOCK):
        from tandem.planning.backtest_note import carrying, passed
        from tandem.planning.posts_result import posts_result
        from tandem.planning.scenario import ScenarioError
        from tandem.planning.study import Unusable
    try:
        result = posts_result(
            args.file,
            teams=args.teams,
            shifts=args.shift,
            minutes=args.minutes,
            replications=args.replications,
            seed=args.seed,
            workers=args.workers,
            by=args.by,
            keep=args.keep,
            say=progress("replications"),
        )
    except ScenarioError as refusal:
        raise Unusable(str(refusal)) from None
    found = carrying(result, args.file)
    return _say(args, found | {"words": [*found["words"], *passed(found)]})


def progress(what: str) -> Callable[[int, int], None]:
    """Says on stderr every tenth of the way; a terminal and a log both stay readable."""
    told = [0]

    def say(done: int, total: int) -> None:
        if done * 10 // total > told[0]:
            told[0] = done * 10 // total
            print(f"{done} of {total} {what}", file=sys.stderr)

    return say


def search(seconds: float) -> Callable[[float, float, float], None]:
    """Says on stderr how far the search for a roster is, every few seconds at most."""
    told = [-SECONDS_BETWEEN]

    def say(spent: float, value: float, bound: float) -> None:
        if spent >= told[0] + SECONDS_BETWEEN:
            told[0] = spent
            print(
                f"{spent:.0f} of {seconds:.0f} s: worth {value:g}, no roster can pass {bound:g}",
                file=sys.stderr,
            )

    return say


def stopped(keep: Path | None) -> int:
    """What Ctrl-C leaves behind, in one sentence."""
    held = keep is not None and keep.is_dir() and any(keep.iterdir())
    words = f"what is done is in {keep}: the same command goes on" if held else "nothing kept"
    print(f"Stopped; {words}.", file=sys.stderr)
    return INTERRUPTED


def run_roster(args: argparse.Namespace) -> int:
    """Pairs, replacements and the month; exit 1 where a rule is broken or none can be kept."""
    with lock(LOCK):
        from tandem.planning.roster.files import read_roster
        from tandem.planning.roster.result import roster_result
    desk = read_roster(args.file)
    result = roster_result(
        desk,
        seconds=args.seconds,
        workers=args.workers,
        seed=args.seed,
        out=args.out,
        keep=args.keep,
        say=search(args.seconds),
        alone=args.alone,
    )
    _say(args, result)
    if result["measures"].get("month", {}).get("stopped"):
        return INTERRUPTED
    failed = desk.fill and (result["gap"] is None or result["broken_rules"])
    return CHECK_FAILED if failed else DONE


def run_demand(args: argparse.Namespace) -> int:
    """Rates, growth, holidays and a forecast; with --out, scenarios to simulate."""
    with lock(LOCK):
        from tandem.planning.demand_result import demand_result
    return _say(args, demand_result(*_history(args), args.out, progress(STEPS)))


def run_coverage(args: argparse.Namespace) -> int:
    """Calls by hour beside staffed hours, and each candidate shift."""
    with lock(LOCK):
        from tandem.planning.demand_result import coverage_result
    return _say(args, coverage_result(*_history(args)))


def run_backtest(args: argparse.Namespace) -> int:
    """Calibrated on the first half, compared with the second; exit 1 for "do not use"."""
    with lock(LOCK):
        from tandem.planning.backtest_note import DO_NOT_USE
        from tandem.planning.backtest_result import backtest_result
    result = backtest_result(*_history(args), progress(STEPS))
    _say(args, result)
    return CHECK_FAILED if result["backtest"]["verdict"] == DO_NOT_USE else DONE


def _history(args: argparse.Namespace) -> tuple[Any, Any]:
    with lock(LOCK):
        from dataclasses import replace

        from tandem.kernel.maps import MapError, find_map
        from tandem.planning.history import read_history
        from tandem.planning.study import Unusable, load_study
    study = load_study(args.file)
    if args.seed is not None:
        study = replace(study, seed=args.seed)
    try:
        source_map = find_map(args.map)
    except MapError as refusal:
        raise Unusable(str(refusal)) from None
    return read_history(args.data, source_map, study), study


def _say(args: argparse.Namespace, result: dict[str, Any]) -> int:
    words = result.pop("words", [])
    if args.json:
        print(json.dumps(result, allow_nan=False, ensure_ascii=False))
        for sentence in result["warnings"]:
            print(sentence, file=sys.stderr)
        return DONE
    for line in words:
        print(line)
    for sentence in result["warnings"]:
        print(f"! {sentence}")
    return DONE
