"""`tandem feed …`: connect a source from the operator's console, or cut it off."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

DONE, WRONG_USAGE = 0, 2


def register(subparsers: Any) -> None:
    """Add the group `feed`."""
    feed = subparsers.add_parser("feed", help="sources of calls: connect, cut off")
    verbs = feed.add_subparsers(dest="feed_verb", required=True)
    create = verbs.add_parser("create", help="connect a source; its token is shown once")
    create.add_argument("--source", required=True)
    create.add_argument("--agency", required=True, help="the agency's code")
    create.add_argument("--json", action="store_true")
    create.set_defaults(handler=_create, needs_database=True)
    revoke = verbs.add_parser("revoke", help="refuse a source's token from now on")
    revoke.add_argument("--source", required=True)
    revoke.add_argument("--agency", required=True)
    revoke.add_argument("--json", action="store_true")
    revoke.set_defaults(handler=_revoke, needs_database=True)


def _say(sentence: object) -> int:
    print(sentence, file=sys.stderr)
    return WRONG_USAGE


def _create(args: argparse.Namespace) -> int:
    from tandem.interop.cad.console import connect
    from tandem.kernel.refusals import Refused

    try:
        token = connect(args.agency, args.source)
    except Refused as no:
        return _say(no.sentence)
    if args.json:
        print(json.dumps({"source": args.source, "token": token}))
    else:
        print(token)
        print("This token is shown once. Keep it at the sender.", file=sys.stderr)
    return DONE


def _revoke(args: argparse.Namespace) -> int:
    from tandem.interop.cad.console import cut_off
    from tandem.kernel.refusals import Refused

    try:
        cut_off(args.agency, args.source)
    except Refused as no:
        return _say(no.sentence)
    if args.json:
        print(json.dumps({"source": args.source, "revoked": True}))
    return DONE
