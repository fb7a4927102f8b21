"""A column written as one array gives back, in the database, just the values it was made of."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connections

from tandem.storage.arrays import column

pytestmark = pytest.mark.django_db

TEXTS = [
    "",
    " ",
    "a,b",
    "{x}",
    "NULL",
    "null",
    '"',
    "\\",
    '\\"',
    "it's",
    "\n\r\t",
    "é\u2028漢",
    "%s",
    "$1",
]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text", TEXTS),
        ("text", []),
        ("text", [None, "NULL"]),
        ("bytea", [b"", b"\x00\xff\\", bytes(range(256))]),
        ("bigint", [0, -1, 2**62, None]),
        ("float8", [0.1, -91.25, 1e-300, None]),
        ("bool", [True, False]),
        ("uuid", [uuid.UUID(int=7)]),
        (
            "timestamptz",
            [datetime(1970, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, 1, 2, 3, 4, UTC), None],
        ),
    ],
)
def test_what_goes_in_comes_out(kind: str, values: list[Any]) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT v FROM unnest(%s::{kind}[]) AS v", [column(values)])
        found = [row[0] for row in cursor.fetchall()]
    assert [bytes(one) if isinstance(one, memoryview) else one for one in found] == values


@pytest.mark.parametrize("kind", ["text", "bytea", "bigint", "float8", "timestamptz"])
def test_a_column_of_one_kind_alone_comes_out_too(kind: str) -> None:
    values: dict[str, list[Any]] = {
        "text": ["plain", "a,b", "", "{x}", "NULL", "é\u2028漢", "line\nline"],
        "bytea": [b"", b"\x00\xff\\", bytes(range(256))],
        "bigint": [0, -1, 2**62],
        "float8": [0.1, -91.25, 1e-300],
        "timestamptz": [datetime(1970, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, 1, 2, 3, 4, UTC)],
    }
    test_what_goes_in_comes_out(kind, values[kind])
    test_what_goes_in_comes_out(kind, values[kind][:1])
