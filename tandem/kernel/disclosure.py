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
    that leaves 1 to 10 of it. With anything hidden, counts of 11 or more go as well, from the end
    of the list, until the hidden ones together are so many that each of them may be anything from
    1 to 10: also for who reads this rule. Which ones go never follows from their size, for then
    that would tell it. Where they do not suffice nothing is shown, no zero either.
    """
    if within_side:
        return [{"value": cell.name, "count": cell.count} for cell in cells]
    hidden = [c for c in cells if is_small(c.count) or (total and is_small(total - c.count))]
    if hidden:
        others = [cell for cell in cells if cell.count >= SMALLEST and cell not in hidden]
        while others and not _covered(hidden):
            hidden.append(others.pop())
        if not _covered(hidden):
            hidden = list(cells)
    return [{"value": cell.name, "count": None if cell in hidden else cell.count} for cell in cells]


def _covered(hidden: Sequence[Cell]) -> bool:
    """Whether the sum of these, which the total tells, leaves each of them 1 to 10 and more."""
    largest = max(cell.count for cell in hidden)
    return largest >= SMALLEST and sum(c.count for c in hidden) >= 2 * (SMALLEST - 1) + len(hidden)
