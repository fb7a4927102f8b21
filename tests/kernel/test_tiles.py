"""A file of map tiles is read as its library wrote it, and a broken one is said to be broken."""

from __future__ import annotations

import gzip
import random
import struct
from pathlib import Path
from typing import Any

import pytest
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from tandem.kernel.tiles import TilesUnreadable, facts_of, tile_of
from tests import invented_tiles as town

ROOT_OFFSET, ROOT_LENGTH, COMPRESSION, TYPE = 8, 16, 97, 99  # bytes of the head, PMTiles 3


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented town, written once."""
    return town.write_town(tmp_path_factory.mktemp("map") / "town.pmtiles")


def test_every_tile_is_the_one_that_was_written(file: Path) -> None:
    for z in town.ZOOMS:
        at = town.tile_with_the_center(z)
        packed = tile_of(file, *at)
        assert packed is not None
        assert gzip.decompress(packed) == town.tile("openmaptiles", *at)


def test_the_file_says_what_it_covers_and_whose_it_is(file: Path) -> None:
    facts = facts_of(file)
    assert (facts.least, facts.most) == (12, 14)
    assert facts.bounds == pytest.approx((town.WEST, town.SOUTH, town.EAST, town.NORTH))
    assert facts.credit == "Invented County © nobody"
    assert "transportation" in facts.layers
    assert facts.packed


@pytest.mark.parametrize(
    "at", [(11, 504, 747), (15, 0, 0), (14, 0, 0), (14, -1, 0), (14, 1 << 14, 0), (99, 0, 0)]
)
def test_where_the_file_draws_nothing_there_is_no_tile(
    file: Path, at: tuple[int, int, int]
) -> None:
    assert tile_of(file, *at) is None


def test_a_file_of_many_tiles_is_read_through_its_leaves(tmp_path: Path) -> None:
    path = tmp_path / "many.pmtiles"
    with path.open("wb") as opened:
        writer = Writer(opened)  # type: ignore[no-untyped-call]
        drawn = random.Random(4)  # noqa: S311
        ids = sorted(zxy_to_tileid(13, x, y) for x in range(160) for y in range(160))
        for number in ids:
            # Sizes without a rhythm, so that directories do not pack into the root.
            body = b"%d" % number + b" " * drawn.randrange(1, 200)
            writer.write_tile(number, body)  # type: ignore[no-untyped-call]
        facts = {"tile_type": TileType.MVT, "tile_compression": Compression.NONE}
        writer.finalize(facts, {"vector_layers": [{"id": "roads"}]})  # type: ignore[no-untyped-call]
    assert struct.unpack_from("<Q", path.read_bytes(), 48)[0] > 0  # it has leaves
    for x, y in ((0, 0), (159, 159), (3, 71)):
        number = zxy_to_tileid(13, x, y)
        assert (tile_of(path, 13, x, y) or b"").split(b" ")[0] == b"%d" % number
    assert tile_of(path, 13, 160, 160) is None


def test_a_file_that_took_anothers_place_is_read_anew(tmp_path: Path) -> None:
    path = town.write_town(tmp_path / "town.pmtiles")
    assert "transportation" in facts_of(path).layers
    town.write_town(tmp_path / "next.pmtiles", "protomaps").replace(path)
    assert "roads" in facts_of(path).layers


def changed(raw: bytes, at: int, body: bytes) -> bytes:
    return raw[:at] + body + raw[at + len(body) :]


def directory(packed: bytes) -> Any:
    """A file whose root directory is this."""

    def broken(raw: bytes) -> bytes:
        put = changed(raw, ROOT_OFFSET, struct.pack("<Q", len(raw)))
        return changed(put, ROOT_LENGTH, struct.pack("<Q", len(packed))) + packed

    return broken


BROKEN = {
    "empty": (lambda _raw: b"", "cut off"),
    "words": (lambda _raw: b"<html>not found</html>" * 20, "no PMTiles file"),
    "no text": (lambda raw: b"\xff" * len(raw), "no PMTiles file"),
    "version 2": (lambda raw: changed(raw, 7, b"\x02"), "another version"),
    "cut in the head": (lambda raw: raw[:90], "cut off"),
    "cut in its directory": (lambda raw: raw[:140], "cut off"),
    "no kind": (lambda raw: changed(raw, TYPE, b"\x63"), "head is broken"),
    "pictures": (lambda raw: changed(raw, TYPE, b"\x02"), "Its tiles are PNG"),
    "brotli": (lambda raw: changed(raw, COMPRESSION + 1, b"\x03"), "packed by BROTLI"),
    "loose directories": (lambda raw: changed(raw, COMPRESSION, b"\x01"), "not packed by gzip"),
    "far away": (lambda raw: changed(raw, ROOT_OFFSET, b"\xff" * 8), "cut off"),
    "no gzip": (directory(b"x" * 64), "cut off"),
    "endless number": (directory(gzip.compress(b"\xff" * 64, mtime=0)), "cut off"),
    "too few": (directory(gzip.compress(b"\x7f\x01", mtime=0)), "cut off"),
    "bomb": (directory(gzip.compress(bytes(1 << 22), mtime=0)), "cut off"),
}


@pytest.mark.parametrize("how", list(BROKEN))
def test_a_broken_file_is_said_to_be_broken(file: Path, tmp_path: Path, how: str) -> None:
    breaks, sentence = BROKEN[how]
    path = tmp_path / "broken.pmtiles"
    path.write_bytes(breaks(file.read_bytes()))
    with pytest.raises(TilesUnreadable, match=sentence):
        facts_of(path)
    with pytest.raises(TilesUnreadable, match=sentence):
        tile_of(path, *town.tile_with_the_center(13))


def test_a_file_without_layers_a_folder_and_nothing_draw_no_map(tmp_path: Path) -> None:
    bare = town.write_town(tmp_path / "bare.pmtiles", metadata={"vector_layers": []})
    with pytest.raises(TilesUnreadable, match="names no layer"):
        facts_of(bare)
    with pytest.raises(TilesUnreadable, match="no file"):
        facts_of(tmp_path)
    with pytest.raises(TilesUnreadable, match="cannot be opened"):
        facts_of(tmp_path / "none.pmtiles")


def test_tiles_cut_off_behind_a_whole_head_are_said_to_be(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.pmtiles"
    raw = file.read_bytes()
    path.write_bytes(raw[: len(raw) - 40])
    last = max(town.covered(), key=lambda at: zxy_to_tileid(*at))
    with pytest.raises(TilesUnreadable, match="cut off"):
        tile_of(path, *last)
    assert tile_of(path, *town.tile_with_the_center(12)) is not None
