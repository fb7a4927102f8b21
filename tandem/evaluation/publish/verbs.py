"""`tandem publish …`: numbers on their way out, and the attack on all that ever left."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

DONE, CHECK_FAILED, WRONG_USAGE = 0, 1, 2


def register(subparsers: Any) -> None:
    """Add the group `publish`."""
    group = subparsers.add_parser("publish", help="numbers that may leave, and what was published")
    verbs = group.add_subparsers(dest="publish_verb", required=True)
    table = verbs.add_parser("table", help="publish a table, or say why not")
    add_table_words(table)
    table.set_defaults(handler=_table, kind="table")
    outside = verbs.add_parser("outside", help="note a table that others have made public")
    outside.add_argument("table", type=Path)
    _common(outside)
    outside.set_defaults(
        handler=_table, kind="outside", round=1, withhold=False, anyway=True, dry_run=False
    )
    for name, words in (
        ("attack", "what follows from all releases together; exit 1 if a small number does"),
        ("list", "every release, its date and whether it was withdrawn"),
    ):
        verb = verbs.add_parser(name, help=words)
        _ledger(verb)
        verb.set_defaults(handler=_attack if name == "attack" else _list)
    withdraw = verbs.add_parser("withdraw", help="take a release down; its place stays")
    withdraw.add_argument("number", type=int)
    withdraw.add_argument("--reason", required=True)
    _ledger(withdraw)
    withdraw.set_defaults(handler=_withdraw)
    _register_extracts(verbs)


def _register_extracts(verbs: Any) -> None:
    for name, words in (
        ("public-set", "rows as year, wide area and age band, through the gate"),
        ("limited-set", "rows with dates and 5-digit areas, under an agreement"),
    ):
        verb = verbs.add_parser(name, help=words)
        verb.add_argument("data", type=Path, help="a CSV or Parquet file")
        verb.add_argument("--columns", type=Path, required=True, help="each column's class, TOML")
        if name == "public-set":
            verb.add_argument("--subject", required=True, help="what a row counts")
            verb.add_argument("--anyway", action="store_true", help="even where most would fall")
            _ledger(verb)
            verb.set_defaults(handler=_public_set)
        else:
            verb.add_argument("--agreement", type=Path, required=True, help="the agreement, TOML")
            verb.add_argument("--out", type=Path, required=True, help="the CSV file to write")
            verb.add_argument("--json", action="store_true", help="print one JSON object")
            verb.set_defaults(handler=_limited_set)


def add_table_words(verb: Any) -> None:
    """The words of publishing one table."""
    verb.add_argument("table", type=Path, help="JSON, or CSV with a column count")
    _common(verb)
    verb.add_argument("--round", type=int, default=1, metavar="STEP", help="round counts to this")
    verb.add_argument("--withhold", action="store_true", help="leave out what old releases forbid")
    verb.add_argument("--anyway", action="store_true", help="publish even where most would fall")
    verb.add_argument("--dry-run", action="store_true", help="write nothing")


def _common(verb: Any) -> None:
    verb.add_argument("--subject", help="what is counted; the same words in every release")
    _ledger(verb)


def _ledger(verb: Any) -> None:
    verb.add_argument("--ledger", required=True, metavar="DIR", help="the folder of all releases")
    verb.add_argument("--json", action="store_true", help="print one JSON value")


def _must_stand(folder: str) -> None:
    """A ledger that is not there is a mistyped path, never one without faults."""
    from tandem.evaluation.publish.sentences import PublishError, say

    if not Path(folder).is_dir():
        raise PublishError(say("no_ledger", folder=folder))


def _say(sentence: object) -> int:
    print(sentence, file=sys.stderr)
    return WRONG_USAGE


def _table(args: argparse.Namespace) -> int:
    from tandem.evaluation.publish.gate import leave
    from tandem.evaluation.publish.sentences import PublishError, say
    from tandem.evaluation.publish.table import read_table
    from tandem.kernel.locks import lock

    try:
        with lock("evaluation"):
            outcome = leave(
                read_table(args.table, subject=args.subject),
                args.ledger,
                round_to=args.round,
                withhold=args.withhold,
                anyway=args.anyway,
                write=not args.dry_run,
                kind=args.kind,
            )
    except PublishError as no:
        return _say(no.sentence)
    if args.kind == "outside":
        print(say("outside", number=outcome.number), file=sys.stderr)
    return _tell(args, outcome)


def _tell(args: argparse.Namespace, outcome: Any) -> int:
    if args.json:
        print(json.dumps(outcome.as_json(), ensure_ascii=False))
    else:
        for line in outcome.cells:
            where = ", ".join(f"{k} {v}" for k, v in line["at"].items()) or "everything"
            told = "not shown" if line["count"] is None else str(line["count"])
            whole = "" if "of" not in line else f" of {line['of'] or 'not shown'}"
            print(f"{line['measure'] or '':6} {where:40} {told}{whole}")
        for offer in outcome.offers:
            print(offer.as_json()["sentence"])
        for words in outcome.solved:
            print(words)
    print(outcome.sentence, file=sys.stderr)
    return DONE if outcome.status in ("published", "ready") else CHECK_FAILED


def _attack(args: argparse.Namespace) -> int:
    from tandem.evaluation.publish.sentences import PublishError, say
    from tandem.kernel.locks import lock

    try:
        with lock("evaluation"):
            from tandem.evaluation.publish.audit import attack_ledger

            _must_stand(args.ledger)
            found = attack_ledger(args.ledger)
    except PublishError as no:
        return _say(no.sentence)
    if args.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        for words in found["solved"]:
            print(words)
    clean = say("attack_clean", releases=found["releases"], hidden=found["hidden"])
    solved = say("attack_found", solved=len(found["solved"]))
    print(clean if found["ok"] else solved, file=sys.stderr)
    return DONE if found["ok"] else CHECK_FAILED


def _list(args: argparse.Namespace) -> int:
    from tandem.evaluation.publish.ledger import Ledger
    from tandem.evaluation.publish.sentences import PublishError

    try:
        _must_stand(args.ledger)
        releases = Ledger(args.ledger).releases()
    except PublishError as no:
        return _say(no.sentence)
    names = ("number", "date", "kind", "title", "subject")
    rows = [{**{n: r[n] for n in names}, "withdrawn": r.get("withdrawn")} for r in releases]
    if args.json:
        print(json.dumps(rows, ensure_ascii=False))
        return DONE
    for row in rows:
        gone = f"withdrawn: {row['withdrawn']['reason']}" if row["withdrawn"] else ""
        print(f"{row['number']:4} {row['date']} {row['kind']:10} {row['title']} {gone}".rstrip())
    return DONE


def _withdraw(args: argparse.Namespace) -> int:
    from tandem.evaluation.publish.ledger import Ledger
    from tandem.evaluation.publish.sentences import PublishError, say

    book = Ledger(args.ledger)
    today = date.today()  # noqa: DTZ011
    try:
        _must_stand(args.ledger)
        with book.alone():
            book.withdraw(args.number, args.reason, on=today)
    except PublishError as no:
        return _say(no.sentence)
    print(say("withdrawn", number=args.number), file=sys.stderr)
    if args.json:
        print(json.dumps({"number": args.number, "withdrawn": True, "on": today.isoformat()}))
    return DONE


def _public_set(args: argparse.Namespace) -> int:
    from tandem.evaluation.publish.sentences import PublishError
    from tandem.kernel.locks import lock

    try:
        with lock("evaluation"):
            from tandem.evaluation.publish.extracts import public_set
            from tandem.evaluation.publish.files import read_columns, read_rows

            classes, wide = read_columns(args.columns)
            outcome, notes = public_set(
                read_rows(args.data),
                classes,
                args.ledger,
                subject=args.subject,
                wide_areas=wide,
                anyway=args.anyway,
            )
    except PublishError as no:
        return _say(no.sentence)
    for words in notes:
        print(words, file=sys.stderr)
    return _tell(args, outcome)


def _limited_set(args: argparse.Namespace) -> int:
    from tandem.evaluation.publish.sentences import PublishError
    from tandem.kernel.locks import lock

    try:
        with lock("evaluation"):
            from tandem.evaluation.publish.extracts import limited_data_set
            from tandem.evaluation.publish.files import (
                read_agreement,
                read_columns,
                read_rows,
                write_rows,
            )

            classes, _ = read_columns(args.columns)
            agreement = read_agreement(args.agreement)
            today = date.today()  # noqa: DTZ011
            rows, notes = limited_data_set(read_rows(args.data), classes, agreement, on=today)
            write_rows(args.out, rows)
    except PublishError as no:
        return _say(no.sentence)
    for words in notes:
        print(words, file=sys.stderr)
    if args.json:
        facts = {"rows": len(rows), "columns": list(rows[0]) if rows else [], "notes": notes}
        print(json.dumps({**facts, "agreement": agreement.reference}))
    return DONE
