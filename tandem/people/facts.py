"""What may be known of a person, from whom, and what a way of contact allows. Plain Python.

Equity facts are optional, each with its source; the person's page alone shows them, and no engine
or advice takes them in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

NAMES = ("name", "alias")
EQUITY = ("race", "ethnicity", "sex", "gender", "language", "disability", "veteran")
# `identified`: an encounter without a name or an age of its own still says that it is on the file.
SIGNER = "signer"  # who would sign a consent, and what was seen of it: the county's alone
# Of these one word stands; every other kind is added to.
ONE_STANDS = frozenset({"birth", *EQUITY})
KINDS = (*NAMES, "identified", "birth", "age", "contact", SIGNER, *EQUITY)
# Said by the person, seen or thought by whoever was there, or taken from a record.
SOURCES = ("self", "perceived", "record", "other")
EQUITY_SOURCES = ("self", "perceived", "record")
ANSWERS = ("yes", "no", "unknown")


@dataclass(frozen=True)
class ContactWay:
    """A way to reach a person and what it may be used for; unknown is never yes."""

    way: str  # phone | email | address | through
    where: str  # the number, the address, or through whom
    may_call: str = "unknown"
    may_text: str = "unknown"
    may_leave_message: str = "unknown"
    may_write: str = "unknown"
    in_whose_hands: str = ""
    safe_hours: str = ""
    words: str = ""  # the words and the sender's name to use
    must_not_know: str = ""

    @classmethod
    def read(cls, raw: Mapping[str, str]) -> ContactWay:
        """From what was typed: an answer that is none of ours is unknown."""
        told = {field.name: str(raw.get(field.name, ""))[:300].strip() for field in fields(cls)}
        for name, answer in told.items():
            if name.startswith("may_") and answer not in ANSWERS:
                told[name] = "unknown"
        if told["way"] not in WAYS:
            told["way"] = "phone"
        return cls(**told)

    def as_dict(self) -> dict[str, str]:
        """For sealing."""
        return asdict(self)

    @property
    def allows(self) -> tuple[str, ...]:
        """What was allowed in so many words."""
        return tuple(
            field.name.removeprefix("may_")
            for field in fields(self)
            if field.name.startswith("may_") and getattr(self, field.name) == "yes"
        )

    @property
    def speak_only(self) -> bool:
        """Speak only with the person, leave nothing: so unless a message was allowed."""
        return self.may_leave_message != "yes"


WAYS = ("phone", "email", "address", "through")


STANDS_AS = ("self", "parent", "guardian", "health_care_agent")
LETTERS = ("seen", "not_seen")
# Who acts by a paper: the paper is seen before a consent of theirs counts.
_BY_PAPER = ("guardian", "health_care_agent")


@dataclass(frozen=True)
class Signer:
    """Who says that they sign for a person, and whether what lets them was seen."""

    who: str
    stands_as: str = "self"
    letters: str = "not_seen"
    age: str = ""  # in years, as told; of a minor who signs alone

    @classmethod
    def read(cls, raw: Mapping[str, str]) -> Signer:
        """From what was typed: what is none of our codes is the word that lets nothing go."""
        told = {field.name: str(raw.get(field.name, ""))[:300].strip() for field in fields(cls)}
        if told["stands_as"] not in STANDS_AS:
            told["stands_as"] = "guardian"
        if told["letters"] not in LETTERS:
            told["letters"] = "not_seen"
        if not (told["age"].isascii() and told["age"].isdigit()):
            told["age"] = ""
        return cls(**told)

    def as_dict(self) -> dict[str, str]:
        """For sealing."""
        return asdict(self)

    def hindered_by(self, *, signs_from: int) -> str:
        """What keeps a consent of theirs from counting: letters, too_young, or nothing.

        `signs_from` is the age in years from which a minor signs alone (Wis. Stat. 51.30(5)).
        """
        if self.stands_as in _BY_PAPER and self.letters != "seen":
            return "letters"
        if self.stands_as == "self" and self.age and int(self.age) < signs_from:
            return "too_young"
        return ""
