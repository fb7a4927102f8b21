"""Sealing a record's text with a key of its own, and opening it again for who may read the row."""

from __future__ import annotations

import secrets
import uuid

from tandem.kernel.instance import Instance
from tandem.storage.keyring import Keyring, decrypt, encrypt, ring_at
from tandem.storage.models import Lane, RecordKey


def ring() -> Keyring:
    """This installation's lane keys."""
    instance = Instance.find()
    return ring_at(instance.keys_file, instance.key_id)


def new_key(
    lane: Lane, record_id: uuid.UUID, *, program_id: uuid.UUID, agency_id: uuid.UUID
) -> bytes:
    """Make, wrap and store the key of a new record; returns the plain key for its texts."""
    key = secrets.token_bytes(32)
    lane.keys(
        record_id=record_id,
        program_id=program_id,
        agency_id=agency_id,
        lane=lane.name,
        data_class=lane.data_class,
        wrapped=ring().wrap(lane.name, record_id.bytes, key),
    ).save(force_insert=True)
    return key


def key_of(keys: type[RecordKey], record_id: uuid.UUID) -> bytes | None:
    """The record's key, or none: the record was expunged, or its row is not yours to read."""
    row = keys._default_manager.filter(record_id=record_id).values_list("lane", "wrapped").first()
    return None if row is None else ring().unwrap(row[0], record_id.bytes, bytes(row[1]))


def move_key(record_id: uuid.UUID, to: Lane) -> None:
    """Wrap a record's key under another lane of the same table: a corrected age moves a record."""
    key = key_of(to.keys, record_id)
    if key is not None:
        to.keys._default_manager.filter(record_id=record_id).update(
            lane=to.name,
            data_class=to.data_class,
            wrapped=ring().wrap(to.name, record_id.bytes, key),
        )


def seal(key: bytes, place: str, record_id: uuid.UUID, text: str) -> bytes:
    """Seal one text; `place` is table.column."""
    return encrypt(key, place, record_id.bytes, text.encode())


def unseal(key: bytes, place: str, record_id: uuid.UUID, sealed: bytes | memoryview) -> str:
    """The text again."""
    return decrypt(key, place, record_id.bytes, bytes(sealed)).decode()
