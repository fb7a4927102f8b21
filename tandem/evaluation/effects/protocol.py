"""Reads an analysis protocol: what is asked, of whom, compared with what, and by which method.

A protocol is one TOML file, `version = 1`, written before the data are looked at. It is taken whole
or refused with every fault and its line; its hash is the SHA-256 of its bytes.
docs/reference/protocols.md is the reference, with three worked examples.
"""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

from tandem.evaluation.effects.designs import DESIGNS
from tandem.evaluation.effects.options import OPTIONS, read_options
from tandem.evaluation.effects.periods import UNITS
from tandem.kernel.strict_toml import Document, Section, read_document

KINDS = ("count", "number", "yes-no")
BETTER = ("lower", "higher", "unsettled")


@dataclass(frozen=True)
class Limit:
    """One condition on the records of the population; all of them must hold."""

    name: str
    values: tuple[str, ...]
    at_least: float | None
    at_most: float | None


@dataclass(frozen=True)
class Population:
    """Whose records are studied."""

    description: str
    only_units: tuple[str, ...]
    exclude_units: tuple[str, ...]
    first: str
    last: str
    where: tuple[Limit, ...]


@dataclass(frozen=True)
class Outcome:
    """What is compared. `exposure` is the covariate a count is divided by; `series` reads a wide
    file, one column for each unit, `waves` one with a column for each period; `placebo` is an
    outcome that the treatment cannot change."""

    name: str
    description: str
    kind: str
    exposure: str
    transform: str
    combine: str
    series: tuple[str, ...]
    waves: tuple[str, ...]
    better: str
    placebo: str


@dataclass(frozen=True)
class Periods:
    """How long one period is, and what a hole means."""

    unit: str
    month: str
    missing: str


@dataclass(frozen=True)
class Comparison:
    """Who was treated, from when, and beside whom."""

    description: str
    start: str
    by: str
    treated: tuple[str, ...]
    control: tuple[str, ...]
    group_holds: str
    never: tuple[str, ...]


@dataclass(frozen=True)
class Covariate:
    """One thing to adjust for; `power` adds its powers up to that one, `first`/`last` a window."""

    name: str
    kind: str
    power: int
    first: str
    last: str


@dataclass(frozen=True)
class Sensitivity:
    """One further run, planned beforehand, with other options of the method or other covariates."""

    name: str
    options: dict[str, Any]
    covariates: tuple[str, ...] | None


@dataclass(frozen=True)
class Protocol:
    """One analysis, whole."""

    title: str
    question: str
    written: dt.date
    population: Population
    outcome: Outcome
    periods: Periods
    comparison: Comparison
    covariates: tuple[Covariate, ...]
    method: str
    options: dict[str, Any]
    level: float
    seed: int
    sensitivity: tuple[Sensitivity, ...]
    stopping: str
    hash: str
    values: dict[str, Any] = field(repr=False)

    def varied(self, check: Sensitivity) -> "Protocol":
        """The same protocol as this check changes it."""
        kept = self.covariates
        if check.covariates is not None:
            kept = tuple(one for one in kept if one.name in check.covariates)
        return replace(self, options={**self.options, **check.options}, covariates=kept)


def read_protocol(raw: bytes) -> Protocol:
    """Read the bytes of a protocol; raises FileRefused with every fault and its line."""
    document = read_document(raw)
    root = document.root()
    if root.number("version", low=1, high=1_000_000) != 1:
        root.fault("This Tandem reads protocols of version 1.", "version")
    method = root.section("method")
    name = method.text("name", of=DESIGNS)
    level = _level(method)
    seed = method.number("seed", 1, low=0, high=2**31 - 1)
    known = name in OPTIONS
    options = read_options(method, name) if known else {}
    if known:
        method.close()
    built = Protocol(
        title=root.text("title"),
        question=root.text("question"),
        written=root.day("written"),
        population=_population(root.section("population")),
        outcome=_outcome(root.section("outcome")),
        periods=_periods(root.section("periods", needed=False)),
        comparison=_comparison(root.section("comparison")),
        covariates=tuple(_covariate(one) for one in root.sections("covariates", needed=False)),
        method=name,
        options=options,
        level=level,
        seed=seed,
        sensitivity=tuple(
            _sensitivity(one, name) for one in root.sections("sensitivity", needed=False)
        ),
        stopping=_stopping(root.section("stopping")),
        hash=document.version,
        values=document.values,
    )
    root.close()
    _check_whole(built, document)
    document.refuse_if_faulty()
    return built


def _level(section: Section) -> float:
    value = section.values.get("level", 0.95)
    section.asked.add("level")
    if not isinstance(value, float) or not 0.5 <= value <= 0.999:  # noqa: PLR2004
        section.fault("`level` must lie between 0.5 and 0.999, such as 0.95.", "level")
        return 0.95
    return value


