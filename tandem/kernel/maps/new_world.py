"""Reads one call of New World's CAD export (XML): every value by its path, nothing interpreted."""

import re
import xml.etree.ElementTree as tree
from collections.abc import Iterator

from tandem.kernel.maps.format import Map
from tandem.kernel.maps.reader import Record, Reject, SourceText

# Stands between the values of an element that occurs several times; no text can hold it.
BETWEEN = "\x1e"
ROOT = "CallExport"
LARGEST = 5 * 1024 * 1024


class _Cells(dict[str, str]):
    """A call holds only what is known: a path that is not there reads as blank."""

    def __missing__(self, path: str) -> str:
        return ""


def read_call(source: SourceText, source_map: Map) -> tuple[list[str], Iterator[Record | Reject]]:
    """The paths in the file and its one call; one file is one record."""
    text = source.stream.read(LARGEST + 1)
    cells, reason = _Cells(), ""
    if len(text) > LARGEST:
        reason = "The call is larger than 5 MB."
    elif re.search(r"<!(DOCTYPE|ENTITY)", text):
        # A call needs neither, and both can make a small file unpack without end.
        reason = "The file declares entities, which a call never needs."
    else:
        try:
            root = tree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))  # noqa: S314 — above
        except tree.ParseError as error:
            reason = f"This is not XML: {error}."
        else:
            if _name(root) != ROOT:
                reason = f"This is no {ROOT}."
            else:
                _collect(root, "", cells)
    found: Record | Reject = (
        Reject(1, 1, reason, "torn", text[:LARGEST]) if reason else Record(1, 1, cells, text)
    )
    paths = sorted({*cells, *source_map.needed_columns()})
    return paths, iter([found])


def _collect(element: tree.Element, path: str, cells: _Cells) -> None:
    for child in element:
        below = f"{path}/{_name(child)}" if path else _name(child)
        value = (child.text or "").strip()
        if value:
            cells[below] = f"{cells[below]}{BETWEEN}{value}" if below in cells else value
        _collect(child, below, cells)


def _name(element: tree.Element) -> str:
    """The name without its name space."""
    return element.tag.rpartition("}")[2]
