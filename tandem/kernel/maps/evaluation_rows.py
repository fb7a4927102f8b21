"""Reads the columns that a map's `[evaluation]` section names, as text, row by row."""

from dataclasses import dataclass, field

from tandem.kernel.maps.format import Map, MapError
from tandem.kernel.maps.reader import Reject, files_of, open_source
from tandem.kernel.maps.rows import read_source


@dataclass
class EvaluationTable:
    """The named columns of a file, equally long; None is what the file does not say.

    `lines` holds the line on which each row begins; `rejects` the rows that could not be read.
    """

    columns: dict[str, list[str | None]]
    lines: list[int] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


def read_evaluation_table(given: str, source_map: Map) -> EvaluationTable:
    """All rows of a file, a folder or standard input (`-`) by the map's `[evaluation]` section.

    Raises MapError where the map has no such section or the file lacks a column.
    """
    section = source_map.evaluation
    if section is None:
        raise MapError(
            f"The map {source_map.name} has no [evaluation] section: add one that says which"
            " column is the unit, the time, the group and the outcome."
        )
    named = section.columns()
    table = EvaluationTable({name: [] for name in named})
    for path in files_of(given, source_map):
        with open_source(path, source_map) as source:
            _, records = read_source(source, source_map)
            for record in records:
                if isinstance(record, Reject):
                    table.rejects.append(record)
                    continue
                table.lines.append(record.line)
                for name, column in named.items():
                    table.columns[name].append(section.value(name, record.cells[column]))
    return table
