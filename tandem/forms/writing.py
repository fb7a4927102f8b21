"""A definition as a FHIR Questionnaire again: what is kept of a version, edited and exported."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from tandem.forms.definition import Condition, Definition, Item, Option
from tandem.forms.reading import HIGH, LOW, PREFILL, RETIRED, TRANSLATION, UCUM, UNIT

_CONDITION_KEYS = {
    "boolean": "answerBoolean",
    "integer": "answerInteger",
    "decimal": "answerDecimal",
    "date": "answerDate",
}


def to_questionnaire(definition: Definition) -> dict[str, Any]:
    """The JSON value; reading it gives the same definition."""
    kinds = {item.link_id: item.kind for item, _ in definition.walk()}
    told: dict[str, Any] = {
        "resourceType": "Questionnaire",
        "url": definition.url,
        "version": definition.version,
        "title": definition.title,
        **_spanish("_title", definition.title_es),
        "status": definition.status,
    }
    for key in ("date", "publisher", "description", "copyright"):
        if getattr(definition, key):
            told[key] = getattr(definition, key)
    return {**told, "item": [_item(item, kinds) for item in definition.items]}


def to_json(definition: Definition) -> str:
    """The same as text."""
    return json.dumps(to_questionnaire(definition), ensure_ascii=False)


def _spanish(key: str, words: str) -> dict[str, Any]:
    if not words:
        return {}
    parts = [{"url": "lang", "valueCode": "es"}, {"url": "content", "valueString": words}]
    return {key: {"extension": [{"url": TRANSLATION, "extension": parts}]}}


def _item(item: Item, kinds: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "linkId": item.link_id,
        "type": item.kind,
        "text": item.text,
        **_spanish("_text", item.text_es),
    }
    for key in ("required", "repeats"):
        if getattr(item, key):
            told[key] = True
    if item.max_length is not None:
        told["maxLength"] = item.max_length
    if item.options:
        told["answerOption"] = [{"valueCoding": _option(option)} for option in item.options]
    if item.conditions:
        told["enableWhen"] = [_condition(one, kinds) for one in item.conditions]
        told["enableBehavior"] = "any" if item.any_of else "all"
    if item.codes:
        told["code"] = [{"system": system, "code": code} for system, code in item.codes]
    extensions = _extensions(item)
    if extensions:
        told["extension"] = extensions
    if item.items:
        told["item"] = [_item(child, kinds) for child in item.items]
    return told


def _option(option: Option) -> dict[str, Any]:
    return {
        "code": option.code,
        "display": option.display,
        **_spanish("_display", option.display_es),
    }


def _condition(condition: Condition, kinds: dict[str, str]) -> dict[str, Any]:
    told = {"question": condition.question, "operator": condition.operator}
    if condition.operator == "exists":
        return {**told, "answerBoolean": condition.answer}
    kind = kinds[condition.question]
    if kind == "choice":
        return {**told, "answerCoding": {"code": condition.answer}}
    answer = condition.answer
    if isinstance(answer, Decimal):
        answer = float(answer)  # type: ignore[assignment]
    return {**told, _CONDITION_KEYS.get(kind, "answerString"): answer}


def _extensions(item: Item) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for url, bound in ((LOW, item.low), (HIGH, item.high)):
        if bound is not None:
            whole = bound == bound.to_integral_value()
            key = "valueInteger" if whole and item.kind == "integer" else "valueDecimal"
            told.append({"url": url, key: int(bound) if whole else float(bound)})
    if item.unit:
        told.append({"url": UNIT, "valueCoding": {"system": UCUM, "code": item.unit}})
    if item.prefill:
        told.append({"url": PREFILL, "valueCode": item.prefill})
    if item.retired:
        told.append({"url": RETIRED, "valueBoolean": True})
    return told
