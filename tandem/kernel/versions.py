"""Keeps every loaded version of a settings or law file in the data folder; none is ever changed.

A file's name says the day from which it holds, which load of that day it was, and its hash.
"""

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

from tandem.kernel.instance import Instance, acting_as, checkout, service_account
from tandem.kernel.program import Program, parse_program

_NAME = re.compile(r"(\d{4}-\d\d-\d\d)_(\d{4})_([0-9a-f]{64})\.toml")


@dataclass(frozen=True, order=True)
class Stored:
    """One loaded version; later ones sort behind earlier ones."""

    effective: dt.date
    load: int
    version: str
    path: Path


def stored_versions(instance: Instance, shelf: str) -> list[Stored]:
    """Every version on a shelf (`program`, `packs/us-wi`), oldest first."""
    folder = instance.data / shelf
    with acting_as(service_account()):
        names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    found = [(name, match) for name in names if (match := _NAME.fullmatch(name))]
    return sorted(
        Stored(dt.date.fromisoformat(match[1]), int(match[2]), match[3], folder / name)
        for name, match in found
    )


def in_force(instance: Instance, shelf: str, on: dt.date) -> Stored | None:
    """The version that holds on that day: the latest load of the latest day that has come."""
    held = [stored for stored in stored_versions(instance, shelf) if stored.effective <= on]
    return held[-1] if held else None


def program_in_force(instance: Instance) -> Program:
    """The program that holds today; before one was loaded, the file that the product ships."""
    stored = in_force(instance, "program", dt.datetime.now(dt.UTC).date())
    with acting_as(service_account()):
        return parse_program((stored.path if stored else checkout() / "program.toml").read_bytes())


def store_version(
    instance: Instance, shelf: str, raw: bytes, *, effective: dt.date, version: str
) -> Stored:
    """Keep the bytes of a checked file; the same file loaded twice in a row is kept once."""
    instance.prepare()
    with acting_as(service_account()):
        (instance.data / shelf).mkdir(mode=0o700, parents=True, exist_ok=True)
    with instance.lock("versions"):
        same_day = [
            stored for stored in stored_versions(instance, shelf) if stored.effective == effective
        ]
        if same_day and same_day[-1].version == version:
            return same_day[-1]
        load = same_day[-1].load + 1 if same_day else 1
        name = f"{effective.isoformat()}_{load:04d}_{version}.toml"
        path = instance.data / shelf / name
        instance.write_private(path, raw.decode("utf-8"), replace=False)
    return Stored(effective, load, version, path)
