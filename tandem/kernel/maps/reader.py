"""Streams the records of a delimited file, each with its line, whatever the file does.

A torn record never takes its neighbors along: it is given up alone, and reading goes on with the
next line. Nothing is held in memory but the record at hand.
"""

import codecs
import contextlib
import csv
import difflib
import functools
import gzip
import io
import sys
import tempfile
import zlib
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tandem.kernel.maps.format import Map, MapError
from tandem.kernel.maps.saying import Saying

# A record with more lines or characters than this is an unclosed quote, not a record.
LONGEST_RECORD_LINES = 60
LONGEST_RECORD = 64 * 1024
LONGEST_FIELD = 100_000
CHUNK = 1 << 20
SPOOLED = 16 * CHUNK
LOOKED_AT = 8192
# A text has hardly a control character beside its tabs and ends of lines.
_FEW_CONTROLS = 20
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1a\x1c\x1d\x1e\x1f")
_BETWEEN_CELLS = {"\t": "a tab", ";": "a semicolon", "|": "a bar", ",": "a comma"}
_NO_TEXT = (
    (b"PK\x03\x04", "it is an Excel workbook or a ZIP archive: save the table as CSV"),
    (b"\xd0\xcf\x11\xe0", "it is an old Excel workbook: save the table as CSV"),
    (b"%PDF", "it is a PDF document: export the table as CSV"),
    (b"\x1f\x8b", "it is compressed twice: unpack it once"),
    (b"BZh", "it is compressed by bzip2: unpack it, or compress it by gzip"),
    (b"\xfd7zXZ", "it is compressed by xz: unpack it, or compress it by gzip"),
    (b"7z\xbc\xaf", "it is a 7-Zip archive: unpack it, or compress it by gzip"),
    (b"(\xb5/\xfd", "it is compressed by zstd: unpack it, or compress it by gzip"),
)


# Not frozen: one is made for each record of a file.
@dataclass(slots=True)
class Record:
    """One record of the file, its cells by the names in the head line."""

    line: int
    number: int
    cells: dict[str, str]
    raw: str


@dataclass(frozen=True, slots=True)
class Reject:
    """One record that could not be taken; the shape is a contract."""

    line: int
    record: int
    reason: str
    kind: str
    raw: str

    def as_json(self) -> dict[str, int | str]:
        return {
            "line": self.line,
            "record": self.record,
            "reason": self.reason,
            "kind": self.kind,
            "raw": self.raw,
        }


@dataclass(frozen=True)
class SourceText:
    """An open file as text, and what was found out about it."""

    stream: io.TextIOBase
    encoding: str
    name: str


class _Torn(Exception):
    """The record does not end within what a record may be."""


def files_of(given: str, source_map: Map) -> list[Path | None]:
    """The files behind one FILE argument: a file, a folder's files, or None for standard input."""
    if given == "-":
        return [None]
    path = Path(given)
    if path.is_dir():
        ending = "xml" if source_map.format == "new-world-xml" else "csv"
        found = sorted(
            item for item in path.iterdir() if item.name.endswith((f".{ending}", f".{ending}.gz"))
        )
        if not found:
            raise MapError(f"The folder {given} holds no .{ending} file.")
        return list(found)
    if not path.is_file():
        raise MapError(f"There is no file {given}.")
    return [path]


