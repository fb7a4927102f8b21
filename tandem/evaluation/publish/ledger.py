"""The ledger: every release ever published, one file each, never overwritten, withdrawn in place.

It holds what the public saw and nothing else: no true value of a number that was not shown.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from tandem.evaluation.publish.sentences import PublishError, say

_NEEDED = {
    "number",
    "date",
    "kind",
    "subject",
    "title",
    "round_to",
    "within",
    "open_ended",
    "cells",
}
_PRIVATE = 0o700
_OWN_FILE = 0o600


class Ledger:
    """A folder with `0001.json`, `0002.json`, …, and the numbers of withdrawn releases apart."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        # What was withdrawn is not served any more, but may be known: the attack needs it.
        self._apart = self.folder / "withdrawn"

    def releases(self) -> list[dict[str, Any]]:
        """All releases in order, withdrawn ones with the numbers that were public."""
        found = []
        for path in sorted(self.folder.glob("[0-9]*.json")):
            facts = _read(path)
            if "withdrawn" in facts:
                facts = {**_read(self._apart / path.name), "withdrawn": facts["withdrawn"]}
            if not set(facts).issuperset(_NEEDED):
                raise PublishError(say("ledger_broken", file=path.name, why="words are missing"))
            found.append(facts)
        return found

    def next_number(self) -> int:
        """The number that the next release gets."""
        return 1 + max((int(p.stem) for p in self.folder.glob("[0-9]*.json")), default=0)

    def add(self, facts: dict[str, Any]) -> int:
        """Keep a release under its number. Raises FileExistsError if the number is taken."""
        path = self.folder / f"{facts['number']:04}.json"
        _write_new(path, facts)
        return int(facts["number"])

    def withdraw(self, number: int, reason: str, *, on: date) -> None:
        """Take a release down: number, date and reason stay in its place.

        Raises PublishError where there is none, it was withdrawn, or no reason is given.
        """
        path = self.folder / f"{number:04}.json"
        if not path.exists():
            raise PublishError(say("no_such_release", number=number))
        if not reason.strip():
            raise PublishError(say("no_reason"))
        facts = _read(path)
        if "withdrawn" in facts:
            raise PublishError(say("already_withdrawn", number=number))
        self._apart.mkdir(mode=_PRIVATE, exist_ok=True)
        kept = self._apart / path.name
        if not kept.exists():
            _write_new(kept, facts)
        place = {
            "number": number,
            "date": facts["date"],
            "withdrawn": {"on": on.isoformat(), "reason": reason.strip()},
        }
        ready = path.with_suffix(".new")
        ready.write_text(json.dumps(place, indent=1, ensure_ascii=False), encoding="utf-8")
        os.replace(ready, path)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else publishes into this ledger meanwhile: the attack must see all of it."""
        import fcntl

        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w", encoding="utf-8") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield


def _read(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        why = error.strerror or "it is missing"
        raise PublishError(say("ledger_broken", file=path.name, why=why)) from None
    except ValueError:
        raise PublishError(say("ledger_broken", file=path.name, why="it is no JSON")) from None
    if not isinstance(facts, dict):
        raise PublishError(say("ledger_broken", file=path.name, why="it is no object"))
    return facts


def _write_new(path: Path, facts: dict[str, Any]) -> None:
    """Whole or not at all, and never over another: linked into place only if the name is free."""
    ready = path.with_suffix(f".{os.getpid()}.new")
    handle = os.open(ready, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWN_FILE)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(facts, file, indent=1, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        os.link(ready, path)
    finally:
        ready.unlink(missing_ok=True)
