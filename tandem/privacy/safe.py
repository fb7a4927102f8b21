"""The key safe and the ledger of expunged records: files beside the master key, in no backup.

A backup holds sealed texts without their keys. The wrapped key of every record lies here, in one
file of which only the newest version exists; the ledger is the second lock on what was expunged.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import heapq
import json
import os
import secrets
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from tandem.kernel.instance import Instance, InstanceError, acting_as, service_account

VERSION = 1
SAFE, LEDGER = "record-keys.safe", "expunged.jsonl"
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class SafeDamaged(InstanceError):
    """The key safe does not read as it was written."""


class KeyRow(NamedTuple):
    """One record's wrapped key, in the order of columns that sorts the file."""

    table: str
    record_id: str
    program_id: str
    agency_id: str
    lane: str
    data_class: str
    wrapped: str  # base64

    @property
    def place(self) -> tuple[str, str]:
        """What makes a row one: two versions of a row share it."""
        return self.table, self.record_id

    def wrapped_bytes(self) -> bytes:
        """The wrapped key itself."""
        return base64.b64decode(self.wrapped)

    def with_wrapped(self, wrapped: bytes) -> KeyRow:
        """The same key, wrapped anew."""
        return self._replace(wrapped=base64.b64encode(wrapped).decode())


@dataclass(frozen=True)
class Seal:
    """Which safe this is and how often it was rewritten: an older copy has a lower number."""

    safe_id: str
    generation: int
    at: str

    def as_json(self) -> dict[str, object]:
        """As a manifest keeps it."""
        return asdict(self)


def safe_file(instance: Instance) -> Path:
    """Where the safe lies."""
    return instance.data / SAFE


def ledger_file(instance: Instance) -> Path:
    """Where the ledger of expunged records lies: ids and times, append only."""
    return instance.data / LEDGER


def seal_of(path: Path) -> Seal | None:
    """The safe's first line; none where there is no safe."""
    try:
        with acting_as(service_account()), path.open(encoding="ascii") as file:
            return _seal(file.readline())
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise SafeDamaged(f"{path} is no key safe, or is damaged: bring the newest copy.") from None


def _seal(line: str) -> Seal:
    head = json.loads(line)
    if head["version"] != VERSION:
        raise ValueError
    return Seal(head["safe_id"], head["generation"], head["at"])


def rows_of(path: Path) -> Iterator[KeyRow]:
    """Every row, sorted; the last line proves that nothing is missing or changed."""
    with contextlib.suppress(FileNotFoundError):
        with acting_as(service_account()):
            file = path.open(encoding="ascii")
        with file:
            try:
                _seal(file.readline())
                yield from _checked(file)
            except (ValueError, KeyError, TypeError):
                raise SafeDamaged(f"{path} is damaged: bring the newest copy.") from None


def _checked(lines: Iterable[str]) -> Iterator[KeyRow]:
    digest = hashlib.sha256()
    for count, line in enumerate(lines):
        if line.startswith("{"):
            last = json.loads(line)
            if (last["rows"], last["sha256"]) != (count, digest.hexdigest()):
                raise ValueError
            return
        digest.update(line.encode())
        yield KeyRow(*line.rstrip("\n").split("\t"))
    raise ValueError


def renew(instance: Instance, held: Iterable[KeyRow]) -> Seal:
    """Rewrite the safe with what the database holds added to what it held, less the expunged.

    Keys that the database no longer has are kept: it may have been restored from an older backup.
    """
    path = safe_file(instance)
    with instance.lock("key-safe"):
        gone = set(expunged(ledger_file(instance)))
        both = heapq.merge(held, rows_of(path), key=lambda row: row.place)
        return _write(path, (row for row in _first_of_each(both) if row.record_id not in gone))


def _first_of_each(rows: Iterable[KeyRow]) -> Iterator[KeyRow]:
    last: tuple[str, str] | None = None
    for row in rows:
        if row.place != last:
            last = row.place
            yield row


def change(path: Path, changed: Callable[[KeyRow], KeyRow]) -> Seal | None:
    """Rewrite every row of a safe; the caller holds the lock `key-safe`."""
    if seal_of(path) is None:
        return None
    return _write(path, (changed(row) for row in rows_of(path)))


def forget(instance: Instance, record_ids: Iterable[uuid.UUID], *, at: datetime) -> None:
    """Enter records in the ledger and take their keys out of the safe: they never come back.

    Called before the key rows' deletion is committed: a crash in between leaves a record that a
    restore would drop and the doctor names, never one that a restore would bring back.
    """
    names = [str(record_id) for record_id in record_ids]
    path = safe_file(instance)
    with instance.lock("key-safe"):
        _append(ledger_file(instance), names, at)
        if seal_of(path) is not None:
            gone = set(names)
            _write(path, (row for row in rows_of(path) if row.record_id not in gone))


def expunged(path: Path) -> dict[str, str]:
    """Every expunged record and when; a torn last line (a killed process) is passed over."""
    found: dict[str, str] = {}
    try:
        with acting_as(service_account()):
            lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except FileNotFoundError:
        return found
    for line in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            entry = json.loads(line)
            found.setdefault(str(uuid.UUID(entry["id"])), str(entry["at"]))
    return found


def merge_ledger(instance: Instance, other: Path) -> int:
    """Take over what another ledger knows and ours does not; returns how many."""
    with instance.lock("key-safe"):
        ours = expunged(ledger_file(instance))
        new = {name: at for name, at in expunged(other).items() if name not in ours}
        for name, at in new.items():
            _append(ledger_file(instance), [name], datetime.fromisoformat(at))
    return len(new)


def _append(path: Path, names: list[str], at: datetime) -> None:
    stamp = at.astimezone(UTC).isoformat(timespec="seconds")
    lines = [json.dumps({"id": name, "at": stamp}) + "\n" for name in names]
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    with acting_as(service_account()):
        number = os.open(path, flags, 0o600)
    with os.fdopen(number, "r+b", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        # A line that a crash tore must not swallow the next one.
        torn = size > 0 and os.pread(number, 1, size - 1) != b"\n"
        file.write(("\n" if torn else "").encode() + "".join(lines).encode())
        os.fsync(number)
    sync_folder(path.parent)


def _write(path: Path, rows: Iterable[KeyRow]) -> Seal:
    """The whole file beside the old one, then in its place: never half of it."""
    before = seal_of(path)
    seal = Seal(
        before.safe_id if before else str(uuid.uuid4()),
        (before.generation if before else 0) + 1,
        datetime.now(UTC).isoformat(timespec="seconds"),
    )
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    count, digest = 0, hashlib.sha256()
    with acting_as(service_account()):
        number = os.open(draft, _FLAGS, 0o600)
        try:
            with os.fdopen(number, "w", encoding="ascii") as file:
                file.write(_line({"version": VERSION, **seal.as_json()}))
                for row in rows:
                    line = "\t".join(row) + "\n"
                    digest.update(line.encode())
                    count += 1
                    file.write(line)
                file.write(_line({"rows": count, "sha256": digest.hexdigest()}))
                file.flush()
                os.fsync(number)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    return seal


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value) + "\n"


def sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power cut."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
