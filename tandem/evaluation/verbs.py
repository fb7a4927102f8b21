"""The evaluation engine's words: `tandem measures`; the effects add their own group."""

import argparse
import datetime as dt
import importlib
import json
import sys
from pathlib import Path

DONE, CHECK_FAILED, WRONG_USAGE = 0, 1, 2
PERIODS = ("all", "year", "quarter", "month")


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `tandem measures`, and what the effects add."""
    group = subparsers.add_parser("measures", help="measures of a program, from their definitions")
    acts = group.add_subparsers(dest="measures_verb", required=True)
    _listing(acts)
    _running(acts)
    _bringing(acts)
    for part in ("effects.commands", "publish.verbs"):
        if (Path(__file__).parent / f"{part.replace('.', '/')}.py").is_file():
            importlib.import_module(f"tandem.evaluation.{part}").register(subparsers)


def _listing(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    listing = acts.add_parser("list", help="what is defined")
    listing.add_argument("data", nargs="?", help="event tables: says which ones are missing")
    _common(listing)
    listing.set_defaults(handler=list_measures)


def _running(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    running = acts.add_parser("run", help="compute the measures; nothing is written")
    running.add_argument("data", help="a folder of event tables; with --map any file; with --engine"
                         " `@SCHEMA` for tables that the engine holds")  # fmt: skip
    _common(running)
    running.add_argument("--map", help="a map's name, shipped or built here, or a path")
    running.add_argument("--engine", default="", help="a URL that Ibis knows; DuckDB without")
    running.add_argument("--from", dest="from_date", type=_date, help="first local date")
    running.add_argument("--to", dest="to_date", type=_date, help="last local date")
    running.add_argument("--as-of", type=_moment, help="where every follow-up ends (UTC)")
    running.add_argument("--period", choices=PERIODS, default="all")
    running.add_argument("--strata", help="instead of the definitions' own, split by commas")
    running.add_argument("--only", help="ids, split by commas")
    running.set_defaults(handler=run_measures)


def _bringing(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    bring = acts.add_parser("import", help="write other people's data as event tables")
    bring.add_argument("file")
    bring.add_argument(
        "--map", required=True, help="a map's name, shipped or built here, or a path"
    )
    bring.add_argument("--out", required=True, type=Path, help="a new folder")
    bring.add_argument("--json", action="store_true", help="print one JSON object")
    bring.set_defaults(handler=import_events)
    minutes = acts.add_parser("minutes", help="set the file's own minutes against its times")
    minutes.add_argument("file")
    minutes.add_argument("--map", required=True, help="a map with outcomes named minutes_FROM_TO")
    minutes.add_argument("--json", action="store_true", help="print one JSON object")
    minutes.set_defaults(handler=check_minutes)


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--definitions", type=Path, help="a file or folder; the shipped without")
    parser.add_argument("--json", action="store_true", help="print one JSON array")


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2026-01-31") from None


def _moment(text: str) -> dt.datetime:
    try:
        read = dt.datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 2026-01-31T12:00Z") from None
    return read if read.tzinfo else read.replace(tzinfo=dt.UTC)


def list_measures(args: argparse.Namespace) -> int:
    """Every definition, with its parts; with data, which tables they lack."""
    from tandem.evaluation.measures.definition import FOLDER, DefinitionsRefused, read_definitions
    from tandem.kernel.locks import lock

    try:
        measures = read_definitions(args.definitions or FOLDER)
    except DefinitionsRefused as refusal:
        return _refused(refusal)
    present: set[str] | None = None
    if args.data:
        with lock("evaluation"):
            from tandem.evaluation.events.store import DataRefused, find_tables
        try:
            present = set(find_tables(Path(args.data)))
        except DataRefused as refusal:
            return _refused(refusal)

    if args.json:
        print(json.dumps([measure.as_json(present) for measure in measures], ensure_ascii=False))
        return DONE
    for measure in measures:
        print(f"{measure.id}  {measure.name} (version {measure.version}): {measure.question}")
    return DONE


def run_measures(args: argparse.Namespace) -> int:
    """Compute and print; unusable data or definitions are one sentence."""
    from tandem.kernel.locks import lock
    from tandem.kernel.maps import MapError

    with lock("evaluation"):
        from tandem.evaluation.events.store import DataRefused
        from tandem.evaluation.measures.definition import DefinitionsRefused
        from tandem.evaluation.measures.running import compute
    notes: list[str] = []
    try:
        results = compute(
            args.data,
            definitions=args.definitions,
            map_name=args.map,
            engine=args.engine,
            from_date=args.from_date,
            to_date=args.to_date,
            as_of=args.as_of,
            period=args.period,
            strata=_words(args.strata),
            only=_words(args.only),
            notes=notes,
        )
    except (DataRefused, DefinitionsRefused, MapError) as refusal:
        return _refused(refusal)
    for note in notes:
        print(f"Mind: {note}", file=sys.stderr)
    if args.json:
        print(json.dumps([one.as_json() for one in results], ensure_ascii=False))
        return DONE
    for one in results:
        where = ", ".join(f"{name} {value}" for name, value in one.stratum.items())
        head = f"{one.id}.{one.part}" + (f" ({where})" if where else "")
        print(f"{head:44} {one.period:9} {one.sentence()}")
    return DONE


def _words(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(part.strip() for part in text.split(",") if part.strip())


def import_events(args: argparse.Namespace) -> int:
    """Write event tables and their dictionary into a new folder."""
    from tandem.kernel.locks import lock
    from tandem.kernel.maps import MapError, find_map

    with lock("evaluation"):
        from tandem.evaluation.events.from_map import import_file
        from tandem.evaluation.events.store import DataRefused, write_folder
    if args.out.exists():
        print(f"{args.out} exists already; nothing was written. Name a new one.", file=sys.stderr)
        return WRONG_USAGE
    try:
        found = import_file(args.file, find_map(args.map))
    except (DataRefused, MapError) as refusal:
        return _refused(refusal)
    write_folder(found.tables, args.out)
    if args.json:
        print(json.dumps(found.summary()))
        return DONE
    for name, value in found.summary().items():
        print(f"{name:12} {value}")
    return DONE


def check_minutes(args: argparse.Namespace) -> int:
    """List every row whose minutes are not those of its times, with the reason; 1 if any is not
    explained."""
    from tandem.evaluation.events.minutes import compare
    from tandem.kernel.maps import MapError, find_map

    try:
        found = compare(args.file, find_map(args.map))
    except MapError as refusal:
        return _refused(refusal)
    if args.json:
        print(json.dumps(found.as_json(), ensure_ascii=False))
    else:
        for name, counts in found.counts.items():
            print(f"{name}: {', '.join(f'{word} {count}' for word, count in counts.items())}")
        for row in found.rows:
            print(f"line {row.line}: {row.gap}: file {row.file}, times {row.times}: {row.why}")
    return CHECK_FAILED if found.unexplained else DONE


def _refused(refusal: Exception) -> int:
    print(refusal, file=sys.stderr)
    return WRONG_USAGE
