"""The chain: whatever is changed, taken out, put in or cut off is found and named."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.privacy.chain import (
    COLUMNS,
    START,
    Fault,
    chain_of,
    check_chain,
    check_heads,
    row_hash,
)

CHAIN = "an agency"
NOON = datetime(2026, 7, 1, 17, tzinfo=UTC)
Row = dict[str, Any]


def row(number: int) -> Row:
    """A plain row of the trail."""
    return {
        "id": uuid.UUID(int=number),
        "program_id": uuid.UUID(int=1),
        "agency_id": uuid.UUID(int=2),
        "side": "police",
        "act": "call.noted",
        "outcome": "done",
        "reason": "",
        "subject": "call",
        "subject_id": uuid.UUID(int=100 + number),
        "also": [uuid.UUID(int=7)],
        "staff_id": uuid.UUID(int=3),
        "role": "TC",
        "for_staff_id": None,
        "how_known": "radio",
        "happened_at": NOON,
        "device_at": None,
        "server_at": NOON + timedelta(seconds=number),
        "act_id": uuid.UUID(int=200 + number),
        "chain": CHAIN,
        "number": number,
    }


def sealed(count: int) -> list[Row]:
    """A whole chain of so many rows."""
    rows, previous = [], START
    for number in range(1, count + 1):
        made = row(number)
        made["previous"] = previous
        made["hash"] = previous = row_hash(previous, CHAIN, number, made)
        rows.append(made)
    return rows


def kinds(rows: list[Row]) -> list[str]:
    """What is found along the chain."""
    return [fault.kind for fault in check_chain(CHAIN, rows)]


def heads_of(rows: list[Row]) -> list[tuple[str, int, bytes]]:
    """What was written outside while sealing."""
    return [(CHAIN, r["number"], r["hash"]) for r in rows]


def held(rows: list[Row]) -> dict[tuple[str, int], tuple[str, bytes]]:
    """What the database holds now."""
    return {(CHAIN, r["number"]): (str(r["id"]), r["hash"]) for r in rows}


def test_a_whole_chain_is_whole() -> None:
    rows = sealed(5)
    assert kinds(rows) == []
    assert list(check_heads(heads_of(rows), held(rows))) == []
    assert kinds([]) == []


@pytest.mark.parametrize("column", COLUMNS)
def test_a_change_of_any_column_is_found_and_the_row_named(column: str) -> None:
    rows = sealed(4)
    was = rows[1][column]
    rows[1][column] = (
        was + timedelta(microseconds=1)
        if isinstance(was, datetime)
        else [*was, uuid.UUID(int=8)]
        if isinstance(was, list)
        else uuid.UUID(int=9)
        if isinstance(was, uuid.UUID)
        else NOON
        if was is None
        else f"{was}x"
    )
    found = list(check_chain(CHAIN, rows))
    assert found[0] == Fault(str(rows[1]["id"]), "changed")


def test_a_row_taken_out_is_missing_by_its_number() -> None:
    rows = sealed(5)
    del rows[2]
    assert Fault(f"{CHAIN}:3", "missing") in list(check_chain(CHAIN, rows))


def test_the_first_row_taken_out_is_missing() -> None:
    assert Fault(f"{CHAIN}:1", "missing") in list(check_chain(CHAIN, sealed(3)[1:]))


def test_a_row_taken_out_and_the_rest_renumbered_is_found() -> None:
    rows = sealed(5)
    del rows[2]
    for number, kept in enumerate(rows, start=1):
        kept["number"] = number
    assert set(kinds(rows)) == {"changed"}


def test_a_row_put_in_is_found_although_it_fits_itself() -> None:
    rows = sealed(3)
    forged = row(2)
    forged["id"], forged["act"] = uuid.UUID(int=66), "unit.assigned"
    forged["previous"] = hashlib.sha256(b"made up").digest()
    forged["hash"] = row_hash(forged["previous"], CHAIN, 2, forged)
    rows[1] = forged
    assert Fault(str(forged["id"]), "inserted") in list(check_chain(CHAIN, rows))


def test_a_chain_rewritten_from_one_row_on_is_found_by_the_outside_heads() -> None:
    rows = sealed(5)
    outside = heads_of(rows)
    previous = rows[1]["hash"]
    rows[2]["act"] = "something else"
    for changed in rows[2:]:
        changed["previous"] = previous
        changed["hash"] = previous = row_hash(previous, CHAIN, changed["number"], changed)
    assert kinds(rows) == []
    found = list(check_heads(outside, held(rows)))
    assert {fault.kind for fault in found} == {"changed"}
    assert Fault(str(rows[2]["id"]), "changed") in found


def test_a_cut_tail_and_an_emptied_table_are_found_by_the_outside_heads() -> None:
    rows = sealed(5)
    assert kinds(rows[:3]) == []
    assert list(check_heads(heads_of(rows), held(rows[:3]))) == [Fault(f"{CHAIN}:5", "cut_tail")]
    assert list(check_heads(heads_of(rows), {})) == [Fault(f"{CHAIN}:5", "cut_tail")]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_tampering_at_all_is_found(data: st.DataObject) -> None:
    rows = sealed(6)
    outside, whole = heads_of(rows), deepcopy(rows)
    place = data.draw(st.integers(0, 5))
    ways: list[Callable[[], Any]] = [
        lambda: rows.pop(place),
        lambda: rows[place].update(act="forged"),
        lambda: rows[place].update(hash=bytes(32)),
        lambda: rows[place].update(previous=bytes(range(32))),
        lambda: rows.__delitem__(slice(place, None)),
        lambda: rows[place].update(staff_id=None),
    ]
    data.draw(st.sampled_from(ways))()
    if rows != whole:
        found = [*check_chain(CHAIN, rows), *check_heads(outside, held(rows))]
        assert found


def test_the_same_instant_in_another_zone_hashes_alike() -> None:
    one, two = row(1), row(1)
    two["happened_at"] = NOON.astimezone(timezone(timedelta(hours=-5)))
    assert row_hash(START, CHAIN, 1, one) == row_hash(START, CHAIN, 1, two)


def test_chain_and_number_are_part_of_the_hash() -> None:
    one = row(1)
    hashes = {row_hash(START, "a", 1, one), row_hash(START, "b", 1, one)}
    hashes |= {row_hash(START, "a", 2, one), row_hash(bytes(31) + b"1", "a", 1, one)}
    assert len(hashes) == 4


def test_each_agency_has_a_chain_and_what_is_nobodys_is_the_systems() -> None:
    assert chain_of(row(1)) == str(uuid.UUID(int=2))
    assert chain_of({**row(1), "agency_id": None}) == "system"
