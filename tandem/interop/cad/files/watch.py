"""`tandem cad watch`: takes in what a CAD drops into a folder, each file once, whatever ends it.

A file is read when it stopped growing, and moved away when all of it is committed. Killed between
the two it is read again, and then every row of it is a duplicate.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tandem.interop.cad.files.importing import Order, import_files
from tandem.interop.cad.files.rejects import FileTrouble
from tandem.kernel.instance import Instance, ServerMissing
from tandem.kernel.maps import MapError

# Seconds: how often the folder is looked at, and how long a file must stay as it is to be whole.
LOOK_EVERY, SETTLED = 1.0, 2.0
AT_ONCE = 500
DONE, REFUSED = "done", "refused"
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", "~")

Facts = tuple[int, int]


def _facts(about: os.stat_result) -> Facts:
    """Size and last change of a file."""
    return about.st_size, about.st_mtime_ns


@dataclass
class Watch:
    """One watched folder."""

    folder: Path
    order: Order
    say: Callable[[str], None]
    instance: Instance
    # Files that could be read and not moved away: never read twice while they stay as they are.
    noted: dict[str, Facts] = field(default_factory=dict)
    _seen: dict[str, tuple[Facts, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.folder.is_dir():
            raise FileTrouble(f"There is no folder {self.folder}.")
        if self._notes.exists():
            held = json.loads(self.instance.read_private(self._notes))
            self.noted = {name: (facts[0], facts[1]) for name, facts in held.items()}

    @property
    def name(self) -> str:
        """What this folder is known by: its place, hashed."""
        return "watch-" + hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:16]

    @property
    def _notes(self) -> Path:
        return self.instance.run / f"{self.name}.json"

    def until(self, stop: threading.Event) -> None:
        """Look again and again until told to stop."""
        while not stop.is_set():
            try:
                self.look()
            except ServerMissing as missing:
                # Whatever was not committed lies in the folder still.
                self.say(str(missing))
            stop.wait(LOOK_EVERY)

    def look(self, *, now: float | None = None) -> list[dict[str, Any]]:
        """Take in every file that is whole by now; the summaries of what was taken."""
        ready = self._ready(time.monotonic() if now is None else now)
        summaries = []
        for start in range(0, len(ready), AT_ONCE):
            summaries += self._take(ready[start : start + AT_ONCE])
        return summaries

    def _ready(self, now: float) -> list[Path]:
        found: dict[str, tuple[Facts, float]] = {}
        ready: list[tuple[int, str, Path]] = []
        for entry in os.scandir(self.folder):
            if entry.name.startswith(".") or entry.name.lower().endswith(_UNFINISHED):
                continue
            if not entry.is_file(follow_symlinks=False):
                continue
            facts = _facts(entry.stat(follow_symlinks=False))
            if self.noted.get(entry.name) == facts:
                continue
            before, since = self._seen.get(entry.name, (facts, now))
            found[entry.name] = (facts, since if before == facts else now)
            if before == facts and now - since >= SETTLED:
                ready.append((facts[1], entry.name, Path(entry.path)))
        self._seen = found
        return [path for _, _, path in sorted(ready)]

    def _take(self, paths: Sequence[Path]) -> list[dict[str, Any]]:
        try:
            return [self._import(paths)]
        except MapError as wrong:
            if len(paths) == 1:
                self.say(f"{wrong} It is in {REFUSED}/, nothing of it was written.")
                self._away(paths[0], REFUSED)
                return []
        # One of them cannot be read: each for itself, so that it keeps none of the others back.
        return [summary for path in paths for summary in self._take([path])]

    def _import(self, paths: Sequence[Path]) -> dict[str, Any]:
        order = replace(self.order, files=[str(path) for path in paths])
        summary = import_files(order, say=self.say)
        for path in paths:
            # What was added while it was read is not stored: it stays, and is read again whole.
            with contextlib.suppress(FileNotFoundError):
                if _facts(path.stat()) == self._seen[path.name][0]:
                    self._away(path, DONE)
        name = paths[0].name if len(paths) == 1 else f"{len(paths)} files"
        self.say(
            f"{name}: {summary['rows']} rows, {summary['new']} new, {summary['updated']} updated,"
            f" {summary['duplicates']} duplicates, {summary['rejected']} rejected."
        )
        return summary

    def _away(self, path: Path, where: str) -> None:
        target = self.folder / where / path.name
        try:
            target.parent.mkdir(exist_ok=True)
            if target.exists():
                target = target.with_name(f"{time.time_ns()}-{path.name}")
            path.rename(target)
        except FileNotFoundError:
            return
        except OSError:
            self.noted[path.name] = _facts(path.stat())
            self.instance.write_private(self._notes, json.dumps(self.noted))
