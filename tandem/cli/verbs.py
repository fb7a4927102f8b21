"""The operator's words about the whole product: `tandem up`, `down`, `status`, `demo run`."""

import argparse
import json
import os
import sys

from tandem.cli import operations

DONE, NO_SERVER = 0, 3


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add our verbs, and `run` to the group `demo` that the demonstration opened."""
    up = subparsers.add_parser("up", help="start everything in the background")
    up.add_argument("--demo", action="store_true", help="with the demonstration's program")
    up.add_argument("--foreground", action="store_true", help="until told to end, for systemd")
    up.set_defaults(handler=_up)
    down = subparsers.add_parser("down", help="stop everything")
    down.set_defaults(handler=_down)
    status = subparsers.add_parser("status", help="what runs, and with how much memory")
    status.set_defaults(handler=_status)
    for verb in (up, down, status):
        verb.add_argument("--json", action="store_true", help="print one JSON object")
    run = _group(subparsers, "demo").add_parser("run", help="the demonstration until Ctrl-C")
    run.add_argument("--quiet", action="store_true", help="without calls of its own")
    run.set_defaults(handler=_run_demo)
    operations.register(subparsers)


def _group(
    subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str
) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    """The verbs below a word that another package may have opened already."""
    parser = subparsers.choices.get(name) or subparsers.add_parser(name)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return action
    return parser.add_subparsers(dest="what", required=True)


def _up(args: argparse.Namespace) -> int:
    from tandem.cli.lifecycle import in_background, in_foreground
    from tandem.kernel.instance import Instance

    if args.foreground:
        in_foreground(Instance.find(), demo=args.demo)
    url = in_background(Instance.find(), demo=args.demo)
    print(json.dumps({"url": url}) if args.json else f"Tandem answers at {url}.")
    return DONE


def _down(args: argparse.Namespace) -> int:
    from tandem.cli.lifecycle import down
    from tandem.kernel.instance import Instance

    ended = down(Instance.find())
    sentence = "Tandem is stopped." if ended else "Tandem was not running."
    print(json.dumps({"stopped": ended}) if args.json else sentence)
    return DONE


def _status(args: argparse.Namespace) -> int:
    from tandem.cli.lifecycle import status
    from tandem.kernel.instance import Instance

    found = status(Instance.find())
    if args.json:
        print(json.dumps(found, indent=1))
    elif not found["running"]:
        print("Tandem is not running.", file=sys.stderr)
    else:
        print(f"Tandem answers at {found['url']}.")
        processes = found["processes"]
        for process in processes if isinstance(processes, list) else []:
            print(f"{process['name']:12}{process['pid']:>8}{process['megabytes']:>8} MB")
    return DONE if found["running"] else NO_SERVER


def _run_demo(args: argparse.Namespace) -> int:
    from tandem.cli.lifecycle import in_foreground
    from tandem.cli.services import REPLAY
    from tandem.kernel.instance import Instance

    if not args.quiet:
        os.environ[REPLAY] = "1"
    in_foreground(Instance.find(), demo=True)
