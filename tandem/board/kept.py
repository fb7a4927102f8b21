"""The printable boards that the server keeps as files, read without any server. Plain Python."""

from __future__ import annotations

import html
import json
import os
import re
import uuid
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tandem.kernel.instance import Instance, InstanceError, acting_as, service_account

OLDEST = 60  # seconds: what a kept board may be old while the product runs
SUFFIX = ".html"
STAMP = "<!--printed-by-->"
LONGEST_NAME = 60
_FOLDER, _TAKEN = "print", "taken.jsonl"
# The desk's own: the machine at whose console it is printed may keep another.
_ZONE = re.compile(r'<html[^>]* data-zone="([A-Za-z0-9_+/-]+)"')


@dataclass(frozen=True)
class Kept:
    """One desk's file, and how old it is in seconds."""

    name: str
    text: str
    age: float


@dataclass(frozen=True)
class Taken:
    """A print that somebody took at the console."""

    file: str
    by: str
    at: datetime
    id: uuid.UUID


def folder_of(instance: Instance) -> Path:
    """Where the files are: below the data folder, closed to everybody else."""
    return instance.data / _FOLDER


def kept_boards(instance: Instance, now: datetime) -> list[Kept]:
    """Every desk's file, by name."""
    folder, found = folder_of(instance), []
    with acting_as(service_account()):
        paths = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
        ages = [now.timestamp() - path.stat().st_mtime for path in paths]
    for path, age in zip(paths, ages, strict=True):
        found.append(Kept(path.name.removesuffix(SUFFIX), instance.read_private(path), age))
    return found


def take_print(instance: Instance, desk: str, *, by: str, now: datetime) -> Kept:
    """One desk's file with the words who printed it; the print is noted beside it.

    Raises InstanceError where no such file is kept.
    """
    boards = kept_boards(instance, now)
    fitting = [one for one in boards if one.name == desk or one.name.startswith(f"{desk}-")]
    if len(fitting) != 1:
        names = ", ".join(one.name for one in fitting or boards) or "none yet"
        raise InstanceError(f"Say which board: {names}.")
    # Signs that nobody sees could turn the line round, or be none that a file may hold.
    seen = "".join(sign for sign in " ".join(by.split()) if sign.isprintable())
    board, who = fitting[0], seen[:LONGEST_NAME]
    at = now.astimezone(UTC).isoformat()
    line = {"file": board.name + SUFFIX, "by": who, "at": at, "id": str(uuid.uuid4())}
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    with acting_as(service_account()):
        number = os.open(folder_of(instance) / _TAKEN, flags, 0o600)
        with os.fdopen(number, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    zone = _ZONE.search(board.text)
    local = now.astimezone(zoneinfo.ZoneInfo(zone[1]) if zone else None)
    stamp = f"Printed by {html.escape(who)} at {local:%H:%M:%S}"
    return Kept(board.name, board.text.replace(STAMP, stamp, 1), board.age)


def taken_prints(instance: Instance) -> list[Taken]:
    """Prints not told to the trail yet; they are noted until `forget_told`."""
    told, reading = _notes(instance)
    with acting_as(service_account()):
        if not reading.exists():
            if not told.exists():
                return []
            # Who prints meanwhile begins a new note.
            told.rename(reading)
        lines = reading.read_text(encoding="utf-8", errors="replace").splitlines()
    taken = []
    for line in lines:
        try:
            one = json.loads(line)
            at = datetime.fromisoformat(one["at"]).astimezone(UTC)
            taken.append(Taken(one["file"], one["by"], at, uuid.UUID(one["id"])))
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
            # The last line of a machine that lost its power.
            continue
    return taken


def forget_told(instance: Instance) -> None:
    """All that `taken_prints` gave is on the trail: its note may go."""
    with acting_as(service_account()):
        _notes(instance)[1].unlink(missing_ok=True)


def _notes(instance: Instance) -> tuple[Path, Path]:
    """Where prints are noted, and what of it is being told to the trail."""
    folder = folder_of(instance)
    return folder / _TAKEN, folder / f".{_TAKEN}"
