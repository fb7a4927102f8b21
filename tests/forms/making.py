"""Small forms for the tests, as JSON values."""

from __future__ import annotations

import json
from typing import Any

from tandem.forms.definition import Definition
from tandem.forms.faults import FormRefused
from tandem.forms.reading import read_definition

Json = dict[str, Any]


def question(link_id: str, kind: str = "string", **more: Any) -> Json:
    return {"linkId": link_id, "type": kind, "text": f"What of {link_id}", **more}


def choice(link_id: str, *codes: str, **more: Any) -> Json:
    options = [{"valueCoding": {"code": code, "display": code.title()}} for code in codes]
    return question(link_id, "choice", answerOption=options, **more)


def group(link_id: str, *items: Json, **more: Any) -> Json:
    return question(link_id, "group", item=list(items), **more)


def when(question_id: str, operator: str, **answer: Any) -> list[Json]:
    return [{"question": question_id, "operator": operator, **answer}]


def form(*items: Json, **more: Any) -> Json:
    return {
        "resourceType": "Questionnaire",
        "url": "urn:tandem:form:trial",
        "version": "1.0",
        "title": "Trial",
        "status": "active",
        "item": list(items),
        **more,
    }


def read(*items: Json, **more: Any) -> Definition:
    return read_definition(json.dumps(form(*items, **more)).encode())


def sentences(told: Any) -> list[str]:
    """What a form is refused with; an empty list when it is taken."""
    raw = told if isinstance(told, bytes) else json.dumps(told).encode()
    try:
        read_definition(raw)
    except FormRefused as refusal:
        return [fault.sentence for fault in refusal.faults]
    return []
