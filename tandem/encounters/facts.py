"""The officer's structured facts: what was seen, quoted, found and used. Plain Python.

There is no place here for a name of an illness, and nothing here writes or rewrites a word: what is
missing is listed, nothing more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

# Behavior and signs that anybody can see; what an illness may be called is nobody's to tick.
SEEN = (
    "pacing",
    "crying",
    "shouting",
    "silent",
    "answers_slowly",
    "talks_to_nobody_seen",
    "shaking",
    "hiding",
    "running",
    "lying_down",
    "unsteady",
    "smell_of_alcohol",
    "injured",
    "not_dressed_for_weather",
    "calm",
)
ANSWERS = ("yes", "no", "not_known", "not_asked")
BELONGINGS = ("none", "safekept", "seized", "returned")
FORCE = ("none", "hands_on", "device", "firearm_drawn", "other")
HOW = ("saw", "heard", "reported")
MOST_ACTS, LONGEST, LONGEST_WORDS = 60, 500, 5_000
_ACT = re.compile(r"act-(\d{1,3})-words\Z")


@dataclass(frozen=True)
class OvertAct:
    """One thing said or done, in the words given, and who saw, heard or reported it."""

    words: str
    how: str = ""  # saw | heard | reported; "" = not said yet
    who: str = ""  # of a report: who told it
    at: str = ""  # as typed: 02:03

    @property
    def sourced(self) -> bool:
        """Whether it is said who saw, heard or reported it."""
        return self.how in {"saw", "heard"} or (self.how == "reported" and bool(self.who))


@dataclass(frozen=True)
class PoliceFacts:
    """The structured part of an officer's record."""

    seen: tuple[str, ...] = ()
    seen_other: str = ""
    weapons: str = ""  # an answer, or nothing yet
    weapon_words: str = ""
    belongings: str = ""
    belongings_words: str = ""  # what, and the receipt's number
    force: str = ""
    force_number: str = ""  # of the force report, kept in the police department's own system
    video: str = ""  # the id of the recording; the recording stays in its own system
    acts: tuple[OvertAct, ...] = ()

    @classmethod
    def read(cls, told: Mapping[str, Any], *, seen: list[str]) -> PoliceFacts:
        """From a form: a code that is none of ours is dropped, words are kept as they came."""

        def word(name: str, codes: tuple[str, ...]) -> str:
            given = str(told.get(name, ""))
            return given if given in codes else ""

        def words(name: str) -> str:
            return str(told.get(name, "")).replace("\0", "").strip()[:LONGEST]

        return cls(
            seen=tuple(code for code in SEEN if code in seen),
            seen_other=words("seen_other"),
            weapons=word("weapons", ANSWERS),
            weapon_words=words("weapon_words"),
            belongings=word("belongings", BELONGINGS),
            belongings_words=words("belongings_words"),
            force=word("force", FORCE),
            force_number=words("force_number"),
            video=words("video"),
            acts=_acts_of(told),
        )

    @classmethod
    def of_text(cls, text: str) -> PoliceFacts:
        """From the sealed text; a field that a later release added is empty."""
        raw: dict[str, Any] = json.loads(text)
        acts = tuple(OvertAct(**act) for act in raw.pop("acts", []))
        known = {field.name for field in fields(cls)}
        kept = {name: value for name, value in raw.items() if name in known}
        kept["seen"] = tuple(kept.get("seen", ()))
        return cls(**kept, acts=acts)

    def text(self) -> str:
        """To be sealed."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @property
    def empty(self) -> bool:
        """Whether nothing was stated."""
        return self == PoliceFacts()

    def beside(self, other: PoliceFacts) -> PoliceFacts:
        """Both versions as one: every act of both, and of a single field the first one's word."""
        merged = {
            field.name: getattr(self, field.name) or getattr(other, field.name)
            for field in fields(self)
        }
        merged["seen"] = tuple(code for code in SEEN if code in {*self.seen, *other.seen})
        merged["acts"] = (*self.acts, *(act for act in other.acts if act not in self.acts))
        return replace(self, **merged)


def _acts_of(told: Mapping[str, Any]) -> tuple[OvertAct, ...]:
    numbers = sorted(int(found[1]) for name in told if (found := _ACT.match(name)))
    acts = []
    for number in numbers[: MOST_ACTS + 1]:
        # Said words are never shortened, trimmed or changed: what was typed is what is kept.
        words = str(told[f"act-{number}-words"]).replace("\r\n", "\n").replace("\0", "")
        if not words.strip():
            continue
        how = str(told.get(f"act-{number}-how", ""))
        who = str(told.get(f"act-{number}-who", "")).replace("\0", "").strip()[:LONGEST]
        at = str(told.get(f"act-{number}-at", "")).replace("\0", "").strip()[:20]
        acts.append(OvertAct(words, how if how in HOW else "", who, at))
    return tuple(acts)


def too_much(facts: PoliceFacts) -> bool:
    """More than the record takes: refused whole, so that nothing is cut off unseen."""
    return len(facts.acts) > MOST_ACTS or any(len(act.words) > LONGEST_WORDS for act in facts.acts)


def missing(facts: PoliceFacts, *, in_custody: bool, force_stated: bool) -> list[str]:
    """Codes of what a reader of this record will look for and not find; never more than a list."""
    lacks = [
        ("behavior", not facts.seen and not facts.seen_other),
        ("weapons", facts.weapons in {"", "not_asked"}),
        ("weapon_words", facts.weapons == "yes" and not facts.weapon_words),
        ("belongings_words", facts.belongings not in {"", "none"} and not facts.belongings_words),
        ("force_number", facts.force not in {"", "none"} and not facts.force_number),
        ("force", force_stated and facts.force in {"", "none"}),
        ("video", not facts.video),
        # Wis. Stat. 51.15(5): the statement names a recent act and who observed or reported it.
        ("act", in_custody and not facts.acts),
        ("act_source", any(not act.sourced for act in facts.acts)),
        ("act_time", in_custody and any(not act.at for act in facts.acts)),
    ]
    return [code for code, lacking in lacks if lacking]
