"""The event model: what is declared is what is written, read, refused and described."""

import datetime as dt
import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tandem.evaluation.events import dictionary
from tandem.evaluation.events.schema import TABLES
from tandem.evaluation.events.store import (
    DICTIONARY,
    DataRefused,
    as_table,
    find_tables,
    read_folder,
    write_folder,
)
from tandem.evaluation.measures.running import compute
from tandem.kernel.instance import checkout
from tests.evaluation import notation

NOON = dt.datetime(2025, 1, 6, 18, 0, tzinfo=dt.UTC)
CALL = {"call_id": "c1", "county": "a", "received_at": NOON, "local_date": dt.date(2025, 1, 6)}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    given = {name: as_table(name, rows) for name, rows in notation.read().items()}
    write_folder(given, tmp_path / "events")
    found = read_folder(tmp_path / "events")
    assert found.keys() == TABLES.keys()
    assert all(found[name].equals(given[name]) for name in given)


def test_a_csv_file_is_read_as_the_same_table(tmp_path: Path) -> None:
    text = (
        "call_id,county,received_at,local_date,bh_at_close\n"
        "c1,a,2025-01-06T18:00:00Z,2025-01-06,yes\n"
        "c2,a,2025-01-06T19:30:00+01:00,2025-01-06,\n"
    )
    (tmp_path / "calls.csv").write_text(text)
    table = read_folder(tmp_path)["calls"].to_pylist()
    assert table[0]["received_at"] == NOON
    assert table[1]["received_at"] == dt.datetime(2025, 1, 6, 18, 30, tzinfo=dt.UTC)
    assert [row["bh_at_close"] for row in table] == ["yes", None]


def test_the_dictionary_describes_every_column(tmp_path: Path) -> None:
    write_folder({"calls": as_table("calls", [CALL])}, tmp_path / "events")
    told = json.loads((tmp_path / "events" / DICTIONARY).read_text())
    assert told["@context"][0] == "http://www.w3.org/ns/csvw"
    (calls,) = told["tables"]
    schema = calls["tableSchema"]
    assert [column["name"] for column in schema["columns"]] == [
        column.name for column in TABLES["calls"].columns
    ]
    assert schema["primaryKey"] == ["call_id"]
    by_name = {column["name"]: column for column in schema["columns"]}
    pattern = by_name["bh_at_close"]["datatype"]["format"]
    assert re.fullmatch(pattern, "yes")
    assert not re.fullmatch(pattern, "maybe")
    assert by_name["received_at"]["required"] is True


def test_a_foreign_key_is_told_where_both_tables_are_there() -> None:
    tables = {table["url"]: table for table in dictionary.csvw(["calls", "encounters"])["tables"]}
    assert tables["encounters.csv"]["tableSchema"]["foreignKeys"] == [
        {
            "columnReference": "call_id",
            "reference": {"resource": "calls.csv", "columnReference": "call_id"},
        }
    ]


def test_the_reference_page_is_the_declaration() -> None:
    page = (checkout() / "docs/reference/events.md").read_text(encoding="utf-8")
    assert dictionary.page() in page, "print it again: tandem.evaluation.events.dictionary.page()"


def test_no_column_may_hold_who_somebody_is() -> None:
    names = {column.name for table in TABLES.values() for column in table.columns}
    assert not names & {"name", "first_name", "birth_date", "address", "phone", "narrative", "ssn"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"surname": "x"}, "has no column 'surname'"),
        ({"call_id": None}, "1 rows lack `call_id`"),
        ({"bh_at_close": "perhaps"}, "1 rows hold a word in `bh_at_close`"),
    ],
)
def test_rows_that_break_the_declaration_are_refused(
    tmp_path: Path, change: dict[str, str | None], sentence: str
) -> None:
    def write_and_run() -> None:
        write_folder({"calls": as_table("calls", [{**CALL, **change}])}, tmp_path / "e")
        compute(tmp_path / "e")

    with pytest.raises(DataRefused, match=re.escape(sentence)):
        write_and_run()


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    write_folder({"calls": as_table("calls", [CALL, CALL])}, tmp_path / "e")
    with pytest.raises(DataRefused, match="1 rows repeat a key in `call_id`"):
        compute(tmp_path / "e")


def test_a_column_nobody_declared_is_refused(tmp_path: Path) -> None:
    table = as_table("calls", [CALL])
    pq.write_table(table.append_column("surname", pa.array(["x"])), tmp_path / "calls.parquet")
    with pytest.raises(DataRefused, match="may tell who a person is"):
        compute(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("calls.csv", "call_id,county\nc1,a\n", "lacks the column 'received_at'"),
        ("calls.csv", "call_id,county,received_at,local_date\nc,a,noon,2025-01-06\n", "cannot be"),
        ("calls.parquet", "this is no Parquet", "cannot be read"),
        ("else.csv", "a\n1\n", "holds none of the event tables"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_sentence(
    tmp_path: Path, name: str, text: str, sentence: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DataRefused, match=sentence):
        read_folder(tmp_path)


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="is no folder"):
        find_tables(tmp_path / "nowhere")
