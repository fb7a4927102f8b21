"""The command `tandem plan`: simulate, compare, screen, and what else planning offers."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tandem.planning import commands
from tandem.planning.backtest_note import carrying, passed

DONE, WRONG_USAGE = 0, 2


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group `plan`."""
    plan = subparsers.add_parser("plan", help="how many teams, when and where")
    verbs = plan.add_subparsers(dest="plan_verb", required=True, metavar="VERB")
    commands.register(verbs)
    simulate = verbs.add_parser("simulate", help="run a scenario many times over")
    simulate.add_argument("file", type=Path, help="a scenario (TOML)")
    _add_run_options(simulate)
    simulate.set_defaults(handler=commands.guarded(simulate_file))
    compare = verbs.add_parser("compare", help="variants of a scenario on the same days")
    compare.add_argument("file", type=Path, nargs="+", help="scenarios; variants may be inside")
    compare.add_argument("--by", default="reached_share", help="the measure that best is about")
    compare.add_argument("--indifference", type=float, help="a difference that does not matter")
    _add_run_options(compare)
    compare.set_defaults(handler=commands.guarded(compare_files))
    screen = verbs.add_parser("screen", help="the same without simulation: Erlang, hypercube")
    screen.add_argument("file", type=Path, help="a scenario (TOML)")
    screen.add_argument("--seed", type=int, help="instead of the file's own")
    screen.add_argument("--json", action="store_true", help="print one JSON object")
    screen.set_defaults(handler=commands.guarded(screen_file))


def _add_run_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--replications", type=int, help="instead of the file's own number")
    verb.add_argument("--seed", type=int, help="instead of the file's own")
    verb.add_argument("--workers", type=int, help="processes; the answer is the same for any")
    verb.add_argument("--keep", type=Path, help="a folder for finished pieces, to go on later")
    verb.add_argument("--json", action="store_true", help="print one JSON object")


def simulate_file(args: argparse.Namespace) -> int:
    """Run one scenario and print its measures."""
    from tandem.kernel.locks import lock

    with lock("planning"):
        from tandem.planning.read_scenario import read_scenario
        from tandem.planning.sweep import sweep

    def run() -> dict[str, Any]:
        scenario = read_scenario(args.file)
        (result,) = sweep(
            [scenario],
            seed=scenario.seed if args.seed is None else args.seed,
            replications=args.replications or scenario.replications,
            workers=args.workers,
            keep=args.keep,
            say=commands.progress("replications"),
        )
        found = _shape(
            scenario.name,
            result.seed,
            result.replications,
            result.as_json(),
            list(scenario.warnings),
        )
        return carrying(found, args.file)

    return _answer(args, run, _print_measures)


def compare_files(args: argparse.Namespace) -> int:
    """Run variants on the same days and say which is best, and how sure that is."""
    from tandem.kernel.locks import lock

    with lock("planning"):
        from tandem.planning.compare import compare
        from tandem.planning.variants import read_variants

    def run() -> dict[str, Any]:
        scenarios = [scenario for path in args.file for scenario in read_variants(path)]
        results, measures = compare(
            scenarios,
            by=args.by,
            indifference=args.indifference,
            seed=args.seed,
            replications=args.replications,
            workers=args.workers,
            keep=args.keep,
            say=commands.progress("replications"),
        )
        first = results[0]
        warnings = [word for scenario in scenarios for word in scenario.warnings]
        found = _shape(
            scenarios[0].name, first.seed, first.replications, measures, sorted(set(warnings))
        )
        return carrying(found, args.file[0])

    return _answer(args, run, _print_comparison)


def _print_comparison(found: dict[str, Any]) -> None:
    for name, measures in found["measures"]["differences"].items():
        print(f"{name}, against {found['scenario']}:")
        for measure, cell in measures.items():
            if cell["value"] is not None and cell["interval"]:
                low, high = cell["interval"]
                print(f"  {measure:28} {cell['value']:+10g}  {low:+g} to {high:+g}")
    best = found["measures"]["best"]
    if "scenario" in best:
        print(f"best by {best['by']}: {best['scenario']}, probability {best['probability']:.3f}")
    else:
        print(best["not_computed"], file=sys.stderr)
    _print_notes(found)


def _print_notes(found: dict[str, Any]) -> None:
    for sentence in (*passed(found), *found["warnings"]):
        print(f"note: {sentence}", file=sys.stderr)


def screen_file(args: argparse.Namespace) -> int:
    """Answer in closed form."""
    from tandem.kernel.locks import lock

    with lock("planning"):
        from tandem.planning.read_scenario import read_scenario
        from tandem.planning.screen import screen

    def run() -> dict[str, Any]:
        scenario = read_scenario(args.file)
        seed = scenario.seed if args.seed is None else args.seed
        found = screen(scenario, seed=seed)
        return carrying(_shape(scenario.name, seed, 0, found, list(scenario.warnings)), args.file)

    return _answer(args, run, _print_screen)


def _shape(
    name: str, seed: int, replications: int, measures: dict[str, Any], warnings: list[str]
) -> dict[str, Any]:
    """The contract's members, in their order."""
    return {
        "scenario": name,
        "seed": seed,
        "replications": replications,
        "measures": measures,
        "backtest": None,
        "gap": None,
        "broken_rules": [],
        "warnings": warnings,
    }


def _print_screen(found: dict[str, Any]) -> None:
    measures = found["measures"]
    print(f"{found['scenario']}: {measures['minutes_per_call']:.1f} minutes for each call")
    for method, week in measures["erlang"].items():
        told = ", ".join(f"{name} {week[name]:.3f}" for name in ("reached_share", "waited_share"))
        print(f"{method:6} {told}, wait_mean {week['wait_mean']:.1f}")
    for team, share in measures["hypercube"].get("busy_share", {}).items():
        print(f"hypercube: {team} busy {share:.4f}")
    for sentence in (measures["hypercube"].get("not_computed"), measures["left_out"]):
        if sentence:
            print(sentence, file=sys.stderr)
    _print_notes(found)


def _answer(
    args: argparse.Namespace,
    run: Callable[[], dict[str, Any]],
    show: Callable[[dict[str, Any]], None],
) -> int:
    from tandem.planning.scenario import ScenarioError

    try:
        found = run()
    except ScenarioError as refusal:
        print(refusal, file=sys.stderr)
        return WRONG_USAGE
    if args.json:
        print(json.dumps(found))
    else:
        show(found)
    return DONE


def _print_measures(found: dict[str, Any]) -> None:
    print(f"{found['scenario']}: {found['replications']} replications, seed {found['seed']}")
    for name, cell in found["measures"]["overall"].items():
        if cell["value"] is None:
            continue
        ends = cell["interval"]
        words = f"  {ends[0]:g} to {ends[1]:g}" if ends else ""
        print(f"{name:28} {cell['value']:10g}{words}")
    _print_notes(found)
