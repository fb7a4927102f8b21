"""Tables as a CAD exports them: a time in two columns, and a column that stands twice."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tandem.kernel.maps import Map, MapError, Reject, Row, parse_map, read_rows
from tandem.kernel.maps.builder import Pointed, checked, read_sample, try_out, write_map
from tandem.kernel.strict_toml import FileRefused

MAP = """\
version = 1
name = "oak-county"

[file]
format = "csv"
zone = "America/Chicago"

[key]
columns = ["No"]

[times.received]
columns = ["Day", "Taken"]
formats = ["%m/%d/%y %I:%M:%S %p", "%m/%d/%y"]
"""
SHARED = """
[times.dispatched]
columns = ["Day", "Sent"]
formats = ["%m/%d/%y %I:%M:%S %p"]
"""
HEAD = "No,Day,Taken,Sent\n"


def _read(tmp_path: Path, text: str, source_map: str = MAP) -> list[Row | Reject]:
    path = tmp_path / "calls.csv"
    path.write_text(text)
    return list(read_rows(path, parse_map(source_map.encode())))


def _only_row(found: list[Row | Reject]) -> Row:
    (row,) = found
    assert isinstance(row, Row), row
    return row


def _utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[misc, arg-type]


def test_a_date_and_a_time_in_two_columns_are_one_time(tmp_path: Path) -> None:
    row = _only_row(_read(tmp_path, HEAD + "1, 3/1/26 ,1:05:09 PM,\n"))
    assert row.times == {"received": _utc(2026, 3, 1, 19, 5, 9)}
    assert row.suspects == ()


def test_without_the_time_a_date_counts_only_where_a_format_reads_it(tmp_path: Path) -> None:
    row = _only_row(_read(tmp_path, HEAD + "1,3/1/26,,\n"))
    assert row.suspects == ("received: a date without a time",)
    strict = MAP.replace(', "%m/%d/%y"', "")
    (reject,) = _read(tmp_path, HEAD + "1,3/1/26,,\n", strict)
    assert isinstance(reject, Reject)
    assert reject.reason == "Day and Taken: not written as the map says."


@pytest.mark.parametrize("row", ["1,,1:05:09 PM,", "1,soon,1:05:09 PM,"])
def test_a_time_without_its_date_is_rejected(tmp_path: Path, row: str) -> None:
    (reject,) = _read(tmp_path, HEAD + row + "\n")
    assert isinstance(reject, Reject)
    assert reject.kind == "bad_time"


def test_nothing_in_either_column_is_no_time(tmp_path: Path) -> None:
    (reject,) = _read(tmp_path, HEAD + "1,,,\n")
    assert isinstance(reject, Reject)
    assert (reject.kind, reject.reason) == ("no_time", "No time: Day and Taken is blank.")


def test_a_date_that_several_times_share_says_nothing_alone(tmp_path: Path) -> None:
    text = HEAD + "1,3/1/26,1:05:09 PM,\n2,3/1/26,1:05:09 PM,1:07:00 PM\n"
    first, second = _read(tmp_path, text, MAP + SHARED)
    assert isinstance(first, Row)
    assert isinstance(second, Row)
    assert list(first.times) == ["received"]
    assert second.times["dispatched"] == _utc(2026, 3, 1, 19, 7)


def test_a_file_that_lacks_one_of_the_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MapError, match="has no column 'Taken'"):
        _read(tmp_path, "No,Day\n1,3/1/26\n")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('column = ["Day", "Taken"]', "Line 12: Several columns are named by `columns`."),
        ('column = "Day"\ncolumns = ["Day"]', "Line 12: Either `column` or `columns`"),
        ("columns = []", "Line 12: `columns` names no column."),
    ],
)
def test_what_is_wrong_with_the_columns_of_a_time_is_said(lines: str, sentence: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        parse_map(MAP.replace('columns = ["Day", "Taken"]', lines).encode())
    assert str(refusal.value).startswith(sentence)


def test_a_call_of_new_world_writes_each_time_in_one_place() -> None:
    with pytest.raises(FileRefused, match="Only a table writes one time in several columns"):
        parse_map(MAP.replace('"csv"', '"new-world-xml"').encode())


def test_pointing_at_two_columns_for_one_time_joins_them() -> None:
    sample = read_sample("No;Hour;Day;Nature\n1;9:05 PM;3/1/26;NOISE\n2;;;NOISE\n")
    pointed = {"No": "key", "Day": "time:received", "Hour": "time:received"}
    source_map = checked(write_map(sample, Pointed("oak", "America/Chicago", pointed)))
    trial = try_out(sample, source_map)
    assert source_map.times["received"].columns == ("Day", "Hour")
    assert trial.shown[0].times == {"received": _utc(2026, 3, 2, 3, 5)}
    assert (trial.accepted, trial.rejected) == (1, 1)


TWICE = "No,Unit,Taken,Unit,Day\n1,A1,1:05:09 PM,B2,3/1/26\n"


def _two_units(first: str) -> Map:
    return parse_map((MAP + f'\n[columns]\nunits = "{first}"\n').encode())


def test_a_column_that_stands_twice_is_numbered_and_can_be_named(tmp_path: Path) -> None:
    for place, unit in ((1, "A1"), (2, "B2")):
        (tmp_path / "calls.csv").write_text(TWICE)
        found = list(read_rows(tmp_path / "calls.csv", _two_units(f"Unit ({place})")))
        assert _only_row(found).values == {"units": unit}


def test_by_the_name_that_stands_twice_neither_is_taken(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(TWICE)
    with pytest.raises(MapError) as refusal:
        list(read_rows(tmp_path / "calls.csv", _two_units("Unit")))
    assert str(refusal.value).endswith(
        "the column 'Unit' stands twice in the head line. Name it 'Unit (1)' or 'Unit (2)'."
    )


def test_rows_that_differ_only_in_the_second_of_them_are_two(tmp_path: Path) -> None:
    whole = MAP.replace('["No"]', '["*"]')
    text = TWICE + "1,A1,1:05:09 PM,C3,3/1/26\n"
    one, other = _read(tmp_path, text, whole)
    assert isinstance(one, Row)
    assert isinstance(other, Row)
    assert one.external_id != other.external_id


def test_a_sample_with_a_column_that_stands_twice_can_be_pointed_at() -> None:
    sample = read_sample(TWICE)
    assert sample.head == ("No", "Unit (1)", "Taken", "Unit (2)", "Day")
    pointed = {"Unit (2)": "column:units", "Day": "time:received", "Taken": "time:received"}
    trial = try_out(sample, checked(write_map(sample, Pointed("oak", "UTC", pointed, ""))))
    assert trial.rows == trial.rejected + trial.accepted == 1


DECLARED = 'format = "csv"\nencoding = "{}"'
NAMED = 'No,Day,Taken\n"é1",3/1/26,1:05:09 PM\n'


@pytest.mark.parametrize(
    ("declared", "written"), [("utf-8", "cp1252"), ("utf-16", "cp1252"), ("utf-16", "utf-8")]
)
def test_a_file_in_another_encoding_than_its_map_says_is_refused(
    tmp_path: Path, declared: str, written: str
) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(NAMED.encode(written))
    source_map = parse_map(MAP.replace('format = "csv"', DECLARED.format(declared)).encode())
    with pytest.raises(MapError, match=f"it is not written in {declared}, as the map says"):
        list(read_rows(path, source_map))


@pytest.mark.parametrize("written", ["utf-16", "utf-16-le", "utf-16-be"])
def test_declared_utf_16_is_read_with_and_without_its_mark(tmp_path: Path, written: str) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(NAMED.encode(written))
    source_map = parse_map(MAP.replace('format = "csv"', DECLARED.format("utf-16")).encode())
    assert _only_row(list(read_rows(path, source_map))).external_id == "é1"
