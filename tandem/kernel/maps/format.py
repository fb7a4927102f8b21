"""The map format, version 1: what a map may say, read strictly, refused whole."""

import contextlib
import re
import zoneinfo
from dataclasses import dataclass
from pathlib import Path

from tandem.kernel.instance import Instance, acting_as, service_account
from tandem.kernel.maps.evaluation import Evaluation, read_evaluation
from tandem.kernel.maps.line_shapes import MOST_SHAPES, ShapeRefused, compile_shape
from tandem.kernel.maps.planning import Planning, read_planning
from tandem.kernel.maps.times import TIMES, TimeColumn, read_times
from tandem.kernel.maps.triage import Triage, read_triage
from tandem.kernel.maps.units import NO_MARKS, Marks, Units, read_marks, read_units
from tandem.kernel.numbers import counted
from tandem.kernel.strict_toml import Document, FileRefused, Section, read_document

FOLDER = Path(__file__).parent
# Maps of this installation's own, below its data folder.
KEPT = "maps"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
FORMATS = ("csv", "new-world-xml")
DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = ("auto", "utf-8", "utf-16", "cp1252")
OURS = (
    "call_type",
    "call_type_text",
    "priority",
    "status",
    "channel",
    "location",
    "lat",
    "lon",
    "area",
    "jurisdiction",
    "units",
    "disposition",
)
CODED = ("call_type", "priority", "status", "channel", "disposition")
STATUSES = ("open", "closed", "cancelled")
# What a call is about, in words that hold for every source; a source's own words are kept beside.
CALL_KINDS = (
    "alarm",
    "animal",
    "assault",
    "behavioral_health",
    "burglary",
    "death",
    "disturbance",
    "domestic",
    "fraud",
    "hazard",
    "intoxication",
    "medical",
    "missing_person",
    "narcotics",
    "noise",
    "officer_initiated",
    "other",
    "overdose",
    "property",
    "robbery",
    "service",
    "sexual",
    "suicide",
    "suspicious",
    "theft",
    "threat",
    "traffic",
    "traffic_collision",
    "trespass",
    "weapon",
    "welfare_check",
)
REMARK_CLASSES = ("D1", "D5")
LOWEST_PRIORITY = 4
UNMAPPED_PRIORITY = 3


class MapError(Exception):
    """The map cannot be used with this file; nothing was written."""


@dataclass(frozen=True)
class Key:
    """What makes two records the same event."""

    columns: tuple[str, ...]
    sequence: str
    order: str
    equal_rows: str

    @property
    def whole_row(self) -> bool:
        return self.columns == ("*",)


WHOLE_ROW = Key(columns=("*",), sequence="", order="", equal_rows="duplicate")


@dataclass(frozen=True)
class Meaning:
    """What one code of the source stands for."""

    kind: str
    priority: int
    word: str
    mapped: bool = True
    # Further kinds of the same call type: a suicide with a weapon is more than one thing.
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class CodeList:
    """The codes of one column."""

    unmapped: str
    meanings: dict[str, Meaning]

    def meaning(self, code: str) -> Meaning | None:
        """The code's meaning; None where the list says to leave an unknown code out."""
        found = self.meanings.get(code.strip())
        if found is None and self.unmapped == "keep":
            return Meaning("other", UNMAPPED_PRIORITY, code.strip(), mapped=False)
        return found


@dataclass(frozen=True)
class Remark:
    """A column of free text and whose record it is."""

    column: str
    data_class: str
    # Further shapes of lines that are returns in this source, beside those that always count.
    returns: tuple[str, ...] = ()
    marks: Marks = NO_MARKS


@dataclass(frozen=True)
class Label:
    """The column that says how the call ended; for judging triage, never an input."""

    column: str
    positive: tuple[str, ...]
    exclude: tuple[str, ...]


@dataclass(frozen=True)
class Exclusions:
    """What was known only afterwards."""

    columns: tuple[str, ...]