def _moment(section: Section, key: str) -> str:
    """A period: a date, a whole number or a text; "" where it is absent."""
    value = section.values.get(key, "")
    section.asked.add(key)
    if isinstance(value, bool) or not isinstance(value, str | int | dt.date):
        section.fault(f'`{key}` must be a period: 1989, 2005-01-01 or "2005-01".', key)
        return ""
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _bound(section: Section, key: str) -> float | None:
    value = section.values.get(key)
    section.asked.add(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        section.fault(f"`{key}` must be a number.", key)
        return None
    return value


def _population(section: Section) -> Population:
    built = Population(
        description=section.text("description"),
        only_units=section.texts("only_units", ()),
        exclude_units=section.texts("exclude_units", ()),
        first=_moment(section, "first"),
        last=_moment(section, "last"),
        where=tuple(_limit(one) for one in section.sections("where", needed=False)),
    )
    section.close()
    return built


def _limit(section: Section) -> Limit:
    limit = Limit(
        name=section.text("name"),
        values=section.texts("is", ()),
        at_least=_bound(section, "at_least"),
        at_most=_bound(section, "at_most"),
    )
    if not limit.values and limit.at_least is None and limit.at_most is None:
        section.fault("Say `is`, `at_least` or `at_most`.", "name")
    section.close()
    return limit


def _outcome(section: Section) -> Outcome:
    built = Outcome(
        name=section.text("name"),
        description=section.text("description"),
        kind=section.text("kind", of=KINDS),
        exposure=section.text("exposure", ""),
        transform=section.text("transform", "none", of=("none", "log")),
        combine=section.text("combine", "none", of=("none", "sum", "mean", "rows")),
        series=section.texts("series", ()),
        waves=section.texts("waves", ()),
        better=section.text("better", "unsettled", of=BETTER),
        placebo=section.text("placebo", ""),
    )
    wide = built.series or built.waves
    if built.series and built.waves:
        section.fault("A wide file has `series` or `waves`, not both.", "waves")
    if built.placebo and (built.placebo == built.name or wide or built.combine == "rows"):
        section.fault(
            "`placebo` is another outcome of the map; not with `series`, `waves` or counted rows.",
            "placebo",
        )
    if built.exposure and built.kind != "count":
        section.fault("`exposure` belongs to a count.", "exposure")
    section.close()
    return built


def _periods(section: Section) -> Periods:
    built = Periods(
        unit=section.text("unit", "number", of=UNITS),
        month=section.text("month", ""),
        missing=section.text("missing", "refuse", of=("refuse", "leave-out")),
    )
    section.close()
    return built


def _comparison(section: Section) -> Comparison:
    built = Comparison(
        description=section.text("description"),
        start=_moment(section, "start"),
        by=section.text("by", "", of=("", "unit", "group")),
        treated=section.texts("treated", ()),
        control=section.texts("control", ()),
        group_holds=section.text("group_holds", "arm", of=("arm", "first-period", "treated-now")),
        never=section.texts("never", ()),
    )
    section.close()
    return built


def _covariate(section: Section) -> Covariate:
    built = Covariate(
        name=section.text("name"),
        kind=section.text("kind", "number", of=("number", "category")),
        power=section.number("power", 1, low=1, high=5),
        first=_moment(section, "first"),
        last=_moment(section, "last"),
    )
    if built.kind == "category" and built.power > 1:
        section.fault("A category has no powers.", "power")
    section.close()
    return built


def _sensitivity(section: Section, method: str) -> Sensitivity:
    name = section.text("name")
    covariates = section.texts("covariates") if "covariates" in section else None
    options = read_options(section, method, given_only=True) if method in OPTIONS else {}
    if not options and covariates is None:
        section.fault("The check changes nothing: name an option of the method, or `covariates`.")
    if method in OPTIONS:
        section.close()
    return Sensitivity(name, options, covariates)


def _stopping(section: Section) -> str:
    rule = section.text("rule")
    section.close()
    return rule


def _check_whole(built: Protocol, document: Document) -> None:
    """What no section can see alone."""
    names = [one.name for one in built.covariates]
    for index, name in enumerate(names):
        if name in (built.outcome.name, *built.outcome.series, *built.outcome.waves):
            document.fault(
                ("covariates", index, "name"),
                f"`{name}` is the outcome and cannot be a covariate as well.",
            )
        alike = [one for one in built.covariates[:index] if one == built.covariates[index]]
        if alike:
            document.fault(("covariates", index, "name"), f"`{name}` stands twice.")
    for index, check in enumerate(built.sensitivity):
        for name in check.covariates or ():
            if name not in names:
                document.fault(
                    ("sensitivity", index, "covariates"), f"`{name}` is no covariate of this study."
                )
    design = DESIGNS.get(built.method)
    needs = design.needs if design else ()
    over_time = design is not None and design.begins and "time" in needs and "event" not in needs
    from_group = built.comparison.group_holds != "arm"
    alone = "unit" not in needs
    if over_time and not built.comparison.start and (alone or not from_group):
        document.fault(("comparison",), "`start` is missing: the first treated period.")
    if from_group and built.comparison.treated:
        document.fault(
            ("comparison", "treated"), "`treated` cannot be given where the group says it itself."
        )
