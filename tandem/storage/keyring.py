"""Lane keys, which the database never holds, and the wrapping of each record's own key by them."""

from __future__ import annotations

import base64
import json
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LANES = ("police", "juvenile", "crisis", "part2", "custody", "collateral", "feed", "sign_in")
_NONCE = 12


class KeyMissing(RuntimeError):
    """The key file is not there, cannot be read, or lacks a lane: nothing sealed can be opened."""


class Unreadable(RuntimeError):
    """A sealed text does not open with this key at this place: it was changed or moved."""


@dataclass
class Keyring:
    """Per lane, versions of a 256-bit key; the highest wraps, the older ones still unwrap."""

    path: Path
    lanes: Mapping[str, Mapping[int, bytes]] = field(repr=False)
    id: str = ""  # made with the file and kept by every rotation

    @classmethod
    def load(cls, path: Path) -> Keyring:
        """Read the 0600 file."""
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            lanes = {
                lane: {int(v): base64.b64decode(k) for v, k in versions.items()}
                for lane, versions in raw["lanes"].items()
            }
            known = str(raw.get("id", ""))
        except (OSError, ValueError, KeyError, AttributeError) as wrong:
            raise KeyMissing(f"the master key file {path.name} cannot be read") from wrong
        if missing := set(LANES) - set(lanes):
            raise KeyMissing(f"the master key file lacks the lanes {sorted(missing)}")
        return cls(path, lanes, known)

    @classmethod
    def create(cls, path: Path) -> Keyring:
        """Make a new file, 0600, at first start; never over an existing one."""
        lanes = {lane: {1: secrets.token_bytes(32)} for lane in LANES}
        ring = cls(path, lanes, secrets.token_hex(8))
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(ring.text())
        return ring

    def text(self) -> str:
        """The file's content."""
        return json.dumps(
            {
                "id": self.id,
                "lanes": {
                    lane: {str(v): base64.b64encode(k).decode() for v, k in versions.items()}
                    for lane, versions in self.lanes.items()
                },
            },
            indent=1,
        )

    def rotated(self, lane: str) -> Keyring:
        """The same ring with a newer key for one lane, written in place by rename."""
        versions = dict(self.lanes[lane])
        versions[max(versions) + 1] = secrets.token_bytes(32)
        return self._saved({**self.lanes, lane: versions})

    def without_old(self, lane: str) -> Keyring:
        """The same ring with only the newest key of one lane, once all is rewrapped."""
        newest = max(self.lanes[lane])
        return self._saved({**self.lanes, lane: {newest: self.lanes[lane][newest]}})

    def _saved(self, lanes: Mapping[str, Mapping[int, bytes]]) -> Keyring:
        ring = Keyring(self.path, lanes, self.id)
        fresh = self.path.with_suffix(".new")
        owner = self.path.stat()
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(ring.text())
            file.flush()
            os.fsync(file.fileno())
        if os.geteuid() == 0:
            os.chown(fresh, owner.st_uid, owner.st_gid)
        fresh.rename(self.path)
        return ring

    def wrap(self, lane: str, record: bytes, key: bytes) -> bytes:
        """A record's key under the lane's newest key, bound to lane and record."""
        version = max(self.lanes[lane])
        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(self.lanes[lane][version]).encrypt(nonce, key, lane.encode() + record)
        return version.to_bytes(2, "big") + nonce + sealed

    def unwrap(self, lane: str, record: bytes, wrapped: bytes) -> bytes:
        """The record's key again; Unreadable when it was wrapped for another record or lane."""
        version, nonce = int.from_bytes(wrapped[:2], "big"), wrapped[2 : 2 + _NONCE]
        key = self.lanes[lane].get(version)
        if key is None:
            raise Unreadable(f"lane {lane} has no key version {version}")
        try:
            return AESGCM(key).decrypt(nonce, wrapped[2 + _NONCE :], lane.encode() + record)
        except (InvalidTag, ValueError) as wrong:
            raise Unreadable("a record key does not open") from wrong


def encrypt(key: bytes, place: str, record: bytes, text: bytes) -> bytes:
    """AES-GCM, bound to table, column and record: moved elsewhere it does not open."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text, place.encode() + record)


def decrypt(key: bytes, place: str, record: bytes, sealed: bytes) -> bytes:
    """The text again, or Unreadable."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode() + record)
    except (InvalidTag, ValueError) as wrong:  # ValueError: cut shorter than its nonce
        raise Unreadable(f"a sealed text of {place} does not open") from wrong


_rings: dict[Path, tuple[float, Keyring]] = {}
_lock = threading.Lock()


def ring_at(path: Path, wanted: Callable[[], str]) -> Keyring:
    """The ring of a file, read again when the file changed (a rotation).

    Another installation's file is refused: what it sealed could never be opened with ours.
    """
    try:
        changed = path.stat().st_mtime
    except OSError as wrong:
        raise KeyMissing(f"the master key file {path.name} is missing") from wrong
    with _lock:
        held = _rings.get(path)
        if held is None or held[0] != changed:
            held = (changed, Keyring.load(path))
            if held[1].id != (wanted() or held[1].id):
                raise KeyMissing(f"the master key file {path.name} is another installation's")
            _rings[path] = held
        return held[1]
