"""Keeps what was remarked on a call: sealed, one record for each class, each remark once."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tandem.calls.models import Feed
from tandem.interop.cad.remarks import POLICE_ONLY, SHARED, KeptRemark
from tandem.storage.keyring import decrypt, encrypt
from tandem.storage.models import POLICE_REMARKS, REMARKS, Lane
from tandem.storage.sealing import ring

_MOST = 2_000


@dataclass(frozen=True)
class _Shelf:
    """Where remarks of one class are kept, and their keys."""

    table: str
    keys: str
    lane: Lane


_SHELVES = {
    SHARED: _Shelf("calls_sharedremarks", "storage_remarkkey", REMARKS),
    POLICE_ONLY: _Shelf("calls_policeremarks", "storage_policeremarkkey", POLICE_REMARKS),
}


def write_remarks(
    cursor: Any,
    feed: Feed,
    told: Iterable[tuple[uuid.UUID, Iterable[KeptRemark]]],
    *,
    at: datetime,
) -> None:
    """Add to each call what its messages brought; a message that repeats its remarks adds none."""
    fresh: dict[str, dict[uuid.UUID, list[KeptRemark]]] = {name: {} for name in _SHELVES}
    for call_id, remarks in told:
        for remark in remarks:
            fresh[remark.data_class].setdefault(call_id, []).append(remark)
    for data_class, by_call in fresh.items():
        if by_call:
            _write_shelf(cursor, feed, _SHELVES[data_class], by_call, at=at)


def _write_shelf(
    cursor: Any,
    feed: Feed,
    shelf: _Shelf,
    by_call: dict[uuid.UUID, list[KeptRemark]],
    *,
    at: datetime,
) -> None:
    cursor.execute(
        f"SELECT r.call_id, r.id, r.text, k.wrapped FROM {shelf.table} r"  # noqa: S608 (own names)
        f" LEFT JOIN {shelf.keys} k ON k.record_id = r.id WHERE r.call_id = ANY(%s)",
        [list(by_call)],
    )
    held = {row[0]: row[1:] for row in cursor.fetchall()}
    lanes = ring()
    made: list[tuple[Any, ...]] = []
    changed: list[tuple[Any, ...]] = []
    for call_id, remarks in by_call.items():
        if call_id not in held:
            record_id, key = uuid.uuid4(), secrets.token_bytes(32)
            kept = _merged([], remarks)
            wrapped = lanes.wrap(shelf.lane.name, record_id.bytes, key)
            made.append((record_id, call_id, _seal(shelf, record_id, key, kept), wrapped))
            continue
        record_id, text, wrapped = held[call_id]
        if wrapped is None:
            # Its key was destroyed by an order: what is sent again stays expunged.
            continue
        key = lanes.unwrap(shelf.lane.name, record_id.bytes, bytes(wrapped))
        before = json.loads(decrypt(key, _place(shelf), record_id.bytes, bytes(text)))
        kept = _merged(before, remarks)
        if len(kept) > len(before):
            changed.append((record_id, _seal(shelf, record_id, key, kept)))
    _insert(cursor, feed, shelf, made, at=at)
    if changed:
        cursor.execute(
            f"UPDATE {shelf.table} r SET text = t.text, changed_at = %s"  # noqa: S608
            " FROM unnest(%s::uuid[], %s::bytea[]) AS t (id, text) WHERE r.id = t.id",
            [at, *map(list, zip(*changed, strict=True))],
        )


def _merged(before: list[list[str]], remarks: list[KeptRemark]) -> list[list[str]]:
    """Each remark once; a later one of equal words and time is the same one told again."""
    rows = [[one.at, one.by, one.field, one.text] for one in remarks]
    every = {tuple(row): row for row in [*before, *rows]}
    return list(every.values())[:_MOST]


def _place(shelf: _Shelf) -> str:
    return f"{shelf.table}.text"


def _seal(shelf: _Shelf, record_id: uuid.UUID, key: bytes, kept: list[list[str]]) -> bytes:
    return encrypt(key, _place(shelf), record_id.bytes, json.dumps(kept).encode())


def _insert(
    cursor: Any, feed: Feed, shelf: _Shelf, made: list[tuple[Any, ...]], *, at: datetime
) -> None:
    if not made:
        return
    ids, calls, texts, wrapped = (list(column) for column in zip(*made, strict=True))
    owner = [feed.program_id, feed.agency_id]
    cursor.execute(
        f"INSERT INTO {shelf.keys}"  # noqa: S608
        " (record_id, program_id, agency_id, lane, data_class, wrapped)"
        " SELECT id, %s, %s, %s, %s, wrapped"
        " FROM unnest(%s::uuid[], %s::bytea[]) AS t (id, wrapped)",
        [*owner, shelf.lane.name, shelf.lane.data_class, ids, wrapped],
    )
    cursor.execute(
        f"INSERT INTO {shelf.table} (id, program_id, agency_id, call_id, text, changed_at)"  # noqa: S608
        " SELECT id, %s, %s, call_id, text, %s"
        " FROM unnest(%s::uuid[], %s::uuid[], %s::bytea[]) AS t (id, call_id, text)",
        [*owner, at, ids, calls, texts],
    )
