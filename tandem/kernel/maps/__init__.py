"""Maps say what the columns of other people's data are; one format for every import.

Reads nothing but the map and the file it is given, and knows neither database nor Django.
"""

from tandem.kernel.maps.evaluation import Evaluation, OutcomeCodes
from tandem.kernel.maps.evaluation_rows import EvaluationTable, read_evaluation_table
from tandem.kernel.maps.format import (
    CALL_KINDS,
    CodeList,
    Exclusions,
    Key,
    Label,
    Map,
    MapError,
    Meaning,
    Remark,
    find_map,
    parse_map,
    shipped_maps,
)
from tandem.kernel.maps.reader import Record, Reject, SourceText, files_of, open_source
from tandem.kernel.maps.rows import (
    Note,
    Row,
    UnitStep,
    check_group,
    read_rows,
    read_source,
    to_rows,
)
from tandem.kernel.maps.times import TimeColumn
from tandem.kernel.maps.triage import AT_ASSIGNMENT, Triage

__all__ = [
    "AT_ASSIGNMENT",
    "CALL_KINDS",
    "CodeList",
    "Evaluation",
    "EvaluationTable",
    "Exclusions",
    "Key",
    "Label",
    "Map",
    "MapError",
    "Meaning",
    "Note",
    "OutcomeCodes",
    "Record",
    "Reject",
    "Remark",
    "Row",
    "SourceText",
    "TimeColumn",
    "Triage",
    "UnitStep",
    "check_group",
    "files_of",
    "find_map",
    "open_source",
    "parse_map",
    "read_evaluation_table",
    "read_rows",
    "read_source",
    "shipped_maps",
    "to_rows",
]
