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


def is_small(count: int) -> bool:
    """One to ten: so few that they may be somebody."""
    return 0 < count < SMALLEST


def shown(
    cells: Sequence[Cell], *, within_side: bool, total: int | None = None
) -> list[dict[str, Any]]:
    """The cells as they may be shown; `count` is None where it is hidden.

    Beyond the own side every count of 1 to 10 is hidden, and, where a total is known, every count
    that leaves 1 to 10 of it. With anything hidden the smallest other count of 11 or more goes as
    well: then the total leaves each hidden cell at least eleven possible values. Where there is no
    such count, nothing is shown, no zero either.
    """
    if within_side:
        return [{"value": cell.name, "count": cell.count} for cell in cells]
    small = [c for c in cells if is_small(c.count) or (total and is_small(total - c.count))]
    hidden = {cell.name for cell in small}
    if hidden:
        large = [cell for cell in cells if cell.count >= SMALLEST and cell.name not in hidden]
        already = any(cell.count >= SMALLEST for cell in small)
        if large and not already:
            hidden.add(min(large, key=_size).name)
        elif not already:
            hidden = {cell.name for cell in cells}
    return [
        {"value": cell.name, "count": None if cell.name in hidden else cell.count} for cell in cells
    ]


def _size(cell: Cell) -> tuple[int, str]:
    return cell.count, cell.name
