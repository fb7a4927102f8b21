"""The report as one page of HTML and as a tagged PDF (PDF/UA-1, by typst)."""

import json
import tempfile
from html import escape
from pathlib import Path

from tandem.planning.report.drawing import draw
from tandem.planning.report.told import Report

STYLE = """
:root { color-scheme: light; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b1b1b; background: #fff; }
figure { margin: 1rem 0; }
svg { width: 100%; height: auto; }
table { border-collapse: collapse; margin: 0.5rem 0 1.5rem; }
th, td { border-bottom: 1px solid #b4b4b4; padding: 0.2rem 0.8rem 0.2rem 0; text-align: left; }
caption { text-align: left; font-weight: 600; }
.verdict { border-left: 4px solid #0b5fa5; padding: 0.5rem 1rem; font-size: 1.1rem; }
.wide { overflow-x: auto; }
"""
# Everything reaches typst as data, never as markup: no text can become a command.
TEMPLATE = """
#let report = json("report.json")
#set document(title: report.title)
#set page(paper: "us-letter", margin: 2cm, numbering: "1")
#set text(lang: "en", size: 10pt)
#let rows(columns, lines) = table(
  columns: columns.len(),
  align: left,
  stroke: (x: none, y: 0.5pt + luma(180)),
  table.header(..columns.map(it => strong(it))),
  ..lines.flatten(),
)
#title()
#par(strong(report.verdict))
#rows(("What", "Value"), report.facts)
#if report.warnings.len() > 0 {
  heading(level: 1, "Mind")
  for line in report.warnings { list(line) }
}
#for one in report.pictures {
  heading(level: 1, one.title)
  figure(image(one.file, alt: one.alt, width: 100%))
  rows(one.columns, one.rows)
}
#for one in report.tables {
  heading(level: 1, one.title)
  if one.rows.len() > 0 { rows(one.columns, one.rows) } else { par("Nobody and nothing.") }
}
"""


def page_of(report: Report) -> str:
    """The report as one page that needs no other file."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(report.title)}</title><style>{STYLE}</style></head><body><main>"
        f'<h1>{escape(report.title)}</h1><p class="verdict">{escape(report.verdict)}</p>',
        _table("The run", ["What", "Value"], [list(fact) for fact in report.facts]),
    ]
    if report.warnings:
        items = "".join(f"<li>{escape(word)}</li>" for word in report.warnings)
        parts.append(f"<h2>Mind</h2><ul>{items}</ul>")
    for place, picture in enumerate(report.pictures):
        parts.append(
            f"<h2>{escape(picture.title)}</h2><figure>{draw(picture, f'p{place}')}</figure>"
        )
        parts.append(_table(f"{picture.title}, in numbers", picture.columns(), picture.rows()))
    for table in report.tables:
        parts.append(f"<h2>{escape(table.title)}</h2>")
        parts.append(_table(table.title, table.columns, table.rows))
    return "".join([*parts, "</main></body></html>\n"])


def _table(caption: str, columns: list[str], rows: list[list[str]]) -> str:
    if not rows:
        return "<p>Nobody and nothing.</p>"
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    lines = "".join(
        "<tr>"
        + f'<th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    # A wide table scrolls by itself, and by keyboard too.
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def pdf_of(report: Report) -> bytes:
    """The report as a tagged PDF."""
    import typst

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        pictures = []
        for number, picture in enumerate(report.pictures):
            name = f"picture-{number}.svg"
            (place / name).write_text(draw(picture, f"p{number}"), encoding="utf-8")
            pictures.append(
                {
                    "title": picture.title,
                    "file": name,
                    "alt": f"{picture.title}; the table below holds its numbers.",
                    "columns": picture.columns(),
                    "rows": picture.rows(),
                }
            )
        told = {
            "title": report.title,
            "verdict": report.verdict,
            "facts": report.facts,
            "warnings": report.warnings,
            "pictures": pictures,
            "tables": [
                {"title": table.title, "columns": table.columns, "rows": table.rows}
                for table in report.tables
            ],
        }
        (place / "report.json").write_text(json.dumps(told), encoding="utf-8")
        (place / "report.typ").write_text(TEMPLATE, encoding="utf-8")
        made = typst.compile(str(place / "report.typ"), format="pdf", pdf_standards=["ua-1"])
    return bytes(made)


def write_report(report: Report, folder: Path) -> list[Path]:
    """Write `report.html` and `report.pdf` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    page, pdf = folder / "report.html", folder / "report.pdf"
    made = pdf_of(report)
    page.write_text(page_of(report), encoding="utf-8")
    pdf.write_bytes(made)
    return [page, pdf]
