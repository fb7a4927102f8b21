"""A measure's definition: one TOML file, read strictly, refused whole with each fault's line."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from tandem.evaluation.events.schema import STRATA
from tandem.evaluation.measures.words import (
    TABLE_OF,
    BadExpression,
    parse,
    scope_of,
    silent_words,
    tables_of,
)
from tandem.kernel.strict_toml import FileRefused, Section, read_document

FOLDER = Path(__file__).parent / "definitions"
STATISTICS = ("proportion", "count", "rate", "sum", "share", "median", "percentile", "cost")
EXPRESSIONS = ("population", "numerator", "value", "exposure", "index")
NEEDED = {
    "proportion": ("numerator",),
    "count": ("value",),
    "rate": ("value", "exposure"),
    "sum": ("value",),
    "share": ("value", "exposure"),
    "median": ("value",),
    "percentile": ("value",),
    "cost": ("numerator",),
}
SENSITIVE = ("hours", "definition")
LARGEST_PERCENT = 99
SECONDS_OF_A_YEAR = 31_557_600


class DefinitionsRefused(Exception):
    """The definitions cannot be used; nothing was computed."""


@dataclass(frozen=True)
class Part:
    """One number of a measure. Expressions are texts of `words`; blank ones are not used.

    `per` divides a value (60: seconds become minutes) and multiplies a rate's value. `authority`
    is the measure for which linking two sides must be on file, if it needs that.
    """

    name: str
    says: str
    unit: str
    statistic: str
    population: str
    numerator: str
    value: str
    exposure: str
    index: str
    exclusions: tuple[str, ...]
    missing: str
    percent: int
    per: int
    item: str
    strata: tuple[str, ...]
    authority: str = ""

    @property
    def population_text(self) -> str:
        """In words of the definition: everything that decides who counts."""
        return self.population or "true"

    def expressions(self) -> list[str]:
        """Every expression that is computed for the unit."""
        texts = [self.population_text, self.numerator, self.value, self.exposure, *self.exclusions]
        return [text for text in texts if text]

    def said_words(self, silent: frozenset[str]) -> set[str]:
        """Of words that the source cannot say, those on which this part's answer rests."""
        texts = [text for text in (self.population, self.numerator, self.value) if text]
        return {word for text in texts for word in silent_words(text, silent)}

    def tables(self) -> set[str]:
        """Every event table that the part reads."""
        found = {name for text in self.expressions() for name in tables_of(text, self.unit)}
        return found | (tables_of(self.index, "encounter") if self.index else set())


@dataclass(frozen=True)
class Measure:
    """A measure as declared; `version` is its own, `hash` the file's."""

    id: str
    name: str
    question: str
    window: str
    owner: str
    source: str
    version: str
    hazard: str
    sensitive_to: tuple[str, ...]
    of: tuple[str, ...]
    strata: tuple[str, ...]
    parts: tuple[Part, ...]
    hash: str

    def as_json(self, present: set[str] | None = None) -> dict[str, Any]:
        """The definition; with the tables that some data have, which of them each part lacks."""
        told = {item.name: getattr(self, item.name) for item in fields(self)}
        told["parts"] = [
            {
                **{item.name: getattr(part, item.name) for item in fields(part)},
                "missing_tables": [] if present is None else sorted(part.tables() - present),
            }
            for part in self.parts
        ]
        return told


def shipped() -> list[Measure]:
    """M01 to M30 (M07 to M09 are not used and M21 is a note)."""
    return read_definitions(FOLDER)


def read_definitions(path: Path) -> list[Measure]:
    """The definitions in a file or in the `.toml` files of a folder, ordered by id."""
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    if not files:
        raise DefinitionsRefused(f"The folder {path} holds no definition (.toml).")
    found: dict[str, Measure] = {}
    for file in files:
        try:
            measure = read_measure(file.read_bytes())
        except OSError as error:
            raise DefinitionsRefused(f"{file} cannot be read: {error.strerror}.") from None
        except FileRefused as refusal:
            raise DefinitionsRefused(f"The definition {file} is refused. {refusal}") from None
        if measure.id in found:
            raise DefinitionsRefused(f"{file}: the measure {measure.id} is defined twice.")
        found[measure.id] = measure
    return [_resolved(measure, found) for _, measure in sorted(found.items())]


