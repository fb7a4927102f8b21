"""Writes a map for a table out of a sample and what somebody pointed at; keeps neither."""

import contextlib
import csv
import datetime as dt
import gzip
import io
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tandem.kernel.maps.format import (
    DELIMITERS,
    LOWEST_PRIORITY,
    NAME,
    OURS,
    STATUSES,
    Map,
    MapError,
    parse_map,
)
from tandem.kernel.maps.reader import (
    LOOKED_AT,
    Reject,
    SourceText,
    Table,
    check_text,
    find_encoding,
    numbered,
)
from tandem.kernel.maps.rows import Row, to_rows
from tandem.kernel.maps.saying import Saying
from tandem.kernel.maps.times import TIMES, is_whole_date
from tandem.kernel.maps.units import STEPS
from tandem.kernel.strict_toml import FileRefused

# Characters of a sample that are looked at, and rows of it that are shown.
MOST_SAMPLE, MOST_SHOWN, MOST_COLUMNS, MOST_REJECTS = 200_000, 5, 200, 20
# Of a packed sample no more is unpacked, four bytes for each character.
MOST_BYTES = 4 * MOST_SAMPLE
KEY, SEQUENCE, REMARK = "key", "sequence", "remark"
# Of a table whose rows each tell one status of one unit.
UNIT, UNIT_STATUS, UNIT_TIME = "unit", "unit_status", "unit_time"
STATUS, PRIORITY = "column:status", "column:priority"
# What somebody is asked about each code of such a column; other words are kept as they are.
MEANINGS = {
    STATUS: STATUSES,
    UNIT_STATUS: STEPS,
    PRIORITY: tuple(map(str, range(1, LOWEST_PRIORITY + 1))),
}
MOST_CODES = 40
CHOICES = (
    "",
    KEY,
    SEQUENCE,
    *(f"time:{name}" for name in TIMES),
    *(f"column:{name}" for name in OURS),
    REMARK,
    UNIT,
    UNIT_STATUS,
    UNIT_TIME,
)
# How tables commonly write a time; of two that fit, the first.
COMMON_TIMES = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%d %H:%M:%S.%f",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%y %H:%M:%S",
    "%m/%d/%y %H:%M",
    "%m/%d/%y %I:%M:%S %p",
    "%m/%d/%y %I:%M %p",
    "%m/%d/%Y %H%M",
    "%m/%d/%y %H%M",
    "%m-%d-%Y %H:%M:%S",
    "%m-%d-%Y %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%d %I:%M:%S %p",
    "%d-%b-%Y %H:%M:%S",
    "%d-%b-%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    # Without seconds first: strptime reads 1005 also as five seconds past ten.
    "%Y%m%d %H%M",
    "%Y%m%d %H%M%S",
    "%Y%m%d %H:%M:%S",
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%m/%d/%y",
)


@dataclass(frozen=True)
class Sample:
    """The beginning of a table: its text, how it is cut into cells, and a few of them."""

    text: str
    delimiter: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def values(self, column: str) -> list[str]:
        """What a column says, blanks left out."""
        place = self.head.index(column)
        return [row[place].strip() for row in self.rows if row[place].strip()]

    def joined(self, columns: Sequence[str]) -> list[str]:
        """What several columns say together, rows left out where one of them is blank."""
        places = [self.head.index(column) for column in columns]
        cells = ([row[place].strip() for place in places] for row in self.rows)
        return [" ".join(said) for said in cells if all(said)]


@dataclass(frozen=True)
class Pointed:
    """What somebody said the columns are; `times` says how times are written, if asked.

    `codes` says what the codes of a column mean, by the column's choice.
    """

    name: str
    zone: str
    choices: Mapping[str, str]
    times: str = ""
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass
class Trial:
    """What became of the sample under a map."""

    rows: int = 0
    accepted: int = 0
    suspect: int = 0
    unmapped: int = 0
    shown: list[Row] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    rejected: int = 0

    def accept(self, row: Row) -> None:
        """Count one row that would become a call, and show the first of them."""
        self.accepted += 1
        self.suspect += bool(row.suspects)
        self.unmapped += bool(row.unmapped)
        self.shown += [row] if len(self.shown) < MOST_SHOWN else []

    def reject(self, reject: Reject) -> None:
        """Count one row that would not, and list the first of them."""
        self.rejected += 1
        self.rejects += [reject] if len(self.rejects) < MOST_REJECTS else []


