"""The operator's words about files: maps, the program's facts, and law packs."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tandem.kernel.strict_toml import Fault

DONE, CHECK_FAILED, WRONG_USAGE = 0, 1, 2


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `tandem map`, `tandem program` and `tandem pack`."""
    maps = subparsers.add_parser("map", help="what the columns of other people's data are")
    verbs = maps.add_subparsers(dest="map_verb", required=True)
    listing = verbs.add_parser("list", help="the maps at hand")
    listing.add_argument("--json", action="store_true", help="print one JSON array")
    listing.set_defaults(handler=list_maps)
    check = verbs.add_parser("check", help="read a file by a map and say what became of it")
    check.add_argument("file", help="a file, a folder, or - for standard input")
    check.add_argument(
        "--map", required=True, help="a map's name, shipped or built here, or a path"
    )
    check.add_argument("--all", action="store_true", help="list every code and rejected row")
    check.add_argument("--json", action="store_true", help="print one JSON object")
    check.set_defaults(handler=check_map)
    for name, words in (("program", "the program's facts"), ("pack", "the law as data")):
        group = subparsers.add_parser(name, help=words)
        acts = group.add_subparsers(dest=f"{name}_verb", required=True)
        for act, help_words in (("check", "read a file, change nothing"), ("load", "keep it")):
            verb = acts.add_parser(act, help=help_words)
            verb.add_argument("file", type=Path)
            verb.add_argument("--json", action="store_true", help="print one JSON object")
            verb.set_defaults(handler=check_or_load, kind=name, load=act == "load")


def list_maps(args: argparse.Namespace) -> int:
    """Name the maps that ship, and those that were built in this installation."""
    from tandem.kernel.instance import Instance
    from tandem.kernel.maps import find_map, shipped_maps
    from tandem.kernel.maps.format import kept_maps

    rows = [
        {"name": name, "format": found.format, "zone": found.zone.key, "times": list(found.times)}
        for name in [*shipped_maps(), *kept_maps(Instance.find())]
        for found in [find_map(name)]
    ]
    if args.json:
        print(json.dumps(rows))
    else:
        for row in rows:
            print(f"{row['name']:16} {row['format']:14} {row['zone']}")
    return DONE


def check_map(args: argparse.Namespace) -> int:
    """Read the whole file by the map; nothing is written."""
    from tandem.kernel.maps import MapError, find_map
    from tandem.kernel.maps.summary import summarize

    try:
        summary = summarize(args.file, find_map(args.map), whole=args.all)
    except MapError as refusal:
        print(refusal, file=sys.stderr)
        return WRONG_USAGE
    if args.json:
        print(json.dumps(summary))
    else:
        _print_summary(summary)
    return DONE


def _print_summary(summary: dict[str, Any]) -> None:
    for column, uses in summary["columns"].items():
        print(f"{column:40} {', '.join(uses) or 'not used'}")
    for word in ("rows", "accepted", "duplicates", "rejected", "suspect_times"):
        print(f"{word:14} {summary[word]}")
    for code, count in summary["unmapped"].items():
        print(f"unmapped       {code}: {count}")
    if summary["unmapped_more"]:
        print(f"… and {summary['unmapped_more']:,} more codes; --all lists them.")
    for reject in summary["rejects"]:
        print(f"line {reject['line']}: {reject['reason']}")
    if summary["rejects_more"]:
        print(f"… and {summary['rejects_more']:,} more rejected rows; --all lists them.")


def check_or_load(args: argparse.Namespace) -> int:
    """Check a program file or a law pack, and keep it where that was asked for."""
    from tandem.kernel.strict_toml import FileRefused

    try:
        raw = args.file.read_bytes()
    except OSError as error:
        print(f"{args.file} cannot be read: {error.strerror}.", file=sys.stderr)
        return WRONG_USAGE
    try:
        effective, version, shelf = _readers()[args.kind](raw)
    except FileRefused as refusal:
        _print_outcome(args, ok=False, version=None, effective=None, faults=refusal.faults)
        return CHECK_FAILED
    if args.load:
        from tandem.kernel.instance import Instance
        from tandem.kernel.versions import store_version

        store_version(Instance.find(), shelf, raw, effective=effective, version=version)
    _print_outcome(args, ok=True, version=version, effective=effective.isoformat(), faults=[])
    return DONE


def _readers() -> dict[str, Callable[[bytes], Any]]:
    """Each kind's reader: the day it holds from, its version, and the shelf it is kept on."""
    from tandem.kernel.instance import checkout
    from tandem.kernel.pack import parse_pack
    from tandem.kernel.program import parse_program

    def program(raw: bytes) -> tuple[Any, str, str]:
        read = parse_program(raw, folder=checkout())
        return read.effective, read.version, "program"

    def pack(raw: bytes) -> tuple[Any, str, str]:
        read = parse_pack(raw)
        return read.effective, read.version, f"packs/{read.code}"

    return {"program": program, "pack": pack}


def _print_outcome(
    args: argparse.Namespace,
    *,
    ok: bool,
    version: str | None,
    effective: str | None,
    faults: "list[Fault]",
) -> None:
    if args.json:
        errors = [fault.as_json() for fault in faults]
        facts = {"ok": ok, "version": version, "effective": effective, "errors": errors}
        print(json.dumps(facts))
        return
    for fault in faults:
        print(f"{args.file}:{fault.line}: {fault.sentence}", file=sys.stderr)
    if ok:
        word = "loaded" if args.load else "in order"
        print(f"{args.file} is {word}: version {version}, in force from {effective}.")
    else:
        print(f"{args.file} is refused whole; nothing was changed.", file=sys.stderr)
