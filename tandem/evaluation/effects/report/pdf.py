"""The report as a tagged PDF (PDF/UA-1) by typst: headings, tables, pictures that can be heard."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tandem.evaluation.effects.report.drawing import draw
from tandem.evaluation.effects.report.figures import facts, number
from tandem.evaluation.effects.report.told import (
    FOR_WHOM,
    INTRODUCTION,
    amendments_of,
    asked_of,
    checks_of,
    states_of,
)

COLORS = {
    "ink": "#1b1b1b",
    "grid": "#d0d0d0",
    "series-1": "#0b5fa5",
    "series-2": "#b04a00",
    "series-3": "#3d6b21",
    "series-4": "#7a3e9d",
}
# Everything of the study reaches typst as data, never as markup: no text can become a command.
TEMPLATE = """
#let report = json("report.json")
#set document(title: report.title)
#set page(paper: "us-letter", margin: 2cm, numbering: "1")
#set text(lang: "en", size: 10.5pt)
#set par(leading: 0.7em)
#let rows(columns, lines) = table(
  columns: columns.len(),
  align: left,
  stroke: (x: none, y: 0.5pt + luma(180)),
  table.header(..columns.map(it => strong(it))),
  ..lines.flatten(),
)
#title()
#block(fill: luma(243), inset: 10pt, stroke: (left: 3pt + rgb("#0b5fa5")))[
  #text(size: 13pt, report.words.at(0))
]
#for line in report.words.slice(1) { par(line) }
#for part in report.parts {
  heading(level: 1, part.title)
  for line in part.lines { par(line) }
  for line in part.items { list(line) }
  for one in part.tables {
    if one.rows.len() > 0 { rows(one.columns, one.rows) }
  }
}
#for one in report.pictures {
  heading(level: 1, one.title)
  figure(image(one.file, alt: one.alt, width: 100%))
  rows(one.columns, one.rows)
}
#par(report.for_whom)
"""


def pdf_of(result: dict[str, Any]) -> bytes:
    """The bytes of the PDF."""
    import typst

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        pictures = []
        for index, picture in enumerate(result["pictures"]):
            name = f"picture-{index}.svg"
            (place / name).write_text(draw(picture, COLORS.__getitem__, f"p{index}"), "utf-8")
            pictures.append(
                {
                    "title": picture["title"],
                    "file": name,
                    "alt": f"{picture['title']}; the table below holds its numbers.",
                    "columns": picture["columns"],
                    "rows": [[number(cell) for cell in row] for row in picture["rows"]],
                }
            )
        told = {
            "title": result["asked"]["title"],
            "words": result["words"],
            "parts": _parts(result),
            "pictures": pictures,
            "for_whom": FOR_WHOM,
        }
        (place / "report.json").write_text(json.dumps(told), "utf-8")
        (place / "report.typ").write_text(TEMPLATE, "utf-8")
        found = typst.compile(str(place / "report.typ"), format="pdf", pdf_standards=["ua-1"])
    return bytes(found)


def _parts(result: dict[str, Any]) -> list[dict[str, Any]]:
    flow = [(str(label), number(count)) for label, count in result["diagnostics"].get("flow", [])]
    consort = result["diagnostics"].get("consort")
    tables = [_table(("Step", "Rows"), flow)]
    if consort:
        groups = consort["groups"]
        steps = [
            (name.replace("_", " "), *(number(group[name]) for group in groups.values()))
            for name in groups["program"]
        ]
        tables.append(_table(("From assignment to analysis", *groups), steps))
    states = _table(("Assumption", "State", "What was found"), states_of(result))
    amended = ("Locked at", "What changed", "Why", "Results seen before")
    parts = [
        _part("The result in figures", tables=[_table(("What", "Value"), facts(result))]),
        _part("Mind", items=result["warnings"]) if result["warnings"] else None,
        _part("What was asked", tables=[_table(("Part", "Said"), asked_of(result["asked"]))]),
        _part("Amendments", tables=[_table(amended, amendments_of(result))])
        if result["protocol"]["amendments"]
        else None,
        _part("What must hold", lines=[INTRODUCTION], tables=[states]),
        _part("The planned checks", tables=[_table(("Check", "Estimate", "Interval", "p"),
              checks_of(result))]) if result["sensitivity"] else None,
        _part("Where the records went", tables=tables),
    ]  # fmt: skip
    return [part for part in parts if part]


def _part(
    title: str,
    *,
    lines: list[str] | None = None,
    items: list[str] | None = None,
    tables: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    return {"title": title, "lines": lines or [], "items": items or [], "tables": tables or []}


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> dict[str, Any]:
    return {"columns": list(columns), "rows": [list(row) for row in rows]}
