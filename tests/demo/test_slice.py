"""What ships of the city's file is two columns of at most 5,000 rows, and nothing known later."""

import csv
import os
from pathlib import Path

import pytest

from tandem.demo.slice import CALLS_FILE, MAP, MOST_ROWS, load_calls, main
from tandem.kernel.maps import find_map

SEATTLE = "data/calls-for-service/seattle-911_2015-01_to_2015-09.csv.gz"
needs_data = pytest.mark.skipif(
    "TANDEM_TEST_DATA" not in os.environ, reason="skipped: data not present"
)


def _source() -> Path:
    return Path(os.environ["TANDEM_TEST_DATA"]) / SEATTLE


def test_the_slice_is_small_and_has_two_columns() -> None:
    with CALLS_FILE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["at_scene", "initial_type"]
    assert {len(row) for row in rows} == {2}
    assert 4_000 < len(rows) - 1 <= MOST_ROWS


def test_arrivals_lie_from_july_to_september_in_order() -> None:
    arrivals = [call.at_scene for call in load_calls()]
    assert arrivals == sorted(arrivals)
    assert {(moment.year, moment.month) for moment in arrivals} == {(2015, 7), (2015, 8), (2015, 9)}


def test_the_map_knows_every_type_so_no_free_text_can_hide_there() -> None:
    codes = find_map(MAP).codes["call_type"].meanings
    assert {call.initial_type for call in load_calls()} <= set(codes)


@needs_data
def test_nothing_of_how_calls_ended_is_in_the_file() -> None:
    import gzip

    with gzip.open(_source(), "rt", encoding="utf-8", newline="") as stream:
        real = list(csv.DictReader(stream))
    shipped = {call.initial_type for call in load_calls()}
    started = {row["Initial.Type.Description"] for row in real}
    for column in find_map(MAP).exclude.columns:
        ended = {row[column] for row in real} - started
        assert ended
        assert not shipped & ended
    words = CALLS_FILE.read_text(encoding="utf-8")
    places = {row["Hundred.Block.Location"] for row in real}
    assert not any(place in words for place in places if place)


@needs_data
def test_the_same_rule_draws_the_same_bytes(tmp_path: Path) -> None:
    assert main(_source(), tmp_path / "calls.csv") == len(load_calls())
    assert (tmp_path / "calls.csv").read_bytes() == CALLS_FILE.read_bytes()
