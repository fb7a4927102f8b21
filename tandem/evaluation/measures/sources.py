"""The event tables on an engine: opened, checked, and cleaned so that unknown is one thing."""

import itertools
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import ibis

from tandem.evaluation.events.schema import FACTS, TABLES, Column
from tandem.evaluation.events.store import (
    DataRefused,
    arrow_schema,
    cannot_read,
    check_columns,
    find_tables,
    read_table,
)
from tandem.evaluation.measures.compiler import ones

# Leaves room for the rest of a process that must stay below 3 GB.
MEMORY = "1500MB"
THREADS = 2
SHOWN = 3


@contextmanager
def duckdb_engine() -> Iterator[Any]:
    """DuckDB in a folder of its own, so that what does not fit in memory goes to disk."""
    with tempfile.TemporaryDirectory(prefix="tandem-measures-") as folder:
        engine = ibis.duckdb.connect(
            str(Path(folder) / "events.duckdb"),
            memory_limit=MEMORY,
            threads=THREADS,
            temp_directory=str(Path(folder) / "spill"),
            preserve_insertion_order=False,
        )
        # A run of some seconds would paint its progress into standard output, amid the JSON.
        engine.con.execute("SET enable_progress_bar = false")
        try:
            yield engine
        finally:
            engine.disconnect()


@contextmanager
def open_engine(url: str = "") -> Iterator[Any]:
    """DuckDB by default, else whatever Ibis reaches by that URL."""
    if not url:
        with duckdb_engine() as engine:
            yield engine
        return
    try:
        engine = ibis.connect(url)
    except ModuleNotFoundError as missing:
        library = (missing.name or "").partition(".")[0]
        raise DataRefused(
            f"The engine needs {library}, which is not installed. Without --engine DuckDB is used."
        ) from None
    except Exception as error:
        # Every engine has its own errors; none of them may print the password in the URL.
        scheme = url.partition(":")[0]
        raise DataRefused(
            f"The engine {scheme} cannot be reached ({type(error).__name__}); nothing was computed."
        ) from None
    try:
        yield engine
    finally:
        engine.disconnect()


class Events:
    """The event tables on one engine."""

    def __init__(self, engine: Any, tables: Mapping[str, Any]) -> None:
        self.engine = engine
        self.tables = dict(tables)

    @classmethod
    def of_folder(cls, engine: Any, folder: Path) -> "Events":
        """Tables in files: DuckDB reads Parquet where it lies, others get a copy."""
        tables = {}
        for name, path in find_tables(folder).items():
            if engine.name == "duckdb" and path.suffix == ".parquet":
                try:
                    tables[name] = engine.read_parquet(str(path), table_name=f"file_{name}")
                except duckdb.Error as error:
                    raise cannot_read(name, path, error) from None
                check_columns(name, tables[name].columns)
            else:
                tables[name] = _stored(engine, name, read_table(name, path))
        return cls(engine, tables)

    @classmethod
    def of_arrow(cls, engine: Any, given: Mapping[str, Any]) -> "Events":
        """Tables in memory."""
        tables = {}
        for name, table in given.items():
            check_columns(name, table.column_names)
            tables[name] = _stored(engine, name, table)
        return cls(engine, tables)

    @classmethod
    def of_engine(cls, engine: Any, schema: str) -> "Events":
        """Tables that the engine already holds, by the names of the event model."""
        present = set(engine.list_tables(database=schema or None))
        tables = {}
        for name in TABLES:
            if name in present:
                tables[name] = engine.table(name, database=schema or None)
                check_columns(name, tables[name].columns)
        if not tables:
            raise DataRefused(f"The engine holds none of the event tables: {', '.join(TABLES)}.")
        return cls(engine, tables)

    def has(self, name: str) -> bool:
        """Whether the data hold that table at all."""
        return name in self.tables

    def table(self, name: str) -> Any:
        """A table, cleaned: `unknown` and blank are both null, times are whole seconds (UTC)."""
        declared = TABLES[name]
        found = self.tables.get(name)
        if found is None:
            empty = arrow_schema(declared).empty_table()
            found = self.tables[name] = _stored(self.engine, name, empty)
        columns: dict[str, Any] = {}
        for column in declared.columns:
            if column.name not in found.columns:
                columns[column.name] = ibis.null(_IBIS[column.kind])
            elif column.kind in ("text", "code"):
                text = found[column.name].cast("string").nullif("")
                columns[column.name] = text.nullif("unknown") if column.kind == "code" else text
            elif column.kind == "time":
                columns[column.name] = found[column.name].epoch_seconds().cast("int64")
            else:
                columns[column.name] = found[column.name].cast(_IBIS[column.kind])
        return found.select(**columns)

    def facts(self) -> list[dict[str, Any]]:
        """The program's facts: few, so they are brought here."""
        if not self.has("facts"):
            return []
        rows: list[dict[str, Any]] = self.table("facts").to_pyarrow().to_pylist()
        return sorted(rows, key=lambda row: [str(row[column.name]) for column in FACTS.columns])

    def check(self) -> None:
        """Refuse data that break the declaration: a blank where one is needed, a word outside
        its list, a key that stands twice."""
        for name in sorted(self.tables):
            self._check_table(name)
        if self.has("links"):
            self._check_links()

    def _check_links(self) -> None:
        """One pseudonym stands for both, and for good: no chain, no circle, no link to itself."""
        links = self.table("links")
        over = links.view()
        chained = links.join(
            over,
            [
                links.same_as == over.person_id,
                over.until_at.isnull() | (over.until_at > links.from_at),
                links.until_at.isnull() | (links.until_at > over.from_at),
            ],
        )
        count = int(chained.count().to_pyarrow().as_py())
        if count:
            raise DataRefused(
                f"The table links cannot be used: {count} rows name a pseudonym in `same_as` that"
                " is merged itself at that time, or merge one with itself. Name the one that"
                " stands for all of them. Nothing was computed."
            )

    def _check_table(self, name: str) -> None:
        declared, found = TABLES[name], self.tables[name]
        counts: dict[str, Any] = {}
        for column in declared.columns:
            if column.name not in found.columns:
                continue
            value = found[column.name]
            if column.needed:
                counts[f"blank {column.name}"] = ones(value.isnull()).sum()
            if column.values and not column.open_list:
                wrong = value.notnull() & ~value.isin([*column.values, "unknown", ""])
                counts[f"word {column.name}"] = ones(wrong).sum()
            if column.least is not None:
                counts[f"bound {column.name}"] = ones(_out_of_bounds(value, column)).sum()
        if declared.key:
            rows, keys = found.count(), found[declared.key[0]].nunique()
            counts[f"twice {declared.key[0]}"] = rows - keys
        row = found.aggregate(**counts).to_pyarrow().to_pylist()[0]
        wrong = [_WRONG[kind].format(row[key], column, name) for key in row if row[key]
                 for kind, _, column in [key.partition(" ")]]  # fmt: skip
        if wrong:
            raise DataRefused(
                f"The table {name} cannot be used: {' '.join(wrong[:SHOWN])} Nothing was computed;"
                " correct these rows and run again."
            )


