"""The answers of a call: four values, who said it, when; the newest holds, none becomes a no."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest

from tandem.calls.answers import Given
from tandem.calls.models import Answer
from tandem.calls.queries import answers_of
from tandem.calls.questions import CODES, SAID_BY, VALUES
from tandem.intake.services.desk import answer_questions
from tandem.kernel.refusals import AlreadyDone, BadInput, NotFound, NotPermitted
from tandem.storage.models import Outbox
from tests.conftest import NOON, Persona
from tests.scene import open_call

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
# domain.md 1.3 and 6: what may be answered, written by hand.
FOUR = {"yes", "no", "not_known", "not_asked"}


def test_an_answer_keeps_its_value_words_speaker_and_time(
    dispatcher: Persona, trail: Callable[[], list[str]]
) -> None:
    call = open_call(dispatcher)
    given = [
        Given("weapon_in_hand", "not_known", "third_party", " she saw something shiny "),
        Given("violence_now", "no", "third_party"),
    ]
    answer_questions(dispatcher.doing(), call.pk, given)
    first = Answer.objects.get(question="weapon_in_hand")
    assert (first.value, first.words, first.said_by) == (
        "not_known",
        "she saw something shiny",
        "third_party",
    )
    assert (first.by_id, first.by_name, first.at) == (
        dispatcher.staff_id,
        dispatcher.short_name,
        NOON,
    )
    assert trail() == ["call.answered"]
    assert set(Outbox.objects.get().audience) == {"dispatch"}


def test_what_was_not_asked_has_no_answer_and_unknown_is_no_no(dispatcher: Persona) -> None:
    call = open_call(dispatcher)
    answer_questions(
        dispatcher.doing(), call.pk, [Given("weapon_accessible", "not_known", "first_party")]
    )
    found = answers_of(dispatcher.standing, call.pk)
    assert {code: found[code].value for code in found} == {"weapon_accessible": "not_known"}
    assert set(VALUES) == FOUR


def test_the_newest_answer_holds_and_one_may_be_taken_back(dispatcher: Persona) -> None:
    call = open_call(dispatcher)
    for minutes, value in enumerate(["no", "yes", "not_asked", "not_known"]):
        doing = dispatcher.doing(at=NOON + timedelta(minutes=minutes))
        answer_questions(doing, call.pk, [Given("violence_now", value, "second_party")])
        held = answers_of(dispatcher.standing, call.pk).get("violence_now")
        assert (held.value if held else None) == (None if value == "not_asked" else value)
    assert Answer.objects.filter(call_id=call.pk).count() == 4


def test_the_same_answers_sent_twice_are_kept_once(dispatcher: Persona) -> None:
    call = open_call(dispatcher)
    doing = dispatcher.doing()
    answer_questions(doing, call.pk, [Given("intoxicated", "yes", "officer")])
    with pytest.raises(AlreadyDone):
        answer_questions(doing, call.pk, [Given("intoxicated", "yes", "officer")])
    assert Answer.objects.count() == 1


@pytest.mark.parametrize(
    ("persona", "given", "there", "refusal"),
    [
        ("dispatcher", [], True, BadInput),
        ("dispatcher", [Given("is_it_raining", "yes", "officer")], True, BadInput),
        ("dispatcher", [Given("violence_now", "unknown", "officer")], True, BadInput),
        ("dispatcher", [Given("violence_now", "yes", "a bird")], True, BadInput),
        ("dispatcher", [Given("violence_now", "yes", "officer")], False, NotFound),
        ("cru-officer", [Given("violence_now", "yes", "officer")], True, NotPermitted),
        ("crisis-worker", [Given("violence_now", "yes", "officer")], True, NotPermitted),
        ("administrator", [Given("violence_now", "yes", "officer")], True, NotPermitted),
    ],
)
def test_refused_answers_leave_one_row_in_the_trail_and_nothing_else(
    cast: dict[str, Persona],
    persona: str,
    given: list[Given],
    there: bool,
    refusal: type[Exception],
    trail: Callable[[], list[str]],
) -> None:
    call_id = open_call(cast["dispatcher"]).pk if there else uuid.uuid4()
    with pytest.raises(refusal):
        answer_questions(cast[persona].doing(), call_id, given)
    assert trail() == ["call.answered.refused"]
    assert not Answer.objects.exists()
    assert not Outbox.objects.exists()


def test_codes_are_said_once_and_fit_their_columns() -> None:
    assert len(set(CODES)) == len(CODES)
    for codes, field in ((CODES, "question"), (SAID_BY, "said_by"), (VALUES, "value")):
        column = Answer._meta.get_field(field)
        assert max(map(len, codes)) <= getattr(column, "max_length", 0)
