"""A column of values as one array of PostgreSQL's, written in one go.

For batches that go in by `unnest`: the driver would look at each value by itself, which costs more
than all else that becomes of a row. The statement says the type: `unnest(%s::uuid[], …)`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

Value = str | bytes | int | float | bool | uuid.UUID | datetime | None


def column(values: Iterable[Value]) -> str:
    """The values as the text of an array; as a parameter it is quoted like any other text."""
    every = list(values)
    kinds = set(map(type, every))
    write = _OF_ONE_KIND.get(kinds.pop()) if len(kinds) == 1 else None
    if write is not None:
        return write(every)
    return "{" + ",".join(map(_written, every)) + "}"


def _texts(texts: list[Any]) -> str:
    joined = '","'.join(texts)
    if "\\" in joined or joined.count('"') != 2 * (len(texts) - 1):
        return "{" + ",".join(map(_written, texts)) + "}"
    return f'{{"{joined}"}}'


def _bytes(values: list[Any]) -> str:
    return '{"\\\\x' + '","\\\\x'.join([value.hex() for value in values]) + '"}'


def _moments(values: list[Any]) -> str:
    return '{"' + '","'.join([value.isoformat() for value in values]) + '"}'


def _plain(values: list[Any]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def _nothing(values: list[Any]) -> str:
    return "{" + ",".join(["NULL"] * len(values)) + "}"


# A column nearly always holds one kind of value: asked once, not for each.
_OF_ONE_KIND: dict[type, Callable[[list[Any]], str]] = {
    str: _texts,
    bytes: _bytes,
    datetime: _moments,
    int: _plain,
    float: _plain,
    bool: _plain,
    uuid.UUID: _plain,
    type(None): _nothing,
}


def _written(value: Value) -> str:
    if isinstance(value, str):
        if "\\" in value or '"' in value:
            value = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{value}"'
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    if value is None:
        return "NULL"
    if isinstance(value, datetime):
        return f'"{value.isoformat()}"'
    return str(value)
