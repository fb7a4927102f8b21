"""Which free unit is nearest, and why it is thought to be there. Plain values.

A place is the unit's last known one of this duty, or its duty post, or unknown: never a guess.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

Point = tuple[float, float]  # latitude, longitude in degrees, WGS 84
EARTH_KM = 6371.0088  # mean radius, IUGG 1980
LAST, POST, UNKNOWN = "last", "post", "unknown"


@dataclass(frozen=True)
class Stood:
    """Where a unit is thought to be: how that is known, in words, since when, and the point."""

    callsign: str
    suits: bool  # who goes first, by the advice
    how: str = UNKNOWN
    place: str = ""
    at: datetime | None = None
    point: Point | None = None


@dataclass(frozen=True)
class Ranked:
    """One unit with its distance in a straight line, or none where a point is unknown."""

    stood: Stood
    km: float | None


def straight_km(one: Point, other: Point) -> float:
    """Great-circle distance in kilometers (haversine)."""
    lat, lon, lat2, lon2 = (math.radians(value) for value in (*one, *other))
    half = math.sin((lat2 - lat) / 2) ** 2
    half += math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))


def ranked(units: Iterable[Stood], to: Point | None) -> list[Ranked]:
    """Who suits first, of those the nearest; whose place is unknown after whose is known."""
    found = [Ranked(one, straight_km(one.point, to) if one.point and to else None) for one in units]
    return sorted(
        found,
        key=lambda one: (
            not one.stood.suits,
            one.km is None,
            one.km if one.km is not None else 0.0,
            one.stood.callsign,
        ),
    )