@dataclass(frozen=True)
class Map:
    """One source, described."""

    name: str
    version: str
    format: str
    encoding: str
    zone: zoneinfo.ZoneInfo
    key: Key
    times: dict[str, TimeColumn]
    columns: dict[str, str]
    codes: dict[str, CodeList]
    remarks: dict[str, Remark]
    label: Label | None
    exclude: Exclusions
    delimiter: str = ","
    # Further texts by which the source says that nobody wrote a time.
    missing: tuple[str, ...] = ()
    planning: Planning | None = None
    evaluation: Evaluation | None = None
    triage: Triage | None = None
    units: Units | None = None

    def needed_columns(self) -> dict[str, list[str]]:
        """Every column of the file that the map names, and what each one becomes."""
        uses: dict[str, list[str]] = {}
        for ours, theirs in self.columns.items():
            uses.setdefault(theirs, []).append(ours)
        for name, time in self.times.items():
            for column in time.columns:
                uses.setdefault(column, []).append(f"time {name}")
        for name, remark in self.remarks.items():
            uses.setdefault(remark.column, []).append(f"remark {name} ({remark.data_class})")
        for column in self.key.columns if not self.key.whole_row else ():
            uses.setdefault(column, []).append("key")
        if self.key.sequence:
            uses.setdefault(self.key.sequence, []).append("sequence")
        if self.label:
            uses.setdefault(self.label.column, []).append("label")
        for column in self.exclude.columns:
            uses.setdefault(column, []).append("excluded")
        for column, use in self._other_uses():
            uses.setdefault(column, []).append(use)
        return uses

    def _other_uses(self) -> list[tuple[str, str]]:
        flat = self.units is not None and self.format == "csv"
        uses = list(self.units.columns().items()) if self.units and flat else []
        uses += self.evaluation.uses() if self.evaluation else []
        if self.planning:
            uses += [(column, f"planning {ours}") for ours, column in self.planning.columns.items()]
        return [*uses, *self.triage.uses()] if self.triage else uses


