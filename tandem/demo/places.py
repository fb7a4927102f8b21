"""Where the demonstration puts its calls: street crossings and public ground, never an address."""

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent
PLACES_FILE = FOLDER / "places.csv"
BOUNDARY_FILE = FOLDER / "boundary.geojson"
KINDS = frozenset({"crossing", "park", "forecourt", "plaza", "lot"})
METERS_PER_DEGREE = 111_320

Ring = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Place:
    """A named point that nobody lives at."""

    name: str
    kind: str
    area: str
    lat: float
    lon: float

    def meters_to(self, other: "Place") -> float:
        """Flat distance: the city is too small for the earth to be round."""
        north = (self.lat - other.lat) * METERS_PER_DEGREE
        shrink = math.cos(math.radians(self.lat))
        east = (self.lon - other.lon) * METERS_PER_DEGREE * shrink
        return math.hypot(north, east)


@lru_cache(maxsize=1)
def load_places() -> tuple[Place, ...]:
    """Every place, in the order of the file."""
    with PLACES_FILE.open(encoding="utf-8", newline="") as stream:
        return tuple(
            Place(row["name"], row["kind"], row["area"], float(row["lat"]), float(row["lon"]))
            for row in csv.DictReader(stream)
        )


@lru_cache(maxsize=1)
def load_boundary() -> tuple[tuple[Ring, ...], ...]:
    """The city's parts, each an outer ring and its holes, as longitude and latitude."""
    document = json.loads(BOUNDARY_FILE.read_text(encoding="utf-8"))
    parts = document["features"][0]["geometry"]["coordinates"]
    return tuple(tuple(part) for part in parts)


def in_city(lat: float, lon: float, parts: Sequence[Sequence[Ring]] | None = None) -> bool:
    """Whether the point lies in one of the parts and in none of its holes."""
    for outer, *holes in load_boundary() if parts is None else parts:
        if _in_ring(lat, lon, outer):
            return not any(_in_ring(lat, lon, hole) for hole in holes)
    return False


def _in_ring(lat: float, lon: float, ring: Ring) -> bool:
    """Count the edges that a line to the east crosses: odd is inside."""
    inside = False
    for index, (x1, y1) in enumerate(ring):
        x2, y2 = ring[index - 1]
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