def _out_of_bounds(value: Any, column: Column) -> Any:
    # A file may hold its numbers in any type, exact decimals too.
    number = value.cast("float64")
    wrong = number < column.least
    if column.most is not None:
        wrong = wrong | (number > column.most)
    return value.notnull() & (wrong | number.isnan() | number.isinf())


_IBIS = {
    "text": "string",
    "code": "string",
    "time": "int64",
    "date": "date",
    "whole": "int64",
    "number": "float64",
}
_WRONG = {
    "blank": "{0} rows lack `{1}`.",
    "word": "{0} rows hold a word in `{1}` that its list does not have.",
    "bound": "{0} rows hold a number in `{1}` that cannot be there.",
    "twice": "{0} rows repeat a key in `{1}`, or leave it blank.",
}


def _stored(engine: Any, name: str, table: Any) -> Any:
    """A copy on the engine that is gone when the connection closes."""
    if engine.name == "postgres":
        # PostgreSQL has no time in milliseconds; its own are in microseconds.
        table = table.cast(_microseconds(table.schema))
    return kept(engine, f"event_{name}", table)


def kept(engine: Any, name: str, table: Any) -> Any:
    """Store a table or an expression until the connection closes.

    DuckDB runs in a folder that goes with it, and compresses there; others have temporary tables.
    """
    unique = f"tandem_{next(_NUMBERS)}_{name}"
    if engine.name == "duckdb" and not isinstance(table, ibis.Expr):
        # Ibis 12 drops its view of a table in memory with a statement that DuckDB 2 refuses.
        engine.con.register("given", table)
        engine.con.execute(f"CREATE TABLE {unique} AS SELECT * FROM given")  # noqa: S608 — ours
        engine.con.unregister("given")
        return engine.table(unique)
    return engine.create_table(unique, table, temp=engine.name != "duckdb")


_NUMBERS = itertools.count(1)


def _microseconds(schema: Any) -> Any:
    import pyarrow as pa

    exact = pa.timestamp("us", tz="UTC")
    return pa.schema(
        [field.with_type(exact) if pa.types.is_timestamp(field.type) else field for field in schema]
    )
