"""A map says what every column becomes; a bad row is rejected alone, a bad map whole."""

import argparse
import datetime as dt
import gzip
import io
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tandem.kernel import verbs
from tandem.kernel.maps import (
    Map,
    MapError,
    Reject,
    Row,
    find_map,
    parse_map,
    read_rows,
    shipped_maps,
)
from tandem.kernel.strict_toml import FileRefused

needs_data = pytest.mark.skipif(
    "TANDEM_TEST_DATA" not in os.environ, reason="skipped: data not present"
)
LANE = "crisis-encounters/lane-county-mobile-crisis_to-2025-05.csv.gz"
SEATTLE = "data/calls-for-service/seattle-911_2015-01_to_2015-09.csv.gz"

MAP = """\
version = 1
name = "small"

[file]
format = "csv"
zone = "America/Chicago"

[key]
columns = ["id"]

[times.received]
column = "when"
formats = ["%Y-%m-%d %H:%M", "%Y-%m-%d"]

[columns]
call_type = "type"

[codes.call_type]
"WELFARE" = {kind = "welfare_check", priority = 2}

[remarks.note]
column = "note"

[exclude]
columns = ["ended"]
"""
HEAD = "id,when,type,note,ended\n"


def _map(text: str = MAP) -> Map:
    return parse_map(text.encode())


def _read(tmp_path: Path, text: str | bytes, source_map: Map | None = None) -> list[Row | Reject]:
    path = tmp_path / "calls.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_rows(path, source_map or _map()))


def _rows(found: list[Row | Reject]) -> list[Row]:
    assert all(isinstance(row, Row) for row in found), found
    return [row for row in found if isinstance(row, Row)]


def _only_reject(found: list[Row | Reject]) -> Reject:
    (reject,) = [row for row in found if isinstance(row, Reject)]
    return reject


def test_a_row_comes_out_in_our_words(tmp_path: Path) -> None:
    (row,) = _rows(_read(tmp_path, HEAD + "A1,2026-03-02 14:30,WELFARE,said so,ARREST\n"))
    assert row.external_id == "A1"
    assert row.times == {"received": dt.datetime(2026, 3, 2, 20, 30, tzinfo=dt.UTC)}
    assert row.meanings["call_type"].kind == "welfare_check"
    assert row.remarks == {"note": "said so"}
    assert (row.line, row.number) == (2, 1)


def test_what_is_excluded_is_in_no_row(tmp_path: Path) -> None:
    (row,) = _rows(_read(tmp_path, HEAD + "A1,2026-03-02 14:30,WELFARE,,ARREST\n"))
    assert "ARREST" not in repr(row)


def test_an_unknown_code_is_kept_and_said(tmp_path: Path) -> None:
    (row,) = _rows(_read(tmp_path, HEAD + "A1,2026-03-02 14:30,COW LOOSE,,\n"))
    assert row.unmapped == ("call_type",)
    assert row.meanings["call_type"].priority == 3
    assert row.values["call_type"] == "COW LOOSE"


def test_a_remark_that_nobody_classed_is_for_police_alone() -> None:
    assert _map().remarks["note"].data_class == "D5"


def test_quoted_newlines_are_one_record_and_lines_stay_right(tmp_path: Path) -> None:
    text = HEAD + 'A1,2026-03-02 14:30,WELFARE,"one\ntwo\n",x\n\nA2,2026-03-02 14:31,WELFARE,,\n'
    first, second = _rows(_read(tmp_path, text))
    assert (first.line, second.line, second.number) == (2, 6, 2)
    assert first.remarks == {"note": "one\ntwo"}


def test_a_torn_row_is_rejected_alone(tmp_path: Path) -> None:
    good = [f"A{number},2026-03-02 14:30,WELFARE,,x\n" for number in range(6)]
    torn = 'B1,2026-03-02 14:30,WELFARE,"never closed,x\n'
    found = _read(tmp_path, HEAD + "".join([*good[:3], torn, *good[3:]]))
    reject = _only_reject(found)
    assert (reject.line, reject.record, reject.kind, reject.raw) == (5, 4, "torn", torn)
    kept = [row.external_id for row in found if isinstance(row, Row)]
    assert kept == [f"A{number}" for number in range(6)]


def test_a_torn_row_among_rows_with_quotes_takes_no_neighbor_along(tmp_path: Path) -> None:
    good = 'A1,2026-03-02 14:30,WELFARE,"quoted, here",x\n'
    torn = 'B1,2026-03-02 14:30,WELFARE,"open,x\n'
    found = _read(tmp_path, HEAD + good + torn + good.replace("A1", "A2"))
    assert [row.external_id for row in found if isinstance(row, Row)] == ["A1", "A2"]
    assert _only_reject(found).raw == torn


