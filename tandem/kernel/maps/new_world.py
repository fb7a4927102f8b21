"""Reads calls of New World's CAD export (XML): every value by its path, nothing interpreted.

A path names elements below the call, `A/B/C`. `A/B[C=word]/D` takes only those B whose C reads
`word`; `one | other` takes the first of two paths that says anything. Two names of ours tell what
no element says alone: `@status` and `@latest`.
"""

import re
import xml.etree.ElementTree as tree
from collections.abc import Iterator

from tandem.kernel.maps.format import Map
from tandem.kernel.maps.reader import Record, Reject, SourceText
from tandem.kernel.maps.saying import Saying

# Stands between the values of an element that occurs several times; no text can hold it.
BETWEEN = "\x1e"
ROOTS = ("CallExport", "Call")
LATEST, STATUS = "@latest", "@status"
LARGEST = 5 * 1024 * 1024
DEEPEST = 50  # far more than a call has; what reads it walks down by calling itself
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_STEP = re.compile(r"(?P<name>[^\[\]/]+)(\[(?P<child>[^\[\]=]+)=(?P<word>[^\[\]]*)\])?(?:/|$)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
# How the source's own programs write a time that nobody set.
_NEVER = "0001-01-01T00:00:00"
# Seven digits of a second are written, six are read.
_SEVENTH = re.compile(r"(\.\d{6})\d+")


class CallCells(dict[str, str]):
    """The values of one call by path; a path that is not there reads as blank."""

    def __init__(self, call: tree.Element) -> None:
        super().__init__()
        self.call = call
        texts: dict[str, list[str]] = {}
        _collect(call, "", texts)
        self.update((path, BETWEEN.join(found)) for path, found in texts.items())

    def __missing__(self, path: str) -> str:
        if path == LATEST:
            return max((text for text in self._texts() if _TIME.match(text)), default="")
        if path == STATUS:
            return self._status()
        for way in path.split(" | ") if "[" in path or " | " in path else ():
            if found := [text for each in elements(self.call, way.strip()) if (text := said(each))]:
                return BETWEEN.join(found)
        return ""

    def _texts(self) -> Iterator[str]:
        for values in self.values():
            yield from values.split(BETWEEN)

    def _status(self) -> str:
        for flag, word in (("CanceledFlag", "cancelled"), ("ClosedFlag", "closed")):
            if self.get(flag, "").lower() in ("true", "1"):
                return word
        return "open" if "ClosedFlag" in self else ""


def elements(above: tree.Element, path: str) -> list[tree.Element]:
    """Every element that a path reaches."""
    reached = [above]
    for step in _STEP.finditer(path):
        name, child, word = step["name"], step["child"], step["word"]
        reached = [
            below
            for one in reached
            for below in one
            if _name(below) == name and (child is None or word in map(said, _named(below, child)))
        ]
    return reached


def value(above: tree.Element, path: str) -> str:
    """The first thing that a path below an element says."""
    return next((text for each in elements(above, path) if (text := said(each))), "")


def said(element: tree.Element) -> str:
    """An element's own words; nothing where the source says that it is nothing."""
    text = (element.text or "").strip()
    if not text or element.get(_NIL, "").lower() in ("true", "1") or text.startswith(_NEVER):
        return ""
    return _SEVENTH.sub(r"\1", text) if _TIME.match(text) else text


def read_call(source: SourceText, source_map: Map) -> tuple[list[str], Iterator[Record | Reject]]:
    """The paths in the file and its calls, which nearly always are one."""
    text = source.stream.read(LARGEST + 1)
    found: list[Record | Reject] = []
    reason, calls = _calls(text)
    for number, call in enumerate(calls, start=1):
        # A file of one call is kept as it came; of several, each can stand alone.
        raw = text if len(calls) == 1 else tree.tostring(call, encoding="unicode")
        found.append(Record(1, number, CallCells(call), raw))
    if reason:
        found.append(Reject(1, 1, reason, "torn", text[:LARGEST]))
    paths = {path for one in found if isinstance(one, Record) for path in one.cells}
    return sorted({*paths, *source_map.needed_columns()}), iter(found)


def _calls(text: str) -> tuple[Saying | None, list[tree.Element]]:
    """Why the text is no call, or its calls."""
    if len(text) > LARGEST:
        return Saying("The file is larger than 5 MB."), []
    if not text.strip("\ufeff \t\r\n"):
        return Saying("The file is empty."), []
    if re.search(r"<!(DOCTYPE|ENTITY)", text):
        # A call needs neither, and both can make a small file unpack without end.
        return Saying("The file declares entities, which a call never needs."), []
    try:
        root = tree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text.lstrip("\ufeff")))  # noqa: S314 — above
    except tree.ParseError as error:
        return Saying("This is not XML: %(error)s.", error=error), []
    if not _is_shallow(root):
        deep = "The file nests deeper than %(most)s elements, which a call never does."
        return Saying(deep, most=DEEPEST), []
    if _name(root) in ROOTS and not any(_name(child) in ROOTS for child in root):
        return None, [root]
    calls = [child for child in root if _name(child) in ROOTS]
    return (None if calls else Saying("This is no %(roots)s.", roots=" or ".join(ROOTS))), calls


def _is_shallow(root: tree.Element) -> bool:
    layer = [root]
    for _ in range(DEEPEST):
        layer = [child for element in layer for child in element]
        if not layer:
            return True
    return False


def _collect(element: tree.Element, path: str, texts: dict[str, list[str]]) -> None:
    for child in element:
        below = f"{path}/{_name(child)}" if path else _name(child)
        if text := said(child):
            texts.setdefault(below, []).append(text)
        _collect(child, below, texts)


def _named(element: tree.Element, name: str) -> Iterator[tree.Element]:
    return (child for child in element if _name(child) == name)


def _name(element: tree.Element) -> str:
    """The name without its name space."""
    return element.tag.rpartition("}")[2]
