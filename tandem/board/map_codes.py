"""What the codes of a sample's columns mean: asked of the administrator, with a first guess."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

from tandem.dispatch.cad_words import state_of
from tandem.dispatch.states import MemberState
from tandem.kernel.maps.builder import (
    MEANINGS,
    PRIORITY,
    STATUS,
    UNIT_STATUS,
    Sample,
    codes_of,
)
from tandem.kernel.shapes import MapCode, MapCodes, Option

_STEP_OF = {
    MemberState.ASSIGNED: "assigned",
    MemberState.EN_ROUTE: "en_route",
    MemberState.AT_ADDRESS: "on_scene",
    MemberState.CLEARED: "cleared",
}
_STATUS_OF = (
    ("cancelled", re.compile(r"cancel|void|dup")),
    ("closed", re.compile(r"clos|clear|complet|done|finish|^c$|^cl$")),
    ("open", re.compile(r"open|active|pend|progress|dispatch|assign|new|^a$|^o$")),
)
_PRIORITY_OF = (
    ("1", re.compile(r"emerg|immed|high|hot")),
    ("2", re.compile(r"urgent|prior")),
    ("3", re.compile(r"routine|med|normal")),
    ("4", re.compile(r"low|info|sched")),
)


def asked_codes(
    sample: Sample, choices: Mapping[str, str], told: Mapping[str, str]
) -> list[MapCodes]:
    """Each column of codes that was pointed at, with what was said of them or is guessed."""
    found = []
    for place, column in enumerate(sample.head):
        kind = choices.get(column, "")
        codes = codes_of(sample, column) if kind in MEANINGS else []
        if codes:
            lines = []
            for nth, code in enumerate(codes):
                field = f"v{place}.{nth}"
                said = told.get(field)
                was_said = said in ("", *MEANINGS[kind])
                chosen = said if was_said else guess(kind, code)
                lines.append(MapCode(field, code, chosen or "", guessed=not was_said))
            found.append(MapCodes(column, kind, _options(kind), lines))
    return found


def meanings_of(asked: list[MapCodes]) -> dict[str, dict[str, str]]:
    """The same as a map is written of it."""
    return {one.kind: {line.code: line.chosen for line in one.codes} for one in asked}


def guess(kind: str, code: str) -> str:
    """What a code says by itself; empty where it says nothing that we know."""
    plain = code.strip().lower()
    if kind == UNIT_STATUS:
        state = state_of(code)
        return _STEP_OF.get(state, "") if state else ""
    if kind == PRIORITY and re.fullmatch(r"p?[1-4]", plain):
        return plain[-1]
    words = _STATUS_OF if kind == STATUS else _PRIORITY_OF
    return next((word for word, shape in words if shape.search(plain)), "")


def _options(kind: str) -> list[Option]:
    words = {
        "open": _("Open"),
        "closed": _("Closed"),
        "cancelled": _("Cancelled"),
        "assigned": _("Assigned"),
        "dispatched": _("Dispatched"),
        "en_route": _("En route"),
        "on_scene": _("At the address"),
        "cleared": _("Cleared"),
        "1": _("1, highest"),
        "4": _("4, lowest"),
    }
    options = [Option(word, words.get(word, word)) for word in MEANINGS[kind]]
    return [Option("", _("No meaning: the word is kept")), *options]
