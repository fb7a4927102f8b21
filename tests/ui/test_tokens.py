"""The colors keep their promised contrast, computed here from the hex values by WCAG 2."""

from __future__ import annotations

import re

import pytest

from .shapes import UI

INKS = [
    "text",
    "text-2",
    "text-3",
    "accent",
    "police",
    "crisis",
    "available",
    "moving",
    "present",
    "waiting",
    "due",
    "hazard",
]
GROUNDS = ["canvas", "surface", "raised", "selected"]
LEAST_TEXT = {"light": 4.5, "dark": 7.0, "contrast": 12.0}


def tokens(theme: str) -> dict[str, str]:
    """Every color token of one theme."""
    css = (UI / "tokens.css").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for name, value in re.findall(
        r"--td-([\w-]+): ([^;]+);", css.split(':root[data-theme="contrast"]')[0]
    ):
        both = re.fullmatch(r"light-dark\((.+), (.+)\)", value)
        found[name] = both.group(2 if theme == "dark" else 1) if both else value
    if theme == "contrast":
        block = re.search(r':root\[data-theme="contrast"\] \{(.*?)\n\}', css, flags=re.DOTALL)
        assert block is not None
        found.update(re.findall(r"--td-([\w-]+): ([^;]+);", block.group(1)))
    return found


def luminance(color: str) -> float:
    """Relative luminance of a hex color."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(one: str, other: str) -> float:
    """Contrast of two colors."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
@pytest.mark.parametrize("ink", INKS)
def test_words_are_readable_on_every_ground(theme: str, ink: str) -> None:
    colors = tokens(theme)
    for ground in GROUNDS:
        assert ratio(colors[ink], colors[ground]) >= LEAST_TEXT[theme], (ink, ground)


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
@pytest.mark.parametrize("edge", ["control", "focus"])
def test_edges_and_focus_can_be_seen(theme: str, edge: str) -> None:
    colors = tokens(theme)
    for ground in GROUNDS:
        assert ratio(colors[edge], colors[ground]) >= 3.0, (edge, ground)


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
@pytest.mark.parametrize(
    ("ink", "ground", "least"),
    [
        ("overdue-ink", "overdue-ground", 10.0),
        ("emergency-ink", "emergency-ground", 6.5),
        ("primary-ink", "accent", 6.5),
        ("police", "police-tint", 5.5),
        ("crisis", "crisis-tint", 6.0),
        ("hazard", "hazard-tint", 6.0),
    ],
)
def test_filled_blocks_are_readable(theme: str, ink: str, ground: str, least: float) -> None:
    colors = tokens(theme)
    assert ratio(colors[ink], colors[ground]) >= least


def test_a_due_timer_is_readable_on_its_own_ground() -> None:
    colors = tokens("light")
    assert ratio(colors["due"], colors["due-tint"]) >= 5.5


def test_no_other_file_names_a_color() -> None:
    raw = re.compile(r"#[0-9a-fA-F]{3,8}\b|rgb\(")
    named = []
    for path in sorted(UI.rglob("*.css")):
        if path.name == "tokens.css":
            continue
        # Print is black on white, a QR code needs white, and the veil behind a dialog is no ink.
        text = re.sub(
            r"@media print \{.*?\n\}|\.door__qr \{[^}]*\}|::backdrop \{[^}]*\}",
            "",
            path.read_text(encoding="utf-8"),
            flags=re.DOTALL,
        )
        text = re.sub(r"@media print \{.*\}", "", text)
        if raw.search(text):
            named.append(path.name)
    assert named == []
