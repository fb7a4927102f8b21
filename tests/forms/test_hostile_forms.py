"""A form written to break something is refused whole, with a sentence for each fault."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.forms.faults import FormRefused
from tandem.forms.reading import MOST_BYTES, read_document
from tests.forms.making import Json, choice, form, group, question, sentences, when


def _nested(depth: int) -> Json:
    inside = question("leaf")
    for level in range(depth):
        inside = group(f"g{level}", inside)
    return inside


def _text(value: object) -> Json:
    return {**question("a"), "text": value}


SCRIPT = "Name<script>fetch('//x')</script>"
REFUSED: list[tuple[str, Json, str]] = [
    ("script in a label", form(_text(SCRIPT)), "The label of item a holds markup"),
    ("a comment in a title", form(question("a"), title="Trial<!-- -->"), "The title of the form"),
    (
        "script in an answer",
        form(
            {
                **choice("a", "x"),
                "answerOption": [{"valueCoding": {"code": "x", "display": SCRIPT}}],
            }
        ),
        "The answer 'x' of item a holds markup",
    ),
    ("2,000 fields", form(*[question(f"q{n}") for n in range(2_000)]), "2,000 items or more"),
    (
        "2,000 fields in small groups",
        form(*[group(f"g{n}", *[question(f"q{n}-{m}") for m in range(19)]) for n in range(100)]),
        "300 are the most",
    ),
    ("nested deep", form(_nested(40)), "nested deeper than 6 levels"),
    ("an id twice", form(question("a"), question("a")), "The id a stands twice"),
    (
        "an id twice in two groups",
        form(group("g", question("a")), group("h", question("a"))),
        "The id a stands twice",
    ),
    (
        "two items wait for each other",
        form(
            question("a", "boolean", enableWhen=when("b", "=", answerBoolean=True)),
            question("b", "boolean", enableWhen=when("a", "=", answerBoolean=True)),
        ),
        "wait for each other and none is ever asked: a, b",
    ),
    (
        "an item waits for itself",
        form(question("a", "boolean", enableWhen=when("a", "exists", answerBoolean=False))),
        "none is ever asked: a",
    ),
    (
        "a group waits for what is inside it",
        form(
            group(
                "g",
                question("a", "boolean"),
                enableWhen=when("a", "=", answerBoolean=True),
            )
        ),
        "none is ever asked",
    ),
    (
        "a circle through groups",
        form(
            group("g", question("a", "boolean"), enableWhen=when("b", "=", answerBoolean=True)),
            group("h", question("b", "boolean"), enableWhen=when("a", "=", answerBoolean=True)),
        ),
        "none is ever asked",
    ),
    ("a label without end", form(_text("x" * 100_000)), "1,000 are the most"),
    ("an empty label", form(_text("   ")), "is empty"),
    ("a label that is no text", form(_text({"script": 1})), "must be a text"),
    ("text that runs backwards", form(_text("Name\u202eevil")), "cannot be seen"),
    ("half a character", form(_text("Name\ud800")), "half a character"),
    (
        "a condition on nothing",
        form(question("a", enableWhen=when("ghost", "exists", answerBoolean=True))),
        "depends on ghost, which is not in the form",
    ),
    (
        "a condition on an answer that cannot be",
        form(
            choice("a", "x"), question("b", enableWhen=when("a", "=", answerCoding={"code": "y"}))
        ),
        "an answer that it cannot have",
    ),
    (
        "a condition on an order that is none",
        form(
            choice("a", "x"), question("b", enableWhen=when("a", ">", answerCoding={"code": "x"}))
        ),
        "it has no order",
    ),
    ("an unknown key", form({**question("a"), "onload": "x"}), "'onload', which Tandem does not"),
    (
        "a value set elsewhere",
        form(question("a", "choice", answerValueSet="http://x")),
        "answerVal",
    ),
    (
        "an extension that would be lost",
        form({**question("a"), "extension": [{"url": "http://x", "valueString": "y"}]}),
        "an extension that Tandem does not read",
    ),
    ("a type outside", form(question("a", "attachment")), "must be one of: group, display"),
    ("a choice of nothing", form(question("a", "choice")), "needs 1 to 100 answers"),
    ("several texts", form(question("a", repeats=True)), "Only a choice may have several"),
    ("a required heading", form(question("a", "display", required=True)), "asks nothing"),
    ("no items", form(), "needs a list of items"),
    ("an id that is a path", form(question("../../etc/passwd")), "needs a linkId"),
    ("a version that is none", form(question("a"), version="latest"), "`version` of the form"),
    ("an address that is a script", form(question("a"), url="javascript:alert(1)"), "`url`"),
]


@pytest.mark.parametrize(
    ("told", "part"), [case[1:] for case in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_a_hostile_form_is_refused_with_a_sentence(told: Json, part: str) -> None:
    found = sentences(told)
    assert any(part in sentence for sentence in found), found
    assert all(sentence.endswith(".") and len(sentence) < 400 for sentence in found)


@pytest.mark.parametrize(
    ("raw", "part"),
    [
        (b"", "This is not JSON"),
        (b"[" * 200_000, "nested too deep"),
        (b'{"a": 1, "a": 2}', "stands twice"),
        (b'{"version": NaN}', "not a number of JSON"),
        (b'{"version": ' + b"9" * 5_000 + b"}", "too long"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b" " * (MOST_BYTES + 1), "are the most that is read"),
        (b"[]", "resourceType is Questionnaire"),
        (b'"form"', "resourceType is Questionnaire"),
    ],
)
def test_a_file_that_is_no_form_is_refused_with_a_sentence(raw: bytes, part: str) -> None:
    (sentence,) = sentences(raw)
    assert part in sentence


def test_a_form_of_everything_wrong_tells_twenty_faults_and_counts_the_rest() -> None:
    with pytest.raises(FormRefused) as refusal:
        read_document(form(*[question("a") for _ in range(60)]))
    assert (len(refusal.value.faults), refusal.value.left_off) == (20, 39)


def test_a_long_chain_of_conditions_is_read_without_running_out_of_depth() -> None:
    chain = [question("q0", "boolean")]
    for n in range(1, 300):
        chain.append(
            question(f"q{n}", "boolean", enableWhen=when(f"q{n - 1}", "=", answerBoolean=True))
        )
    assert sentences(form(*reversed(chain))) == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "linkId",
                    "type",
                    "text",
                    "item",
                    "enableWhen",
                    "answerOption",
                    "extension",
                    "code",
                ]
            )
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_JSON, st.sampled_from(["group", "choice", "boolean", "integer", "text"]))
def test_whatever_is_sent_is_taken_or_refused_and_never_fails(told: Any, kind: str) -> None:
    whole = form(
        {"linkId": "a", "type": kind, "text": "A", **(told if isinstance(told, dict) else {})}
    )
    for one in (told, form(told), whole, {**form(question("a")), "_title": told}):
        assert isinstance(sentences(json.dumps(one).encode()), list)
