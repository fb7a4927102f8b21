"""What may leave as a number: whole inside the own side, small counts hidden beyond it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SMALLEST = 11  # CMS cell size policy: 1 to 10 are not shown; zero may be


@dataclass(frozen=True)
class Cell:
    """One count of a table."""

    name: str
    count: int


def shown(cells: Sequence[Cell], *, within_side: bool) -> list[dict[str, Any]]:
    """The cells as they may be shown; `count` is None where it is hidden.

    Beyond the own side every count of 1 to 10 is hidden, and when only one is, the next smallest
    as well: otherwise the total gives it away.
    """
    if within_side:
        return [{"value": cell.name, "count": cell.count} for cell in cells]
    hidden = {cell.name for cell in cells if 0 < cell.count < SMALLEST}
    rest = sorted((cell for cell in cells if cell.count and cell.name not in hidden), key=_size)
    if len(hidden) == 1 and rest:
        hidden.add(rest[0].name)
    return [
        {"value": cell.name, "count": None if cell.name in hidden else cell.count} for cell in cells
    ]


def _size(cell: Cell) -> tuple[int, str]:
    return cell.count, cell.name
