"""What an operator asks of walls and trail on the command line: set-up, logins, verification."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

Groups = Any  # argparse's own type for sub-commands is private


def register(subparsers: Groups) -> None:
    """Add the groups `db` and `audit`."""
    database = subparsers.add_parser("db", help="the database: set-up and logins")
    verbs = database.add_subparsers(dest="what", required=True)
    setup = verbs.add_parser("setup", help="make logins, tables and walls; repeatable")
    setup.set_defaults(handler=_setup, needs_database=True)
    roles = verbs.add_parser("roles", help="how each login reaches the database")
    roles.add_argument("--json", action="store_true")
    roles.set_defaults(handler=_roles, needs_database=True)
    trail = subparsers.add_parser("audit", help="the trail")
    verbs = trail.add_subparsers(dest="what", required=True)
    verify = verbs.add_parser(
        "verify", help="find changed, missing, inserted, cut or unsealed rows"
    )
    verify.add_argument("--json", action="store_true")
    verify.set_defaults(handler=_verify, needs_database=True)


def _setup(args: argparse.Namespace) -> int:
    from tandem.kernel.instance import Instance
    from tandem.privacy.setup import set_up

    set_up(Instance.find())
    print("The database is set up.", file=sys.stderr)
    return 0


def _roles(args: argparse.Namespace) -> int:
    from tandem.kernel.instance import Instance
    from tandem.privacy.setup import LOGINS
    from tandem.privacy.verify import note_by_operator

    instance = Instance.find()
    names = [*LOGINS, "owner"]
    if instance.server().embedded:
        names.append("superuser")
    rows = [{"role": name, "dsn": instance.dsn(name)} for name in names]
    note_by_operator("db.roles_shown")
    if args.json:
        print(json.dumps(rows))
    else:
        print("\n".join(f"{row['role']:18} {row['dsn']}" for row in rows))
    return 0


def _verify(args: argparse.Namespace) -> int:
    from tandem.kernel.instance import Instance
    from tandem.privacy.verify import verify

    report = verify(Instance.find())
    if args.json:
        print(json.dumps(report))
    else:
        print(f"{report['sealed']} sealed of {report['rows']} rows.", file=sys.stderr)
        for fault in report["faults"]:
            print(f"{fault['kind']:10} {fault['row']}", file=sys.stderr)
    return 0 if report["ok"] else 1
