"""What is kept of a message: each remark in its class, nothing that looks like a return.

Stands in front of everything that is stored. Plain Python: no database, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tandem.interop.cad.returns import (
    Cut,
    Shapes,
    compiled,
    cut_lines,
    cut_text,
    cut_value,
    is_returning_word,
    weigh,
)
from tandem.kernel.maps import Remark

POLICE_ONLY = "D5"
SHARED = "D1"
_CODES = ("kind", "call_type", "call_type_text", "channel", "disposition", "demo_drawn")
# How sources write that a remark is restricted to nobody; every other mark holds.
_UNRESTRICTED = frozenset({"", "none", "no", "n", "false", "0", "null", "public", "unrestricted"})
# Words of which names of kinds of calls are made; a return tells of somebody besides.
_KIND_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        A AGENCY ALIAS AND APPEAR ARREST ATTEMPT BACKGROUND BENCH CAPIAS CHECK CHK CIVIL
        CONFIRMED COUNTY DRIVING DRUG EXPIRED FAILURE FELONY FOR FOUND FTA FUGITIVE HIT IN
        JUVENILE LAW LEIN LICENSE LIVESCAN LOCAL LOST MISDEMEANOR MUNICIPAL NO OF OFFENDER
        OFFENSE OR OTHER OUT OUTSIDE OUTSTANDING PAPERS PAROLE PD PERSON PICKUP PLATE PROBATION
        PROCESS PROPERTY RECORD RECORDS RECOVERED REGISTERED REGISTRATION REPORT REVOKED SEARCH
        SERVE SERVED SERVICE SERVICES SEX SHERIFF STATE STOLEN STOP SUBJECT SUMMONS SUSPENDED
        THE TO TRAFFIC VEHICLE VIOLATION WANTED WARRANT WARRANTS WHILE WITH
        """,
    )
)
_PLAIN = frozenset({"external_id", "sequence", "updated_at", "occurred_at", "priority"})
_STATUSES = ("open", "closed", "cancelled")
_STEPS = frozenset({"received", "dispatched", "en_route", "on_scene", "cleared"})
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_NAMES_IN_A_KIND = 2
_MORE_PLACE = re.compile(
    r"(?i)(?:apt|unit|ste|suite|rm|room|fl|floor|lot|bldg|upper|lower|rear|front|side|stairs|north|"
    r"south|east|west|corner|near|behind|across|between)\b[\w #/-]{0,40}$|\d{1,5}$|[A-Z]{2} \d{5}$"
)
_PLACE_ENDS = re.compile(r"\s*(?:[;|*]+|\s//+\s|\s-\s|,\s|\s{2,})\s*")


@dataclass(frozen=True)
class RemarkRules:
    """Whose record each remark field of a source is, and which further lines are returns there."""

    classes: Mapping[str, str] = field(default_factory=dict)
    shapes: Shapes = ()

    @classmethod
    def of_remarks(cls, remarks: Mapping[str, Remark]) -> RemarkRules:
        """As a map says it."""
        return cls.of_words(
            {name: remark.data_class for name, remark in remarks.items()},
            [shape for remark in remarks.values() for shape in remark.returns],
        )

    @classmethod
    def of_words(cls, classes: Mapping[str, str], shapes: list[str]) -> RemarkRules:
        """As a feed keeps it."""
        return cls(dict(classes), compiled(shapes))


UNCLASSED = RemarkRules()


@dataclass(frozen=True)
class KeptRemark:
    """One remark after the cut."""

    data_class: str
    field: str
    at: str
    by: str
    text: str


@dataclass(frozen=True)
class Clean:
    """A message after the cut: its members, its remarks, and how many lines are not kept."""

    members: dict[str, Any]
    remarks: tuple[KeptRemark, ...]
    lines: int


def clean(raw: dict[str, Any], rules: RemarkRules = UNCLASSED) -> Clean:
    """The message without its returns; remarks apart, because each has a class of its own."""
    members: dict[str, Any] = {}
    lines = 0
    rest: dict[str, Any] = {}
    for name, value in raw.items():
        if name == "remarks":
            continue
        if name in _CODES:
            members[name], cut = _clean_code(name, value, rules.shapes)
            lines += cut
        elif name == "location" and isinstance(value, dict):
            members[name], cut = _clean_place(value, rules.shapes)
            lines += cut
        elif name in _PLAIN or _is_plain(name, value):
            members[name] = value
        elif name in ("status", "times", "units"):
            inner = cut_value(value, rules.shapes)
            members[name], lines = inner.kept, lines + inner.lines
        else:
            rest[name] = value
    if rest:
        unknown = cut_value(rest, rules.shapes)
        members, lines = members | unknown.kept, lines + unknown.lines
    if not raw.get("remarks"):
        return Clean(members, (), lines)
    remarks, cut = _clean_remarks(raw["remarks"], rules)
    return Clean(members, remarks, lines + cut)


