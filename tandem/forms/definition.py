"""What a form is made of: the part of a FHIR R4 Questionnaire that is read, as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

KINDS = (  # item types of FHIR R4 that are in the subset
    "group",
    "display",
    "boolean",
    "decimal",
    "integer",
    "date",
    "dateTime",
    "time",
    "string",
    "text",
    "choice",
)
OPERATORS = ("exists", "=", "!=", ">", "<", ">=", "<=")
STATUSES = ("draft", "active", "retired")
# What may be known before anybody types: a form names the fact, the product gives its value.
PREFILLS = (
    "encounter.begun_at",
    "encounter.place",
    "encounter.number",
    "encounter.initiated_by",
    "member.others_present",
    "member.at_address_at",
    "member.cleared_at",
    "person.age",
    "staff.name",
    "contact.circumstances",
)

Value = bool | int | Decimal | str  # a choice is its code; a day or a time is its ISO text


@dataclass(frozen=True)
class Option:
    """One answer that may be chosen."""

    code: str
    display: str
    display_es: str = ""

    def label(self, language: str) -> str:
        """The words in a language, English where there are no others."""
        return (self.display_es if language == "es" else "") or self.display


@dataclass(frozen=True)
class Condition:
    """When an item is asked: the answer to another question compared with a value."""

    question: str
    operator: str
    answer: Value


@dataclass(frozen=True)
class Item:
    """One line of a form: a question, a heading with what is below it, or plain words."""

    link_id: str
    kind: str
    text: str
    text_es: str = ""
    required: bool = False
    repeats: bool = False
    max_length: int | None = None
    options: tuple[Option, ...] = ()
    conditions: tuple[Condition, ...] = ()
    any_of: bool = False  # one condition is enough; otherwise all must hold
    codes: tuple[tuple[str, str], ...] = ()  # (system, code), such as LOINC's
    unit: str = ""  # UCUM
    low: Decimal | None = None
    high: Decimal | None = None
    prefill: str = ""
    retired: bool = False  # not asked any more; kept so that its id is never used again
    items: tuple[Item, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether it can be answered."""
        return self.kind not in {"group", "display"}

    def label(self, language: str) -> str:
        """The words in a language, English where there are no others."""
        return (self.text_es if language == "es" else "") or self.text

    def option(self, code: str) -> Option | None:
        """The option with that code."""
        return next((option for option in self.options if option.code == code), None)


@dataclass(frozen=True)
class Definition:
    """One version of a form."""

    url: str
    version: str
    title: str
    title_es: str = ""
    status: str = "draft"
    date: str = ""
    publisher: str = ""
    description: str = ""
    copyright: str = ""
    items: tuple[Item, ...] = ()

    @property
    def canonical(self) -> str:
        """How a response names the version it was filled in with: `url|version`."""
        return f"{self.url}|{self.version}"

    def name(self, language: str) -> str:
        """The title in a language, English where there is no other."""
        return (self.title_es if language == "es" else "") or self.title

    def walk(self) -> Iterator[tuple[Item, tuple[Item, ...]]]:
        """Every item with those around it, outermost first, in the order of the form."""
        stack: list[tuple[Item, tuple[Item, ...]]] = [(item, ()) for item in reversed(self.items)]
        while stack:
            item, around = stack.pop()
            yield item, around
            inside = (*around, item)
            stack.extend((child, inside) for child in reversed(item.items))

    def by_id(self) -> dict[str, Item]:
        """Every item by its id."""
        return {item.link_id: item for item, _ in self.walk()}
