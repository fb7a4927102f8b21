"""What an open page holds of a form that was not sent yet, and which page it was. Plain Python."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

_LONGEST = 50_000


@dataclass(frozen=True)
class Tab:
    """Which open page saves, its own order, and on whose words it builds."""

    sequence: int
    writer: str = ""  # made by the page when it opens; nobody's name
    base_writer: str = ""  # who had saved what this page showed when it opened
    base: int = 0


@dataclass(frozen=True)
class ReadTyped:
    """What one page holds of a form that was not sent yet, opened."""

    form: str
    writer: str
    seq: int
    at: datetime
    words: dict[str, str]


def words_typed(
    asked: Iterable[str], told: Mapping[str, str], *, beside: AbstractSet[str]
) -> dict[str, str]:
    """What was typed, of the fields that a form asks; nothing where no word of it is somebody's.

    `beside` are the fields that the page fills by itself.
    """
    typed = {name: told[name].replace("\0", "") for name in asked if told.get(name)}
    return typed if set(typed) - beside else {}


def too_long(typed: Mapping[str, str]) -> bool:
    """More than is kept: refused whole, so that nothing is cut off unseen."""
    return sum(len(words) for words in typed.values()) > _LONGEST


def to_text(typed: Mapping[str, str]) -> str:
    """To be sealed."""
    return json.dumps(dict(typed), ensure_ascii=False)


def of_text(text: str) -> dict[str, str]:
    """From the sealed text."""
    return {str(name): str(words) for name, words in json.loads(text).items()}
