"""`tandem feed …` connects a source or cuts it off; `tandem cad …` takes its files in."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

DONE, WRONG_USAGE = 0, 2
MODES = ("cad_leads", "tandem_leads")


def register(subparsers: Any) -> None:
    """Add the groups `feed` and `cad`."""
    _register_files(subparsers)
    feed = subparsers.add_parser("feed", help="sources of calls: connect, cut off")
    verbs = feed.add_subparsers(dest="feed_verb", required=True)
    create = verbs.add_parser("create", help="connect a source; its token is shown once")
    create.add_argument("--source", required=True)
    create.add_argument("--agency", required=True, help="the agency's code")
    create.add_argument("--mode", choices=MODES, default="", help="who leads; else the program's")
    create.add_argument("--json", action="store_true")
    create.set_defaults(handler=_create, needs_database=True)
    revoke = verbs.add_parser("revoke", help="refuse a source's token from now on")
    revoke.add_argument("--source", required=True)
    revoke.add_argument("--agency", required=True)
    revoke.add_argument("--json", action="store_true")
    revoke.set_defaults(handler=_revoke, needs_database=True)
    _register_leading(verbs)


def _register_leading(verbs: Any) -> None:
    mode = verbs.add_parser("mode", help="say who leads: the source's CAD, or Tandem")
    mode.add_argument("mode", choices=MODES)
    mode.set_defaults(handler=_mode, needs_database=True)
    remarks = verbs.add_parser("remarks", help="class the source's remarks as a map says")
    remarks.add_argument(
        "--map", required=True, help="a map's name, shipped or built here, or a path"
    )
    remarks.set_defaults(handler=_remarks, needs_database=True)
    for verb in (mode, remarks):
        verb.add_argument("--source", required=True)
        verb.add_argument("--agency", required=True, help="the agency's code")
        verb.add_argument("--json", action="store_true")


def _mode(args: argparse.Namespace) -> int:
    from tandem.interop.cad.console import set_leader
    from tandem.kernel.refusals import Refused

    try:
        set_leader(args.agency, args.source, args.mode)
    except Refused as no:
        return _say(no.sentence)
    if args.json:
        print(json.dumps({"source": args.source, "mode": args.mode}))
    else:
        print(f"{'CAD' if args.mode == 'cad_leads' else 'Tandem'} leads {args.source} now.")
    return DONE


def _remarks(args: argparse.Namespace) -> int:
    from tandem.interop.cad.console import class_remarks
    from tandem.kernel.maps import MapError
    from tandem.kernel.refusals import Refused

    try:
        classes = class_remarks(args.agency, args.source, args.map)
    except (MapError, Refused) as no:
        return _say(no)
    if args.json:
        print(json.dumps({"source": args.source, "classes": classes}))
    else:
        told = ", ".join(f"{field} {code}" for field, code in classes.items())
        print(f"The remarks of {args.source} are classed: {told or 'police only'}.")
    return DONE


def _say(sentence: object) -> int:
    print(sentence, file=sys.stderr)
    return WRONG_USAGE


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _create(args: argparse.Namespace) -> int:
    from tandem.interop.cad.console import connect
    from tandem.kernel.refusals import Refused

    try:
        token = connect(args.agency, args.source, args.mode)
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
    else:
        print(f"{args.source} is refused from now on; the calls it brought stay.")
    return DONE


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2026-07-01") from None


def _register_files(subparsers: Any) -> None:
    """Add the group `cad`."""
    cad = subparsers.add_parser("cad", help="calls from files of a dispatch system")
    verbs = cad.add_subparsers(dest="cad_verb", required=True)
    take = verbs.add_parser("import", help="take files in: past calls, or with --live new ones")
    take.add_argument("files", nargs="+", metavar="FILE", help="a file, a folder, or -")
    take.add_argument("--map", required=True, help="a map's name, shipped or built here, or a path")
    take.add_argument("--agency", default="", help="the code of the agency that took the calls")
    take.add_argument("--source", default="", help="the feed they belong to; else the map's name")
    take.add_argument("--live", action="store_true", help="rows of the last 12 h go to the board")
    take.add_argument("--from", dest="first_day", type=_day, metavar="DATE")
    take.add_argument("--to", dest="last_day", type=_day, metavar="DATE")
    take.add_argument("--dry-run", action="store_true", help="count everything, write nothing")
    take.add_argument("--rejects", type=Path, metavar="PATH", help="where rejected rows go")
    take.add_argument("--json", action="store_true", help="print one JSON object")
    take.set_defaults(handler=_import, needs_database=True)
    watch = verbs.add_parser("watch", help="take in what a CAD drops into a folder, until Ctrl-C")
    watch.add_argument("folder", type=Path, metavar="DIR")
    watch.add_argument(
        "--map", required=True, help="a map's name, shipped or built here, or a path"
    )
    watch.add_argument("--agency", default="", help="the code of the agency that took the calls")
    watch.add_argument("--source", default="", help="the feed they belong to; else the map's name")
    watch.add_argument("--live", action="store_true", help="rows of the last 12 h go to the board")
    watch.set_defaults(handler=_watch, needs_database=True)
    kept = verbs.add_parser("rejects", help="the rejected rows that are kept; reading is noted")
    kept.add_argument("name", nargs="?", help="print this one")
    kept.add_argument("--agency", default="")
    kept.add_argument("--json", action="store_true")
    kept.set_defaults(handler=_rejects, needs_database=True)


def _import(args: argparse.Namespace) -> int:
    from concurrent.futures import ThreadPoolExecutor

    from tandem.interop.cad.files.importing import Order, import_files
    from tandem.interop.cad.files.rejects import FileTrouble
    from tandem.interop.cad.services import UnknownFeed
    from tandem.kernel.maps import MapError
    from tandem.kernel.refusals import Refused

    order = Order(
        files=args.files,
        map_name=args.map,
        agency=args.agency,
        source=args.source,
        live=args.live,
        first_day=args.first_day,
        last_day=args.last_day,
        dry_run=args.dry_run,
        rejects=args.rejects,
    )
    try:
        with ThreadPoolExecutor(max_workers=1) as ahead:
            summary = import_files(order, say=_tell, ahead=ahead)
    except (MapError, FileTrouble, Refused) as no:
        return _say(no)
    except UnknownFeed:
        return _say("The source was cut off meanwhile. What was committed is kept.")
    except KeyboardInterrupt:
        _say("Stopped. What was committed is kept: the same command goes on from there.")
        raise
    if args.json:
        print(json.dumps(summary))
    else:
        _print_summary(summary, own_file=args.rejects is not None)
    return DONE


def _watch(args: argparse.Namespace) -> int:
    import signal
    import threading

    from tandem.interop.cad.files.importing import Order, check_for_calls
    from tandem.interop.cad.files.rejects import FileTrouble
    from tandem.interop.cad.files.watch import Watch
    from tandem.interop.cad.services import UnknownFeed
    from tandem.kernel.instance import Instance
    from tandem.kernel.maps import MapError, find_map
    from tandem.kernel.refusals import Refused

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    order = Order([], args.map, args.agency, args.source, live=args.live, only_fresh=False)
    try:
        check_for_calls(find_map(args.map))
        watch = Watch(args.folder, order, _tell, Instance.find())
        with watch.instance.lock(watch.name, wait=False) as ours:
            if not ours:
                return _say(f"{args.folder} is watched already.")
            _tell(f"Watching {args.folder}; Ctrl-C ends it.")
            watch.until(stop)
    except (MapError, FileTrouble, Refused) as no:
        return _say(no)
    except UnknownFeed:
        return _say("The source was cut off. What was committed is kept.")
    return DONE


def _print_summary(summary: dict[str, Any], *, own_file: bool) -> None:
    for name, value in summary.items():
        if isinstance(value, int) and not isinstance(value, bool) and not name.endswith("_more"):
            print(f"{name:16} {value:>12,}")
    for code, count in summary["unmapped_codes"].items():
        print(f"unmapped         {count:>12,}  {code}")
    if summary["unmapped_more"]:
        more = f"{summary['unmapped_more']:,} more codes"
        print(f"unmapped         … and {more}: tandem map check FILE --map MAP --all lists them.")
    for one in summary["rejects"]:
        print(f"{one['file']} line {one['line']:,}: {one['kind']}: {one['reason']}")
    if summary["rejects_more"]:
        print(f"… and {summary['rejects_more']:,} more rows that are listed.")
    if summary["rejects_file"]:
        stays = (
            "nobody removes them for you."
            if own_file
            else "`tandem cad rejects` says how long they stay."
        )
        print(f"They are in {summary['rejects_file']}; {stays}")


def _rejects(args: argparse.Namespace) -> int:
    from tandem.interop.cad.files.rejects import FileTrouble, kept, opened_file
    from tandem.kernel.instance import Instance

    instance = Instance.find()
    if not args.name:
        rows = kept(instance)
        if args.json:
            print(json.dumps(rows))
        for row in () if args.json else rows:
            print(f"{row['agency']:10} {row['name']}  {row['days_left']} days left")
        return DONE
    try:
        with opened_file(instance, args.agency, args.name) as lines:
            if args.json:
                print(json.dumps([json.loads(line) for line in lines]))
            else:
                sys.stdout.writelines(lines)
    except FileTrouble as no:
        return _say(no)
    return DONE