def _is_plain(name: str, value: Any) -> bool:
    """Whether a member is one of our own words, or our own steps with a time each."""
    return (name == "status" and value in _STATUSES) or (name == "times" and _is_plain_times(value))


def _is_plain_times(value: Any) -> bool:
    """Whether these are our own steps with a time each: nothing else fits in."""
    return isinstance(value, dict) and all(
        name in _STEPS and isinstance(told, str) and _TIME.fullmatch(told)
        for name, told in value.items()
    )


def _clean_code(name: str, value: Any, shapes: Shapes) -> tuple[Any, int]:
    """WARRANT/MISDEMEANOR is a kind of call and stays; what tells of somebody is a return."""
    if not isinstance(value, str) or not is_returning_word(value, tuple(shapes)):
        return value, 0
    words = re.findall(r"[A-Z]+", value.upper())
    others = sum(word not in _KIND_WORDS for word in words)
    most = 0 if name == "disposition" else _NAMES_IN_A_KIND
    if others <= most and not re.search(r"[\d,:]", value):
        return value, 0
    return "", 1


def _clean_place(place: dict[str, Any], shapes: Shapes) -> tuple[dict[str, Any], int]:
    """Where help is needed stays; what was pasted behind it goes."""
    rest = {name: value for name, value in place.items() if name != "text"}
    cut = _cut_area(rest, shapes)
    text = place.get("text")
    if "text" not in place:
        return cut.kept, cut.lines
    if not isinstance(text, str) or not cut_text(text, shapes).lines:
        return {**cut.kept, "text": text}, cut.lines
    first, *others = _PLACE_ENDS.split(text)
    kept = [] if weigh(first, shapes) else [first]
    for part in others if kept else ():
        if weigh(part, shapes) or not _MORE_PLACE.match(part):
            break
        kept.append(part)
    return {**cut.kept, "text": ", ".join(kept)}, cut.lines + 1


def _cut_area(rest: dict[str, Any], shapes: Shapes) -> Cut:
    """Area and point, which most places have, without the look at members that nobody knows."""
    numbers = [value for name, value in rest.items() if name in ("lat", "lon")]
    area = rest.get("area")
    known = isinstance(area, str) and len(rest) == 1 + len(numbers)
    if not known or not all(isinstance(value, float) for value in numbers):
        return cut_value(rest, shapes) if rest else Cut({}, 0)
    cut = cut_text(area or "", shapes)
    return Cut({**rest, "area": cut.kept}, cut.lines)


def _clean_remarks(raw: Any, rules: RemarkRules) -> tuple[tuple[KeptRemark, ...], int]:
    remarks = [one for one in raw if isinstance(one, dict)] if isinstance(raw, list) else []
    texts = [one["text"] if isinstance(one.get("text"), str) else "" for one in remarks]
    # A return may run over from one remark into the next, as a source with short lines sends it.
    gone = cut_lines([text if "\n" not in text else "" for text in texts], rules.shapes, apart=True)
    lines = sum(gone)
    kept = []
    for one, text, cut in zip(remarks, texts, gone, strict=True):
        inner = cut_text(text, rules.shapes)
        by = cut_value(one.get("by") or "", rules.shapes)
        others = {name: v for name, v in one.items() if name not in ("text", "by", "at")}
        lines += (0 if cut else inner.lines) + by.lines + cut_value(others, rules.shapes).lines
        if not cut and inner.kept.strip():
            kept.append(
                KeptRemark(
                    _class_of(one, rules),
                    str(one.get("field") or "text")[:60],
                    str(one.get("at") or ""),
                    str(by.kept),
                    inner.kept.strip(),
                )
            )
    return tuple(kept), lines


def _class_of(remark: dict[str, Any], rules: RemarkRules) -> str:
    """The map's class; unclassed is police only, and so is what the source itself restricts."""
    mark = remark.get("restriction", remark.get("Restriction"))
    if str(mark if mark is not None else "").strip().lower() not in _UNRESTRICTED:
        return POLICE_ONLY
    return rules.classes.get(str(remark.get("field") or "text"), POLICE_ONLY)
