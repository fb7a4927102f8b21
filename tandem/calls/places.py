"""Which typed place is one of the known streets: a mark, never a refusal."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

_SHORT = {
    "street": "st",
    "avenue": "ave",
    "av": "ave",
    "road": "rd",
    "drive": "dr",
    "boulevard": "blvd",
    "court": "ct",
    "place": "pl",
    "lane": "ln",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "highway": "hwy",
    "parkway": "pkwy",
}
_CROSSING = re.compile(r"\s*(?:&|@|/|\band\b|\bat\b)\s*", re.IGNORECASE)
_HOUSE = re.compile(r"^\d+[a-z]?(?:-\d+)?\s+(?=\S)", re.IGNORECASE)
_ASIDE = re.compile(r",.*$|\s+(?:apt|unit|#)\s*\S+$", re.IGNORECASE)


def _plain(name: str) -> str:
    words = re.findall(r"[a-z0-9']+", name.lower())
    return " ".join(_SHORT.get(word, word) for word in words)


@dataclass(frozen=True)
class Place:
    """How a typed place stands to the city's street names: a mark, never a refusal."""

    state: str  # known | unknown | free: nothing that looks like a street
    suggestions: tuple[str, ...] = ()


class Streets:
    """The city's own street names, from a file that the program names."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
        self._by_plain = {_plain(name): name for name in self.names}

    def place(self, text: str) -> Place:
        """Whether each street of an address or a crossing is one of the city's."""
        if not text.strip() or not self.names:
            return Place("free")
        found = [self._street(part) for part in _CROSSING.split(text.strip()) if part.strip()]
        if all(state == "known" for state, _near in found):
            return Place("known")
        near = tuple(dict.fromkeys(name for _state, names in found for name in names))
        return Place("unknown" if near else "free", near)

    def _street(self, part: str) -> tuple[str, list[str]]:
        bare = _ASIDE.sub("", part.strip())
        wholes = [_plain(bare), _plain(_HOUSE.sub("", bare))]
        if any(whole in self._by_plain for whole in wholes):
            return "known", []
        near = difflib.get_close_matches(wholes[-1], self._by_plain, n=3, cutoff=0.7)
        return "unknown", [self._by_plain[name] for name in near]
