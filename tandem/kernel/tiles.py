"""One PMTiles file of vector tiles: what it covers, whom to credit, and one tile of it.

Nothing is written and nothing fetched. The file may be replaced while pages ask: each look opens it
anew, and what was read of its directories is kept by its time and size.
"""

from __future__ import annotations

import functools
import html
import json
import os
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pmtiles.tile import (
    Compression,
    Entry,
    HeaderDict,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    find_tile,
    zxy_to_tileid,
)

_HEADER = 127  # bytes, PMTiles version 3
_MOST_DEEP = 4  # a root directory and three levels of leaves, as the format has it
_MOST_PACKED = 1 << 22  # bytes of one directory or of the metadata as they stand in the file
_MOST_DIRECTORY = 1 << 20  # bytes of a directory unpacked: some 100,000 tiles
_MOST_METADATA = 1 << 24  # bytes of the metadata unpacked
_NO_NUMBER = re.compile(rb"[\x80-\xff]{10}")  # a number of the format has ten bytes at most
_MOST_TILE = 1 << 23  # bytes of one tile as it stands in the file
_DEEPEST = 24  # zoom: a deeper tile is smaller than a house
_GZIP = 31  # zlib's word for a gzip stream
BROKEN = "It is cut off, or its directories are broken."


class TilesUnreadable(Exception):
    """The file draws no map; the message says why in one sentence."""


@dataclass(frozen=True)
class TileFacts:
    """What a map needs to know of a file before it asks for a tile."""

    least: int  # zoom
    most: int  # zoom
    bounds: tuple[float, float, float, float]  # west, south, east, north in degrees, WGS 84
    credit: str  # the file's own words of whose data it is, without tags
    layers: tuple[str, ...]
    packed: bool  # whether a tile is a gzip stream


@dataclass(frozen=True)
class _Kept:
    """A file as it stood: another time or size is another file."""

    path: Path
    changed: int
    size: int


def facts_of(path: Path) -> TileFacts:
    """What the file says of itself. Raises TilesUnreadable where it draws no vector map."""
    return _facts(_kept(path))


def tile_of(path: Path, z: int, x: int, y: int) -> bytes | None:
    """One tile as it stands in the file, packed or not; None where the file draws nothing.

    Raises TilesUnreadable for a file that is missing or broken.
    """
    kept = _kept(path)
    facts = _facts(kept)
    if not facts.least <= z <= facts.most or not (0 <= x < 1 << z and 0 <= y < 1 << z):
        return None
    header, wanted = _header(kept), zxy_to_tileid(z, x, y)
    offset, length = header["root_offset"], header["root_length"]
    for _level in range(_MOST_DEEP):
        found = find_tile(_directory(kept, offset, length), wanted)
        if found is None:
            return None
        if found.run_length:
            at = header["tile_data_offset"] + found.offset
            return _bytes(kept, at, found.length, most=_MOST_TILE)
        offset, length = header["leaf_directory_offset"] + found.offset, found.length
    raise TilesUnreadable("Its directories lead nowhere.")


def _kept(path: Path) -> _Kept:
    try:
        facts = path.stat()
    except OSError as error:
        raise TilesUnreadable(f"It cannot be opened ({os.strerror(error.errno or 0)}).") from None
    if not path.is_file():
        raise TilesUnreadable("It is no file.")
    return _Kept(path, facts.st_mtime_ns, facts.st_size)


def _bytes(kept: _Kept, offset: int, length: int, *, most: int) -> bytes:
    if length > most or offset + length > kept.size:
        raise TilesUnreadable(BROKEN)
    try:
        with kept.path.open("rb") as file:
            file.seek(offset)
            read = file.read(length)
    except (OSError, OverflowError) as error:
        raise TilesUnreadable(f"It cannot be read ({error}).") from None
    if len(read) < length:
        raise TilesUnreadable(BROKEN)
    return read


@functools.lru_cache(maxsize=8)
def _header(kept: _Kept) -> HeaderDict:
    try:
        return deserialize_header(_bytes(kept, 0, _HEADER, most=_HEADER))
    except (MagicNumberNotFound, UnicodeDecodeError):
        raise TilesUnreadable("It is no PMTiles file.") from None
    except SpecVersionUnsupported:
        raise TilesUnreadable("It is a PMTiles file of another version than 3.") from None
    except ValueError:
        raise TilesUnreadable("Its head is broken.") from None


@functools.lru_cache(maxsize=8)
def _facts(kept: _Kept) -> TileFacts:
    header = _header(kept)
    if header["tile_type"] != TileType.MVT:
        raise TilesUnreadable(f"Its tiles are {header['tile_type'].name}, not vector tiles (MVT).")
    if header["tile_compression"] not in (Compression.NONE, Compression.GZIP):
        kind = header["tile_compression"].name
        raise TilesUnreadable(f"Its tiles are packed by {kind}, not by gzip.")
    if header["internal_compression"] != Compression.GZIP:
        raise TilesUnreadable("Its directories are not packed by gzip.")
    if not header["min_zoom"] <= header["max_zoom"] <= _DEEPEST:
        raise TilesUnreadable("Its zooms make no sense.")
    _directory(kept, header["root_offset"], header["root_length"])
    told = _metadata(kept, header)
    layers = tuple(
        str(layer["id"])
        for layer in told.get("vector_layers") or []
        if isinstance(layer, dict) and "id" in layer
    )
    if not layers:
        raise TilesUnreadable("It names no layer (`vector_layers` of its metadata).")
    edges = ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7")
    west, south, east, north = (int(header[edge]) / 1e7 for edge in edges)  # type: ignore[literal-required]
    return TileFacts(
        least=header["min_zoom"],
        most=header["max_zoom"],
        bounds=(west, south, east, north),
        credit=_in_words(str(told.get("attribution") or "")),
        layers=layers,
        packed=header["tile_compression"] == Compression.GZIP,
    )


def _metadata(kept: _Kept, header: HeaderDict) -> dict[str, Any]:
    raw = _bytes(kept, header["metadata_offset"], header["metadata_length"], most=_MOST_PACKED)
    try:
        told = json.loads(_unpacked(raw, most=_MOST_METADATA))
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise TilesUnreadable("Its metadata is no JSON object.")
    return told


@functools.lru_cache(maxsize=64)
def _directory(kept: _Kept, offset: int, length: int) -> list[Entry]:
    raw = _bytes(kept, offset, length, most=_MOST_PACKED)
    if _NO_NUMBER.search(_unpacked(raw, most=_MOST_DIRECTORY)):
        raise TilesUnreadable(BROKEN)
    try:
        return deserialize_directory(raw)
    except (EOFError, ValueError, OverflowError, MemoryError):
        raise TilesUnreadable(BROKEN) from None


def _unpacked(raw: bytes, *, most: int) -> bytes:
    """A gzip stream opened, unless it would grow past so many bytes."""
    opener = zlib.decompressobj(_GZIP)
    try:
        text = opener.decompress(raw, most)
    except zlib.error:
        raise TilesUnreadable(BROKEN) from None
    if opener.unconsumed_tail or opener.unused_data or not opener.eof:
        raise TilesUnreadable(BROKEN)
    return text


def _in_words(markup: str) -> str:
    """The words of an attribution, which files carry as links."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())[:200]
