"""The section `[units]` and the marks of a remark: what a call says of each unit and each line.

A call of elements inside each other lists its units; each row of a table tells of one unit.
"""

from dataclasses import dataclass

from tandem.kernel.maps.times import check_formats
from tandem.kernel.strict_toml import Section

STEPS = ("assigned", "dispatched", "en_route", "on_scene", "cleared")


@dataclass(frozen=True)
class UnitLog:
    """The list of a unit's changes of status, inside the unit."""

    each: str
    # Of a table a date and an hour may stand in two columns.
    at: tuple[str, ...]
    status: str


@dataclass(frozen=True)
class Units:
    """Where a call lists its units: paths below the call, then the unit; of a table columns."""

    each: str
    id: str
    formats: tuple[str, ...]
    times: dict[str, str]
    log: UnitLog | None
    statuses: dict[str, str]

    def columns(self) -> dict[str, str]:
        """Of a table: each column and what it becomes."""
        uses = {self.id: "unit"}
        uses |= {column: f"unit {step}" for step, column in self.times.items()}
        if self.log:
            uses |= dict.fromkeys(self.log.at, "time of the unit's status")
            uses[self.log.status] = "unit's status"
        return uses


@dataclass(frozen=True)
class Marks:
    """What the source says of one remark beside its text: paths beside the text's own element."""

    at: str = ""
    by: str = ""
    restriction: str = ""
    unrestricted: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()


NO_MARKS = Marks()


def read_units(section: Section) -> Units:
    """Read the section; faults are noted with their line."""
    log = None
    if "log" in section:
        part = section.section("log")
        log = UnitLog(part.text("each", ""), _log_times(part), part.text("status"))
        part.close()
    units = Units(
        each=section.text("each", ""),
        id=section.text("id"),
        formats=section.texts("formats"),
        times=section.section("times", needed=False).words(of=STEPS),
        log=log,
        statuses=section.section("status", needed=False).words(),
    )
    check_formats(section, units.formats)
    for source, word in units.statuses.items():
        if word not in STEPS:
            section.fault(f"{word!r} of {source!r} must be one of: {', '.join(STEPS)}.", "status")
    section.close()
    return units


def _log_times(part: Section) -> tuple[str, ...]:
    if isinstance(part.values.get("at"), list):
        part.asked.add("at")
        part.fault("Several columns are named by `columns`.", "at")
        return ()
    if "columns" not in part:
        return (part.text("at"),)
    if part.text("at", ""):
        part.fault("Either `at` or `columns` says where the time stands.", "at")
    columns = part.texts("columns")
    if not columns:
        part.fault("`columns` names no column.", "columns")
    return columns


def read_marks(part: Section) -> Marks:
    """Read the marks of one remark."""
    marks = Marks(
        at=part.text("at", ""),
        by=part.text("by", ""),
        restriction=part.text("restriction", ""),
        unrestricted=part.texts("unrestricted", ()),
        formats=part.texts("formats", ()),
    )
    if marks.at and not marks.formats:
        part.fault("`at` needs `formats`.", "formats")
    check_formats(part, marks.formats)
    return marks
