"""The triage engine's words: `tandem triage map-types`, `train`, `evaluate` and the others."""

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import Any

DONE, CHECK_FAILED, WRONG_USAGE = 0, 1, 2
# Parts of the engine that bring words of their own.
PARTS = ("reader.commands", "learn.commands", "review.commands")


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `tandem triage`, and what the parts of the engine add."""
    group = subparsers.add_parser("triage", help="which calls may involve mental health")
    acts = group.add_subparsers(dest="triage_verb", required=True)
    _mapping(acts)
    for part in PARTS:
        if (Path(__file__).parent / f"{part.replace('.', '/')}.py").is_file():
            importlib.import_module(f"tandem.triage.{part}").register(acts)


def _mapping(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    types = acts.add_parser("map-types", help="what the call types of a file stand for")
    types.add_argument("file", help="a table of calls or of types, plain or .gz, or - ")
    types.add_argument("--column", required=True, help="the column with the call type")
    types.add_argument("--map", help="whose table of corrections decides first")
    types.add_argument("--json", action="store_true", help="print one JSON array")
    types.set_defaults(handler=map_types)
    correct = acts.add_parser("correct-type", help="keep a correction in a map's code table")
    correct.add_argument("map", type=Path, help="a map of your own")
    correct.add_argument("--type", required=True, help="the type as the source writes it")
    correct.add_argument("--kind", required=True, action="append", help="again for a further one")
    correct.add_argument("--json", action="store_true", help="print one JSON object")
    correct.set_defaults(handler=keep_correction)


def map_types(args: argparse.Namespace) -> int:
    """Print each distinct type with its kinds, how sure, and the words that decided."""
    from tandem.kernel.maps import MapError, find_map
    from tandem.triage.types.table import read_types

    try:
        source_map = find_map(args.map) if args.map else None
        types = read_types(args.file, args.column, source_map)
    except MapError as refusal:
        print(refusal, file=sys.stderr)
        return WRONG_USAGE
    if args.json:
        print(json.dumps(types, ensure_ascii=False))
    else:
        for entry in types:
            print(_line(entry))
    return DONE


def _line(entry: dict[str, Any]) -> str:
    words = sorted({piece["token"] for piece in entry["evidence"]})
    told = ", ".join(entry["kinds"])
    return f"{entry['count']:>8}  {entry['score']:.2f}  {entry['type']}  ->  {told}  ({words})"


def keep_correction(args: argparse.Namespace) -> int:
    """Write one line into the map's code table."""
    from tandem.kernel.maps import MapError
    from tandem.triage.types.table import correct_type

    try:
        correct_type(args.map, args.type, args.kind)
    except (MapError, OSError) as refusal:
        print(refusal, file=sys.stderr)
        return WRONG_USAGE
    if args.json:
        print(json.dumps({"map": str(args.map), "type": args.type, "kinds": args.kind}))
    else:
        print(f"{args.type}: {', '.join(args.kind)}, kept in {args.map}.")
    return DONE
