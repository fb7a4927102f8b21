"""The operator's words about advice: `tandem advice try` shows what the rules say of a call."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tandem.kernel.advice import AdviceRules

DONE, CHECK_FAILED, WRONG_USAGE = 0, 1, 2


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `tandem advice`."""
    group = subparsers.add_parser("advice", help="who should go to a call, and why")
    verbs = group.add_subparsers(dest="advice_verb", required=True)
    trial = verbs.add_parser("try", help="advise on the calls of a JSON file; nothing is kept")
    trial.add_argument("file", help="one call or a list of calls, or - for standard input")
    trial.add_argument("--program", type=Path, help="the program file whose rules to use")
    trial.add_argument("--json", action="store_true", help="print JSON")
    trial.set_defaults(handler=try_calls)


def try_calls(args: argparse.Namespace) -> int:
    """Print the advice for one call, or for each of a list."""
    from tandem.advice.reading import CallUnreadable, read_call
    from tandem.advice.rules import advise
    from tandem.kernel.strict_toml import FileRefused

    try:
        told = json.loads(_text(args.file))
        calls = [read_call(call) for call in (told if isinstance(told, list) else [told])]
        rules = _rules(args.program)
    except (OSError, ValueError, RecursionError) as error:
        print(f"{args.file} is not a file of calls in JSON: {_why(error)}.", file=sys.stderr)
        return WRONG_USAGE
    except (CallUnreadable, FileRefused) as refusal:
        print(refusal, file=sys.stderr)
        return WRONG_USAGE
    if rules is None:
        print("The program file has no section [advice].", file=sys.stderr)
        return WRONG_USAGE
    given = [advise(rules, call.answers, call.staffed).as_json() for call in calls]
    if args.json:
        print(json.dumps(given if isinstance(told, list) else given[0]))
    else:
        for advice in given:
            _print(advice)
    return DONE


def _text(name: str) -> str:
    return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) if isinstance(error, json.JSONDecodeError) else "it cannot be read"


def _rules(path: Path | None) -> "AdviceRules | None":
    import datetime as dt

    from tandem.kernel.instance import Instance, checkout
    from tandem.kernel.program import parse_program
    from tandem.kernel.versions import in_force

    if path is None:
        stored = in_force(Instance.find(), "program", dt.datetime.now().astimezone().date())
        path = stored.path if stored else checkout() / "program.toml"
    return parse_program(path.read_bytes()).advice


def _print(advice: dict[str, Any]) -> None:
    said = "provisional, " if advice["provisional"] else ""
    print(f"first: {advice['first'] or 'nobody who is on'} ({said}clinician {advice['clinician']})")
    for part in ("with", "by_phone", "tell", "not_on"):
        if advice[part]:
            print(f"  {part.replace('_', ' ')}: {', '.join(advice[part])}")
    if advice["ask_next"]:
        print(f"  ask next: {advice['ask_next']}")
    for reason in dict.fromkeys(because["reason"] for because in advice["because"]):
        print(f"  {reason}")
