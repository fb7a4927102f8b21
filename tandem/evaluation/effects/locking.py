"""Locks a protocol: its hash, the day, every amendment and every first run, in one file beside it.

`PROTOCOL.lock` is JSON. Each entry holds the hash of the one before, so that an entry changed or
taken out by hand is noticed. The file proves nothing against someone who writes a whole new one:
give the hash to a second party, or a registry, on the day of locking.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tandem.evaluation.effects.protocol import Protocol, read_protocol
from tandem.evaluation.effects.refusals import StudyRefused
from tandem.kernel.strict_toml import FileRefused

LOCKED, AMENDED, RUN = "locked", "amended", "run"
CLOCKS_DIFFER = timedelta(days=1)


@dataclass(frozen=True)
class Lock:
    """What the lock file says; no entries where there is none."""

    path: Path
    entries: tuple[dict[str, Any], ...]

    @property
    def versions(self) -> list[dict[str, Any]]:
        """The locked protocol and its amendments, in order."""
        return [one for one in self.entries if one["kind"] in (LOCKED, AMENDED)]

    @property
    def locked_at(self) -> str | None:
        return self.versions[0]["at"] if self.versions else None

    def holds(self, protocol: Protocol) -> bool:
        return bool(self.versions) and self.versions[-1]["hash"] == protocol.hash

    def as_json(self, protocol: Protocol) -> dict[str, Any]:
        """The member `protocol` of a result."""
        amendments = []
        seen_results = False
        for one in self.entries:
            seen_results = seen_results or one["kind"] == RUN
            if one["kind"] == AMENDED:
                told = {key: one[key] for key in ("hash", "at", "reason", "changed")}
                amendments.append({**told, "after_results": seen_results})
        return {"hash": protocol.hash, "locked_at": self.locked_at, "amendments": amendments}


def read_lock(protocol_path: Path) -> Lock:
    """The lock beside a protocol; raises StudyRefused where it was changed by hand."""
    return _read(protocol_path.with_name(f"{protocol_path.name}.lock"))


def _read(path: Path) -> Lock:
    if not path.exists():
        return Lock(path, ())
    broken = StudyRefused(
        f"The lock {path} was changed by hand or is damaged: restore it from where it is kept;"
        " nothing was run."
    )
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["entries"]
        before = ""
        for entry in entries:
            if entry["before"] != before or entry["digest"] != _digest(entry):
                raise broken
            before = entry["digest"]
        moments = [datetime.fromisoformat(entry["at"]) for entry in entries]
        in_order = moments == sorted(moments)
    except (OSError, ValueError, KeyError, TypeError):
        raise broken from None
    if not in_order or (moments and moments[-1] > datetime.now(UTC) + CLOCKS_DIFFER):
        raise StudyRefused(
            f"The dates in the lock {path} run backward or lie ahead of this computer's clock: an"
            " amendment cannot be older than what it amends. Set the clock right, or restore the"
            " lock from where it is kept; nothing was run."
        )
    return Lock(path, tuple(entries))


def lock_protocol(
    path: Path, raw: bytes, protocol: Protocol, *, reason: str = "", at: datetime | None = None
) -> Lock:
    """Lock the protocol, or with a reason lock its change as an amendment.

    Raises StudyRefused where it is locked already and changed without a reason, or where an
    amendment is announced for a protocol that was never locked or did not change.
    """
    with _alone(path):
        lock = read_lock(path)
        if lock.holds(protocol):
            if reason:
                raise StudyRefused(
                    "The protocol did not change since it was locked: nothing to amend."
                )
            return lock
        if lock.versions and not reason:
            raise changed_after_locking(lock, raw)
        if reason and not lock.versions:
            raise StudyRefused(
                "The protocol is not locked yet: lock it first, without an amendment."
            )
        entry = {
            "kind": AMENDED if lock.versions else LOCKED,
            "hash": protocol.hash,
            "at": _stamp(at),
            "reason": reason,
            "changed": _changed(lock, raw),
            "text": raw.decode("utf-8-sig"),
        }
        return _append(lock, entry)


def note_run(lock: Lock, protocol: Protocol, data_hash: str, *, at: datetime | None = None) -> Lock:
    """Keep the first run of this protocol on this file, so that later amendments show as later."""
    if not lock.versions:
        return lock
    with _alone(lock.path):
        # A run takes long: whoever locked an amendment meanwhile must find it again.
        lock = _read(lock.path)
        known = any(
            one["kind"] == RUN and one["hash"] == protocol.hash and one["data"] == data_hash
            for one in lock.entries
        )
        if known or not lock.versions:
            return lock
        entry = {"kind": RUN, "hash": protocol.hash, "data": data_hash, "at": _stamp(at)}
        return _append(lock, entry)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Nobody else writes a lock in this folder meanwhile."""
    import fcntl

    try:
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise StudyRefused(f"{path.parent} cannot be read: {error.strerror}.") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def changed_after_locking(lock: Lock, raw: bytes) -> StudyRefused:
    """The sentence for a protocol that no longer is what was locked."""
    changed = ", ".join(_changed(lock, raw)) or "its wording"
    return StudyRefused(
        f"The protocol was changed after it was locked on {lock.versions[-1]['at'][:10]}"
        f" ({changed}):"
        ' put it back, or lock the change with `tandem evaluate lock PROTOCOL --amend "why"`;'
        " nothing was run."
    )


def _stamp(at: datetime | None) -> str:
    return (at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")


def _digest(entry: dict[str, Any]) -> str:
    told = {key: value for key, value in entry.items() if key != "digest"}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _append(lock: Lock, entry: dict[str, Any]) -> Lock:
    entry["before"] = lock.entries[-1]["digest"] if lock.entries else ""
    entry["digest"] = _digest(entry)
    entries = (*lock.entries, entry)
    text = json.dumps({"version": 1, "entries": entries}, indent=1, ensure_ascii=False)
    fresh = lock.path.with_name(f"{lock.path.name}.new")
    try:
        fresh.write_text(text + "\n", encoding="utf-8")
        fresh.replace(lock.path)
    except OSError as error:
        raise StudyRefused(f"The lock {lock.path} cannot be written: {error.strerror}.") from None
    return Lock(lock.path, entries)


def _changed(lock: Lock, raw: bytes) -> list[str]:
    """The keys that differ from the last locked text, as `comparison.start`."""
    if not lock.versions:
        return []
    try:
        before = _flat(read_protocol(lock.versions[-1]["text"].encode()).values)
        after = _flat(read_protocol(raw).values)
    except FileRefused:
        return []
    keys = sorted(before.keys() | after.keys())
    return [key for key in keys if before.get(key) != after.get(key)]


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict) and value:
        parts = [_flat(one, f"{path}.{key}" if path else key) for key, one in value.items()]
        return {key: one for part in parts for key, one in part.items()}
    return {path: value}
