"""The chain of the trail: what is hashed, and how a chain is checked. Plain Python."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# In this order; a new column goes to the end with a new format, never in between.
COLUMNS = (
    "id",
    "program_id",
    "agency_id",
    "side",
    "act",
    "outcome",
    "reason",
    "subject",
    "subject_id",
    "also",
    "staff_id",
    "role",
    "for_staff_id",
    "how_known",
    "happened_at",
    "device_at",
    "server_at",
    "act_id",
)
START = bytes(32)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return str(value)


def row_hash(previous: bytes, chain: str, number: int, row: Mapping[str, Any]) -> bytes:
    """SHA-256 over the previous hash, the place in the chain and every column of the row."""
    body = json.dumps([chain, number, *[_plain(row[name]) for name in COLUMNS]])
    return hashlib.sha256(previous + body.encode()).digest()


def chain_of(row: Mapping[str, Any]) -> str:
    """Each agency has a chain of its own; what belongs to none is the system's."""
    return str(row["agency_id"] or "system")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with the trail, named by row id or by chain and number."""

    row: str
    kind: str  # changed | missing | inserted | unsealed | cut_tail

    def as_json(self) -> dict[str, str]:
        """The contract's shape."""
        return {"row": self.row, "kind": self.kind}


def check_chain(
    chain: str, rows: Iterable[Mapping[str, Any]], *, number: int = 1, previous: bytes = START
) -> Iterator[Fault]:
    """Go along one chain by number: each row must fit itself and the row before it."""
    expected = number
    for row in rows:
        number, held, link = row["number"], bytes(row["hash"]), bytes(row["previous"])
        for gone in range(expected, number):
            yield Fault(f"{chain}:{gone}", "missing")
        if held != row_hash(link, chain, number, row):
            yield Fault(str(row["id"]), "changed")
        elif number == expected and link != previous:
            yield Fault(str(row["id"]), "inserted")
        expected, previous = number + 1, held


def check_heads(
    heads: Iterable[tuple[str, int, bytes]], held: Mapping[tuple[str, int], tuple[str, bytes]]
) -> Iterator[Fault]:
    """Compare with the heads kept outside the database: a shorter or rewritten tail shows."""
    last: dict[str, int] = {}
    for chain, number, digest in heads:
        found = held.get((chain, number))
        if found is not None and found[1] != digest:
            yield Fault(found[0], "changed")
        last[chain] = max(last.get(chain, 0), number)
    for chain, number in last.items():
        if (chain, number) not in held:
            yield Fault(f"{chain}:{number}", "cut_tail")
