"""Answers to a form: which items are asked, what is missing, what cannot be an answer."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from tandem.forms.checking import settling_order
from tandem.forms.definition import Condition, Definition, Item, Value
from tandem.forms.faults import Fault
from tandem.forms.plain_json import UNSEEN

LONGEST_TEXT = 20_000
LONGEST_LINE = 500
# Why there is no answer: codes of HL7's data-absent-reason. Not asked is never no.
ABSENT = ("not-asked", "asked-unknown", "asked-declined")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?([+-]\d{2}:\d{2}|Z)?")


@dataclass(frozen=True)
class Answer:
    """What was answered to one item, or why there is no answer, and where it came from."""

    values: tuple[Value, ...] = ()
    absent: str = ""
    prefilled: str = ""  # the fact it was taken over from, until somebody changes it

    @property
    def given(self) -> bool:
        """Whether the question was put: an answer, or a person who does not know or declined."""
        return bool(self.values) or self.absent in {"asked-unknown", "asked-declined"}


Answers = Mapping[str, Answer]


@dataclass(frozen=True)
class Checked:
    """Answers held against a definition. What is missing or hidden never refuses a form."""

    answers: dict[str, Answer]  # of items that are asked
    missing: tuple[Item, ...] = ()  # asked, required, and nobody said anything
    hidden: tuple[Item, ...] = ()  # answered, but not asked by the answers as they are now
    faults: tuple[Fault, ...] = field(default=())


def asked_items(definition: Definition, answers: Answers) -> list[Item]:
    """The items that are asked, given the answers so far; groups and plain words among them."""
    items = definition.by_id()
    above: dict[str, str] = {}
    for item, around in definition.walk():
        if around:
            above[item.link_id] = around[-1].link_id
    asked: dict[str, bool] = {}
    for link in settling_order(definition)[0]:
        item = items[link]
        met = [_met(one, items, answers, asked=asked[one.question]) for one in item.conditions]
        holds = not met or (any(met) if item.any_of else all(met))
        asked[link] = holds and not item.retired and asked.get(above.get(link, ""), True)
    return [item for item, _ in definition.walk() if asked[item.link_id]]


def _met(condition: Condition, items: Mapping[str, Item], answers: Answers, *, asked: bool) -> bool:
    answer = answers.get(condition.question)
    values = answer.values if answer is not None and asked else ()
    if condition.operator == "exists":
        return bool(values) is condition.answer
    question = items[condition.question]
    return any(
        _compares(value, condition.operator, condition.answer, question.kind)
        for value in values
        if not value_fault(question, value)  # a draft may hold what is no answer yet
    )


def _compares(value: Value, operator: str, wanted: Value, kind: str) -> bool:
    if kind in {"integer", "decimal"}:
        left, right = Decimal(str(value)), Decimal(str(wanted))
        order = (left > right) - (left < right)
    else:
        order = (str(value) > str(wanted)) - (str(value) < str(wanted))
    return {
        "=": order == 0,
        "!=": order != 0,
        ">": order > 0,
        "<": order < 0,
        ">=": order >= 0,
        "<=": order <= 0,
    }[operator]


def check_answers(definition: Definition, answers: Answers) -> Checked:
    """Hold answers against their definition; every fault is a sentence with the item's label."""
    items = definition.by_id()
    faults = [
        Fault(link[:64], f"The form has no question {link[:64]!r}.")
        for link in answers
        if link not in items or not items[link].asks
    ]
    for link, answer in answers.items():
        if link in items and items[link].asks:
            faults.extend(_answer_faults(items[link], answer))
    if faults:
        return Checked(dict(answers), faults=tuple(faults))
    asked = [item for item in asked_items(definition, answers) if item.asks]
    ids = {item.link_id for item in asked}
    return Checked(
        {link: answer for link, answer in answers.items() if link in ids},
        missing=tuple(
            item
            for item in asked
            if item.required and not answers.get(item.link_id, Answer()).given
        ),
        hidden=tuple(
            items[link]
            for link in items
            if link in answers and link not in ids and answers[link].values
        ),
    )


def _answer_faults(item: Item, answer: Answer) -> list[Fault]:
    def fault(sentence: str) -> list[Fault]:
        return [Fault(item.link_id, sentence)]

    if answer.absent and (answer.absent not in ABSENT or answer.values):
        return fault(f"“{item.text[:80]}” has an answer and a reason for none.")
    if len(answer.values) > 1 and not item.repeats:
        return fault(f"“{item.text[:80]}” takes one answer.")
    if len(set(answer.values)) != len(answer.values):
        return fault(f"“{item.text[:80]}” has the same answer twice.")
    for value in answer.values:
        wrong = value_fault(item, value)
        if wrong:
            return fault(f"“{item.text[:80]}” {wrong}.")
    return []


def value_fault(item: Item, value: Value) -> str:
    """Why a value cannot answer an item, or nothing; the words continue the item's label."""
    if item.kind == "boolean":
        return "" if isinstance(value, bool) else "takes yes or no"
    if item.kind in {"integer", "decimal"}:
        return _number_fault(item, value)
    if not isinstance(value, str):
        return "takes a text"
    if item.kind == "choice":
        return "" if item.option(value) is not None else "takes an answer of its list"
    if item.kind in {"string", "text"}:
        return _text_fault(item, value)
    return _time_fault(item.kind, value)


def _number_fault(item: Item, value: Value) -> str:
    if isinstance(value, (bool, str)):
        return "takes a number"
    if item.kind == "integer" and not isinstance(value, int):
        return "takes a whole number"
    number = Decimal(value)
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        return "takes a number of at most 15 digits"
    if item.low is not None and number < item.low:
        return f"takes {item.low} or more"
    if item.high is not None and number > item.high:
        return f"takes {item.high} or less"
    return ""


def _text_fault(item: Item, value: str) -> str:
    longest = item.max_length or (LONGEST_TEXT if item.kind == "text" else LONGEST_LINE)
    if len(value) > longest:
        return f"takes {longest:,} characters at most, and has {len(value):,}"
    if UNSEEN.search(value):
        return "holds characters that cannot be kept"
    return ""


def _time_fault(kind: str, value: str) -> str:
    try:
        if kind == "date":
            dt.date.fromisoformat(value)
        elif kind == "time":
            dt.time.fromisoformat(value)
        else:
            dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        fits = False
    else:
        fits = kind != "dateTime" or _MOMENT.fullmatch(value) is not None
    wanted = {"date": "takes a day", "time": "takes a time"}.get(kind, "takes a day and a time")
    return "" if fits else wanted


def typed(item: Item, words: str) -> Value | None:
    """What somebody typed or tapped, as a value of the item; None where it is none."""
    words = words.strip() if item.kind != "text" else words.strip("\r\n")
    if not words:
        return None
    if item.kind == "boolean":
        return {"true": True, "false": False}.get(words, words)
    if item.kind == "integer":
        return int(words) if re.fullmatch(r"[+-]?\d{1,15}", words) else words
    if item.kind == "decimal":
        try:
            return Decimal(words.replace(",", "."))
        except InvalidOperation:
            return words
    return words.replace("\r\n", "\n")


def prefill(definition: Definition, known: Mapping[str, Value]) -> dict[str, Answer]:
    """Answers from what is known already, where a form names the fact and the fact fits."""
    found = {}
    for item, _ in definition.walk():
        value = known.get(item.prefill) if item.prefill and not item.retired else None
        if value is not None and not value_fault(item, value):
            found[item.link_id] = Answer((value,), prefilled=item.prefill)
    return found
