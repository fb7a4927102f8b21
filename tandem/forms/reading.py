"""Reads a definition from JSON, strictly: what Tandem would not keep or ask is refused by name.

Source of the shape: HL7 FHIR R4 Questionnaire, https://hl7.org/fhir/R4/questionnaire.html; the
subset is told in docs/reference/forms.md.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from typing import Any

from tandem.forms.checking import structure_faults
from tandem.forms.definition import (
    KINDS,
    OPERATORS,
    PREFILLS,
    STATUSES,
    Condition,
    Definition,
    Item,
    Option,
    Value,
)
from tandem.forms.faults import Fault, FormRefused
from tandem.forms.plain_json import load_json, text_fault

MOST_BYTES = 512 * 1024
MOST_ITEMS = 300
DEEPEST = 6
MOST_OPTIONS = 100
LONGEST_LABEL = 1_000
LONGEST_ANSWER = 20_000

TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
UNIT = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit"
LOW = "http://hl7.org/fhir/StructureDefinition/minValue"
HIGH = "http://hl7.org/fhir/StructureDefinition/maxValue"
PREFILL = "urn:tandem:form:prefill"
RETIRED = "urn:tandem:form:retired"
UCUM = "http://unitsofmeasure.org"

_LINK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}")
_VERSION = re.compile(r"[0-9]{1,4}(\.[0-9]{1,10}){0,2}")
_URL = re.compile(r"(https?://|urn:)[A-Za-z0-9][A-Za-z0-9._~:/-]{0,199}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FORM_KEYS = {
    "resourceType",
    "url",
    "version",
    "name",
    "title",
    "_title",
    "status",
    "date",
    "publisher",
    "description",
    "copyright",
    "item",
}
_ITEM_KEYS = {
    "linkId",
    "type",
    "text",
    "_text",
    "required",
    "repeats",
    "maxLength",
    "answerOption",
    "enableWhen",
    "enableBehavior",
    "code",
    "extension",
    "item",
}
_ANSWERS = {  # of a condition, by the kind of question
    "answerBoolean": (bool, ("boolean",)),
    "answerInteger": (int, ("integer",)),
    "answerDecimal": ((int, float), ("decimal",)),
    "answerString": (str, ("string", "text")),
    "answerDate": (str, ("date",)),
    "answerCoding": (dict, ("choice",)),
}


def read_definition(raw: bytes) -> Definition:
    """One version of a form, whole and checked; FormRefused tells every fault in sentences."""
    return read_document(load_json(raw, most_bytes=MOST_BYTES))


def read_document(told: Any) -> Definition:
    """The same from a JSON value that was read already."""
    reader = _Reader()
    definition = reader.definition(told)
    if not reader.faults and definition is not None:
        reader.faults.extend(structure_faults(definition))
    if reader.faults or definition is None:
        raise FormRefused(reader.faults)
    return definition


class _Reader:
    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.count = 0

    def fault(self, where: str, sentence: str) -> None:
        self.faults.append(Fault(where, sentence))

    def known_keys(self, told: dict[str, Any], known: Collection[str], where: str) -> None:
        for key in told:
            if key not in known:
                self.fault(where, f"{_cap(where)} has {key[:60]!r}, which Tandem does not read.")

    def label(self, text: Any, where: str, what: str, longest: int = LONGEST_LABEL) -> str:
        if not isinstance(text, str):
            self.fault(where, f"The {what} of {where} must be a text.")
            return ""
        wrong = text_fault(text, longest)
        if wrong:
            self.fault(where, f"The {what} of {where} {wrong}.")
        return text

    def flag(self, told: dict[str, Any], key: str, where: str) -> bool:
        value = told.get(key, False)
        if not isinstance(value, bool):
            self.fault(where, f"`{key}` of {where} must be true or false.")
        return value is True

    # -- the form ----------------------------------------------------------------------------------

    def definition(self, told: Any) -> Definition | None:
        if not isinstance(told, dict) or told.get("resourceType") != "Questionnaire":
            self.fault("form", "A form is a JSON object whose resourceType is Questionnaire.")
            return None
        self.known_keys(told, _FORM_KEYS, "the form")
        where = "the form"
        for key, pattern, example in (
            ("url", _URL, "urn:tandem:form:assessment"),
            ("version", _VERSION, "1.0"),
        ):
            if not isinstance(told.get(key), str) or not pattern.fullmatch(told[key]):
                self.fault(where, f"`{key}` of the form must be such as {example}.")
        if told.get("status") not in STATUSES:
            self.fault(where, f"`status` of the form must be one of: {', '.join(STATUSES)}.")
        day = told.get("date", "")
        if day and not (isinstance(day, str) and _DAY.fullmatch(day)):
            self.fault(where, "`date` of the form must be a day such as 2026-01-31.")
        title = self.label(told.get("title"), where, "title", 200)
        facts = {
            key: self.label(told[key], where, key, 4_000) if key in told else ""
            for key in ("publisher", "description", "copyright")
        }
        items = self.items(told.get("item"), where, 1)
        return Definition(
            url=str(told.get("url", "")),
            version=str(told.get("version", "")),
            title=title,
            title_es=self.spanish(told.get("_title"), where, 200),
            status=str(told.get("status", "")),
            date=day if isinstance(day, str) else "",
            items=items,
            **facts,
        )

    def items(self, told: Any, where: str, depth: int) -> tuple[Item, ...]:
        if not isinstance(told, list) or not told:
            self.fault(where, f"{_cap(where)} needs a list of items.")
            return ()
        if depth > DEEPEST:
            self.fault(where, f"The form is nested deeper than {DEEPEST} levels at {where}.")
            return ()
        self.count += len(told)
        if self.count > MOST_ITEMS:
            if self.count - len(told) <= MOST_ITEMS:
                self.fault(
                    "form", f"The form has {self.count:,} items or more; {MOST_ITEMS} are the most."
                )
            return ()
        found = [self.item(item, where, index, depth) for index, item in enumerate(told, 1)]
        return tuple(item for item in found if item is not None)

    # -- one item ----------------------------------------------------------------------------------

    def item(self, told: Any, around: str, index: int, depth: int) -> Item | None:
        if not isinstance(told, dict):
            self.fault(around, f"Item {index} of {around} must be an object.")
            return None
        link = told.get("linkId")
        if not isinstance(link, str) or not _LINK.fullmatch(link):
            self.fault(
                around,
                f"Item {index} of {around} needs a linkId of letters, digits, dots and hyphens,"
                " 64 at most.",
            )
            return None
        where = f"item {link}"
        self.known_keys(told, _ITEM_KEYS, where)
        kind = told.get("type")
        if kind not in KINDS:
            self.fault(where, f"The type of {where} must be one of: {', '.join(KINDS)}.")
            return None
        low, high, unit, prefill, retired = self.extensions(told.get("extension", []), where, kind)
        longest = told.get("maxLength")
        if longest is not None and not (
            type(longest) is int and 1 <= longest <= LONGEST_ANSWER and kind in {"string", "text"}
        ):
            self.fault(
                where, f"`maxLength` of {where} must be 1 to {LONGEST_ANSWER:,}, and of a text."
            )
            longest = None
        behavior = told.get("enableBehavior", "all")
        if behavior not in {"all", "any"}:
            self.fault(where, f"`enableBehavior` of {where} must be all or any.")
        return Item(
            link_id=link,
            kind=kind,
            text=self.label(told.get("text"), where, "label"),
            text_es=self.spanish(told.get("_text"), where, LONGEST_LABEL),
            required=self.flag(told, "required", where),
            repeats=self.flag(told, "repeats", where),
            max_length=longest,
            options=self.options(told.get("answerOption"), where, kind),
            conditions=self.conditions(told.get("enableWhen"), where),
            any_of=behavior == "any",
            codes=self.codes(told.get("code", []), where),
            unit=unit,
            low=low,
            high=high,
            prefill=prefill,
            retired=retired,
            items=self.below(told, where, kind, depth),
        )

    def below(self, told: dict[str, Any], where: str, kind: str, depth: int) -> tuple[Item, ...]:
        if kind == "group":
            return self.items(told.get("item"), where, depth + 1)
        if "item" in told:
            self.fault(where, f"Only a group has items of its own; {where} is a {kind}.")
        return ()

    def options(self, told: Any, where: str, kind: str) -> tuple[Option, ...]:
        if kind != "choice":
            if told is not None:
                self.fault(where, f"Only a choice has answers to choose; {where} is a {kind}.")
            return ()
        if not isinstance(told, list) or not 1 <= len(told) <= MOST_OPTIONS:
            self.fault(where, f"{_cap(where)} needs 1 to {MOST_OPTIONS} answers to choose.")
            return ()
        found: list[Option] = []
        for number, option in enumerate(told, 1):
            coding = option.get("valueCoding") if isinstance(option, dict) else None
            if not isinstance(coding, dict) or set(option) != {"valueCoding"}:
                self.fault(where, f"Answer {number} of {where} must be a valueCoding.")
                continue
            self.known_keys(coding, {"system", "code", "display", "_display"}, where)
            code = coding.get("code")
            if not isinstance(code, str) or not _LINK.fullmatch(code):
                self.fault(where, f"Answer {number} of {where} needs a code.")
                continue
            if any(other.code == code for other in found):
                self.fault(where, f"The answer {code!r} stands twice in {where}.")
            display = self.label(coding.get("display"), where, f"answer {code!r}", 300)
            found.append(Option(code, display, self.spanish(coding.get("_display"), where, 300)))
        return tuple(found)

    def conditions(self, told: Any, where: str) -> tuple[Condition, ...]:
        if told is None:
            return ()
        if not isinstance(told, list) or not 1 <= len(told) <= MOST_OPTIONS:
            self.fault(where, f"`enableWhen` of {where} must be a list of conditions.")
            return ()
        found = []
        for one in told:
            condition = self.condition(one, where)
            if condition is not None:
                found.append(condition)
        return tuple(found)

    def condition(self, one: Any, where: str) -> Condition | None:
        if not isinstance(one, dict) or not isinstance(one.get("question"), str):
            self.fault(where, f"A condition of {where} must name its question.")
            return None
        operator = one.get("operator")
        keys = [key for key in one if key in _ANSWERS]
        self.known_keys(one, {"question", "operator", *_ANSWERS}, f"the condition of {where}")
        if operator not in OPERATORS or len(keys) != 1:
            self.fault(where, f"A condition of {where} needs one operator and one answer.")
            return None
        told = one[keys[0]]
        fits = isinstance(told, _ANSWERS[keys[0]][0])  # type: ignore[arg-type]
        if not fits or (isinstance(told, bool) and keys[0] != "answerBoolean"):
            self.fault(where, f"`{keys[0]}` in the condition of {where} is of another kind.")
            return None
        value: Value
        if keys[0] == "answerCoding":
            if not isinstance(told.get("code"), str):
                self.fault(where, f"The condition of {where} needs the code of an answer.")
                return None
            value = told["code"]
        else:
            value = Decimal(str(told)) if keys[0] == "answerDecimal" else told
        return Condition(one["question"], str(operator), value)

    def codes(self, told: Any, where: str) -> tuple[tuple[str, str], ...]:
        found = []
        for coding in told if isinstance(told, list) else [told]:
            plain = isinstance(coding, dict) and set(coding) <= {"system", "code", "display"}
            if not plain or not all(isinstance(text, str) for text in coding.values()):
                self.fault(where, f"`code` of {where} must be a list of system, code and display.")
                return ()
            found.append((coding.get("system", "")[:200], coding.get("code", "")[:64]))
        return tuple(found)

    # -- extensions --------------------------------------------------------------------------------

    def extensions(
        self, told: Any, where: str, kind: str
    ) -> tuple[Decimal | None, Decimal | None, str, str, bool]:
        bounds: dict[str, Decimal] = {}
        unit = prefill = ""
        retired = False
        for one in told if isinstance(told, list) else [told]:
            url = one.get("url") if isinstance(one, dict) else None
            value = next((one[key] for key in one if key != "url"), None) if url else None
            if url in {LOW, HIGH} and kind in {"integer", "decimal"}:
                try:
                    bounds[str(url)] = Decimal(str(value))
                except InvalidOperation:
                    self.fault(where, f"A bound of {where} is not a number.")
            elif url == UNIT and kind in {"integer", "decimal"} and isinstance(value, dict):
                unit = self.label(value.get("code"), where, "unit", 40)
            elif url == PREFILL and value in PREFILLS:
                prefill = value
            elif url == RETIRED and isinstance(value, bool):
                retired = value
            else:
                self.fault(
                    where, f"{_cap(where)} has an extension that Tandem does not read there."
                )
        if LOW in bounds and HIGH in bounds and bounds[LOW] > bounds[HIGH]:
            self.fault(where, f"The lowest value of {where} is above its highest.")
        return bounds.get(LOW), bounds.get(HIGH), unit, prefill, retired

    def spanish(self, told: Any, where: str, longest: int) -> str:
        """The Spanish words of FHIR's translation extension."""
        if told is None:
            return ""
        try:
            (outer,) = told["extension"]
            parts = {part["url"]: part for part in outer["extension"]}
            fits = outer["url"] == TRANSLATION and parts["lang"]["valueCode"] == "es"
            words = parts["content"]["valueString"] if fits else None
        except (TypeError, KeyError, ValueError, AttributeError):
            words = None
        if words is None:
            self.fault(where, f"The translation of {where} must be one into Spanish (es).")
            return ""
        return self.label(words, where, "Spanish label", longest)


def _cap(text: str) -> str:
    return text[:1].upper() + text[1:]
