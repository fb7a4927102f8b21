"""The rows of a file that could not be taken, whole, where only the feed's owner may read them.

A rejected row may hold anybody's words: the file is 0600, its making and reading are on the trail,
and the worker removes it after its time. Logs and screens get the line and the reason alone.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from tandem.interop.cad.files.expiry import DAY
from tandem.interop.cad.returns import cut_raw
from tandem.kernel.instance import Instance, ServiceAccount, acting_as, service_account
from tandem.kernel.maps import Reject
from tandem.kernel.versions import program_in_force
from tandem.privacy.verify import note_by_operator

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

_text_of = json.JSONEncoder(ensure_ascii=False).encode
_ANY_WORD = re.compile(r"\w")


class FileTrouble(Exception):
    """A file of the operator's command cannot be used; the message says which, and why."""


def folder_of(instance: Instance, agency_code: str) -> Path:
    """The folder of one feed's owner."""
    if not _PLAIN.fullmatch(agency_code):
        raise FileTrouble(f"The agency's code {agency_code!r} cannot name a folder.")
    return instance.data / "rejects" / agency_code


@dataclass
class RejectsFile:
    """One run's rejects as JSON Lines; the file is made with the first of them."""

    instance: Instance
    agency_code: str
    source: str
    wanted: Path | None
    at: datetime
    path: Path | None = None
    _file: TextIO | None = field(default=None, repr=False)

    def write(self, reject: Reject) -> None:
        """Add one line."""
        if self._file is None:
            self._file = self._open()
        # The file lies outside every compartment: returns are cut here as everywhere.
        kept = reject.as_json()
        kept["raw"] = _without_returns(reject.raw)
        self._file.write(_text_of(kept) + "\n")

    def close(self) -> None:
        """Finish the file."""
        if self._file is not None:
            self._file.close()

    def _open(self) -> TextIO:
        # On the trail first: a file whose making was not written down must not exist.
        note_by_operator("rejects.made", "rejects")
        if self.wanted is not None:
            self.path = self.wanted
            return _new(self.wanted, None)
        account = service_account()
        folder = folder_of(self.instance, self.agency_code)
        with acting_as(account):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        name = f"{self.source}-{self.at:%Y%m%dT%H%M%S}-{time.time_ns() % 10**9:09}.jsonl"
        self.path = folder / name
        return _new(self.path, account)


def _without_returns(raw: str) -> str:
    """The record as it lay there, without returns; millions of empty ones are no work."""
    return cut_raw(raw).kept if _ANY_WORD.search(raw) else raw


def _new(path: Path, account: ServiceAccount | None) -> TextIO:
    try:
        with acting_as(account):
            # surrogates: a byte that is no letter of the file's encoding must not end the import.
            return os.fdopen(
                os.open(path, _FLAGS, 0o600), "w", encoding="utf-8", errors="backslashreplace"
            )
    except OSError as wrong:
        raise FileTrouble(
            f"The rejects cannot be written to {path} ({os.strerror(wrong.errno or 0)}):"
            " name a new file in a folder that is yours."
        ) from None


def kept(instance: Instance) -> list[dict[str, Any]]:
    """The files that are kept, without a look inside."""
    found = []
    days = program_in_force(instance).feed.rejects_days
    with acting_as(service_account()):
        for path in sorted((instance.data / "rejects").glob("*/*.jsonl")):
            facts = path.stat()
            found.append(
                {
                    "agency": path.parent.name,
                    "name": path.name,
                    "bytes": facts.st_size,
                    "days_left": max(0, round(days - (time.time() - facts.st_mtime) / DAY)),
                }
            )
    return found


@contextmanager
def opened_file(instance: Instance, agency_code: str, name: str) -> Iterator[TextIO]:
    """One file to read; the reading is on the trail before the first line is given out."""
    path = folder_of(instance, agency_code) / Path(name).name
    account = service_account()
    try:
        with acting_as(account):
            file = path.open(encoding="utf-8")
    except OSError:
        raise FileTrouble(f"{agency_code} has no rejects named {name}.") from None
    note_by_operator("rejects.read", "rejects")
    with file:
        yield file
