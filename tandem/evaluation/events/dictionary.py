"""The data dictionary, generated from the declaration: CSVW for programs, a page for people.

CSV on the Web (W3C, Metadata Vocabulary for Tabular Data, 2015) describes a group of tables. It was
made for CSV; the same names, types and keys hold for the Parquet files of the same name.
"""

from collections.abc import Iterable
from typing import Any

from tandem.evaluation.events.axis_words import AXIS_WORDS
from tandem.evaluation.events.schema import AXES, KINDS, TABLES, VERSION, Column, Table


def csvw(names: Iterable[str]) -> dict[str, Any]:
    """The tables as a CSVW table group."""
    wanted = list(names)
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": "Event model of co-response encounters",
        "dc:hasVersion": VERSION,
        "tables": [_table(TABLES[name], wanted) for name in wanted],
    }


def _table(table: Table, present: list[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"columns": [_column(column) for column in table.columns]}
    if table.key:
        schema["primaryKey"] = list(table.key)
    keys = [
        {
            "columnReference": column,
            "reference": {"resource": f"{parent}.csv", "columnReference": column},
        }
        for column, parent in table.parents
        if parent in present
    ]
    if keys:
        schema["foreignKeys"] = keys
    return {"url": f"{table.name}.csv", "dc:description": table.says, "tableSchema": schema}


def _column(column: Column) -> dict[str, Any]:
    kind: dict[str, Any] = {"base": KINDS[column.kind]}
    if column.kind == "time":
        kind["format"] = "yyyy-MM-dd'T'HH:mm:ssX"
    if column.values and not column.open_list:
        kind["format"] = f"^({'|'.join(column.values)})$"
    for name, bound in (("minimum", column.least), ("maximum", column.most)):
        if bound is not None:
            kind[name] = bound
    return {
        "name": column.name,
        "titles": column.name,
        "dc:description": column.says,
        "datatype": kind,
        "required": column.needed,
    }


def page() -> str:
    """The same declaration as a page in Markdown."""
    lines = []
    for table in TABLES.values():
        key = f" Key: {', '.join(f'`{name}`' for name in table.key)}." if table.key else ""
        lines += [f"### {table.name}", "", f"{table.says}{key}", ""]
        lines += ["| column | kind | needed | says |", "| --- | --- | --- | --- |"]
        for column in table.columns:
            needed = "yes" if column.needed else ""
            words = column.says
            if column.values:
                words += f" One of: {', '.join(column.values)}"
                words += "; a site may add its own." if column.open_list else "."
            lines.append(f"| `{column.name}` | {column.kind} | {needed} | {words} |")
        lines.append("")
        if table is AXES:
            lines += ["The words that measures know, besides `unknown`:", ""]
            lines += [f"- `{axis}`: {', '.join(words)}." for axis, words in AXIS_WORDS.items()]
            lines.append("")
    return "\n".join(lines)
