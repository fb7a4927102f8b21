"""The `[evaluation]` section of a map: which columns a study or a measure reads, and as what.

A protocol or a measure's definition says what is done with them, by the names given here.
"""

import re
from dataclasses import dataclass

from tandem.kernel.strict_toml import Section

ROLES = ("unit", "time", "group", "event", "person")
TEAMS = ("officer", "clinician", "other")
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True)
class OutcomeCodes:
    """What the codes of one outcome stand for in our words."""

    unmapped: str
    words: dict[str, str]

    def word(self, code: str) -> str | None:
        """Our word; None, which is unknown, where the list says to drop an unmapped code."""
        found = self.words.get(code)
        return code if found is None and self.unmapped == "keep" else found


@dataclass(frozen=True)
class Evaluation:
    """The columns by what they are; every column and every name stands in one place only.

    `team` says whose steps the map's `[times]` are.
    """

    roles: dict[str, str]
    outcomes: dict[str, str]
    covariates: dict[str, str]
    codes: dict[str, OutcomeCodes]
    time_formats: tuple[str, ...]
    missing: tuple[str, ...]
    team: str

    def columns(self) -> dict[str, str]:
        """Our name to the file's column: `unit`, `time`, ..., then outcomes, then covariates."""
        return {**self.roles, **self.outcomes, **self.covariates}

    def uses(self) -> list[tuple[str, str]]:
        """Each column of the file and what it becomes, for `tandem map check`."""
        return [
            *((column, f"evaluation {role}") for role, column in self.roles.items()),
            *((column, f"outcome {name}") for name, column in self.outcomes.items()),
            *((column, f"covariate {name}") for name, column in self.covariates.items()),
        ]

    def value(self, name: str, cell: str) -> str | None:
        """A cell in our words; None where the file says nothing or the code means unknown."""
        text = cell.strip()
        if not text or text in self.missing:
            return None
        codes = self.codes.get(name)
        return codes.word(text) if codes else text


def read_evaluation(section: Section) -> Evaluation:
    """Read the section; every fault is noted at its line."""
    roles = {role: section.text(role) for role in ROLES if role in section}
    built = Evaluation(
        roles=roles,
        outcomes=_named(section.section("outcome", needed=False)),
        covariates=_named(section.section("covariate", needed=False)),
        codes=_codes(section.section("codes", needed=False)),
        time_formats=section.texts("time_formats", ()),
        missing=section.texts("missing", ()),
        team=section.text("team", "other", of=TEAMS),
    )
    section.close()
    if not built.columns():
        section.fault("`[evaluation]` names no column.")
    if built.time_formats and "time" not in roles:
        section.fault("`time_formats` without `time`.", "time_formats")
    for name in built.codes:
        if name not in built.outcomes and name not in built.covariates:
            section.fault(f"Codes of `{name}`, which is no outcome and no covariate.", "codes")
    _check_places(section, built)
    return built


def _named(section: Section) -> dict[str, str]:
    found = section.words()
    for name in found:
        if not NAME.fullmatch(name):
            section.fault(f"`{name}` must be lower case letters, digits and _.", name)
        elif name in ROLES:
            section.fault(f"`{name}` is the name of a role and cannot be used again.", name)
    return found


def _codes(section: Section) -> dict[str, OutcomeCodes]:
    lists = {}
    for name, part in section.named():
        unmapped = part.text("unmapped", "keep", of=("keep", "drop"))
        words = {code.strip(): word for code, word in part.words().items()}
        lists[name] = OutcomeCodes(unmapped, words)
    return lists


def _check_places(section: Section, built: Evaluation) -> None:
    """One name in one place, one column in one place: an outcome is never also a cause."""
    for name in built.covariates:
        if name in built.outcomes:
            section.fault(f"`{name}` is an outcome and a covariate; it can be one.", "covariate")
    seen: dict[str, str] = {}
    for column, use in built.uses():
        before = seen.setdefault(column, use)
        # People followed over time are themselves the units that are compared.
        if before == use or {before, use} == {"evaluation unit", "evaluation person"}:
            continue
        kind, _, name = use.partition(" ")
        key = (name,) if kind == "evaluation" else (kind, name)
        section.fault(f"The column `{column}` is {before} and {use}; it can be one.", *key)
