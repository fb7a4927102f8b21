"""`tandem begin`: a program of one's own, with its agencies, units and first administrator."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

DONE, WRONG_USAGE = 0, 2


def register(subparsers: Any) -> None:
    """Add the verb `begin`."""
    verb = subparsers.add_parser("begin", help="found a program outside the demonstration")
    verb.add_argument("--program", required=True, help="its name")
    verb.add_argument("--zone", required=True, help="its time zone, such as America/Chicago")
    verb.add_argument(
        "--agency",
        action="append",
        default=[],
        metavar="CODE:KIND:NAME",
        help="police, county_crisis or dispatch_center; the administrator belongs to the first",
    )
    verb.add_argument("--unit", action="append", default=[], metavar="CALLSIGN:CODE:KIND")
    verb.add_argument("--administrator", required=True, help="the sign-in name of the first one")
    verb.add_argument("--administrator-name", default="")
    verb.add_argument("--json", action="store_true")
    verb.set_defaults(handler=_begin, needs_database=True)


def _begin(args: argparse.Namespace) -> int:
    from tandem.calls.console import Founding, begin
    from tandem.kernel.refusals import Refused

    try:
        password = begin(
            Founding(
                args.program,
                args.zone,
                args.agency,
                args.unit,
                args.administrator,
                args.administrator_name,
            )
        )
    except Refused as no:
        print(no.sentence, file=sys.stderr)
        return WRONG_USAGE
    if args.json:
        print(json.dumps({"program": args.program, "password": password}))
    else:
        print(password)
        print(
            f"{args.administrator} signs in with this password once, then chooses another.",
            file=sys.stderr,
        )
    return DONE