@contextlib.contextmanager
def open_source(path: Path | BinaryIO | None, source_map: Map) -> Iterator[SourceText]:
    """Open a plain or compressed file, or standard input, as text of the right encoding.

    Bytes that are open already are read from their beginning, and stay open.
    """
    with contextlib.ExitStack() as stack:
        raw: BinaryIO
        if path is None:
            spool = stack.enter_context(tempfile.SpooledTemporaryFile(max_size=SPOOLED))
            while block := sys.stdin.buffer.read(CHUNK):
                spool.write(block)
            raw = spool  # type: ignore[assignment]
        elif isinstance(path, Path):
            try:
                raw = stack.enter_context(path.open("rb"))
            except OSError as error:
                raise MapError(f"{path} cannot be read: {error.strerror}.") from None
        else:
            raw = path
        raw.seek(0)
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if packed:
            raw = stack.enter_context(gzip.open(raw))  # type: ignore[assignment]
        name = str(path) if isinstance(path, Path) else "standard input"
        try:
            encoding = find_encoding(raw, source_map.encoding)
            raw.seek(0)
            check_text(raw.read(LOOKED_AT), encoding)
            # A damaged archive is found before the first record is given out, not in the middle.
            while packed and raw.read(CHUNK):
                pass
            raw.seek(0)
        except (gzip.BadGzipFile, EOFError, zlib.error):
            said = "the .gz archive is damaged or cut off"
            raise MapError(f"{name} cannot be read: {said}.") from None
        except (OSError, UnicodeError) as error:
            raise MapError(f"{name} cannot be read: {error}.") from None
        text = io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="")
        yield SourceText(text, encoding, name)
        # Whoever opened the bytes closes them: the text must not take them along.
        text.detach()


def check_text(head: bytes, encoding: str) -> None:
    """Raise UnicodeError where the beginning of a file is plainly no text."""
    for mark, sentence in _NO_TEXT:
        if head.startswith(mark):
            raise UnicodeError(sentence)
    controls = sum(map(_CONTROLS.__contains__, head))
    if not encoding.startswith("utf-16") and controls and controls * _FEW_CONTROLS > len(head):
        raise UnicodeError("it is no text but a binary file")


def find_encoding(raw: BinaryIO, wanted: str) -> str:
    """What the file is written in: its mark, else UTF-8 if all of it is, else Windows' cp1252.

    Raises UnicodeError where it is plainly not written in the encoding that was asked for.
    """
    head = raw.read(4)
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return name
    if wanted == "cp1252":
        return wanted
    # UTF-16 without a mark: every second byte of plain text is nothing.
    even, odd = set(head[0::2]), set(head[1::2])
    if wanted != "utf-8" and even == {0} and 0 not in odd:
        return "utf-16-be"
    if wanted != "utf-8" and odd == {0} and 0 not in even:
        return "utf-16-le"
    other = UnicodeError(f"it is not written in {wanted}, as the map says")
    if wanted == "utf-16" and head:
        raise other
    decoder = codecs.getincrementaldecoder("utf-8")()
    block = head
    try:
        while block:
            decoder.decode(block)
            block = raw.read(CHUNK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        if wanted == "utf-8":
            # Read on all the same, what cannot be read would make one key of two.
            raise other from None
        return "cp1252"
    return "utf-8"


class _Lines:
    """Physical lines with their numbers, which a torn record can give back."""

    def __init__(self, stream: io.TextIOBase) -> None:
        self.stream = stream
        self.waiting: deque[str] = deque()
        self.taken: list[str] = []
        self.size = 0
        self.next_line = 1
        self.ended_inside = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self.taken) >= LONGEST_RECORD_LINES or self.size > LONGEST_RECORD:
            raise _Torn
        line = self.waiting.popleft() if self.waiting else self._read()
        if not line:
            # Asked for more while a record is open: a quote was never closed.
            self.ended_inside = bool(self.taken)
            raise StopIteration
        self.taken.append(line)
        self.size += len(line)
        self.next_line += 1
        if len(line) >= LONGEST_FIELD:
            raise _Torn
        return line

    def _read(self) -> str:
        """One line; of an endless one only the beginning is kept."""
        line = self.stream.readline(LONGEST_FIELD)
        rest = line
        while len(rest) == LONGEST_FIELD and not rest.endswith("\n"):
            rest = self.stream.readline(LONGEST_FIELD)
        return line

    def begin(self) -> int:
        """Start a record; its first line's number."""
        self.taken.clear()
        self.size = 0
        self.ended_inside = False
        return self.next_line

    def give_back_all_but_first(self) -> str:
        """Keep the first line as the torn record; the others are read again."""
        if len(self.taken) == 1:
            return self.taken[0]
        first, *others = self.taken
        self.waiting.extendleft(reversed(others))
        self.next_line -= len(others)
        return first


