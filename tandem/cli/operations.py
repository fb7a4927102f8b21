"""The operator's words for the bad days: backup, restore, upgrade, keys, doctor."""

import argparse
import json
import sys
import uuid
from pathlib import Path
from typing import Any

DONE, CHECK_FAILED, WRONG_USAGE = 0, 1, 2
Groups = Any  # argparse's own type for sub-commands is private


def register(subparsers: Groups) -> None:
    """Add the verbs."""
    backup = subparsers.add_parser("backup", help="write the database into a new folder")
    backup.add_argument("folder", type=Path, metavar="DIR")
    backup.set_defaults(handler=_backup, needs_database=True)
    restore = subparsers.add_parser("restore", help="load a backup into an empty database")
    restore.add_argument("folder", type=Path, metavar="DIR")
    restore.add_argument(
        "--keys", type=Path, metavar="DIR", help="where key file, key safe and ledger are kept"
    )
    restore.set_defaults(handler=_restore, needs_database=True)
    upgrade = subparsers.add_parser("upgrade", help="bring the database to this release")
    upgrade.add_argument("--check", action="store_true", help="only say whether it is needed")
    upgrade.add_argument(
        "--backup", type=Path, metavar="DIR", help="of today; else one is made in the data folder"
    )
    upgrade.set_defaults(handler=_upgrade, needs_database=True)
    doctor = subparsers.add_parser("doctor", help="find what is wrong, and what to do about it")
    doctor.set_defaults(handler=_doctor)
    for verb in (backup, restore, upgrade, doctor, *_keys(subparsers)):
        verb.add_argument("--json", action="store_true", help="print one JSON object")


def _keys(subparsers: Groups) -> list[argparse.ArgumentParser]:
    group = subparsers.add_parser("keys", help="lane keys, and records' own keys")
    verbs = group.add_subparsers(dest="keys_verb", required=True)
    rotate = verbs.add_parser("rotate", help="give a lane a new key and drop the old one")
    rotate.add_argument("lane", metavar="LANE")
    rotate.set_defaults(handler=_rotate, needs_database=True)
    expunge = verbs.add_parser("expunge", help="carry out an order: destroy records' keys for ever")
    expunge.add_argument("records", nargs="+", metavar="RECORD_ID")
    expunge.add_argument(
        "--with-files", action="store_true", help="the files of the persons named, with their names"
    )
    expunge.set_defaults(handler=_expunge, needs_database=True)
    return [rotate, expunge]


def _backup(args: argparse.Namespace) -> int:
    from tandem.cli.backup import back_up
    from tandem.cli.trail import note, seal_now
    from tandem.kernel.instance import Instance

    instance = Instance.find()
    manifest = back_up(instance, args.folder)
    note("database.backed_up", "database")
    seal_now(instance)
    rows = sum(manifest["tables"].values())
    _say(
        args,
        {"ok": True, "folder": str(args.folder.expanduser().absolute()), **manifest},
        f"{rows} rows are backed up and read back. Copy the key file, the key safe and the"
        " ledger of expunged records to another place than the backup.",
    )
    return DONE


def _restore(args: argparse.Namespace) -> int:
    from tandem.cli.restore import restore
    from tandem.kernel.instance import Instance

    report = restore(Instance.find(), args.folder, keys_from=args.keys)
    sentence = (
        f"{report['rows']} rows of {report['taken_at']} and {report['keys']} keys are restored;"
        f" {report['expunged']} expunged records stay gone."
    )
    if report["enroll_again"]:
        sentence += f" {report['enroll_again']} people must enroll their second factor again."
    if report["without_key"]:
        sentence += f" {report['without_key']} records cannot be opened: their keys are missing."
    if not report["audit"]["ok"]:
        sentence += " The trail has faults: `tandem audit verify`."
    _say(args, report, sentence)
    return DONE if report["ok"] else CHECK_FAILED


def _upgrade(args: argparse.Namespace) -> int:
    from tandem.cli.trail import note, seal_now
    from tandem.cli.upgrade import check, upgrade
    from tandem.kernel.instance import Instance

    instance = Instance.find()
    if args.check:
        found = check(instance)
        names = ", ".join(found["migrations"])
        words = f"These are missing: {names}." if found["needed"] else "Nothing is missing."
        _say(args, found, words)
        return CHECK_FAILED if found["needed"] else DONE
    report = upgrade(instance, made=args.backup)
    note("database.upgraded", "database")
    seal_now(instance)
    count = len(report["migrations"])
    words = f"{count} migrations were applied and the walls raised."
    if report["backup"]:
        words += f" The backup from before is in {report['backup']}."
    _say(args, report, words)
    return DONE if report["done"] else CHECK_FAILED


def _rotate(args: argparse.Namespace) -> int:
    from tandem.cli.trail import note, seal_now
    from tandem.kernel.instance import Instance
    from tandem.privacy.keys import rotate

    instance = Instance.find()
    report = rotate(instance, args.lane)
    note("keys.rotated", "lane", reason=args.lane)
    seal_now(instance)
    sentence = (
        f"The lane {args.lane} has key version {report['version']};"
        f" {report['rewrapped']} keys were wrapped anew and the older version is gone."
    )
    if args.lane == "sign_in":
        sentence += " Make a new backup: after an older one everybody must enroll again."
    _say(args, report, sentence)
    return DONE


def _expunge(args: argparse.Namespace) -> int:
    from tandem.cli.trail import seal_now
    from tandem.kernel.instance import Instance
    from tandem.privacy.expunge import expunge_by_operator

    try:
        wanted = [uuid.UUID(word) for word in args.records]
    except ValueError:
        print("A record's id is a UUID. Nothing was expunged.", file=sys.stderr)
        return WRONG_USAGE
    instance = Instance.find()
    report = expunge_by_operator(instance, wanted, with_files=args.with_files)
    seal_now(instance)
    sentence = (
        f"{report['expunged']} records are expunged, {report['already']} were before,"
        f" {report['unknown']} are not known here."
    )
    for one in report["files"]:
        sentence += (
            f"\nThe name stays on the person's file {one['file']}, on which"
            f" {one['other_encounters']} other encounters are: if the order means the file too,"
            f" name it, or give {one['record']} again with --with-files."
        )
    _say(args, report, sentence)
    nothing = not report["expunged"] and not report["already"]
    return WRONG_USAGE if nothing else DONE


def _doctor(args: argparse.Namespace) -> int:
    from tandem.cli.doctor import examine
    from tandem.kernel.instance import Instance

    report = examine(Instance.find())
    if args.json:
        print(json.dumps(report))
    else:
        for check in report["checks"]:
            word = "ok" if check["ok"] else "RED"
            word = "--" if check.get("skipped") else "!!" if check.get("warn") else word
            print(f"{word:4}{check['name']:16}{check['sentence']}")
            if check["fix"]:
                print(f"{'':20}→ {check['fix']}")
    return DONE if report["ok"] else CHECK_FAILED


def _say(args: argparse.Namespace, report: dict[str, Any], sentence: str) -> None:
    print(json.dumps(report) if args.json else sentence)
