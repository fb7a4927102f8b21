"""The operator's words about forms: `tandem forms list`, `check`."""

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
    for verb in (listed, check):
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
        return WRONG_USAGE
    for fault in refusal.faults:
        print(fault.sentence, file=sys.stderr)
    if refusal.left_off:
        print(f"And {refusal.left_off} more.", file=sys.stderr)
    return WRONG_USAGE
