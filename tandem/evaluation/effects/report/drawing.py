"""Draws a picture of a result as SVG from its rows; no script, no font, no color alone.

The caller gives the colors, because a page follows the reader's light or dark and a PDF does not.
"""

import math
from collections.abc import Callable
from html import escape
from typing import Any

from tandem.evaluation.effects.report.figures import number

WIDTH, HEIGHT = 720, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 44, 48
ROW = 26
LABELS = 230
DASHES = ("", "7 4", "2 4", "10 3 2 3")
MOST_TICKS = 8
Color = Callable[[str], str]


def draw(picture: dict[str, Any], color: Color, key: str) -> str:
    """The SVG of one picture. `key` makes its ids unique on a page."""
    kinds = {"lines": _lines, "points": _points, "forest": _forest, "dots": _forest}
    rows = [row for row in picture["rows"] if any(cell is not None for cell in row[1:])]
    body, height = kinds[picture["kind"]](picture | {"rows": rows}, color)
    title = escape(picture["title"])
    told = f"{title}. The same numbers stand in the table below."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        f' width="{WIDTH}" height="{height}" role="img" aria-labelledby="{key}-title">'
        f'<title id="{key}-title">{told}</title>{body}</svg>'
    )


def ticks(low: float, high: float) -> list[float]:
    """Round values across a range, at most eight."""
    if not high > low:
        return [low]
    step = 10 ** math.floor(math.log10((high - low) / MOST_TICKS))
    for factor in (1, 2, 5, 10):
        if (high - low) / (step * factor) <= MOST_TICKS:
            step *= factor
            break
    first = math.ceil(low / step)
    return [round(k * step, 12) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def _text(x: float, y: float, text: str, color: Color, *, anchor: str = "middle") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="12"'
        f' font-family="sans-serif" fill="{color("ink")}">{escape(text)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str, *, more: str = "") -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}"{more}/>'
    )


def _range(values: list[float], null: float | None) -> tuple[float, float]:
    known = [value for value in values if value is not None]
    if null is not None:
        known.append(null)
    low, high = min(known, default=0.0), max(known, default=1.0)
    pad = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    return low - pad, high + pad


