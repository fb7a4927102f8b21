"""Answers as a FHIR R4 QuestionnaireResponse, and back: what a record keeps and what it exports.

Source of the shape: HL7 FHIR R4 QuestionnaireResponse and its standard extension
data-absent-reason, https://hl7.org/fhir/R4/questionnaireresponse.html.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tandem.forms.answering import ABSENT, Answer, Answers
from tandem.forms.definition import Definition, Item, Value

ABSENT_URL = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
PREFILLED_URL = "urn:tandem:form:prefilled"
_KEYS = {
    "boolean": "valueBoolean",
    "integer": "valueInteger",
    "decimal": "valueDecimal",
    "date": "valueDate",
    "dateTime": "valueDateTime",
    "time": "valueTime",
    "string": "valueString",
    "text": "valueString",
    "choice": "valueCoding",
}


def to_response(
    definition: Definition, answers: Answers, *, status: str = "in-progress"
) -> dict[str, Any]:
    """A QuestionnaireResponse that names the version, with the answers in the form's order."""
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": definition.canonical,
        "status": status,
        "item": _items(definition.items, answers),
    }


def to_text(definition: Definition, answers: Answers, *, status: str = "in-progress") -> str:
    """The same as JSON text: what is sealed."""
    return json.dumps(to_response(definition, answers, status=status), ensure_ascii=False)


def _items(items: tuple[Item, ...], answers: Answers) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for item in items:
        inside = _items(item.items, answers)
        answer = answers.get(item.link_id)
        if item.kind == "group" and inside:
            told.append({"linkId": item.link_id, "item": inside})
        elif answer is not None and (answer.values or answer.absent):
            told.append(_item(item, answer))
    return told


def _item(item: Item, answer: Answer) -> dict[str, Any]:
    told: dict[str, Any] = {"linkId": item.link_id}
    if answer.absent:
        told["extension"] = [{"url": ABSENT_URL, "valueCode": answer.absent}]
    if answer.prefilled:
        told.setdefault("extension", []).append(
            {"url": PREFILLED_URL, "valueCode": answer.prefilled}
        )
    if answer.values:
        told["answer"] = [{_KEYS[item.kind]: _out(item, value)} for value in answer.values]
    return told


def _out(item: Item, value: Value) -> Any:
    if item.kind == "choice":
        option = item.option(str(value))
        return {"code": value, "display": option.display if option else str(value)}
    # A decimal leaves as its digits: a float would change what was typed.
    return str(value) if isinstance(value, Decimal) else value


def from_text(definition: Definition, text: str) -> dict[str, Answer]:
    """The answers of a response that this product wrote with the same version."""
    kinds = {item.link_id: item.kind for item, _ in definition.walk()}
    found: dict[str, Answer] = {}
    stack = list(json.loads(text).get("item", []))
    while stack:
        told = stack.pop()
        stack.extend(told.get("item", []))
        kind = kinds.get(told["linkId"], "group")
        if kind in _KEYS:
            found[told["linkId"]] = _answer(kind, told)
    return found


def _answer(kind: str, told: Mapping[str, Any]) -> Answer:
    notes = {one["url"]: one["valueCode"] for one in told.get("extension", [])}
    values = tuple(_in(kind, one[_KEYS[kind]]) for one in told.get("answer", []))
    absent = notes.get(ABSENT_URL, "")
    return Answer(
        values, absent if absent in ABSENT else "", prefilled=notes.get(PREFILLED_URL, "")
    )


def _in(kind: str, value: Any) -> Value:
    if kind == "choice":
        return str(value["code"])
    if kind == "decimal":
        return Decimal(str(value))
    plain: Value = value
    return plain
