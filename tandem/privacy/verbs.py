"""The operator's words about the policy: the matrix, the fields, one answer, and the walk."""

import argparse
import json
import sys
from typing import Any

from tandem.privacy import operator

DONE, CHECK_FAILED, WRONG_USAGE = 0, 1, 2


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `tandem policy …`, and the operator's `db` and `audit`."""
    operator.register(subparsers)
    policy = subparsers.add_parser("policy", help="who may reach what, and whether the walls hold")
    verbs = policy.add_subparsers(dest="policy_verb", required=True)
    show = verbs.add_parser("show", help="every cell: people-role by data class")
    show.set_defaults(handler=_show)
    tables = verbs.add_parser("tables", help="every column, its class, who reads and writes it")
    tables.set_defaults(handler=_tables)
    explain = verbs.add_parser("explain", help="which rule decides, and why")
    explain.add_argument("--role", required=True, help="a people-role, or a party outside")
    explain.add_argument("--data", required=True, help="a data class, as D6")
    explain.add_argument("--purpose", required=True, help="what for, as treatment")
    explain.set_defaults(handler=_explain)
    walk = verbs.add_parser("walk", help="try every cell as every login")
    walk.set_defaults(handler=_walk, needs_database=True)
    for verb in (show, tables, explain, walk):
        verb.add_argument("--json", action="store_true", help="print one JSON value")


def _show(args: argparse.Namespace) -> int:
    from tandem.privacy.policy.load import policy
    from tandem.privacy.policy.matrix import show

    cells = show(policy())
    _print(cells, as_json=args.json, columns=("class", "role", "effect", "layer", "authority"))
    return DONE


def _tables(args: argparse.Namespace) -> int:
    from tandem.privacy.policy.load import policy
    from tandem.privacy.policy.matrix import fields
    from tandem.privacy.reference import columns_of_models

    found = fields(policy(), columns_of_models())
    _print(found, as_json=args.json, columns=("relation", "column", "class", "readable_by"))
    return DONE


def _explain(args: argparse.Namespace) -> int:
    from tandem.privacy.policy.explain import UnknownWord, explain
    from tandem.privacy.policy.load import policy

    role, data = args.role, args.data.upper()
    try:
        known = role.upper() if role.upper() in policy().roles else role
        answer = explain(policy(), known, data, args.purpose)
    except UnknownWord as refusal:
        print(refusal, file=sys.stderr)
        return WRONG_USAGE
    if args.json:
        print(json.dumps(answer, ensure_ascii=False))
    else:
        print(f"{answer['effect']} (rule {answer['rule']}; {answer['authority']})")
        for duty in answer["obligations"]:
            print(f"- {duty}")
    return DONE


def _walk(args: argparse.Namespace) -> int:
    import psycopg

    from tandem.kernel.instance import LOGINS, SUPERUSER, Instance
    from tandem.privacy.policy.load import policy
    from tandem.privacy.policy.walk import walk

    instance = Instance.find()
    dsns = {login: instance.dsn(login) for login in LOGINS}
    if instance.server().embedded:
        dsns[SUPERUSER] = instance.dsn(SUPERUSER)
    try:
        found = walk(policy(), dsns)
    except psycopg.OperationalError:
        print("A login cannot connect: run `tandem db setup` first.", file=sys.stderr)
        return WRONG_USAGE
    if args.json:
        print(json.dumps(found))
    else:
        for kind in ("leaks", "wrong_denials"):
            for where in found[kind]:
                print(f"{kind}: {' '.join(where.values())}")
        print(
            f"{found['cells']} tries, {found['passes']} passes, {len(found['leaks'])} leaks, "
            f"{len(found['wrong_denials'])} wrong denials; {found['not_yet']} cells not yet built."
        )
    return CHECK_FAILED if found["leaks"] or found["wrong_denials"] else DONE


def _print(rows: list[dict[str, Any]], *, as_json: bool, columns: tuple[str, ...]) -> None:
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        values = (row[column] for column in columns)
        print("  ".join(",".join(v) if isinstance(v, list) else str(v) for v in values))
