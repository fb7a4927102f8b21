"""What a page posted, as answers: kept as it was typed, read when it is signed. Plain Python."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tandem.forms.answering import ABSENT, Answer, Answers, typed
from tandem.forms.definition import Definition, Value

ANSWER, WHY = "a-", "n-"  # names of fields: the answer to an item, and why there is none
Typed = Mapping[str, list[str]]


def fields_of(definition: Definition, posted: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The fields of a form among everything posted; empty ones are nothing."""
    found = {}
    for item, _ in definition.walk():
        for name in (f"{ANSWER}{item.link_id}", f"{WHY}{item.link_id}"):
            values = [
                value.replace("\r\n", "\n") for value in posted.get(name, []) if value.strip()
            ]
            if values and item.asks:
                found[name] = values
    return found


def to_draft(fields: Typed) -> str:
    """What is sealed as a draft."""
    return json.dumps(fields, ensure_ascii=False)


def from_draft(text: str) -> dict[str, list[str]]:
    """The fields of a draft again."""
    fields: dict[str, list[str]] = json.loads(text)
    return fields


def answers_of(
    definition: Definition, fields: Typed, known: Mapping[str, Value] | None = None
) -> dict[str, Answer]:
    """The answers; one that still is what was known before says where it came from."""
    found: dict[str, Answer] = {}
    for item, _ in definition.walk():
        words = fields.get(f"{ANSWER}{item.link_id}", [])
        values = tuple(
            value for value in (typed(item, word) for word in words) if value is not None
        )
        absent = next(iter(fields.get(f"{WHY}{item.link_id}", [])), "")
        if values:
            before = (known or {}).get(item.prefill)
            taken = item.prefill if before is not None and values == (before,) else ""
            found[item.link_id] = Answer(values, prefilled=taken)
        elif absent in ABSENT:
            found[item.link_id] = Answer(absent=absent)
    return found


def fields_from(answers: Answers) -> dict[str, list[str]]:
    """Answers as the fields of a page."""
    found: dict[str, list[str]] = {}
    for link, answer in answers.items():
        if answer.values:
            found[f"{ANSWER}{link}"] = [_words(value) for value in answer.values]
        elif answer.absent:
            found[f"{WHY}{link}"] = [answer.absent]
    return found


def _words(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
