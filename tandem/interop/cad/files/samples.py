"""The sample of a map being built: one for each administrator, sealed, and gone within the hour.

What is sealed here opens only with the key that stands on the page of whoever gave it: neither the
file nor the page alone tells a word of it.
"""

from __future__ import annotations

import json
import secrets
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from tandem.kernel.instance import Instance, acting_as, service_account
from tandem.kernel.maps import MapError
from tandem.kernel.maps.saying import Saying
from tandem.storage.keyring import Unreadable, decrypt, encrypt

FOLDER = "samples"
KEPT_SECONDS = 3600.0
_PLACE = "map.sample"
_KEY_BYTES = 32


@dataclass(frozen=True)
class Given:
    """The beginning of a file, and whether something stands behind it."""

    text: str
    is_part: bool


def keep_sample(instance: Instance, staff_id: uuid.UUID, given: Given) -> str:
    """Keep it in place of the one before; returns the key, for the page alone."""
    key = secrets.token_bytes(_KEY_BYTES)
    told = json.dumps([given.text, given.is_part]).encode("utf-8", "surrogatepass")
    sealed = encrypt(key, _PLACE, staff_id.bytes, told)
    with acting_as(service_account()):
        (instance.data / FOLDER).mkdir(mode=0o700, exist_ok=True)
    instance.write_private(_path(instance, staff_id), sealed.hex())
    return key.hex()


def open_sample(
    instance: Instance, staff_id: uuid.UUID, key: str, *, now: float | None = None
) -> Given:
    """The sample of this person's page; raises MapError where it is gone or another's."""
    path = _path(instance, staff_id)
    try:
        with acting_as(service_account()):
            if path.stat().st_mtime < (now or time.time()) - KEPT_SECONDS:
                path.unlink(missing_ok=True)
            sealed = bytes.fromhex(path.read_text(encoding="ascii"))
        text, is_part = json.loads(decrypt(bytes.fromhex(key), _PLACE, staff_id.bytes, sealed))
    except (OSError, ValueError, Unreadable):
        raise MapError(Saying("The sample is not kept any longer. Give it again.")) from None
    return Given(text, is_part)


def forget_sample(instance: Instance, staff_id: uuid.UUID) -> None:
    """Remove what a map was built from."""
    with acting_as(service_account()):
        _path(instance, staff_id).unlink(missing_ok=True)


def remove_old_samples(instance: Instance, *, now: float | None = None) -> int:
    """Remove those that are past their time; returns how many."""
    oldest = (now or time.time()) - KEPT_SECONDS
    removed = 0
    with acting_as(service_account()):
        for path in (instance.data / FOLDER).glob("*.sealed"):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def _path(instance: Instance, staff_id: uuid.UUID) -> Path:
    return instance.data / FOLDER / f"{staff_id}.sealed"