def numbered(head: Sequence[str]) -> list[str]:
    """The names of the columns; those that stand more than once as `Unit (1)`, `Unit (2)`."""
    often = Counter(head)
    seen: Counter[str] = Counter()
    names = []
    for column in head:
        seen[column] += 1
        names.append(f"{column} ({seen[column]})" if often[column] > 1 else column)
    return names


@functools.lru_cache(maxsize=256)
def _other_cells(cells: int, columns: int) -> Saying:
    # A file that is none of the map's says this of every record.
    return Saying(
        "%(cells)s cells where the head line has %(columns)s.", cells=cells, columns=columns
    )


def _advice(missing: str, head: Sequence[str]) -> str:
    """What the writer of the map may have meant, from the head line alone."""
    between = [words for mark, words in _BETWEEN_CELLS.items() if mark in head[0]]
    if len(head) == 1 and between:
        return f" Its cells stand apart by {between[0]}: the map's `delimiter` must say so."
    near = difflib.get_close_matches(missing.casefold(), [name.casefold() for name in head], n=1)
    meant = next((name for name in head if near and name.casefold() == near[0]), "")
    return f" There is {meant!r}." if meant else ""


class Table:
    """A delimited file: its head, checked against the map before any record is given out."""

    def __init__(self, source: SourceText, source_map: Map) -> None:
        csv.field_size_limit(LONGEST_FIELD * 2)
        self.delimiter = source_map.delimiter
        self.lines = _Lines(source.stream)
        own = self._read_head(source.name)
        self.head = numbered(own)
        missing = [name for name in source_map.needed_columns() if name not in self.head]
        if missing and own.count(missing[0]) > 1:
            first, *_, last = (f"{missing[0]} ({n + 1})" for n in range(own.count(missing[0])))
            raise MapError(
                f"{source.name}: the column {missing[0]!r} stands twice in the head line."
                f" Name it {first!r} or {last!r}."
            )
        if missing and own[0].startswith("<"):
            raise MapError(f"{source.name} is XML; the map {source_map.name} reads a table.")
        if missing:
            raise MapError(
                f"{source.name} has no column {missing[0]!r}, which the map"
                f" {source_map.name} names.{_advice(missing[0], own)}"
            )

    def records(self) -> Iterator[Record | Reject]:
        """Every record in order; blank lines and the head are none."""
        reader = csv.reader(self.lines, delimiter=self.delimiter)
        number = 0
        while True:
            line = self.lines.begin()
            torn: Saying | None = None
            cells: list[str] = []
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (_Torn, csv.Error):
                torn = Saying("The record does not end: a quote is not closed, or it is too long.")
            if not torn and self.lines.ended_inside:
                torn = Saying("The file ends inside a quote.")
            taken = self.lines.taken
            raw = taken[0] if len(taken) == 1 else "".join(taken)
            if not torn and not raw.strip():
                continue
            number += 1
            if torn:
                # It stands inside a quote: a new one begins outside.
                reader = csv.reader(self.lines, delimiter=self.delimiter)
            elif len(cells) != len(self.head):
                torn = _other_cells(len(cells), len(self.head))
            if torn:
                yield Reject(line, number, torn, "torn", self.lines.give_back_all_but_first())
            else:
                yield Record(line, number, dict(zip(self.head, cells, strict=True)), raw)

    def _read_head(self, name: str) -> list[str]:
        reader = csv.reader(self.lines, delimiter=self.delimiter)
        head: list[str] = []
        while not any(head):
            self.lines.begin()
            try:
                head = [column.strip() for column in next(reader)]
            except StopIteration:
                raise MapError(f"{name} is empty.") from None
            except (_Torn, csv.Error):
                raise MapError(f"{name} has no head line that can be read.") from None
        if len(set(numbered(head))) != len(head):
            raise MapError(f"{name}: columns of the head line cannot be told apart.")
        return head
