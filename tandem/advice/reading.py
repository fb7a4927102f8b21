"""Reads calls and their answers from JSON, strictly: a word it does not know is refused by name."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from tandem.advice.rules import Answers
from tandem.kernel.advice import ANSWERS, JURISDICTIONS, ORIGINS, QUESTIONS, STAFF

OLDEST = 120
_KEYS = ("answers", "age", "origin", "jurisdiction", "aided", "staffed")


class CallUnreadable(Exception):
    """A call that cannot be advised on; the message says which word is wrong."""


@dataclass(frozen=True)
class AskedCall:
    """One call to advise on, with who is on."""

    answers: Answers
    staffed: frozenset[str]


def read_call(told: Any) -> AskedCall:
    """One object: `answers`, `staffed`; where known `age`, `origin`, `jurisdiction`, `aided`."""
    if not isinstance(told, dict):
        raise CallUnreadable("A call must be an object with `answers` and `staffed`.")
    for key in told:
        if key not in _KEYS:
            raise CallUnreadable(f"Unknown key {key!r}; known: {', '.join(_KEYS)}.")
    answers = told.get("answers", {})
    if not isinstance(answers, dict):
        raise CallUnreadable("`answers` must be an object of questions and answers.")
    for question, answer in answers.items():
        _one_of(question, QUESTIONS, "question")
        _one_of(answer, ANSWERS, f"answer to {question!r}")
    age = told.get("age")
    if age is not None and (type(age) is not int or not 0 <= age <= OLDEST):
        raise CallUnreadable(f"`age` must be a whole number from 0 to {OLDEST}, or null.")
    staffed, aided = (_staff_in(told, key) for key in ("staffed", "aided"))
    origin = told.get("origin", "911")
    _one_of(origin, ORIGINS, "`origin`")
    jurisdiction = told.get("jurisdiction", "city")
    _one_of(jurisdiction, JURISDICTIONS, "`jurisdiction`")
    return AskedCall(Answers(answers, age, origin, jurisdiction, aided), staffed)


def _staff_in(told: dict[str, Any], key: str) -> frozenset[str]:
    listed = told.get(key, [])
    if not isinstance(listed, list):
        raise CallUnreadable(f"`{key}` must be a list.")
    for who in listed:
        _one_of(who, STAFF, f"item of `{key}`")
    return frozenset(listed)


def _one_of(value: Any, known: Collection[str], what: str) -> None:
    if not isinstance(value, str) or value not in known:
        raise CallUnreadable(f"Unknown {what} {value!r}; known: {', '.join(known)}.")