class _Frame:
    """Axes of a picture whose rows run from left to right."""

    def __init__(self, picture: dict[str, Any], color: Color) -> None:
        self.rows, self.color = picture["rows"], color
        values = [cell for row in self.rows for cell in row[1:]]
        self.low, self.high = _range(values, picture["null"])
        self.marks, self.null = picture["marks"], picture["null"]

    def x(self, place: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (place + 0.5) / max(len(self.rows), 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share

    def axes(self) -> str:
        parts = []
        for value in ticks(self.low, self.high):
            y = self.y(value)
            parts.append(_line(LEFT, y, WIDTH - RIGHT, y, self.color("grid")))
            parts.append(_text(LEFT - 6, y + 4, number(value), self.color, anchor="end"))
        every = max(1, math.ceil(len(self.rows) / 9))
        for place, row in enumerate(self.rows):
            if place % every == 0:
                parts.append(_text(self.x(place), HEIGHT - BOTTOM + 18, str(row[0]), self.color))
        if self.null is not None:
            y = self.y(self.null)
            parts.append(_line(LEFT, y, WIDTH - RIGHT, y, self.color("ink")))
        for word, at in self.marks.items():
            x = self.x(at) - (self.x(1) - self.x(0)) / 2
            dash = ' stroke-dasharray="4 3"'
            parts.append(_line(x, TOP, x, HEIGHT - BOTTOM, self.color("ink"), more=dash))
            parts.append(_text(x, HEIGHT - 8, word, self.color))
        return "".join(parts)


def _lines(picture: dict[str, Any], color: Color) -> tuple[str, int]:
    frame = _Frame(picture, color)
    parts = [frame.axes()]
    for series, name in enumerate(picture["columns"][1:]):
        stroke = color(f"series-{series % len(DASHES) + 1}")
        dash = f' stroke-dasharray="{DASHES[series % len(DASHES)]}"'
        path, open_path = [], False
        for place, row in enumerate(frame.rows):
            value = row[series + 1]
            if value is None:
                open_path = False
                continue
            path.append(f"{'L' if open_path else 'M'}{frame.x(place):.1f} {frame.y(value):.1f}")
            open_path = True
        parts.append(
            f'<path d="{" ".join(path)}" fill="none" stroke="{stroke}" stroke-width="2"{dash}/>'
        )
        x = LEFT + series * (WIDTH - LEFT) / max(len(picture["columns"]) - 1, 1)
        parts.append(_line(x, 18, x + 28, 18, stroke, more=f' stroke-width="3"{dash}'))
        parts.append(_text(x + 34, 22, name, color, anchor="start"))
    return "".join(parts), HEIGHT


def _points(picture: dict[str, Any], color: Color) -> tuple[str, int]:
    frame = _Frame(picture, color)
    parts = [frame.axes(), _text(LEFT, 22, f"by {picture['columns'][0]}", color, anchor="start")]
    for place, (_, at, low, high) in enumerate(frame.rows):
        x, stroke = frame.x(place), color("series-1")
        if low is not None and high is not None:
            parts.append(_line(x, frame.y(low), x, frame.y(high), stroke, more=' stroke-width="2"'))
        if at is not None:
            parts.append(f'<circle cx="{x:.1f}" cy="{frame.y(at):.1f}" r="4" fill="{stroke}"/>')
    return "".join(parts), HEIGHT


def _forest(picture: dict[str, Any], color: Color) -> tuple[str, int]:
    """One row below the other; `dots` has two marks on each, else an estimate and its interval."""
    rows, pair = picture["rows"], picture["kind"] == "dots"
    low, high = _range([cell for row in rows for cell in row[1:]], picture["null"])
    height = TOP + ROW * len(rows) + BOTTOM

    def x(value: float) -> float:
        return LABELS + (WIDTH - LABELS - RIGHT - 10) * (value - low) / (high - low)

    parts = []
    for value in ticks(low, high):
        parts.append(_line(x(value), TOP, x(value), height - BOTTOM, color("grid")))
        parts.append(_text(x(value), height - BOTTOM + 18, number(value), color))
    if picture["null"] is not None:
        at = x(picture["null"])
        parts.append(_line(at, TOP, at, height - BOTTOM, color("ink")))
    for place, row in enumerate(rows):
        y = TOP + ROW * (place + 0.5)
        label = str(row[0]) if len(str(row[0])) < 36 else f"{str(row[0])[:34]}…"  # noqa: PLR2004
        parts.append(_text(LABELS - 10, y + 4, label, color, anchor="end"))
        parts.append(_pair(row, x, y, color) if pair else _whisker(row, x, y, color))
    if pair:
        for k, name in enumerate(picture["columns"][1:]):
            parts.append(_mark(k, LABELS + 12 + 120 * k, 20, color))
            parts.append(_text(LABELS + 24 + 120 * k, 24, name, color, anchor="start"))
    return "".join(parts), height


def _mark(kind: int, x: float, y: float, color: Color) -> str:
    """A ring for before, a filled dot for after: told apart without color."""
    stroke = color(f"series-{kind + 1}")
    fill = "none" if kind == 0 else stroke
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{fill}" stroke="{stroke}"'
        ' stroke-width="2"/>'
    )


def _pair(row: list[Any], x: Callable[[float], float], y: float, color: Color) -> str:
    return "".join(
        _mark(k, x(value), y, color) for k, value in enumerate(row[1:3]) if value is not None
    )


def _whisker(row: list[Any], x: Callable[[float], float], y: float, color: Color) -> str:
    at, low, high = row[1:4]
    parts = ""
    if low is not None and high is not None:
        parts = _line(x(low), y, x(high), y, color("series-1"), more=' stroke-width="2"')
    if at is not None:
        parts += f'<circle cx="{x(at):.1f}" cy="{y:.1f}" r="5" fill="{color("series-1")}"/>'
    return parts