def text_of(raw: bytes) -> tuple[str, bool]:
    """The beginning of an uploaded file, plain or .gz, as text, cut at the end of a line.

    With it whether something stands behind it in the file.
    """
    more = False
    try:
        if raw.startswith(b"\x1f\x8b"):
            with gzip.open(io.BytesIO(raw)) as packed:
                raw, more = packed.read(MOST_BYTES), bool(packed.read(1))
        encoding = find_encoding(io.BytesIO(raw), "auto")
        check_text(raw[:LOOKED_AT], encoding)
    except (OSError, EOFError, zlib.error):
        raise MapError(Saying("The file cannot be read: its .gz archive is damaged.")) from None
    except UnicodeError as wrong:
        raise MapError(Saying("The file cannot be read: %(why)s.", why=wrong)) from None
    text = raw.decode(encoding, errors="replace").lstrip("\ufeff").replace("\x00", "")
    if len(text) <= MOST_SAMPLE:
        return text, more
    cut = text[:MOST_SAMPLE]
    return cut[: cut.rfind("\n") + 1] or cut, True


def read_sample(text: str) -> Sample:
    """Find the columns; raises MapError where there are none."""
    text = text[:MOST_SAMPLE]
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    if first.lstrip("\ufeff ").startswith("<"):
        raise MapError(Saying("This is XML: a map is built here from a table."))
    if not first.count(delimiter):
        raise MapError(Saying("The sample's first line names no columns."))
    with contextlib.suppress(csv.Error):
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row)]
        own = [column.strip() for column in rows[0]]
        head = tuple(numbered(own))
        if len(set(head)) == len(head) <= MOST_COLUMNS and all(own):
            even = tuple(tuple(row) for row in rows[1:] if len(row) == len(head))
            return Sample(text, delimiter, head, even)
    raise MapError(Saying("The sample's first line must name each column once."))


def time_format(values: Sequence[str]) -> str:
    """The common way of writing a time that reads most of the values; blank if none reads any."""
    counts = {shape: sum(_reads(value, shape) for value in values) for shape in COMMON_TIMES}
    best = max(COMMON_TIMES, key=lambda shape: counts[shape])
    return best if counts[best] else ""


def _reads(text: str, shape: str) -> bool:
    try:
        dt.datetime.strptime(text, shape)  # noqa: DTZ007 — only whether it can be read
    except ValueError:
        return False
    return True


def write_map(sample: Sample, pointed: Pointed) -> str:
    """The map as TOML; raises MapError when a time is written in no common way."""
    chosen = {column: pointed.choices.get(column, "") for column in sample.head}
    timed = [choice for choice in chosen.values() if choice.startswith("time:")]
    if not timed and UNIT_TIME not in chosen.values():
        raise MapError(Saying("Point at one column with a time at least."))
    _check_words(pointed)
    keys = [column for column, choice in chosen.items() if choice == KEY]
    lines = ["version = 1", f"name = {_quoted(pointed.name)}", "", "[file]", 'format = "csv"']
    lines += [f"zone = {_quoted(pointed.zone)}", f"delimiter = {_quoted(sample.delimiter)}", ""]
    lines += ["[key]", f"columns = [{', '.join(map(_quoted, keys or ['*']))}]"]
    sequence = next((column for column, choice in chosen.items() if choice == SEQUENCE), "")
    if sequence:
        lines.append(f"sequence = {_quoted(sequence)}")
    elif "time:updated" in chosen.values() or UNIT_TIME in chosen.values():
        lines.append('order = "updated"')
    lines += _times_lines(sample, chosen, pointed)
    lines += _column_lines(chosen)
    for choice in (STATUS, PRIORITY):
        if choice in chosen.values():
            name = choice.partition(":")[2]
            lines += _code_lines(f"codes.{name}", pointed.codes.get(choice, {}))
    lines += _unit_lines(sample, chosen, pointed)
    return "\n".join([*lines, *_remark_lines(chosen)]) + "\n"


def _times_lines(sample: Sample, chosen: Mapping[str, str], pointed: Pointed) -> list[str]:
    lines: list[str] = []
    for name in TIMES:
        if columns := _all_of(chosen, f"time:{name}"):
            lines += _time_lines(sample, name, columns, pointed.times)
    if "time:updated" not in chosen.values() and (at := _all_of(chosen, UNIT_TIME)):
        # A row was told when its unit's status was.
        lines += _time_lines(sample, "updated", at, pointed.times)
    return lines


def _column_lines(chosen: Mapping[str, str]) -> list[str]:
    plain = []
    for column, choice in chosen.items():
        kind, _, name = choice.partition(":")
        if kind == "column":
            plain.append(f"{name} = {_quoted(column)}")
    lines = ["", "[columns]", *plain] if plain else []
    if "column:call_type" in chosen.values():
        lines += ["", "[codes.call_type]", 'unmapped = "keep"']
    return lines