@pytest.mark.parametrize("row", ["A1,2026-03-02 14:30\n", "A1,2026-03-02 14:30,W,,x,y,z\n"])
def test_a_row_of_another_width_is_torn(tmp_path: Path, row: str) -> None:
    reject = _only_reject(_read(tmp_path, HEAD + row))
    assert (reject.kind, reject.line) == ("torn", 2)


def test_an_endless_line_is_one_reject_and_reading_goes_on(tmp_path: Path) -> None:
    text = HEAD + "x" * 500_000 + "\n" + "A1,2026-03-02 14:30,WELFARE,,x\n"
    found = _read(tmp_path, text)
    assert len(_only_reject(found).raw) <= 100_000
    assert len(found) == 2


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("A1,,WELFARE,,x\n", "no_time"),
        ("A1,yesterday,WELFARE,,x\n", "bad_time"),
        (",2026-03-02 14:30,WELFARE,,x\n", "no_key"),
        ("A" * 101 + ",2026-03-02 14:30,WELFARE,,x\n", "no_key"),
    ],
)
def test_a_reason_never_repeats_what_the_row_says(tmp_path: Path, row: str, kind: str) -> None:
    reject = _only_reject(_read(tmp_path, HEAD + row))
    assert reject.kind == kind
    assert "yesterday" not in reject.reason
    assert set(reject.as_json()) == {"line", "record", "reason", "kind", "raw"}


def test_times_that_the_clock_never_showed_are_moved_and_counted(tmp_path: Path) -> None:
    rows = _rows(
        _read(
            tmp_path,
            HEAD
            + "gap,2026-03-08 02:30,WELFARE,,\n"
            + "fold,2026-11-01 01:30,WELFARE,,\n"
            + "day,2026-05-01,WELFARE,,\n"
            + "fine,2026-05-01 10:00,WELFARE,,\n",
        )
    )
    assert [len(row.suspects) for row in rows] == [1, 1, 1, 0]
    assert rows[0].occurred_at == dt.datetime(2026, 3, 8, 8, 30, tzinfo=dt.UTC)
    assert rows[1].occurred_at == dt.datetime(2026, 11, 1, 6, 30, tzinfo=dt.UTC)


def test_midnight_can_mean_that_nobody_wrote_the_time(tmp_path: Path) -> None:
    told = MAP.replace('formats = ["%Y', 'midnight = "unrecorded"\nformats = ["%Y') + (
        '[times.on_scene]\ncolumn = "ended"\nformats = ["%Y-%m-%d %H:%M"]\n'
    )
    told = told.replace('[exclude]\ncolumns = ["ended"]\n', "")
    both, day = _rows(
        _read(
            tmp_path,
            HEAD + "A1,2026-05-01 00:00,W,,2026-05-01 09:00\nA2,2026-05-01 00:00,W,,\n",
            _map(told),
        )
    )
    assert set(both.times) == {"on_scene"}
    assert (set(day.times), len(day.suspects)) == ({"received"}, 1)


@pytest.mark.parametrize(
    ("codec", "name"),
    [("utf-8", "é"), ("utf-8-sig", "é"), ("utf-16", "é"), ("utf-16-le", "é"), ("cp1252", "é")],
)
def test_the_encoding_is_found(tmp_path: Path, codec: str, name: str) -> None:
    text = HEAD + f"A1,2026-03-02 14:30,{name},,x\n"
    (row,) = _rows(_read(tmp_path, text.encode(codec)))
    assert row.values["call_type"] == name


def test_a_compressed_file_and_standard_input_are_read_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = (HEAD + "A1,2026-03-02 14:30,WELFARE,,x\n").encode()
    packed = tmp_path / "calls.csv.gz"
    packed.write_bytes(gzip.compress(raw))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(raw))))
    assert list(read_rows(packed, _map())) == list(read_rows(None, _map()))


