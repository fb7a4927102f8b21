"""What an operator asks of the boards on the command line: a print while the server is away."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def register(subparsers: Any) -> None:
    """Add the group `board`."""
    group = subparsers.add_parser("board", help="the desks' boards")
    verbs = group.add_subparsers(dest="what", required=True)
    printing = verbs.add_parser("print", help="a desk's kept board, with or without a server")
    printing.add_argument("desk", help="dispatch or crisis, with -CODE where there are several")
    printing.add_argument("--by", default="", help="who takes it; else the account's name")
    printing.add_argument("--to", type=Path, metavar="FILE", help="else it is written out")
    printing.set_defaults(handler=_print)


def _print(args: argparse.Namespace) -> int:
    from tandem.board.kept import OLDEST, take_print
    from tandem.kernel.instance import Instance, InstanceError

    by = args.by or getpass.getuser()
    if args.to and (args.to.is_dir() or not args.to.parent.is_dir()):
        raise InstanceError(f"{args.to} cannot be written. Nothing was printed.")
    board = take_print(Instance.find(), args.desk, by=by, now=datetime.now(UTC))
    if args.to:
        try:
            args.to.touch(mode=0o600)
            if args.to.is_file():  # it was there before, and open to others
                args.to.chmod(0o600)
            args.to.write_text(board.text, encoding="utf-8")
        except OSError as wrong:
            raise InstanceError(f"{args.to} cannot be written: {wrong.strerror}.") from None
    else:
        print(board.text)
    if board.age > OLDEST:
        print(
            f"This board is {board.age:.0f} s old: the server is away. Its time stands on it.",
            file=sys.stderr,
        )
    return 0
