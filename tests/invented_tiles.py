"""A town that nobody lives in, as a PMTiles file: streets, water, a park, houses, in either schema.

Tiles are written by the format's own library, their content by hand after the Mapbox Vector Tile
specification 2.1: neither is what the product reads them with.
"""

from __future__ import annotations

import gzip
import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

WEST, SOUTH, EAST, NORTH = -91.262, 43.792, -91.218, 43.822
CREDIT = '<a href="https://example.org/">Invented County</a> &copy; nobody'
_EXTENT = 4096
_LINE, _POLYGON, _POINT = 2, 3, 1
ZOOMS = range(12, 15)

Place = tuple[float, float]  # longitude, latitude in degrees


@dataclass(frozen=True)
class Drawn:
    """Something of the town: its layer in each schema, its facts, its corners."""

    layers: dict[str, tuple[str, dict[str, str]]]  # schema: (layer, properties)
    kind: int
    corners: list[Place]


def town() -> list[Drawn]:
    """A grid of streets, a highway, a river, a park and houses."""
    drawn = [
        Drawn(
            {
                "openmaptiles": ("water", {"class": "river"}),
                "protomaps": ("water", {"kind": "river"}),
            },
            _POLYGON,
            _box(WEST, SOUTH, WEST + 0.008, NORTH),
        ),
        Drawn(
            {
                "openmaptiles": ("landcover", {"class": "grass"}),
                "protomaps": ("landuse", {"kind": "park"}),
            },
            _POLYGON,
            _box(WEST + 0.012, SOUTH + 0.004, WEST + 0.02, SOUTH + 0.012),
        ),
        Drawn(
            {
                "openmaptiles": ("place", {"class": "town", "name": "Nowhere"}),
                "protomaps": ("places", {"kind": "locality", "name": "Nowhere"}),
            },
            _POINT,
            [((WEST + EAST) / 2, (SOUTH + NORTH) / 2)],
        ),
    ]
    for step in range(8):
        lon, lat = WEST + 0.01 + step * 0.0045, SOUTH + 0.002 + step * 0.0037
        name, kind = (
            f"{step + 2}th Street",
            ("secondary", "major_road") if step == 3 else ("minor", "minor_road"),
        )
        drawn += _road(name, kind, [(lon, SOUTH), (lon, NORTH)])
        drawn += _road(f"Avenue {'ABCDEFGH'[step]}", kind, [(WEST + 0.01, lat), (EAST, lat)])
        house = _box(lon + 0.001, lat + 0.001, lon + 0.0016, lat + 0.0015)
        drawn.append(
            Drawn(
                {
                    "openmaptiles": ("building", {}),
                    "protomaps": ("buildings", {"kind": "building"}),
                },
                _POLYGON,
                house,
            )
        )
    return drawn + _road("State Highway", ("motorway", "highway"), [(WEST, NORTH), (EAST, SOUTH)])


def _road(name: str, kind: tuple[str, str], corners: list[Place]) -> list[Drawn]:
    both = {
        "openmaptiles": ("transportation", {"class": kind[0]}),
        "protomaps": ("roads", {"kind": kind[1], "name": name}),
    }
    named = {"openmaptiles": ("transportation_name", {"class": kind[0], "name": name})}
    return [Drawn(both, _LINE, corners), Drawn(named, _LINE, corners)]


def _box(west: float, south: float, east: float, north: float) -> list[Place]:
    return [(west, south), (west, north), (east, north), (east, south)]


def write_town(path: Path, schema: str = "openmaptiles", **head: Any) -> Path:
    """The town as a file; `head` sets fields of its head and `metadata` otherwise."""
    told = {
        "name": "Nowhere",
        "attribution": CREDIT,
        "vector_layers": [{"id": layer, "fields": {}} for layer in sorted(layers_of(schema))],
        **head.pop("metadata", {}),
    }
    with path.open("wb") as file:
        writer = Writer(file)  # type: ignore[no-untyped-call]
        for z, x, y in sorted(covered(), key=lambda at: zxy_to_tileid(*at)):
            body = gzip.compress(tile(schema, z, x, y), mtime=0)
            writer.write_tile(zxy_to_tileid(z, x, y), body)  # type: ignore[no-untyped-call]
        edges = {"min_lon": WEST, "min_lat": SOUTH, "max_lon": EAST, "max_lat": NORTH}
        facts = {
            "tile_type": TileType.MVT,
            "tile_compression": Compression.GZIP,
            "center_zoom": 13,
            "center_lon_e7": int((WEST + EAST) / 2 * 1e7),
            "center_lat_e7": int((SOUTH + NORTH) / 2 * 1e7),
            **{f"{edge}_e7": int(value * 1e7) for edge, value in edges.items()},
            **head,
        }
        writer.finalize(facts, told)  # type: ignore[no-untyped-call]
    return path


