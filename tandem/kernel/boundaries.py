"""Whether a point lies inside a boundary that a GeoJSON file draws. Plain Python, no projection.

A boundary of a city is small beside the earth: longitude and latitude are read as a plane.
"""

import itertools
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Point = tuple[float, float]  # longitude, latitude, as the file has them
_BANDS = 64
_MOST_BYTES = 50_000_000


class BoundaryUnreadable(Exception):
    """The file is no boundary; the message says why in one sentence."""


class _Part:
    """One polygon: its edges, sorted into bands of latitude so that a look costs a few of them."""

    def __init__(self, rings: list[list[Point]]) -> None:
        points = [point for ring in rings for point in ring]
        self.west, self.east = min(p[0] for p in points), max(p[0] for p in points)
        self.south, self.north = min(p[1] for p in points), max(p[1] for p in points)
        self.height = (self.north - self.south) / _BANDS or 1.0
        self.bands: list[list[tuple[Point, Point]]] = [[] for _ in range(_BANDS)]
        for ring in rings:
            for start, end in itertools.pairwise(ring):
                low, high = sorted((start[1], end[1]))
                for band in range(self._band(low), self._band(high) + 1):
                    self.bands[band].append((start, end))

    def _band(self, lat: float) -> int:
        return min(_BANDS - 1, max(0, int((lat - self.south) / self.height)))

    def holds(self, lat: float, lon: float) -> bool:
        if not (self.west <= lon <= self.east and self.south <= lat <= self.north):
            return False
        inside = False
        for (x1, y1), (x2, y2) in self.bands[self._band(lat)]:
            if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
                inside = not inside
        return inside


class Boundary:
    """One or more polygons with their holes."""

    def __init__(self, polygons: list[list[list[Point]]]) -> None:
        self._parts = [_Part(rings) for rings in polygons]

    def holds(self, lat: float, lon: float) -> bool:
        """Whether a point, in degrees, lies inside."""
        return any(part.holds(lat, lon) for part in self._parts)


def read_boundary(path: Path) -> Boundary:
    """Read a GeoJSON file of polygons; raises BoundaryUnreadable."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BoundaryUnreadable("the file is larger than 50 MB")
        told = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BoundaryUnreadable(f"it cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise BoundaryUnreadable("it is not JSON") from None
    try:
        polygons = list(_polygons(told))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError):
        raise BoundaryUnreadable("it is not GeoJSON of polygons in degrees") from None
    if not polygons:
        raise BoundaryUnreadable("it holds no polygon")
    return Boundary(polygons)


def _polygons(told: Any) -> Iterator[list[list[Point]]]:
    kind = told["type"]
    if kind == "FeatureCollection":
        for feature in told["features"]:
            yield from _polygons(feature)
    elif kind == "Feature":
        yield from _polygons(told["geometry"])
    elif kind == "GeometryCollection":
        for part in told["geometries"]:
            yield from _polygons(part)
    elif kind == "MultiPolygon":
        for rings in told["coordinates"]:
            yield [_ring(ring) for ring in rings]
    elif kind == "Polygon":
        yield [_ring(ring) for ring in told["coordinates"]]


def _ring(told: Any) -> list[Point]:
    ring = [(float(point[0]), float(point[1])) for point in told]
    inside = all(
        math.isfinite(x) and math.isfinite(y) and -180 <= x <= 180 and -90 <= y <= 90  # noqa: PLR2004
        for x, y in ring
    )
    if len(ring) < 4 or not inside:  # noqa: PLR2004 (a closed ring)
        raise ValueError
    return ring if ring[0] == ring[-1] else [*ring, ring[0]]
