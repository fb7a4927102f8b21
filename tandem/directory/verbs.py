"""`tandem staff` and `tandem roster`: what the operator decides, and who is planned to work."""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

DONE, WRONG_USAGE = 0, 2


def register(subparsers: Any) -> None:
    """Add the group `staff`."""
    group = subparsers.add_parser("staff", help="roles that wait, and a sign-in begun anew")
    verbs = group.add_subparsers(dest="what", required=True)
    waiting = verbs.add_parser("waiting", help="roles that wait for a second administrator")
    waiting.set_defaults(handler=_waiting, needs_database=True)
    confirm = verbs.add_parser("confirm", help="let a role take effect that was asked for")
    refuse = verbs.add_parser("refuse", help="say no to a role that was asked for")
    for verb in (confirm, refuse):
        verb.add_argument("request", metavar="REQUEST_ID")
        verb.set_defaults(handler=_decide, needs_database=True)
    reset = verbs.add_parser("reset", help="a new first password, for an administrator too")
    reset.add_argument("name", metavar="SIGN_IN_NAME")
    reset.set_defaults(handler=_reset, needs_database=True)
    for verb in (waiting, confirm, refuse, reset):
        verb.add_argument("--json", action="store_true")
    planned = subparsers.add_parser("roster", help="who is planned to work, for the desks")
    load = planned.add_subparsers(dest="what", required=True).add_parser(
        "load", help="one side's calendar, in place of the one before"
    )
    load.add_argument("side", choices=("police", "county"))
    load.add_argument("file", type=Path, help="iCalendar, as `tandem plan roster --out` writes it")
    load.set_defaults(handler=_load_roster, needs_database=True)


def _load_roster(args: argparse.Namespace) -> int:
    from tandem.directory.desks import desks_of_programs
    from tandem.directory.rostered import load_roster
    from tandem.kernel.instance import Instance
    from tandem.privacy.verify import note_by_operator

    zone = next((desk.zone for desk in desks_of_programs()), "UTC")
    try:
        count = load_roster(Instance.find(), args.side, args.file, zone=zone, now=datetime.now(UTC))
    except OSError:
        print("That file cannot be read. Nothing was loaded.", file=sys.stderr)
        return WRONG_USAGE
    note_by_operator("roster.loaded", "roster")
    print(f"{count} shifts: the desk of that side reads who is planned. Nobody is on by it.")
    return DONE


def _waiting(args: argparse.Namespace) -> int:
    from tandem.directory.console import waiting

    rows = [
        {
            "id": str(one.id),
            "name": one.name,
            "agency": one.agency,
            "role": one.role,
            "asked_by": one.asked_by,
            "asked_at": one.asked_at.isoformat(timespec="seconds"),
        }
        for one in waiting()
    ]
    if args.json:
        print(json.dumps(rows))
    for row in () if args.json else rows:
        print("{id}  {name}, {role} at {agency}; asked by {asked_by}, {asked_at}".format(**row))
    if not rows:
        print("No role waits.", file=sys.stderr)
    return DONE


def _decide(args: argparse.Namespace) -> int:
    from tandem.directory import console
    from tandem.kernel.refusals import Refused

    confirmed = args.what == "confirm"
    try:
        (console.confirm if confirmed else console.refuse)(uuid.UUID(args.request))
    except ValueError:
        print("A request's number is a UUID: `tandem staff waiting`.", file=sys.stderr)
        return WRONG_USAGE
    except Refused as no:
        print(no.sentence, file=sys.stderr)
        return WRONG_USAGE
    if args.json:
        print(json.dumps({"request": args.request, "confirmed": confirmed}))
    else:
        print("The role is given." if confirmed else "The role is not given.", file=sys.stderr)
    return DONE


def _reset(args: argparse.Namespace) -> int:
    from tandem.directory.console import reset
    from tandem.kernel.refusals import Refused

    try:
        password = reset(args.name)
    except Refused as no:
        print(no.sentence, file=sys.stderr)
        return WRONG_USAGE
    if args.json:
        print(json.dumps({"name": args.name, "password": password}))
    else:
        print(password)
        print(f"{args.name} signs in with this password once.", file=sys.stderr)
    return DONE
