"""The rows that bench, crash, proof and soak print and keep: one shape, each beside its limit."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

from tandem.kernel.instance import checkout

HEAD = ("what", "value", "unit", "limit", "beside", "ratio", "n", "load", "")


@dataclass(frozen=True)
class Row:
    """One measured thing; without a limit it only informs."""

    name: str
    value: float
    unit: str
    limit: float | None
    passed: bool | None
    beside: tuple[str, float] | None
    ratio: float | None
    n: int
    load_average: float

    def as_json(self) -> dict[str, Any]:
        """The contract's shape."""
        beside = {"name": self.beside[0], "value": self.beside[1]} if self.beside else None
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "beside": beside,
            "ratio": self.ratio,
            "limit": self.limit,
            "pass": self.passed,
            "n": self.n,
            "load_average": self.load_average,
        }

    def cells(self) -> list[str]:
        """The same for a person."""
        beside = f"{self.beside[0]} {self.beside[1]:g}" if self.beside else ""
        word = {True: "ok", False: "MISSED", None: ""}[self.passed]
        told = [self.name, f"{self.value:g}", self.unit]
        told += ["" if self.limit is None else f"{self.limit:g}", beside]
        told += ["" if self.ratio is None else f"{self.ratio:g}", str(self.n)]
        return [*told, f"{self.load_average:.1f}", word]


@dataclass
class Rows:
    """All rows of one run, printed as they come in."""

    kind: str
    rows: list[Row] = field(default_factory=list)

    def add(
        self,
        name: str,
        value: float,
        unit: str,
        *,
        at_most: float | None = None,
        at_least: float | None = None,
        beside: tuple[str, float] | None = None,
        ratio: float | None = None,
        n: int = 1,
    ) -> Row:
        """Judge one value by its limit, and say it at once: a long run must not look dead."""
        passed = None
        if at_most is not None:
            passed = bool(value <= at_most)
        elif at_least is not None:
            passed = bool(value >= at_least)
        row = Row(
            name=name,
            value=round(float(value), 3),
            unit=unit,
            limit=at_most if at_most is not None else at_least,
            passed=passed,
            beside=(beside[0], round(float(beside[1]), 3)) if beside else None,
            ratio=None if ratio is None else round(float(ratio), 3),
            n=n,
            load_average=round(os.getloadavg()[0], 2),
        )
        self.rows.append(row)
        print(f"  {row.name}: {row.value:g} {row.unit}", flush=True)
        return row

    @property
    def failed(self) -> list[Row]:
        """Every row that missed its limit."""
        return [row for row in self.rows if row.passed is False]

    def finish(self) -> int:
        """Print the table, keep the rows below `build/`; 1 if any limit was missed."""
        table = [list(HEAD), *(row.cells() for row in self.rows)]
        widths = [max(len(line[place]) for line in table) for place in range(len(HEAD))]
        print()
        for line in table:
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            print("  ".join(cells).rstrip())
        target = checkout() / "build" / f"{self.kind}.json"
        target.parent.mkdir(exist_ok=True)
        rows = [row.as_json() for row in self.rows]
        target.write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")
        load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
        print(f"\nload average {load} on {os.cpu_count()} cores; rows in build/{self.kind}.json")
        return 1 if self.failed else 0


def at(values: list[float], share: float) -> float:
    """The value below which this share of all values lies; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
