"""A column of values as one array of PostgreSQL's, written in one go.

For batches that go in by `unnest`: the driver would look at each value by itself, which costs more
than all else that becomes of a row. The statement says the type: `unnest(%s::uuid[], …)`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

Value = str | bytes | int | float | bool | uuid.UUID | datetime | None


def column(values: Iterable[Value]) -> str:
    """The values as the text of an array; as a parameter it is quoted like any other text."""
    return "{" + ",".join(map(_written, values)) + "}"


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
