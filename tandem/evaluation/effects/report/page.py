"""The report as one page that needs no server, no script and no other file."""

from collections.abc import Sequence
from html import escape
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

LONG_WORD = 40
STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #ffffff; --grid: #d0d0d0;
  --soft: #f3f4f6; --line: #767676; --series-1: #0b5fa5; --series-2: #b04a00; --series-3: #3d6b21;
  --series-4: #7a3e9d; --link: #0b5fa5; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f0f0; --paper: #14171a; --grid: #3f454c;
  --soft: #20252b; --line: #8b949e; --series-1: #7cc0ff; --series-2: #ffb27a; --series-3: #a6d98a;
  --series-4: #d9b3f0; --link: #7cc0ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; }
main { max-width: 52rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.25; } h2 { font-size: 1.25rem; margin-top: 2.2rem; }
.finding { font-size: 1.25rem; line-height: 1.45; border-left: .35rem solid var(--series-1);
  background: var(--soft); padding: 1rem 1.1rem; margin: 1.2rem 0; }
.note { border: 1px solid var(--line); padding: .8rem 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
caption { text-align: left; font-weight: 600; padding: .4rem 0; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--grid);
  vertical-align: top; min-width: 5rem; }
.long { word-break: break-all; }
thead th { border-bottom: 2px solid var(--line); }
figure { margin: 1.6rem 0; } figcaption { font-weight: 600; margin-bottom: .4rem; }
svg { width: 100%; height: auto; min-width: 34rem; }
summary { cursor: pointer; padding: .5rem 0; color: var(--link); }
summary:focus-visible, .scroll:focus-visible { outline: 3px solid var(--series-1); }
@media print { details > * { display: block; } .scroll { overflow: visible; } }
"""


def page_of(result: dict[str, Any]) -> str:
    """The whole page as text."""
    asked = result["asked"]
    title = escape(asked["title"])
    parts = [
        f"<h1>{title}</h1>",
        f'<p class="finding">{escape(result["words"][0])}</p>',
        _paragraphs(result["words"][1:]),
        _table("The result in figures", ("", ""), facts(result), head=False),
        _warnings(result["warnings"]),
        "<h2>What was asked</h2>",
        _table("The protocol", ("", ""), asked_of(asked), head=False),
        _amendments(result),
        "<h2>What must hold</h2>",
        f"<p>{escape(INTRODUCTION)}</p>",
        _table("Assumptions", ("Assumption", "State", "What was found"), states_of(result)),
        _pictures(result["pictures"]),
        _checks(result),
        "<h2>Where the records went</h2>",
        _flow(result),
        f'<p class="note">{escape(FOR_WHOM)}</p>',
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in parts if part)
        + "\n</main>\n</body>\n</html>\n"
    )


def _paragraphs(lines: list[str]) -> str:
    return "\n".join(f"<p>{escape(line)}</p>" for line in lines)


def _table(
    caption: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, head: bool = True
) -> str:
    """A table in a region that scrolls by itself on a narrow screen, and by keyboard."""
    name = escape(caption)
    parts = [f'<div class="scroll" tabindex="0" role="region" aria-label="{name}">']
    parts.append(f"<table><caption>{name}</caption>")
    if head:
        cells = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
        parts.append(f"<thead><tr>{cells}</tr></thead>")
    parts.append("<tbody>")
    for first, *others in rows:
        cells = "".join(_cell(cell) for cell in others)
        parts.append(f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>')
    return "".join([*parts, "</tbody></table></div>"])


def _cell(text: str) -> str:
    """A cell; one long word, such as a hash, may break anywhere."""
    long = max((len(word) for word in text.split()), default=0) > LONG_WORD
    return f'<td class="long">{escape(text)}</td>' if long else f"<td>{escape(text)}</td>"


def _warnings(lines: list[str]) -> str:
    if not lines:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<h2>Mind</h2><ul>{items}</ul>"


def _amendments(result: dict[str, Any]) -> str:
    rows = amendments_of(result)
    if not rows:
        return ""
    return _table("Amendments", ("Locked at", "What changed", "Why", "Results seen before"), rows)


def _checks(result: dict[str, Any]) -> str:
    rows = checks_of(result)
    if not rows:
        return ""
    columns = ("Check", "Estimate", "Interval", "p")
    return "<h2>The planned checks</h2>" + _table("Sensitivity checks", columns, rows)


def _flow(result: dict[str, Any]) -> str:
    told = result["diagnostics"]
    rows = [(str(label), number(count)) for label, count in told.get("flow", [])]
    parts = [_table("Rows read, and rows left out", ("", ""), rows, head=False)]
    consort = told.get("consort")
    if consort:
        names = list(consort["groups"]["program"])
        cells = [
            (name.replace("_", " "), *(number(group[name]) for group in consort["groups"].values()))
            for name in names
        ]
        columns = ("", *consort["groups"])
        parts.append(_table("From assignment to analysis (CONSORT)", columns, cells))
    return "".join(parts)


def _pictures(pictures: list[dict[str, Any]]) -> str:
    if not pictures:
        return ""
    parts = ["<h2>Pictures</h2>"]
    for index, picture in enumerate(pictures):
        rows = [tuple(number(cell) for cell in row) for row in picture["rows"]]
        svg = draw(picture, lambda name: f"var(--{name})", f"picture-{index}")
        name = escape(picture["title"])
        parts.append(
            f"<figure><figcaption>{name}</figcaption>"
            f'<div class="scroll" tabindex="0" role="region" aria-label="Picture:'
            f' {name}">{svg}</div>'
            "<details><summary>The same as a table</summary>"
            + _table(picture["title"], tuple(picture["columns"]), rows)
            + "</details></figure>"
        )
    return "\n".join(parts)
