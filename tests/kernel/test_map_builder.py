"""A map written out of a sample: what was pointed at, and nothing else of the sample."""

from __future__ import annotations

import gzip

import pytest

from tandem.kernel.maps import MapError, find_map
from tandem.kernel.maps.builder import (
    MOST_SAMPLE,
    Pointed,
    checked,
    read_sample,
    text_of,
    time_format,
    try_out,
    write_map,
)
from tandem.kernel.maps.saying import Saying
from tests.gzipped import packed

SAMPLE = 'No;"Taken ""at""";Nature;Said\n1;3/1/2026 10:05 PM;NOISE;quiet now\n2;never;NOISE;\n3\n'
POINTED = Pointed(
    "elm",
    "America/Chicago",
    {"No": "key", 'Taken "at"': "time:received", "Nature": "column:call_type", "Said": "remark"},
)


def test_the_map_reads_its_own_sample_and_says_what_it_rejects() -> None:
    sample = read_sample(SAMPLE)
    text = write_map(sample, POINTED)
    trial = try_out(sample, checked(text))
    assert (trial.rows, trial.accepted, trial.rejected, trial.unmapped) == (3, 1, 2, 1)
    assert [reject.line for reject in trial.rejects] == [3, 4]
    assert trial.shown[0].values == {"call_type": "NOISE"}
    assert "quiet" not in text
    assert "NOISE" not in text


def test_remarks_are_police_only_until_somebody_says_otherwise() -> None:
    source_map = checked(write_map(read_sample(SAMPLE), POINTED))
    assert [remark.data_class for remark in source_map.remarks.values()] == ["D5"]


@pytest.mark.parametrize(
    ("values", "shape"),
    [
        (["2026-03-01 10:00:00"], "%Y-%m-%d %H:%M:%S"),
        (["3/1/2026 9:05 PM", "12/31/2026 12:00 AM"], "%m/%d/%Y %I:%M %p"),
        (["03/01/26 21:05"], "%m/%d/%y %H:%M"),
        (["2026-03-01T10:00:00-06:00"], "%Y-%m-%dT%H:%M:%S%z"),
        (["31.12.2026 21:05:00"], "%d.%m.%Y %H:%M:%S"),
        (["31-DEC-2026 21:05:00"], "%d-%b-%Y %H:%M:%S"),
        (["2026/03/01 10:00"], "%Y/%m/%d %H:%M"),
        (["2026-03-01 09:05:00 PM"], "%Y-%m-%d %I:%M:%S %p"),
        (["20260301 1005"], "%Y%m%d %H%M"),
        (["20260301 100530"], "%Y%m%d %H%M%S"),
        (["soon", ""], ""),
    ],
)
def test_a_common_way_of_writing_times_is_found(values: list[str], shape: str) -> None:
    assert time_format(values) == shape


def test_a_time_in_no_common_way_is_asked_for() -> None:
    sample = read_sample("a,b\n1,10 h 05\n")
    with pytest.raises(MapError, match="No common way of writing a time fits the column 'b'"):
        write_map(sample, Pointed("x", "UTC", {"b": "time:received"}))


def test_without_a_time_the_map_is_refused_in_words() -> None:
    with pytest.raises(MapError, match="one column with a time at least"):
        checked(write_map(read_sample("a,b\n1,2\n"), Pointed("x", "UTC", {"a": "key"})))


@pytest.mark.parametrize("raw", [b"", b"one column\n1\n", b"a,\n1,2\n"])
def test_a_sample_without_columns_is_refused_in_words(raw: bytes) -> None:
    with pytest.raises(MapError, match="The sample's first line"):
        read_sample(text_of(raw)[0])


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"\x00\x01\x02\xff" * 900, "it is no text but a binary file"),
        (b"PK\x03\x04" + b"x" * 50, "Excel workbook"),
        (packed(packed(b"a,b\n")), "compressed twice"),
        (packed(b"a,b\n" * 900)[:40], "archive is damaged"),
        (b'<?xml version="1.0"?>\n<a b="1,2"/>', "This is XML"),
        (b"\xef\xbb\xbf<Call><a>1,2</a></Call>", "This is XML"),
    ],
)
def test_a_sample_that_is_no_table_is_refused_in_words(raw: bytes, sentence: str) -> None:
    with pytest.raises(MapError, match=sentence) as refused:
        read_sample(text_of(raw)[0])
    assert isinstance(refused.value.args[0], Saying)