def test_a_damaged_archive_gives_no_row_at_all(tmp_path: Path) -> None:
    whole = gzip.compress((HEAD + "A1,2026-03-02 14:30,WELFARE,,x\n" * 900).encode())
    broken = tmp_path / "calls.csv.gz"
    broken.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MapError, match="cannot be read"):
        next(read_rows(broken, _map()))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty"),
        ("id,when,type,note\n", "no column 'ended'"),
        ("id,when,type,note,ended,ended\n", "stands twice"),
        ("id,when,type,note,Ended at\n", r"no column 'ended'.* There is 'Ended at'\.$"),
        ("id\twhen\ttype\tnote\tended\n", "apart by a tab: the map's `delimiter` must say so"),
        ("id;when;type;note;ended\n", "apart by a semicolon"),
    ],
)
def test_a_head_that_does_not_fit_stops_everything(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(MapError, match=sentence):
        _read(tmp_path, text)


def test_equal_rows_are_one_event_or_numbered(tmp_path: Path) -> None:
    twice = HEAD + "A1,2026-03-02 14:30,WELFARE,,x\n" * 2
    same = _rows(_read(tmp_path, twice))
    assert same[0].external_id == same[1].external_id
    numbered = MAP.replace('columns = ["id"]', 'columns = ["id"]\nequal_rows = "distinct"')
    first, second = _rows(_read(tmp_path, twice, _map(numbered)))
    assert (first.external_id, second.external_id) == ("A1", "A1#2")


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ('zone = "America/Chicago"', 'zone = "Mars/Olympus"', 6, "no time zone"),
        ('format = "csv"', 'format = "csv"\nquote = "x"', 6, "Unknown key `quote`"),
        ('call_type = "type"', 'callers_name = "type"', 16, "Unknown key `callers_name`"),
        ("priority = 2", "priority = 9", 19, "between 1 and 4"),
        ('kind = "welfare_check"', 'kind = "cattle"', 19, "must be one of"),
        ("version = 1", "version = 2", 1, "version 1"),
        ('columns = ["ended"]', 'columns = ["type"]', 16, "excluded"),
        ("[times.received]", "[times.lunch]", 11, "Unknown name `lunch`"),
        ('"%Y-%m-%d"]', '"%H:%M"]', 13, "no whole date"),
        ('"%Y-%m-%d"]', '"%Y-%m-%d %d"]', 13, "same part of a time twice"),
        ("[key]", "[key", 8, "This is not TOML"),
        ('column = "note"', 'column = "note"\nclass = "D6"', 23, "must be one of"),
    ],
)
def test_a_map_is_refused_whole_with_the_line(old: str, new: str, line: int, sentence: str) -> None:
    with pytest.raises(FileRefused) as refused:
        _map(MAP.replace(old, new, 1))
    faults = {fault.line: fault.sentence for fault in refused.value.faults}
    assert line in faults, faults
    assert sentence in faults[line]


def test_every_fault_of_a_map_is_said_at_once() -> None:
    broken = MAP.replace('format = "csv"', 'format = "pdf"').replace("priority = 2", "priority = 7")
    with pytest.raises(FileRefused) as refused:
        _map(broken)
    assert [fault.line for fault in refused.value.faults] == [5, 19]


def test_the_label_is_never_an_input() -> None:
    with pytest.raises(FileRefused, match="label"):
        _map(MAP + '[label]\ncolumn = "type"\npositive = ["X"]\n')


def test_every_shipped_map_is_in_order_and_named_as_its_file() -> None:
    names = ["bloomington-in", "lane-county", "new-world", "seattle-2015", "umd"]
    assert shipped_maps() == names
    assert [find_map(name).name for name in names] == names


def test_a_map_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(MapError, match="seattle-2015"):
        find_map("atlantis")


@needs_data
def test_seattle_comes_out_as_counted_by_hand() -> None:
    source_map = find_map("seattle-2015")
    counts: Counter[str] = Counter()
    seen: set[str] = set()
    for row in read_rows(Path(os.environ["TANDEM_TEST_DATA"]) / SEATTLE, source_map):
        counts["rows"] += 1
        if isinstance(row, Reject):
            counts["rejected"] += 1
            assert 2 <= row.line <= 8
            continue
        counts["duplicates"] += row.external_id in seen
        counts["unmapped"] += bool(row.unmapped)
        seen.add(row.external_id)
    assert counts["rows"] == 66_630
    assert counts["rejected"] == 7
    assert counts["rows"] - counts["rejected"] == 66_623
    assert counts["duplicates"] == 778
    assert len(seen) == 65_845
    assert counts["unmapped"] == 0


@needs_data
@pytest.mark.parametrize(
    ("name", "file", "rows", "rejected", "suspect"),
    [
        ("bloomington-in", "calls-for-service/bloomington-in_2020-04_05.csv.gz", 7_004, 0, 0),
        ("umd", "calls-for-service/umd-police-incidents_2014-2018.csv.gz", 10_195, 0, 222),
        ("lane-county", LANE, 1_627, 71, 36),
    ],
)
def test_the_other_shipped_maps_fit_their_files(
    name: str, file: str, rows: int, rejected: int, suspect: int
) -> None:
    path = Path(os.environ["TANDEM_TEST_DATA"]) / "data" / file
    found = list(read_rows(path, find_map(name)))
    good = [row for row in found if isinstance(row, Row)]
    assert (len(found), len(found) - len(good)) == (rows, rejected)
    assert sum(bool(row.suspects) for row in good) == suspect