def layers_of(schema: str) -> set[str]:
    """The layers that the town has in this schema."""
    return {one.layers[schema][0] for one in town() if schema in one.layers}


def covered() -> Iterable[tuple[int, int, int]]:
    """Every tile that the file has."""
    for z in ZOOMS:
        (left, top), (right, low) = _at(z, (WEST, NORTH)), _at(z, (EAST, SOUTH))
        for x in range(int(left), int(right) + 1):
            for y in range(int(top), int(low) + 1):
                yield z, x, y


def tile_with_the_center(z: int) -> tuple[int, int, int]:
    """The tile of this zoom in which the middle of the town lies."""
    x, y = _at(z, ((WEST + EAST) / 2, (SOUTH + NORTH) / 2))
    return z, int(x), int(y)


def _at(z: int, place: Place) -> tuple[float, float]:
    """Column and row of a place in tiles of a zoom (Web Mercator)."""
    lon, lat = place
    y = math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))
    return (lon + 180) / 360 * 2**z, (1 - y / math.pi) / 2 * 2**z


def tile(schema: str, z: int, x: int, y: int) -> bytes:
    """One tile of the town as the specification writes it."""
    layers: dict[str, list[Drawn]] = {}
    for one in town():
        if schema in one.layers:
            layers.setdefault(one.layers[schema][0], []).append(one)
    return b"".join(
        _field(3, _layer(name, held, schema, (z, x, y))) for name, held in layers.items()
    )


def _layer(name: str, held: list[Drawn], schema: str, at: tuple[int, int, int]) -> bytes:
    keys: list[str] = []
    values: list[str] = []
    features = b""
    for one in held:
        tags = []
        for key, value in one.layers[schema][1].items():
            tags += [_index(keys, key), _index(values, value)]
        geometry = _geometry(one, at)
        feature = (
            _field(2, b"".join(map(_varint, tags))) + _number(3, one.kind) + _field(4, geometry)
        )
        features += _field(2, feature)
    words = b"".join(_field(3, key.encode()) for key in keys)
    words += b"".join(_field(4, _field(1, value.encode())) for value in values)
    return _field(1, name.encode()) + features + words + _number(5, _EXTENT) + _number(15, 2)


def _index(held: list[str], word: str) -> int:
    if word not in held:
        held.append(word)
    return held.index(word)


def _geometry(one: Drawn, at: tuple[int, int, int]) -> bytes:
    z, x, y = at
    spots = [_at(z, corner) for corner in one.corners]
    placed = [(round((left - x) * _EXTENT), round((top - y) * _EXTENT)) for left, top in spots]
    parts = [9, *_moved((0, 0), placed[0])]
    if one.kind != _POINT:
        parts.append(2 | (len(placed) - 1) << 3)
        for start, end in itertools.pairwise(placed):
            parts += _moved(start, end)
    if one.kind == _POLYGON:
        parts.append(15)
    return b"".join(map(_varint, parts))


def _moved(start: tuple[int, int], end: tuple[int, int]) -> list[int]:
    """The way from one place to the next, as zigzag numbers."""
    return [(way << 1) ^ (way >> 31) for way in (end[0] - start[0], end[1] - start[1])]


def _varint(number: int) -> bytes:
    held = bytearray()
    while number > 0x7F:
        held.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*held, number])


def _field(tag: int, body: bytes) -> bytes:
    return _varint(tag << 3 | 2) + _varint(len(body)) + body


def _number(tag: int, value: int) -> bytes:
    return _varint(tag << 3) + _varint(value)