def test_a_packed_sample_is_read() -> None:
    assert read_sample(text_of(gzip.compress(SAMPLE.encode()))[0]).head == read_sample(SAMPLE).head


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"name": "Elm County"}, "small letters, digits and hyphens"),
        ({"zone": "Mars/Olympus"}, "no time zone 'Mars/Olympus'"),
        ({"zone": ""}, "no time zone"),
        ({"times": "%H:%M"}, "holds no whole date"),
    ],
)
def test_what_was_typed_wrongly_is_said(words: dict[str, str], sentence: str) -> None:
    facts = {"name": "elm", "zone": "America/Chicago", "times": ""} | words
    pointed = Pointed(facts["name"], facts["zone"], POINTED.choices, facts["times"])
    with pytest.raises(MapError, match=sentence):
        write_map(read_sample(SAMPLE), pointed)


def test_a_row_that_no_call_can_hold_is_rejected_with_its_reason() -> None:
    sample = read_sample(SAMPLE)
    trial = try_out(sample, checked(write_map(sample, POINTED)), lambda row: f"no {row.line}")
    assert (trial.accepted, trial.rejected) == (0, 3)
    assert trial.rejects[0].reason == "no 2"


def test_a_long_sample_is_cut_at_the_end_of_a_line() -> None:
    text, is_part = text_of(b"a,b\n" + b"1,2\n" * 1_000_000)
    assert is_part
    assert text_of(b"a,b\n1,2\n") == ("a,b\n1,2\n", False)
    assert text_of(gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000))[1]
    assert len(text) <= MOST_SAMPLE
    assert text.endswith("\n")


SPLIT = (
    "No;Hour;Day;Callsign;Word;At day;At hour\n"
    "1;10:05:00;01.03.2026;4A12;ER;01.03.2026;10:09:30\n"
    "1;10:05:00;01.03.2026;4A12;AR;01.03.2026;\n"
    "1;10:05:00;01.03.2026;4A12;AR;01.03.2026;soon\n"
)
SPLIT_POINTED = Pointed(
    "elm",
    "UTC",
    {
        "No": "key",
        "Hour": "time:received",
        "Day": "time:received",
        "Callsign": "unit",
        "Word": "unit_status",
        "At day": "unit_time",
        "At hour": "unit_time",
    },
    times="%d.%m.%Y %H:%M:%S",
    codes={"unit_status": {"ER": "en_route", "AR": "on_scene"}},
)


def test_a_units_status_has_its_day_and_its_hour_in_two_columns() -> None:
    sample = read_sample(SPLIT)
    source_map = checked(write_map(sample, SPLIT_POINTED))
    assert source_map.times["received"].columns == ("Day", "Hour")
    assert source_map.needed_columns()["At hour"] == ["time updated", "time of the unit's status"]
    trial = try_out(sample, source_map)
    assert [
        [(step.unit, step.status, f"{step.at:%d %H:%M:%S}") for step in row.steps]
        for row in trial.shown
    ] == [[("4A12", "en_route", "01 10:09:30")], []]
    assert [str(reject.reason) for reject in trial.rejects] == [
        "At day and At hour: not written as the map says."
    ]


UNIT_MAP = """\
version = 1
name = "elm"
[file]
format = "csv"
delimiter = ";"
zone = "UTC"
[key]
columns = ["No"]
[times.received]
columns = ["Day", "Hour"]
formats = ["%d.%m.%Y %H:%M:%S"]
[units]
id = "Callsign"
formats = ["%d.%m.%Y %H:%M:%S"]
[units.log]
status = "Word"
"""


def test_a_units_badly_written_time_is_named_by_its_own_columns() -> None:
    trial = try_out(read_sample(SPLIT), checked(UNIT_MAP + 'columns = ["At day", "At hour"]\n'))
    assert (trial.accepted, trial.rejected) == (2, 1)
    assert str(trial.rejects[0].reason) == "At day and At hour: not written as the map says."
    alone = try_out(read_sample(SPLIT), checked(UNIT_MAP + 'at = "At hour"\n'))
    assert {str(reject.reason) for reject in alone.rejects} == {
        "At hour: not written as the map says."
    }


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('at = ["At day", "At hour"]\n', "Several columns are named by `columns`"),
        ('at = "Hour"\ncolumns = ["At day"]\n', "Either `at` or `columns` says"),
        ("columns = []\n", "`columns` names no column"),
        ("", "`at` is missing"),
    ],
)
def test_where_a_units_time_stands_is_said_once(lines: str, sentence: str) -> None:
    with pytest.raises(MapError, match=sentence):
        checked(UNIT_MAP + lines)


def test_only_a_table_writes_a_units_time_in_several_columns() -> None:
    xml = UNIT_MAP.replace('"csv"', '"new-world-xml"') + 'columns = ["a", "b"]\n'
    with pytest.raises(MapError, match="Only a table writes one time in several columns"):
        checked(xml)


def test_a_name_that_is_no_map_is_answered_with_those_built_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tandem.kernel.maps.format.kept_maps", lambda _instance: ["elm-county"])
    with pytest.raises(MapError, match="umd; built here: elm-county; or give a path"):
        find_map("elm")
