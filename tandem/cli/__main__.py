"""The operator's command `tandem`: finds every package's verbs and runs the one asked for.

A package offers verbs in a module `verbs` with `register(subparsers)`; each verb sets `handler`,
a function of the parsed words that returns the exit code: 0 done, 1 a check failed, 2 wrong usage
or unusable input, 3 no server. A verb that sets `needs_database=True` finds a server running and
Django set up; a server that was started for it ends with it.
"""

import argparse
import importlib
import os
import sys
from importlib import util
from pathlib import Path
from typing import NoReturn

import tandem

WRONG_USAGE, NO_SERVER, INTERRUPTED, NOT_READ = 2, 3, 130, 141


class Words(argparse.ArgumentParser):
    """Says in one sentence what is wrong with the words, and where more is said."""

    def error(self, message: str) -> NoReturn:
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                name = action.metavar or action.dest
                message = message.removeprefix(f"argument {name}: ")
                if message.endswith(f"required: {name}"):
                    message = f"say one of {', '.join(action.choices)}"
        self.exit(WRONG_USAGE, f"{self.prog}: {message}. See `{self.prog} --help`.\n")


def build_parser() -> argparse.ArgumentParser:
    """All verbs of all packages; ours come last, because they join groups that others open."""
    parser = Words(prog="tandem", description=tandem.__doc__)
    subparsers = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    folders = sorted(path.parent for path in Path(tandem.__path__[0]).glob("*/verbs.py"))
    names = [folder.name for folder in folders]
    for name in sorted(names, key=lambda name: name == "cli"):
        if util.find_spec(f"tandem.{name}.verbs") is not None:
            importlib.import_module(f"tandem.{name}.verbs").register(subparsers)
    return parser


def run(args: argparse.Namespace) -> int:
    """Carry out the verb, with a server where it needs one."""
    if not getattr(args, "needs_database", False):
        return int(args.handler(args))
    import django

    from tandem.cli.launcher import ensure_cluster
    from tandem.kernel.instance import Instance

    with ensure_cluster(Instance.find()):
        django.setup()
        return int(args.handler(args))


def main(words: list[str] | None = None) -> int:
    """Parse, run, and turn what stands in the way into one sentence and an exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    from tandem.kernel.instance import InstanceError, ServerMissing

    args = build_parser().parse_args(words)
    try:
        code = run(args)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, as `head`, has enough; nothing is left for the interpreter to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOT_READ
    except ServerMissing as missing:
        print(missing, file=sys.stderr)
        return NO_SERVER
    except InstanceError as refusal:
        print(refusal, file=sys.stderr)
        return WRONG_USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


if __name__ == "__main__":
    sys.exit(main())