def _remark_lines(chosen: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    for number, column in enumerate(
        (column for column, choice in chosen.items() if choice == REMARK), start=1
    ):
        lines += ["", f"[remarks.text{number}]", f"column = {_quoted(column)}"]
    return lines


def _one_of(chosen: Mapping[str, str], choice: str) -> str:
    return next((column for column, chose in chosen.items() if chose == choice), "")


def _all_of(chosen: Mapping[str, str], choice: str) -> list[str]:
    return [column for column, chose in chosen.items() if chose == choice]


def _code_lines(section: str, meanings: Mapping[str, str]) -> list[str]:
    told = [f"{_quoted(code)} = {_quoted(word)}" for code, word in meanings.items() if word]
    return ["", f"[{section}]", *told] if told else []


def _unit_lines(sample: Sample, chosen: Mapping[str, str], pointed: Pointed) -> list[str]:
    """The section of a table whose rows each tell one status of one unit, all three pointed at."""
    unit, status = _one_of(chosen, UNIT), _one_of(chosen, UNIT_STATUS)
    at = _all_of(chosen, UNIT_TIME)
    if not (unit or status or at):
        return []
    if not (unit and status and at):
        raise MapError(
            Saying("A unit's status needs three columns: the unit, its status, and the time.")
        )
    order, shape = _order_and_shape(sample, at, pointed.times)
    lines = ["", "[units]", f"id = {_quoted(unit)}", f"formats = [{_quoted(shape)}]"]
    lines += ["", "[units.log]", _named(order, "at"), f"status = {_quoted(status)}"]
    return lines + _code_lines("units.status", pointed.codes.get(UNIT_STATUS, {}))


def codes_of(sample: Sample, column: str) -> list[str]:
    """The codes that the sample has in a column, in their order; a column of words has none."""
    codes = list(dict.fromkeys(sample.values(column)))
    return codes if len(codes) <= MOST_CODES else []


def _time_lines(sample: Sample, name: str, columns: list[str], asked: str) -> list[str]:
    order, shape = _order_and_shape(sample, columns, asked)
    return ["", f"[times.{name}]", _named(order, "column"), f"formats = [{_quoted(shape)}]"]


def _named(columns: list[str], alone: str) -> str:
    if len(columns) == 1:
        return f"{alone} = {_quoted(columns[0])}"
    return f"columns = [{', '.join(map(_quoted, columns))}]"


def _order_and_shape(sample: Sample, columns: list[str], asked: str) -> tuple[list[str], str]:
    """How one time is written; of several columns that were pointed at, the date goes first.

    What was asked holds where it reads anything, or where no common way does.
    """
    orders = (columns, columns[::-1])
    for order in orders:
        if asked and any(_reads(text, asked) for text in sample.joined(order)):
            return order, asked
    for order in orders:
        if shape := time_format(sample.joined(order)):
            return order, shape
    if asked:
        return columns, asked
    said = " and ".join(map(repr, columns))
    raise MapError(
        Saying("No common way of writing a time fits the column %(column)s.", column=said)
    )


def _check_words(pointed: Pointed) -> None:
    """What somebody typed, said in words before it stands in a map with lines."""
    if not NAME.fullmatch(pointed.name):
        raise MapError(Saying("A map's name has small letters, digits and hyphens."))
    try:
        ZoneInfo(pointed.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise MapError(Saying("There is no time zone %(zone)r.", zone=pointed.zone)) from None
    if pointed.times and not is_whole_date(pointed.times):
        raise MapError(Saying("The format %(format)r holds no whole date.", format=pointed.times))


def _quoted(text: str) -> str:
    # A JSON string is a TOML string but for DEL, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def checked(text: str) -> Map:
    """The map that a text is; raises MapError with every fault in one sentence each."""
    try:
        return parse_map(text.encode())
    except FileRefused as refusal:
        raise MapError(str(refusal)) from None


def try_out(
    sample: Sample, source_map: Map, refuse: Callable[[Row], str] = lambda _row: ""
) -> Trial:
    """Read the sample by the map, as an import would; `refuse` says why no call can hold a row."""
    source = SourceText(io.StringIO(sample.text, newline=""), "utf-8", "the sample")
    trial = Trial()
    for row in to_rows(Table(source, source_map).records(), source_map):
        trial.rows += 1
        if isinstance(row, Row) and (reason := refuse(row)):
            trial.reject(Reject(row.line, row.number, reason, "bad_value", ""))
        elif isinstance(row, Reject):
            trial.reject(row)
        else:
            trial.accept(row)
    return trial