def shipped_maps() -> list[str]:
    """The names that `--map` takes."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def find_map(name_or_path: str) -> Map:
    """The shipped map of that name, else the file at that path."""
    path = Path(name_or_path)
    if name_or_path in shipped_maps():
        path = FOLDER / f"{name_or_path}.toml"
    try:
        raw = read_kept(Instance.find(), name_or_path) or path.read_bytes()
    except OSError:
        shipped, built = ", ".join(shipped_maps()), ", ".join(kept_maps(Instance.find()))
        here = f"; built here: {built}" if built else ""
        raise MapError(
            f"There is no map {name_or_path!r}. Shipped: {shipped}{here}; or give a path."
        ) from None
    try:
        return parse_map(raw)
    except FileRefused as refusal:
        raise MapError(f"The map {name_or_path} is refused. {refusal}") from None


def kept_maps(instance: Instance) -> list[str]:
    """The names of the maps that were built in this installation."""
    with acting_as(service_account()):
        return sorted(path.stem for path in (instance.data / KEPT).glob("*.toml"))


def read_kept(instance: Instance, name: str) -> bytes | None:
    """A map that was built here; a shipped one of that name goes first."""
    if not NAME.fullmatch(name) or name in shipped_maps():
        return None
    with acting_as(service_account()), contextlib.suppress(OSError):
        return (instance.data / KEPT / f"{name}.toml").read_bytes()
    return None


def keep_map(instance: Instance, name: str, text: str) -> None:
    """Keep a checked map under its name; an earlier one of that name is replaced."""
    with acting_as(service_account()):
        (instance.data / KEPT).mkdir(mode=0o700, exist_ok=True)
    instance.write_private(instance.data / KEPT / f"{name}.toml", text)


def parse_map(raw: bytes) -> Map:
    """Read a map; raises FileRefused with every fault and its line."""
    document = read_document(raw)
    root = document.root()
    if root.number("version", low=1, high=1_000_000) != 1:
        root.fault("This Tandem reads maps of version 1.", "version")
    file = root.section("file")
    missing = file.texts("missing", ())
    shape, encoding, zone, delimiter = _file(file)
    # A table made for a study has neither calls nor their times.
    calls = "evaluation" not in root
    built = Map(
        name=root.text("name", pattern=NAME.pattern),
        version=document.version,
        format=shape,
        encoding=encoding,
        zone=zone,
        delimiter=delimiter,
        missing=missing,
        key=_key(root.section("key")) if calls or "key" in root else WHOLE_ROW,
        times=(read_times(root.section("times"), missing) if calls or "times" in root else {}),
        columns=_columns(root.section("columns", needed=False)),
        codes=_codes(root.section("codes", needed=False)),
        remarks=_remarks(root.section("remarks", needed=False)),
        label=_label(root) if "label" in root else None,
        exclude=_exclude(root.section("exclude", needed=False)),
        evaluation=(read_evaluation(root.section("evaluation")) if "evaluation" in root else None),
        planning=read_planning(root) if "planning" in root else None,
        triage=read_triage(root.section("triage"), TIMES) if "triage" in root else None,
        units=read_units(root.section("units")) if "units" in root else None,
    )
    root.close()
    _check_whole(built, document)
    document.refuse_if_faulty()
    return built


def _file(section: Section) -> tuple[str, str, zoneinfo.ZoneInfo, str]:
    shape = section.text("format", of=FORMATS)
    encoding = section.text("encoding", "auto", of=ENCODINGS)
    name = section.text("zone")
    delimiter = str(section.values.get("delimiter", ","))
    section.asked.add("delimiter")
    if delimiter not in DELIMITERS:
        section.fault("`delimiter` must be a comma, a semicolon, a bar or a tab.", "delimiter")
    section.close()
    try:
        return shape, encoding, zoneinfo.ZoneInfo(name), delimiter
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        if name.strip():
            section.fault(f"There is no time zone {name!r}.", "zone")
        return shape, encoding, zoneinfo.ZoneInfo("UTC"), delimiter


def _key(section: Section) -> Key:
    key = Key(
        columns=section.texts("columns"),
        sequence=section.text("sequence", ""),
        order=section.text("order", "", of=("", "latest", *TIMES)),
        equal_rows=section.text("equal_rows", "duplicate", of=("duplicate", "distinct")),
    )
    if not key.columns:
        section.fault("`columns` names no column.", "columns")
    if key.sequence and key.order:
        section.fault("Either `sequence` or `order` says which message is later.", "order")
    if "*" in key.columns and len(key.columns) > 1:
        section.fault('`columns` is either "*" or names of columns.', "columns")
    section.close()
    return key


def _columns(section: Section) -> dict[str, str]:
    return section.words(of=OURS)


def _codes(section: Section) -> dict[str, CodeList]:
    lists = {}
    for ours, part in section.named(of=CODED):
        unmapped = part.text("unmapped", "keep", of=("keep", "drop"))
        if ours == "call_type":
            meanings = {code.strip(): _call_type(entry) for code, entry in part.named()}
        else:
            known = STATUSES if ours == "status" else ()
            meanings = {}
            for code, word in part.words().items():
                if known and word not in known:
                    part.fault(f"{word!r} must be one of: {', '.join(known)}.", code)
                meanings[code.strip()] = Meaning("", _as_priority(word), word)
        lists[ours] = CodeList(unmapped, meanings)
    return lists


def _call_type(entry: Section) -> Meaning:
    meaning = Meaning(
        kind=entry.text("kind", of=CALL_KINDS),
        priority=entry.number("priority", UNMAPPED_PRIORITY, low=1, high=LOWEST_PRIORITY),
        word=entry.text("text", ""),
        also=entry.texts("also", (), of=CALL_KINDS),
    )
    entry.close()
    return meaning


def _as_priority(word: str) -> int:
    return counted(word, most=LOWEST_PRIORITY) or UNMAPPED_PRIORITY


def _remarks(section: Section) -> dict[str, Remark]:
    remarks = {}
    for name, part in section.named():
        # Unclassed text of a dispatcher may carry criminal-justice returns: police only.
        data_class = part.text("class", "D5", of=REMARK_CLASSES)
        column = part.text("column")
        remarks[name] = Remark(column, data_class, _returns(part), read_marks(part))
        part.close()
    return remarks


def _returns(part: Section) -> tuple[str, ...]:
    shapes = part.texts("returns", ())
    if len(shapes) > MOST_SHAPES:
        part.fault(f"At most {MOST_SHAPES} shapes.", "returns")
    for index, shape in enumerate(shapes):
        try:
            compile_shape(shape)
        except ShapeRefused as no:
            part.fault(str(no), "returns", index)
    return shapes


def _label(root: Section) -> Label:
    section = root.section("label")
    label = Label(
        column=section.text("column"),
        positive=section.texts("positive"),
        exclude=section.texts("exclude", ()),
    )
    for index, code in enumerate(label.exclude):
        if code in label.positive:
            section.fault(f"{code!r} cannot be positive and left out.", "exclude", index)
    section.close()
    return label


def _exclude(section: Section) -> Exclusions:
    exclusions = Exclusions(section.texts("columns", ()))
    section.close()
    return exclusions


def _check_whole(built: Map, document: Document) -> None:
    """What no section can see alone: an outcome must never be an input."""
    hidden = set(built.exclude.columns)
    inputs = [(("columns", ours), theirs) for ours, theirs in built.columns.items()]
    inputs += [(("remarks", name), remark.column) for name, remark in built.remarks.items()]
    for place, theirs in inputs:
        if theirs in hidden:
            document.fault(place, f"`{theirs}` is excluded and cannot be an input as well.")
    if built.key.order not in ("", "latest", *built.times):
        document.fault(("key", "order"), f"`order` names `{built.key.order}`, which has no column.")
    if built.label and built.label.column in built.columns.values():
        document.fault(("label", "column"), "The label's column cannot be an input as well.")
    for name, column in built.evaluation.covariates.items() if built.evaluation else ():
        if column in hidden:
            document.fault(
                ("evaluation", "covariate", name),
                f"`{column}` was known only afterwards and cannot be a covariate.",
            )
    _check_flat(built, document)
    for ours in built.codes:
        if ours not in built.columns:
            document.fault(("codes", ours), f"Codes of `{ours}`, which no column fills.")


def _check_flat(built: Map, document: Document) -> None:
    """A table has no elements inside each other."""
    _check_paths(built, document)
    if built.format != "csv":
        for name, time in built.times.items():
            if len(time.columns) > 1:
                only = "Only a table writes one time in several columns."
                document.fault(("times", name, "columns"), only)
        if built.units and built.units.log and len(built.units.log.at) > 1:
            only = "Only a table writes one time in several columns."
            document.fault(("units", "log", "columns"), only)
        return
    sentence = "Only calls of New World mark their remarks."
    for name, remark in built.remarks.items():
        if remark.marks != NO_MARKS:
            document.fault(("remarks", name), sentence)


def _check_paths(built: Map, document: Document) -> None:
    """Elements lie somewhere; a row of a table is one unit's and names columns alone."""
    units = built.units
    if units is None:
        return
    lists: list[tuple[tuple[str, ...], str]] = [(("units", "each"), units.each)]
    if units.log:
        lists.append((("units", "log", "each"), units.log.each))
    for place, path in lists:
        if built.format == "csv" and path:
            document.fault(place, "Each row of a table tells of one unit: leave `each` out.")
        elif built.format != "csv" and not path:
            document.fault(place, "`each` says where the call lists them.")
