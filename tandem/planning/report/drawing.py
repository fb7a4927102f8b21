"""Draws a picture as SVG: bars or points over labels, whiskers for intervals."""

from html import escape

from tandem.planning.report.told import Picture, Series, number

WIDTH, HEIGHT = 900, 300
LEFT, RIGHT, TOP, BOTTOM = 70, 56, 34, 78
COLORS = ("#0b5fa5", "#b04a00")
INK, GRID = "#1b1b1b", "#d0d0d0"
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
MOST_LABELS = 26


def draw(picture: Picture, name: str) -> str:
    """The picture as one SVG element; `name` makes its ids unique in a page."""
    top = max(
        [0.0]
        + [value for one in picture.series for value in one.values if value is not None]
        + [ends[1] for one in picture.series for ends in one.ends if ends]
    )
    step = _step(top)
    highest = step * max(1, -(-top // step))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="{name}-title" font-family="sans-serif" font-size="12">',
        f'<title id="{name}-title">{escape(picture.title)}; the table below holds its numbers.'
        "</title>",
        *_grid(picture, step, highest),
    ]
    for place, one in enumerate(picture.series):
        parts += _legend(one, place)
        for at, value in enumerate(one.values):
            if value is not None:
                parts += _mark(picture, one, place, at, value, highest)
    return "".join([*parts, "</svg>"])


def _step(top: float) -> float:
    """A round step that cuts the axis in about five."""
    if top <= 0:
        return 1.0
    power = 10.0 ** (len(str(int(top / 5))) - 1) if top >= 5 else 1.0  # noqa: PLR2004
    while power > top / 5:
        power /= 10
    return next(step * power for step in STEPS if step * power * 5 >= top * 0.999)


def _y(value: float, highest: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - max(0.0, value) / highest)


def _grid(picture: Picture, step: float, highest: float) -> list[str]:
    parts = []
    for line in range(round(highest / step) + 1):
        y = _y(line * step, highest)
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GRID}"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="{INK}">'
            f"{number(line * step)}</text>"
        )
    every = -(-len(picture.labels) // MOST_LABELS)
    for at, label in enumerate(picture.labels):
        if at % every == 0:
            x = _x(picture, at)
            short = label if len(label) <= 16 else label[:15] + "…"  # noqa: PLR2004
            parts.append(
                f'<text transform="translate({x:.1f},{HEIGHT - BOTTOM + 14}) rotate(30)" '
                f'fill="{INK}">{escape(short)}</text>'
            )
    parts.append(f'<text x="4" y="14" fill="{INK}">{escape(picture.unit)}</text>')
    return parts


def _slot(picture: Picture) -> float:
    return (WIDTH - LEFT - RIGHT) / max(1, len(picture.labels))


def _x(picture: Picture, at: int) -> float:
    return LEFT + _slot(picture) * (at + 0.5)


def _legend(one: Series, place: int) -> list[str]:
    x = 260 + 300 * place
    # Shape as well as color tells the series apart.
    mark = (
        f'<circle cx="{x + 5}" cy="10" r="5" fill="{COLORS[place]}"/>'
        if one.points
        else f'<rect x="{x}" y="5" width="10" height="10" fill="{COLORS[place]}"/>'
    )
    return [mark, f'<text x="{x + 16}" y="14" fill="{INK}">{escape(one.name)}</text>']


def _mark(
    picture: Picture, one: Series, place: int, at: int, value: float, highest: float
) -> list[str]:
    bars = [other for other in picture.series if not other.points]
    slot = _slot(picture)
    width = 0.8 * slot / max(1, len(bars))
    x = _x(picture, at)
    if one.points:
        parts = [
            f'<circle cx="{x:.1f}" cy="{_y(value, highest):.1f}" r="4" fill="{COLORS[place]}"/>'
        ]
    else:
        left = x - 0.4 * slot + width * bars.index(one)
        y = _y(value, highest)
        parts = [
            f'<rect x="{left:.1f}" y="{y:.1f}" width="{width * 0.92:.1f}" '
            f'height="{HEIGHT - BOTTOM - y:.1f}" fill="{COLORS[place]}"/>'
        ]
        x = left + width * 0.46
    ends = one.ends[at] if one.ends else None
    if ends:
        low, high = _y(ends[0], highest), _y(ends[1], highest)
        parts.append(
            f'<path d="M{x:.1f} {low:.1f}V{high:.1f}M{x - 4:.1f} {low:.1f}h8'
            f'M{x - 4:.1f} {high:.1f}h8" stroke="{INK}" fill="none"/>'
        )
    return parts
