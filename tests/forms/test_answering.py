"""Answers against a form: what is asked, what is missing, what cannot be an answer."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tandem.forms.answering import Answer, asked_items, check_answers, prefill, typed
from tandem.forms.definition import Definition, Value
from tandem.forms.response import from_text, to_response, to_text
from tandem.forms.shipped import CODES, shipped_form
from tests.forms.making import choice, group, question, read, when

HARM = read(
    choice("harm", "self", "others", "nobody", repeats=True, required=True),
    question(
        "how", "text", required=True, enableWhen=when("harm", "=", answerCoding={"code": "self"})
    ),
    group(
        "meant",
        question("who", required=True),
        question("near", "boolean"),
        enableWhen=when("harm", "=", answerCoding={"code": "others"}),
    ),
    question("hours", "integer", enableWhen=when("near", "=", answerBoolean=True)),
)


def _asked(definition: Definition, **values: Value) -> list[str]:
    answers = {link: Answer((value,)) for link, value in values.items()}
    return [item.link_id for item in asked_items(definition, answers) if item.asks]


def test_an_item_is_asked_when_its_condition_holds() -> None:
    assert _asked(HARM) == ["harm"]
    assert _asked(HARM, harm="self") == ["harm", "how"]
    assert _asked(HARM, harm="others") == ["harm", "who", "near"]
    assert _asked(HARM, harm="others", near=True) == ["harm", "who", "near", "hours"]


def test_what_hangs_on_a_hidden_answer_is_hidden_as_well() -> None:
    assert _asked(HARM, harm="self", near=True) == ["harm", "how"]


def test_one_of_several_answers_is_enough() -> None:
    answers = {"harm": Answer(("others", "self"))}
    assert [i.link_id for i in asked_items(HARM, answers) if i.asks] == [
        "harm",
        "how",
        "who",
        "near",
    ]


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "holds"),
    [
        ("=", 5, 5, True),
        ("!=", 5, 5, False),
        (">", 5, 6, True),
        (">", 5, 5, False),
        ("<", 5, 4, True),
        (">=", 5, 5, True),
        ("<=", 5, 6, False),
        (">", 9, 10, True),  # as numbers; as texts "10" comes before "9"
    ],
)
def test_numbers_are_compared_as_numbers(
    operator: str, wanted: int, given: int, holds: bool
) -> None:
    made = read(
        question("n", "integer"),
        question("b", enableWhen=when("n", operator, answerInteger=wanted)),
    )
    assert ("b" in _asked(made, n=given)) is holds


def test_missing_is_listed_and_never_refused() -> None:
    checked = check_answers(HARM, {"harm": Answer(("self", "others"))})
    assert [item.link_id for item in checked.missing] == ["how", "who"]
    assert not checked.faults


@pytest.mark.parametrize(
    ("absent", "missing"),
    [("asked-unknown", False), ("asked-declined", False), ("not-asked", True)],
)
def test_not_asked_is_missing_while_asked_without_an_answer_is_not(
    absent: str, missing: bool
) -> None:
    checked = check_answers(HARM, {"harm": Answer(absent=absent)})
    assert bool(checked.missing) is missing


def test_an_answer_that_is_no_longer_asked_is_named_and_kept_apart() -> None:
    checked = check_answers(HARM, {"harm": Answer(("nobody",)), "how": Answer(("pills",))})
    assert [item.link_id for item in checked.hidden] == ["how"]
    assert set(checked.answers) == {"harm"}


EVERY = read(
    question("yes", "boolean"),
    question(
        "count",
        "integer",
        extension=[
            {"url": "http://hl7.org/fhir/StructureDefinition/minValue", "valueInteger": 0},
            {"url": "http://hl7.org/fhir/StructureDefinition/maxValue", "valueInteger": 9},
        ],
    ),
    question("dose", "decimal"),
    question("day", "date"),
    question("at", "dateTime"),
    question("clock", "time"),
    question("line", maxLength=5),
    question("words", "text"),
    choice("one", "x", "y"),
    choice("many", "x", "y", repeats=True),
)


@pytest.mark.parametrize(
    ("link", "values", "sentence"),
    [
        ("yes", ("maybe",), "takes yes or no"),
        ("count", (True,), "takes a number"),
        ("count", (10,), "takes 9 or less"),
        ("count", (-1,), "takes 0 or more"),
        ("count", (Decimal("1.5"),), "takes a whole number"),
        ("dose", (Decimal("NaN"),), "at most 15 digits"),
        ("dose", (Decimal("1e30"),), "at most 15 digits"),
        ("day", ("2026-02-30",), "takes a day"),
        ("at", ("2026-02-03",), "takes a day and a time"),
        ("clock", ("25:00",), "takes a time"),
        ("line", ("sixsix",), "5 characters at most"),
        ("words", ("x" * 20_001,), "20,000 characters at most"),
        ("words", ("a\x00b",), "cannot be kept"),
        ("one", ("z",), "takes an answer of its list"),
        ("one", ("x", "y"), "takes one answer"),
        ("many", ("x", "x"), "the same answer twice"),
        ("ghost", ("x",), "has no question 'ghost'"),
    ],
)
def test_what_cannot_be_an_answer_is_said(
    link: str, values: tuple[Value, ...], sentence: str
) -> None:
    (fault,) = check_answers(EVERY, {link: Answer(values)}).faults
    assert sentence in fault.sentence


def test_answers_leave_as_fhir_and_come_back_the_same() -> None:
    answers = {
        "yes": Answer((False,)),
        "count": Answer((0,)),
        "dose": Answer((Decimal("0.10"),)),
        "day": Answer(("2026-11-23",), prefilled="encounter.begun_at"),
        "at": Answer(("2026-11-23T02:14",)),
        "words": Answer(("Dice «no»\nlínea dos",)),
        "one": Answer(absent="asked-declined"),
        "many": Answer(("y", "x")),
    }
    told = to_response(EVERY, answers, status="completed")
    assert told["questionnaire"] == "urn:tandem:form:trial|1.0"
    assert [item["linkId"] for item in told["item"]] == list(answers)
    assert from_text(EVERY, to_text(EVERY, answers)) == answers


def test_what_is_typed_becomes_a_value_or_stays_what_it_was() -> None:
    items = EVERY.by_id()
    assert typed(items["count"], " 007 ") == 7
    assert typed(items["count"], "7 or 8") == "7 or 8"  # refused with its sentence, never guessed
    assert typed(items["dose"], "0,5") == Decimal("0.5")
    assert typed(items["yes"], "false") is False
    assert typed(items["words"], "  two\r\nlines ") == "  two\nlines "
    assert typed(items["line"], "   ") is None


def test_a_form_is_prefilled_from_what_is_known_and_fits() -> None:
    note = shipped_form("service-note")
    begun = "2026-11-23T02:01"
    found = prefill(note, {"encounter.begun_at": begun, "encounter.place": "x" * 900})
    assert found == {"began_at": Answer((begun,), prefilled="encounter.begun_at")}


@pytest.mark.parametrize("code", CODES)
def test_a_shipped_form_reads_asks_and_has_spanish_for_every_word(code: str) -> None:
    made = shipped_form(code)
    assert made.url == f"urn:tandem:form:{code}"
    assert made.title_es
    for item, _ in made.walk():
        assert item.text_es, item.link_id
        assert all(option.display_es for option in item.options), item.link_id
    assert check_answers(made, {}).faults == ()


def test_the_shipped_forms_cover_what_the_rule_names() -> None:
    """Wis. Admin. Code DHS 34.23(3), (5), (6) and (8), as a reader of the rule lists them."""
    wanted = {
        "initial-contact": {
            "where",  # (3)(a) where the person is
            "circumstances",  # (b) what led to it, how severe, what harm
            "severity",
            "harm_to",
            "concerns",  # (c)
            "mental_status",  # (d)
            "physical",
            "medications",
            "substances",
            "harm_how",  # (e) lethality, means, targets
            "means",
            "targets",
            "supports",  # (f)
            "wishes",  # (g)
            "helped_before",
        },
        "response-plan": {"aims", "services", "referrals", "agrees"},
        "linkage": {"needed", "consents", "provider", "next_on"},
        "service-note": {
            "began_at",
            "place",
            "nature",
            "initiated",
            "staff",
            "present",
            "assessment",
            "plan",
            "services",
            "referrals",
            "follow_up",
            "crisis_plan",
            "suggestions",
        },
    }
    for code, links in wanted.items():
        assert links <= shipped_form(code).by_id().keys(), code
