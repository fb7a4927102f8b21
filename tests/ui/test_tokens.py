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


def linear_of(color: str) -> list[float]:
    """Red, green and blue of a hex color as light, 0 to 1."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def luminance(color: str) -> float:
    """Relative luminance of a hex color."""
    linear = linear_of(color)
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


# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB: what Chromium renders too.
EYES = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def seen(color: str, eyes: str) -> float:
    """Relative luminance of a color as these eyes have it."""
    linear = linear_of(color)
    rows = [sum(a * b for a, b in zip(row, linear, strict=True)) for row in EYES[eyes]]
    red, green, blue = (min(1.0, max(0.0, part)) for part in rows)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
@pytest.mark.parametrize("eyes", list(EYES))
def test_shapes_stand_off_their_ground_for_colorblind_eyes(theme: str, eyes: str) -> None:
    colors = tokens(theme)
    weak = []
    for ink in [*INKS, "emergency-edge"]:
        for ground in GROUNDS:
            both = sorted((seen(colors[ink], eyes), seen(colors[ground], eyes)))
            if (both[1] + 0.05) / (both[0] + 0.05) < 3.0:
                weak.append((ink, ground))
    assert weak == []


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
