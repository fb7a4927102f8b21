"""The operator's words about forms: `tandem forms list|check`, `forms pack list|check|load`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tandem.forms.definition import Definition
    from tandem.forms.faults import FormRefused

DONE, CHECK_FAILED, WRONG_USAGE = 0, 1, 2


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the group `forms`."""
    group = subparsers.add_parser("forms", help="forms of the clinical record")
    verbs = group.add_subparsers(dest="forms_verb", required=True)
    listed = verbs.add_parser("list", help="the forms that are shipped")
    listed.set_defaults(handler=_list)
    check = verbs.add_parser("check", help="read a form's definition; nothing is kept")
    check.add_argument("file", help="a FHIR Questionnaire in JSON, or - for standard input")
    check.set_defaults(handler=_check)
    score = verbs.add_parser("score", help="what the answers to an instrument say; nothing is kept")
    score.add_argument("instrument")
    score.add_argument("file", help='{"1": 0, "2": "declined", "3": null} in JSON, or -')
    score.set_defaults(handler=_score)
    packs = verbs.add_parser("pack", help="the words of instruments, each with its license")
    acts = packs.add_subparsers(dest="pack_verb", required=True)
    at_hand = acts.add_parser("list", help="which instruments have words, shipped or loaded")
    at_hand.set_defaults(handler=_list_packs)
    for act, words in (("check", "read a pack; nothing is kept"), ("load", "keep it")):
        verb = acts.add_parser(act, help=words)
        verb.add_argument("file", type=Path)
        verb.add_argument("--json", action="store_true", help="print one JSON object")
        verb.set_defaults(handler=_check_pack, load=act == "load")
    for verb in (listed, check, score, at_hand):
        verb.add_argument("--json", action="store_true", help="print JSON")


def _list(args: argparse.Namespace) -> int:
    from tandem.forms.shipped import CODES, shipped_form

    forms = [_told(shipped_form(code)) for code in CODES]
    if args.json:
        print(json.dumps(forms))
        return DONE
    for form in forms:
        print(
            f"{form['url']:34} {form['version']:6} {form['questions']:3} questions  {form['title']}"
        )
    return DONE


def _told(definition: Definition) -> dict[str, Any]:
    return {
        "url": definition.url,
        "version": definition.version,
        "title": definition.title,
        "questions": sum(item.asks for item, _ in definition.walk()),
    }


def _check(args: argparse.Namespace) -> int:
    from tandem.forms.faults import FormRefused
    from tandem.forms.reading import read_definition

    try:
        raw = sys.stdin.buffer.read() if args.file == "-" else Path(args.file).read_bytes()
    except OSError as error:
        print(f"{args.file} cannot be read: {error.strerror}.", file=sys.stderr)
        return WRONG_USAGE
    try:
        form = read_definition(raw)
    except FormRefused as refusal:
        return _refused(refusal, as_json=args.json)
    if args.json:
        print(json.dumps({"ok": True, "errors": [], **_told(form)}))
    else:
        print(f"{form.title}, version {form.version}: it can be used.")
    return DONE


def _refused(refusal: FormRefused, *, as_json: bool) -> int:
    if as_json:
        errors = [fault.as_json() for fault in refusal.faults]
        print(json.dumps({"ok": False, "errors": errors, "left_off": refusal.left_off}))
        return CHECK_FAILED
    for fault in refusal.faults:
        print(fault.sentence, file=sys.stderr)
    if refusal.left_off:
        print(f"And {refusal.left_off} more.", file=sys.stderr)
    return CHECK_FAILED


def _score(args: argparse.Namespace) -> int:
    import dataclasses

    from tandem.forms.instruments import INSTRUMENTS

    instrument = INSTRUMENTS.get(args.instrument)
    if instrument is None:
        print(f"No such instrument; known: {', '.join(INSTRUMENTS)}.", file=sys.stderr)
        return WRONG_USAGE
    try:
        told = json.loads(_text(args.file))
        result = instrument.score(told if isinstance(told, dict) else {"": told})
    except (OSError, ValueError, RecursionError, TypeError) as error:
        print(f"These are no answers to it: {error}.", file=sys.stderr)
        return WRONG_USAGE
    facts = {**dataclasses.asdict(result), "complete": result.complete}
    if args.json:
        print(json.dumps(facts))
    else:
        for key, value in facts.items():
            print(f"{key:14} {value}")
    return DONE


def _text(name: str) -> str:
    return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")


def _list_packs(args: argparse.Namespace) -> int:
    import datetime as dt

    from tandem.forms.instruments import INSTRUMENTS
    from tandem.forms.packs import pack_in_force
    from tandem.kernel.instance import Instance

    today = dt.datetime.now(dt.UTC).date()
    rows = []
    for instrument in INSTRUMENTS.values():
        pack = pack_in_force(Instance.find(), instrument.code, "en", today)
        rows.append(
            {
                "instrument": instrument.code,
                "text": instrument.text,
                "edition": pack.edition if pack else None,
                "version": pack.version if pack else None,
                "placeholder": pack.placeholder if pack else None,
            }
        )
    if args.json:
        print(json.dumps(rows))
        return DONE
    for row in rows:
        print(f"{row['instrument']:16} {row['edition'] or 'no words: load a pack'}")
    return DONE


def _check_pack(args: argparse.Namespace) -> int:
    from tandem.forms.packs import parse_pack
    from tandem.kernel.strict_toml import FileRefused

    try:
        raw = args.file.read_bytes()
    except OSError as error:
        print(f"{args.file} cannot be read: {error.strerror}.", file=sys.stderr)
        return WRONG_USAGE
    facts: dict[str, Any] = {"ok": False, "version": None, "effective": None, "errors": []}
    try:
        pack = parse_pack(raw)
    except FileRefused as refusal:
        facts["errors"] = [fault.as_json() for fault in refusal.faults]
        if not args.json:
            for fault in refusal.faults:
                print(f"{args.file}:{fault.line}: {fault.sentence}", file=sys.stderr)
            print(f"{args.file} is refused whole; nothing was changed.", file=sys.stderr)
    else:
        facts |= {"ok": True, "version": pack.version, "effective": pack.effective.isoformat()}
        if args.load:
            from tandem.kernel.instance import Instance
            from tandem.kernel.versions import store_version

            store_version(
                Instance.find(), pack.shelf, raw, effective=pack.effective, version=pack.version
            )
        if not args.json:
            word = "loaded" if args.load else "in order"
            print(f"{args.file} is {word}: {pack.instrument.title}, {pack.edition}.")
    if args.json:
        print(json.dumps(facts))
    return DONE if facts["ok"] else CHECK_FAILED
