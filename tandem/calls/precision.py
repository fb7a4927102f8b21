"""How exactly the words of a place say where it is. Plain values; a point is never trusted more."""

from __future__ import annotations

import re
from enum import StrEnum


class Precision(StrEnum):
    """What the words name."""

    ADDRESS = "address"  # one house or unit
    CROSSING = "crossing"
    BLOCK = "block"  # a hundred of one street
    AREA = "area"  # a name, a beat, a street as a whole
    UNKNOWN = "unknown"


# "1400 block of Caledonia St", "14XX Caledonia St", "1400-blk Caledonia", "100 BLK"
_BLOCK = re.compile(r"\b(?:block|blk|hundred)\b|^\d+x{2}\b", re.IGNORECASE)
_CROSSING = re.compile(r"\S\s*(?:&|@|/|\b(?:and|at)\b)\s*\S", re.IGNORECASE)
_HALF = re.compile(r"(?<=\d)\s+1/2\b")  # 217 1/2 Rose Street
# A house number is written with its street; "3rd St" and "5 Points" name no house.
_HOUSE = re.compile(
    r"^#?\d+(?:[a-z]|\s*1/2)?(?:-\d+)?\s+(?:[nsew]{1,2}\.?\s+)?\S+\s+\S", re.IGNORECASE
)


def precision_of(place: str, area: str = "") -> Precision:
    """What the words name: a house, a crossing, a block, an area, or nothing that is known."""
    words = " ".join(_HALF.sub("", place).split())
    if not words:
        return Precision.AREA if area.strip() else Precision.UNKNOWN
    if _BLOCK.search(words):
        return Precision.BLOCK
    if _HOUSE.match(words) and not _CROSSING.search(words.split(",")[0]):
        return Precision.ADDRESS
    if _CROSSING.search(words):
        return Precision.CROSSING
    return Precision.AREA
