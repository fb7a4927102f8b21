"""The next wider period or area of a table, and how much of it would fall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tandem.evaluation.publish.periods import wider_period
from tandem.evaluation.publish.sentences import say
from tandem.evaluation.publish.table import Cell, Table, place
from tandem.kernel.disclosure import SMALLEST

_LEVELS = 4


@dataclass(frozen=True)
class Offer:
    """One way to count wider: how many of its numbers above zero would be small."""

    dimension: str
    current: str
    to: str
    hidden: int
    nonzero: int
    table: Table

    def as_json(self) -> dict[str, Any]:
        """Without the numbers themselves."""
        words = say(
            "offer",
            dimension=self.dimension,
            to=self.to,
            current=self.current,
            hidden=self.hidden,
            nonzero=self.nonzero,
        )
        shares = {"would_fall": self.hidden, "of": self.nonzero}
        return {"dimension": self.dimension, "to": self.to, **shares, "sentence": words}


def offers(table: Table) -> list[Offer]:
    """For each dimension that can be widened, the next step at which fewer than half would fall.

    Where none is wide enough, the widest. Numbers are added up from the table's own cells, so a
    wider period counts only what the table holds of it.
    """
    found: list[Offer] = []
    for name in sorted({name for cell in table.cells for name, _ in cell.at}):
        wider: Table | None = table
        best: Offer | None = None
        for _ in range(_LEVELS):
            wider = widen(wider, name) if wider else None
            if wider is None:
                break
            best = _offer(table, wider, name)
            if 2 * best.hidden < best.nonzero:
                break
        if best is not None:
            found.append(best)
    return sorted(found, key=lambda offer: offer.hidden / max(1, offer.nonzero))


def widen(table: Table, name: str) -> Table | None:
    """The table with this dimension one step wider; None where nothing gets wider."""
    above = table.within.get(name, {})
    sums: dict[tuple[Any, ...], Cell] = {}
    moved = False
    inner = {dict(cell.at).get(name) for cell in table.cells} - {None}
    for cell in table.cells:
        value = dict(cell.at).get(name)
        wider = _next(name, value, above) if value else None
        if wider is None or wider in inner:
            # A wider value that is listed itself already holds this one.
            if wider is None:
                sums.setdefault((cell.measure, cell.at), cell)
            moved = moved or wider is not None
            continue
        moved = True
        at = place({**dict(cell.at), name: wider})
        key = cell.measure, at
        sums[key] = _add(sums.get(key), cell, at)
    return Table(table.subject, tuple(sums.values()), table.title, table.within) if moved else None


def _next(name: str, value: str, above: Any) -> str | None:
    if name == "period":
        found = wider_period(value)
        return found[0] if found else None
    wider = above.get(value)
    return str(wider) if wider is not None else None


def _add(held: Cell | None, cell: Cell, at: Any) -> Cell:
    def total(what: str) -> int | None:
        more = getattr(cell, what)
        own = getattr(held, what) if held else None
        return own if more is None else more + (own or 0)

    return Cell(
        at, total("count") or 0, total("of"), total("unknown"), cell.measure, cell.population
    )


def _offer(before: Table, after: Table, name: str) -> Offer:
    numbers = [
        n
        for cell in after.cells
        for n in (cell.count, cell.of, cell.unknown)
        if n is not None and n
    ]
    small = sum(1 for n in numbers if n < SMALLEST)
    return Offer(name, _span(before, name), _span(after, name), small, len(numbers), after)


def _span(table: Table, name: str) -> str:
    values = sorted({dict(cell.at)[name] for cell in table.cells if name in dict(cell.at)})
    return values[0] if len(values) == 1 else f"{values[0]} to {values[-1]}" if values else "all"
