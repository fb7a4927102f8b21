"""The words `tandem evaluate check|lock|run|report`; nothing heavy is imported until one is asked.

A protocol that is refused, a file that cannot be used, a protocol changed after locking: one
sentence each. `check` ends with 1 where it finds a fault, every other verb with 2.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tandem.evaluation.effects.protocol import Protocol

DONE, CHECK_FAILED, WRONG_USAGE = 0, 1, 2


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group `tandem evaluate`."""
    group = subparsers.add_parser("evaluate", help="effects, by a protocol locked beforehand")
    verbs = group.add_subparsers(dest="evaluate_verb", required=True)
    for verb, told in (
        ("check", "read a protocol, and the file if given; change nothing"),
        ("lock", "lock the protocol, or a change to it with --amend"),
        ("run", "run the protocol on the file"),
    ):
        parser = verbs.add_parser(verb, help=told)
        parser.add_argument("protocol", type=Path, help="the protocol, a TOML file")
        needed = verb == "run"
        parser.add_argument("--data", required=needed, help="the file, a folder, or -")
        parser.add_argument(
            "--map", required=needed, help="a map's name, shipped or built here, or a path"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        if verb == "lock":
            parser.add_argument("--amend", default="", metavar="WHY", help="lock a change, and why")
        parser.set_defaults(handler=_handled, verb=verb)
    report = verbs.add_parser("report", help="a result as a page and as a tagged PDF")
    report.add_argument("result", type=Path, help="what `run --json` printed")
    report.add_argument("--out", type=Path, required=True, help="the folder to write into")
    report.add_argument("--json", action="store_true", help="print one JSON object")
    report.set_defaults(handler=_handled, verb="report")


def _handled(args: argparse.Namespace) -> int:
    """Run the verb; what cannot be used becomes its sentence and exit code."""
    from tandem.evaluation.effects.refusals import StudyRefused
    from tandem.kernel.locks import lock
    from tandem.kernel.maps import MapError
    from tandem.kernel.strict_toml import FileRefused

    verbs = {"check": _check, "lock": _lock, "run": _run, "report": _report}
    try:
        with lock("evaluation"):
            return verbs[args.verb](args)
    except FileRefused as refusal:
        if args.verb == "check" and args.json:
            errors = [fault.as_json() for fault in refusal.faults]
            _print_json({"ok": False, "errors": errors})
        for fault in refusal.faults:
            _say(f"{args.protocol}:{fault.line}: {fault.sentence}")
        _say(f"The protocol {args.protocol} is refused whole; nothing was run.")
    except (StudyRefused, MapError) as refusal:
        if args.verb == "check" and args.json:
            _print_json({"ok": False, "errors": [{"line": None, "sentence": str(refusal)}]})
        _say(str(refusal))
    return CHECK_FAILED if args.verb == "check" else WRONG_USAGE


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def _bytes(path: Path) -> bytes:
    from tandem.evaluation.effects.refusals import StudyRefused

    try:
        return path.read_bytes()
    except OSError as error:
        raise StudyRefused(f"{path} cannot be read: {error.strerror}.") from None


def _read(path: Path) -> "tuple[bytes, Protocol]":
    from tandem.evaluation.effects.protocol import read_protocol

    raw = _bytes(path)
    return raw, read_protocol(raw)


def _check(args: argparse.Namespace) -> int:
    """The protocol alone, or with the file's shape; no value of the outcome is shown."""
    from tandem.evaluation.effects.locking import changed_after_locking, read_lock
    from tandem.evaluation.effects.refusals import StudyRefused

    raw, protocol = _read(args.protocol)
    lock = read_lock(args.protocol)
    if lock.versions and not lock.holds(protocol):
        raise changed_after_locking(lock, raw)
    facts: dict[str, Any] = {"ok": True, "errors": [], "protocol": lock.as_json(protocol)}
    facts["method"] = protocol.method
    if bool(args.data) != bool(args.map):
        raise StudyRefused("--data and --map belong together: give both, or neither.")
    if args.data:
        from tandem.evaluation.effects.data import load_study
        from tandem.kernel.maps import find_map

        study = load_study(protocol, args.data, find_map(args.map))
        facts["data"] = {
            "rows": len(study.frame),
            "units": int(study.frame["unit"].nunique()) if "unit" in study.frame else None,
            "periods": int(study.frame["period"].nunique()) if "period" in study.frame else None,
            "flow": study.flow,
            "warnings": study.warnings,
        }
    if args.json:
        _print_json(facts)
    else:
        state = f"locked at {lock.locked_at}" if lock.locked_at else "not locked"
        _say(f"{args.protocol} is in order: {protocol.method}, {state}.")
    return DONE


def _lock(args: argparse.Namespace) -> int:
    from tandem.evaluation.effects.locking import lock_protocol

    raw, protocol = _read(args.protocol)
    locked = lock_protocol(args.protocol, raw, protocol, reason=args.amend)
    if args.json:
        _print_json({"protocol": locked.as_json(protocol), "lock": str(locked.path)})
    else:
        _say(f"Locked at {locked.versions[-1]['at']}: {protocol.hash}.")
    return DONE


def _run(args: argparse.Namespace) -> int:
    from tandem.evaluation.effects.data import load_study
    from tandem.evaluation.effects.locking import changed_after_locking, note_run, read_lock
    from tandem.evaluation.effects.refusals import StudyRefused
    from tandem.evaluation.effects.run import run_study
    from tandem.kernel.maps import find_map

    raw, protocol = _read(args.protocol)
    lock = read_lock(args.protocol)
    if lock.versions and not lock.holds(protocol):
        raise changed_after_locking(lock, raw)
    result = run_study(load_study(protocol, args.data, find_map(args.map)), lock.as_json(protocol))
    try:
        note_run(lock, protocol, _hash_of(args.data))
    except StudyRefused as refusal:
        result["warnings"].append(f"This run is not noted beside the protocol: {refusal}")
    if args.json:
        _print_json(result)
    else:
        for line in result["words"]:
            sys.stdout.write(f"{line}\n")
    for line in result["warnings"]:
        _say(f"Mind: {line}")
    return DONE


def _hash_of(file: str) -> str:
    """The SHA-256 of one file; of a folder or standard input only that it was one."""
    path = Path(file)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "not one file"


def _report(args: argparse.Namespace) -> int:
    from tandem.evaluation.effects.refusals import StudyRefused
    from tandem.evaluation.effects.report import write_report

    try:
        result = json.loads(_bytes(args.result))
    except ValueError:
        raise StudyRefused(
            f"{args.result} is no result: give the file that `tandem evaluate run --json` printed."
        ) from None
    written = write_report(result, args.out)
    if args.json:
        _print_json({"written": [str(path) for path in written]})
    else:
        for path in written:
            _say(f"{path} is written.")
    return DONE
