"""Calls of New World's export: whatever root, encoding and nothing-marks they come with."""

from __future__ import annotations

import codecs
import datetime as dt
from pathlib import Path

import pytest

from tandem.kernel.maps import Reject, Row, find_map, parse_map, read_rows
from tandem.kernel.strict_toml import FileRefused

NS = "http://www.newworldsystems.com/Aegis/CAD/Peripheral/CallExport/2011/02"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
BODY = """\
<CallId>1</CallId><CallNumber>26-1</CallNumber><NatureOfCall xsi:nil="true"/>
<CreateDateTime>2026-02-01T08:15:00.1234567</CreateDateTime>
<ClosedFlag>true</ClosedFlag><CanceledFlag>false</CanceledFlag>
<AgencyContexts>
  <AgencyContext><AgencyType>Fire</AgencyType><CallType>Lift assist</CallType>
    <Priority>Low</Priority></AgencyContext>
  <AgencyContext><AgencyType>Police</AgencyType><CallType>Welfare check</CallType>
    <Priority>High</Priority></AgencyContext>
</AgencyContexts>
<Narratives>
  <Narrative><CreateDateTime>2026-02-01T08:16:00</CreateDateTime><CreateUser>d1</CreateUser>
    <Text>He is calm.</Text><Restriction>None</Restriction></Narrative>
  <Narrative><CreateDateTime>2026-02-01T08:17:00</CreateDateTime>
    <Text>Kept close.</Text><Restriction>Law Only</Restriction></Narrative>
</Narratives>
<AssignedUnits>
  <Unit><UnitNumber>2B12</UnitNumber><AssignedDateTime>2026-02-01T08:16:00</AssignedDateTime>
    <ArriveDateTime>2026-02-01T08:20:00</ArriveDateTime><ClearDateTime xsi:nil="true"/>
    <UnitLogs><UnitLog><DateTime>2026-02-01T08:20:00</DateTime><Status>OnScene</Status></UnitLog>
      <UnitLog><DateTime>2026-02-01T08:31:00</DateTime><Status>Code 4</Status></UnitLog></UnitLogs>
  </Unit>
  <Unit><UnitNumber>E12</UnitNumber><EnrouteDateTime>2026-02-01T08:18:00</EnrouteDateTime>
    <ArriveDateTime>0001-01-01T00:00:00</ArriveDateTime></Unit>
</AssignedUnits>"""


def call(root: str = "CallExport", body: str = BODY, encoding: str = "UTF-8") -> str:
    """A whole file."""
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        f'<{root} xmlns="{NS}" xmlns:xsi="{XSI}">{body}</{root}>'
    )


def read(tmp_path: Path, content: bytes | str) -> Row:
    """The one row of a file."""
    path = tmp_path / "call.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (row,) = read_rows(path, find_map("new-world"))
    assert isinstance(row, Row), row
    return row


def utc(minute: int) -> dt.datetime:
    """Minutes after eight in Chicago."""
    return dt.datetime(2026, 2, 1, 14, minute, tzinfo=dt.UTC)


@pytest.mark.parametrize("root", ["CallExport", "Call"])
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (b"", "utf-16-le"),
    ],
)
def test_root_and_encoding_make_no_difference(
    tmp_path: Path, root: str, mark: bytes, encoding: str
) -> None:
    declared = encoding.partition("-le")[0].partition("-be")[0]
    row = read(tmp_path, mark + call(root, encoding=declared).encode(encoding))
    assert (row.external_id, row.values["status"]) == ("26-1", "closed")


def test_what_is_said_to_be_nothing_is_nothing(tmp_path: Path) -> None:
    row = read(tmp_path, call())
    assert "cleared" not in row.times
    assert row.times["on_scene"] == utc(20)
    assert [step.unit for step in row.steps if step.status == "on_scene"] == ["2B12"]


def test_of_several_agencies_the_police_tell_type_and_priority(tmp_path: Path) -> None:
    row = read(tmp_path, call())
    assert row.values["call_type"] == "Welfare check"
    assert row.meanings["priority"].priority == 1


def test_the_latest_time_anywhere_in_the_call_is_its_order(tmp_path: Path) -> None:
    assert read(tmp_path, call()).updated_at == utc(31)


def test_units_are_told_by_their_times_and_their_log_once_each(tmp_path: Path) -> None:
    steps = [(step.unit, step.status, step.at) for step in read(tmp_path, call()).steps]
    assert steps == [
        ("2B12", "assigned", utc(16)),
        ("E12", "en_route", utc(18)),
        ("2B12", "on_scene", utc(20)),
        ("2B12", "Code 4", utc(31)),
    ]


def test_each_narrative_keeps_its_time_its_author_and_its_restriction(tmp_path: Path) -> None:
    notes = [(n.text, n.at, n.by, n.restriction) for n in read(tmp_path, call()).notes]
    assert notes == [
        ("He is calm.", utc(16), "d1", ""),
        ("Kept close.", utc(17), "", "Law Only"),
    ]


def test_a_cancelled_call_is_cancelled(tmp_path: Path) -> None:
    body = BODY.replace("<CanceledFlag>false", "<CanceledFlag>true")
    assert read(tmp_path, call(body=body)).values["status"] == "cancelled"


def test_several_calls_in_one_file_are_several_records(tmp_path: Path) -> None:
    two = f"<Call>{BODY}</Call><Call>{BODY.replace('26-1', '26-2')}</Call>"
    path = tmp_path / "calls.xml"
    path.write_text(call("Calls", two))
    rows = list(read_rows(path, find_map("new-world")))
    assert [row.external_id for row in rows if isinstance(row, Row)] == ["26-1", "26-2"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<Calls/>",
        "id,time\n1,2\n",
        call(body="<a>" * 5_000 + "</a>" * 5_000),
        call(body="<a>" * 200_000 + "</a>" * 200_000),
    ],
    ids=["blank", "empty", "table", "nested", "deeply-nested"],
)
def test_what_is_no_call_is_one_reject(tmp_path: Path, body: str) -> None:
    path = tmp_path / "call.xml"
    path.write_text(body)
    (found,) = read_rows(path, find_map("new-world"))
    assert isinstance(found, Reject)


def test_a_table_has_no_list_of_units() -> None:
    text = """\
version = 1
name = "x"
[file]
format = "csv"
zone = "UTC"
[key]
columns = ["*"]
[times.received]
column = "t"
formats = ["%Y-%m-%d"]
[units]
each = "Unit"
id = "UnitNumber"
formats = ["%Y-%m-%d"]
"""
    with pytest.raises(FileRefused, match="leave `each` out"):
        parse_map(text.encode())
