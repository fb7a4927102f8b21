"""Event tables in and out: Parquet or CSV files in one folder, named as the tables are."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from tandem.evaluation.events.dictionary import csvw
from tandem.evaluation.events.schema import TABLES, Table

DICTIONARY = "dictionary.csvw.json"
_ARROW = {
    "text": pa.string(),
    "code": pa.string(),
    "time": pa.timestamp("ms", tz="UTC"),
    "date": pa.date32(),
    "whole": pa.int64(),
    "number": pa.float64(),
}


class DataRefused(Exception):
    """The event tables cannot be used; the message says which and why. Nothing was written."""


def arrow_schema(table: Table) -> pa.Schema:
    """The table's columns as Arrow types: times in UTC to the millisecond, dates as days."""
    return pa.schema([(column.name, _ARROW[column.kind]) for column in table.columns])


def as_table(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows as an event table; a key that is absent is blank, an unknown key is refused."""
    table = TABLES[name]
    known = {column.name for column in table.columns}
    taken = [dict(row) for row in rows]
    for row in taken:
        if extra := row.keys() - known:
            raise DataRefused(f"The table {name} has no column {min(extra)!r}.")
    return pa.Table.from_pylist(taken, schema=arrow_schema(table))


def find_tables(folder: Path) -> dict[str, Path]:
    """The event tables of a folder, by name; `.parquet` stands before `.csv` and `.csv.gz`."""
    if not folder.is_dir():
        raise DataRefused(
            f"{folder} is no folder. Give a folder with event tables (encounters.parquet and the"
            " others), or a file together with --map."
        )
    found: dict[str, Path] = {}
    for name in TABLES:
        for ending in ("parquet", "csv", "csv.gz"):
            path = folder / f"{name}.{ending}"
            if path.is_file():
                found.setdefault(name, path)
    if not found:
        raise DataRefused(f"{folder} holds none of the event tables: {', '.join(TABLES)}.")
    return found


def read_folder(folder: Path) -> dict[str, pa.Table]:
    """Every event table of a folder, in memory, with the declared columns and types."""
    return {name: read_table(name, path) for name, path in find_tables(folder).items()}


def read_table(name: str, path: Path) -> pa.Table:
    """One event table; columns that the file lacks are blank, unless they are needed."""
    schema = arrow_schema(TABLES[name])
    try:
        if path.suffix == ".parquet":
            read = pq.read_table(path)
        else:
            types = {field.name: field.type for field in schema}
            convert = pacsv.ConvertOptions(column_types=types, strings_can_be_null=True)
            read = pacsv.read_csv(path, convert_options=convert)
    except (pa.ArrowException, OSError) as error:
        raise cannot_read(name, path, error) from None
    check_columns(name, read.column_names)
    columns = []
    for field in schema:
        if field.name not in read.column_names:
            columns.append(pa.nulls(read.num_rows, field.type))
            continue
        try:
            columns.append(read.column(field.name).cast(field.type))
        except pa.ArrowException as error:
            raise DataRefused(
                f"{path}: the column {field.name!r} cannot be read: {error}"
            ) from None
    return pa.table(columns, schema=schema)


def cannot_read(name: str, path: Path, error: Exception) -> DataRefused:
    """The refusal of a file that is no such table, with the library's first line of why."""
    why = str(error).splitlines()[0] if str(error) else type(error).__name__
    return DataRefused(f"{path} cannot be read as the table {name}: {why}")


def check_columns(name: str, present: Iterable[str]) -> None:
    """Refuse a table that lacks a needed column, holds one twice, or one that the model does not
    know."""
    listed = list(present)
    table, have = TABLES[name], set(listed)
    twice = [column for column in have if listed.count(column) > 1]
    if twice:
        raise DataRefused(f"The table {name} holds the column {min(twice)!r} twice: keep one.")
    lacking = [column.name for column in table.columns if column.needed and column.name not in have]
    if lacking:
        raise DataRefused(f"The table {name} lacks the column {lacking[0]!r}.")
    unknown = have - {column.name for column in table.columns}
    if unknown:
        raise DataRefused(
            f"The table {name} holds the column {min(unknown)!r}, which the event model does not"
            " know. Remove it: a column nobody declared may tell who a person is."
        )


def write_folder(tables: Mapping[str, pa.Table], folder: Path) -> None:
    """Write the tables as Parquet, each with its dictionary (CSVW) in one file beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        check_columns(name, table.column_names)
        pq.write_table(table.cast(arrow_schema(TABLES[name])), folder / f"{name}.parquet")
    text = json.dumps(csvw(sorted(tables)), indent=1, ensure_ascii=False)
    (folder / DICTIONARY).write_text(f"{text}\n", encoding="utf-8")
