"""Custody and detention as facts: which there are and what each holds. Plain Python.

No time is counted here and none compared: what the law counts from is on the form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

# Each fact and what is asked with it; nothing of it has to be filled in.
FACTS: dict[str, tuple[str, ...]] = {
    "taken": ("who", "county", "place", "words"),
    "approval_asked": ("who", "credential", "how", "words"),
    "approval_given": ("who", "credential", "how", "words"),
    "approval_denied": ("who", "credential", "how", "words"),
    "medically_appropriate": ("who", "credential", "place", "how"),
    "left": ("place", "who", "restraint"),
    "arrived": ("place",),
    "accepted": ("who", "credential", "place"),
    "declined": ("who", "credential", "place", "words"),
    "released": ("who", "place", "words"),
}
HOW = ("in_person", "phone", "video")
RESTRAINT = ("none", "handcuff", "soft", "medical")
LONGEST = 500


@dataclass(frozen=True)
class Told:
    """One fact as it was told; what nobody said is empty."""

    kind: str
    when: str  # with the zone's offset
    who: str = ""
    credential: str = ""
    how: str = ""
    county: str = ""
    place: str = ""
    restraint: str = ""
    words: str = ""

    @classmethod
    def read(cls, kind: str, when: str, told: Mapping[str, str]) -> Told:
        """From a form: only what this fact asks for."""
        kept: dict[str, str] = {}
        for name in FACTS.get(kind, ()):
            given = str(told.get(name, "")).replace("\0", "").strip()[:LONGEST]
            codes = {"how": HOW, "restraint": RESTRAINT}.get(name)
            kept[name] = given if codes is None or given in codes else ""
        return cls(kind, when, **kept)

    @classmethod
    def of_text(cls, text: str) -> Told:
        """From the sealed text."""
        raw = json.loads(text)
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in raw.items() if name in known})

    def text(self) -> str:
        """To be sealed."""
        return json.dumps(asdict(self), ensure_ascii=False)
