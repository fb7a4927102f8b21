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
    from tandem.kernel.instance import Instance

    by = args.by or getpass.getuser()
    board = take_print(Instance.find(), args.desk, by=by, now=datetime.now(UTC))
    if args.to:
        args.to.touch(mode=0o600)
        args.to.write_text(board.text, encoding="utf-8")
    else:
        print(board.text)
    if board.age > OLDEST:
        print(
            f"This board is {board.age:.0f} s old: the server is away. Its time stands on it.",
            file=sys.stderr,
        )
    return 0
