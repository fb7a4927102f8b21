"""Times that nobody recorded, in the words of whoever exported the table: no reason to reject."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tandem.kernel.maps import Reject, Row, parse_map, read_rows
from tandem.kernel.maps.times import says_nothing
from tests.kernel.test_new_world import BODY, call, read

MAP = """\
version = 1
name = "ash-county"

[file]
format = "csv"
zone = "America/Chicago"

[key]
columns = ["No"]

[times.received]
column = "Taken"
formats = ["%Y-%m-%d %H:%M"]

[times.cleared]
column = "Ended"
formats = ["%Y-%m-%d %H:%M"]

[times.on_scene]
columns = ["Day", "There"]
formats = ["%m/%d/%Y %H:%M"]
"""
HEAD = "No,Taken,Ended,Day,There\n"
TAKEN = dt.datetime(2026, 3, 1, 16, 0, tzinfo=dt.UTC)
# As exports write it: collected from published logs and the defaults of spreadsheets and databases.
WORDS = (
    "Unknown",
    "UNK",
    "N/A",
    "n/a",
    "NA",
    "#N/A",
    "None",
    "NULL",
    "(null)",
    "Not Recorded",
    "not  recorded",
    "Not Available",
    "Not Applicable",
    "[blank]",
    "-",
    "--",
    "—",
    "--:--",
    "__/__/____",
    "?",
    "*",
    "NaT",
    "Pending",
    "TBD",
)


def _one(tmp_path: Path, line: str, source_map: str = MAP) -> Row | Reject:
    path = tmp_path / "calls.csv"
    path.write_text(HEAD + line + "\n", encoding="utf-8")
    (found,) = read_rows(path, parse_map(source_map.encode()))
    return found


@pytest.mark.parametrize("word", WORDS)
def test_a_time_that_was_not_recorded_is_no_reason_to_reject(tmp_path: Path, word: str) -> None:
    row = _one(tmp_path, f"1,2026-03-01 10:00,{word},03/01/2026,{word}")
    assert isinstance(row, Row), row
    assert row.times == {"received": TAKEN}


@pytest.mark.parametrize("word", ["yesterday", "10 o'clock", "never mind", "26-03-01 10:00"])
def test_what_was_written_and_cannot_be_read_is_rejected(tmp_path: Path, word: str) -> None:
    found = _one(tmp_path, f"1,2026-03-01 10:00,{word},,")
    assert isinstance(found, Reject)
    assert (found.kind, found.reason) == ("bad_time", "Ended: not written as the map says.")


def test_a_row_without_any_recorded_time_is_rejected(tmp_path: Path) -> None:
    found = _one(tmp_path, "1,Unknown,N/A,,")
    assert isinstance(found, Reject)
    assert found.kind == "no_time"


def test_a_source_has_further_words_for_it(tmp_path: Path) -> None:
    line = "1,2026-03-01 10:00,1900-01-01 00:00,No  Registrado,sin hora"
    assert isinstance(_one(tmp_path, line), Reject)
    more = 'zone = "America/Chicago"\nmissing = ["1900-01-01 00:00", "no registrado", "Sin hora"]'
    row = _one(tmp_path, line, MAP.replace('zone = "America/Chicago"', more))
    assert isinstance(row, Row), row
    assert row.times == {"received": TAKEN}


def test_a_time_of_which_a_part_is_written_is_doubtful(tmp_path: Path) -> None:
    row = _one(tmp_path, "1,2026-03-01 10:00,,03/01/2026,Unknown")
    assert isinstance(row, Row), row
    assert row.suspects == ("on_scene: only a part of it is written",)


@pytest.mark.parametrize("number", ["N/A", "Unknown", "--"])
def test_calls_without_a_number_never_become_one_call(tmp_path: Path, number: str) -> None:
    found = _one(tmp_path, f"{number},2026-03-01 10:00,,,")
    assert isinstance(found, Reject)
    assert (found.kind, found.reason) == ("no_key", "No key: the column 'No' names none.")


@pytest.mark.parametrize("text", ["2026-03-01", "10:00", "0", "a1", "Nancy", "no 5"])
def test_what_says_something_is_never_nothing(text: str) -> None:
    assert not says_nothing(text)


def test_a_unit_of_new_world_without_its_time_leaves_the_others(tmp_path: Path) -> None:
    body = BODY.replace("<EnrouteDateTime>2026-02-01T08:18:00", "<EnrouteDateTime>Unknown")
    steps = {(step.unit, step.status) for step in read(tmp_path, call(body=body)).steps}
    assert ("E12", "en_route") not in steps
    assert ("2B12", "on_scene") in steps