def _resolved(measure: Measure, found: dict[str, Measure]) -> Measure:
    """A measure made of others takes their parts, under its own strata."""
    if not measure.of:
        return measure
    parts: list[Part] = []
    for name in measure.of:
        if name not in found:
            raise DefinitionsRefused(
                f"The measure {measure.id} is made of {name}, which is not among the definitions."
            )
        parts += [
            replace(part, name=f"{name}.{part.name}", strata=measure.strata)
            for part in found[name].parts
        ]
    return replace(measure, parts=tuple(parts))


def read_measure(raw: bytes) -> Measure:
    """One definition; raises FileRefused with every fault and its line."""
    document = read_document(raw)
    root = document.root()
    if root.number("format", low=1, high=1_000) != 1:
        root.fault("This Tandem reads definitions of format 1.", "format")
    strata = root.texts("strata", ("county",), of=STRATA)
    unit = root.text("unit", of=tuple(TABLE_OF))
    of = root.texts("of", ())
    exclusions = root.texts("exclusions", ())
    name = root.text("id", pattern=r"[A-Za-z][A-Za-z0-9_-]{0,29}")
    authority = name if root.flag("needs_authority", default=False) else ""
    measure = Measure(
        id=name,
        name=root.text("name"),
        question=root.text("question"),
        window=root.text("window"),
        owner=root.text("owner"),
        source=root.text("source"),
        version=root.text("version", pattern=r"[0-9A-Za-z.+-]{1,30}"),
        hazard=root.text("hazard", ""),
        sensitive_to=root.texts("sensitive_to", (), of=SENSITIVE),
        of=of,
        strata=strata,
        parts=tuple(
            replace(_part(section, unit, exclusions, strata), authority=authority)
            for section in root.sections("part", needed=not of)
        ),
        hash=document.version,
    )
    names = [part.name for part in measure.parts]
    for name in {name for name in names if names.count(name) > 1}:
        root.fault(f"The part `{name}` is defined twice.", "part")
    root.close()
    document.refuse_if_faulty()
    return measure


def _part(
    section: Section, unit: str, exclusions: tuple[str, ...], strata: tuple[str, ...]
) -> Part:
    statistic = section.text("statistic", of=STATISTICS)
    part = Part(
        name=section.text("name", pattern=r"[a-z][a-z0-9_]{0,39}"),
        says=section.text("says"),
        unit=section.text("unit", unit, of=tuple(TABLE_OF)),
        statistic=statistic,
        population=section.text("population", ""),
        numerator=section.text("numerator", ""),
        value=section.text("value", ""),
        exposure=section.text("exposure", ""),
        index=section.text("index", ""),
        exclusions=section.texts("exclusions", exclusions),
        missing=section.text("missing", "left_out", of=("left_out", "counts_as_no")),
        percent=section.number("percent", 50, low=1, high=LARGEST_PERCENT),
        per=section.number("per", 1, low=1, high=1_000_000_000),
        item=section.text("item", ""),
        strata=strata,
    )
    section.close()
    for name in NEEDED.get(statistic, ()):
        if not getattr(part, name):
            section.fault(f"A {statistic} needs `{name}`.")
    if statistic == "cost" and not part.item:
        section.fault("A cost needs `item`: which cost of the program's facts it multiplies.")
    if (part.unit == "person") != bool(part.index):
        section.fault("`index` says which encounters begin a person's time: for the unit person.")
    _check_words(section, part)
    return part


def _check_words(section: Section, part: Part) -> None:
    for name in EXPRESSIONS:
        text = getattr(part, name)
        if text:
            _check_one(section, text, "encounter" if name == "index" else part.unit, name)
    for text in part.exclusions:
        _check_one(section, text, part.unit, "exclusions")


def _check_one(section: Section, text: str, unit: str, key: str) -> None:
    if unit not in TABLE_OF:
        return
    try:
        parse(text, scope_of(unit))
    except BadExpression as bad:
        section.fault(f"In `{key}`: {bad}", key)