CALL = """<?xml version="1.0" encoding="UTF-8"?>
<CallExport xmlns="http://www.newworldsystems.com/Aegis/CAD/Peripheral/CallExport/2011/02">
  <CallNumber>2026-1</CallNumber><NatureOfCall>Welfare</NatureOfCall>
  <CallerName>Ada Example</CallerName>
  <CreateDateTime>2026-02-01T08:15:00</CreateDateTime><ClosedFlag>true</ClosedFlag>
  <AssignedUnits>
    <Unit><UnitNumber>2</UnitNumber><ArriveDateTime>2026-02-01T08:30:00</ArriveDateTime>
      <ClearDateTime>2026-02-01T08:40:00</ClearDateTime></Unit>
    <Unit><UnitNumber>1</UnitNumber><ArriveDateTime>2026-02-01T08:20:00</ArriveDateTime>
      <ClearDateTime>2026-02-01T09:40:00</ClearDateTime></Unit>
  </AssignedUnits>
</CallExport>
"""


def _call(tmp_path: Path, text: str) -> Row | Reject:
    path = tmp_path / "call.xml"
    path.write_text(text, encoding="utf-8")
    (found,) = read_rows(path, find_map("new-world"))
    return found


def test_a_new_world_call_is_one_record(tmp_path: Path) -> None:
    row = _call(tmp_path, CALL)
    assert isinstance(row, Row)
    assert row.times["on_scene"] == dt.datetime(2026, 2, 1, 14, 20, tzinfo=dt.UTC)
    assert row.times["cleared"] == dt.datetime(2026, 2, 1, 15, 40, tzinfo=dt.UTC)
    assert row.updated_at == row.times["cleared"]
    assert row.meanings["status"].word == "closed"
    assert "Ada" not in repr(row)


@pytest.mark.parametrize(
    "text",
    [
        CALL.replace("<CallExport", '<!DOCTYPE x [<!ENTITY a "b">]><CallExport'),
        CALL.replace("</CallExport>", ""),
        "<Other/>",
        "",
    ],
)
def test_a_call_that_cannot_be_read_is_rejected_whole(tmp_path: Path, text: str) -> None:
    assert isinstance(_call(tmp_path, text), Reject)


def _verb(*words: str) -> int:
    parser = argparse.ArgumentParser()
    verbs.register(parser.add_subparsers(dest="verb", required=True))
    args = parser.parse_args(list(words))
    code = args.handler(args)
    assert isinstance(code, int)
    return code


def _heard(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_map_check_says_what_each_column_became(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.toml").write_text(MAP, encoding="utf-8")
    text = HEAD.strip() + ",extra\nA1,2026-03-02 14:30,WELFARE,secret words,x,y\n,,,secret,,\n"
    (tmp_path / "calls.csv").write_text(text, encoding="utf-8")
    words = ["map", "check", str(tmp_path / "calls.csv"), "--map", str(tmp_path / "m.toml")]
    assert _verb(*words, "--json") == 0
    printed = capsys.readouterr().out
    found = json.loads(printed)
    assert found["columns"]["type"] == ["call_type"]
    assert found["columns"]["ended"] == ["excluded"]
    assert found["columns"]["extra"] == []
    assert (found["rows"], found["accepted"], found["rejected"]) == (2, 1, 1)
    assert "secret" not in printed
    assert _verb(*words) == 0


def test_a_folder_is_read_file_by_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("b.csv", "a.csv"):
        text = HEAD + f"{name},2026-03-02 14:30,WELFARE,,x\n"
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "m.toml").write_text(MAP, encoding="utf-8")
    assert _verb("map", "check", str(tmp_path), "--map", str(tmp_path / "m.toml"), "--json") == 0
    assert _heard(capsys)["rows"] == 2


@pytest.mark.parametrize("file", ["nowhere.csv", "."])
def test_a_file_that_is_not_there_is_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _verb("map", "check", file, "--map", "seattle-2015", "--json") == 2


def test_a_missing_column_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "calls.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert _verb("map", "check", str(tmp_path / "calls.csv"), "--map", "umd", "--json") == 2
    heard = capsys.readouterr()
    assert heard.out == ""
    assert "no column" in heard.err


def test_map_list_names_the_shipped_maps(capsys: pytest.CaptureFixture[str]) -> None:
    assert _verb("map", "list", "--json") == 0
    assert [row["name"] for row in _heard(capsys)] == shipped_maps()


def test_a_zone_that_is_not_said_is_one_fault() -> None:
    with pytest.raises(FileRefused) as refused:
        parse_map(MAP.replace('zone = "America/Chicago"\n', "").encode())
    assert [fault.sentence for fault in refused.value.faults] == ["`zone` is missing."]
