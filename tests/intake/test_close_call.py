"""Closing a call at the desk that nobody is on any more, and opening it again."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from tandem.board.queries import desk_of
from tandem.calls.models import Call, CallNote
from tandem.dispatch.services import assign_unit, sign_on
from tandem.intake.services.desk import close_call, reopen_call
from tandem.kernel.refusals import AlreadyDone, BadInput, NotFound, NotPermitted, OutOfState
from tandem.storage.models import Outbox
from tests.conftest import NOON, Persona
from tests.scene import PATROL, open_call, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def numbers(dispatcher: Persona) -> set[str]:
    shown = desk_of(dispatcher.standing, selected="")
    return {row.short for row in [*shown.pending, *shown.active]}


def test_a_closed_call_leaves_the_desk_and_comes_back(
    dispatcher: Persona, trail: Callable[[], list[str]]
) -> None:
    call = open_call(dispatcher)
    assert str(call.number) in numbers(dispatcher)
    close_call(dispatcher.doing(), call.pk, words=" caller rang back, all is well ")
    call.refresh_from_db()
    assert (call.state, call.closed_at) == ("closed", NOON)
    note = CallNote.objects.get(call_id=call.pk)
    assert (note.text, note.by_name) == ("caller rang back, all is well", dispatcher.short_name)
    assert str(call.number) not in numbers(dispatcher)
    reopen_call(dispatcher.doing(), call.pk)
    call.refresh_from_db()
    assert (call.state, call.closed_at) == ("open", None)
    assert str(call.number) in numbers(dispatcher)
    assert trail() == ["call.closed", "call.reopened"]
    assert {word for row in Outbox.objects.all() for word in row.audience} == {"dispatch"}


def test_no_word_is_needed(dispatcher: Persona) -> None:
    close_call(dispatcher.doing(), open_call(dispatcher).pk)
    assert not CallNote.objects.exists()


def test_a_call_with_a_unit_on_it_stays_open(cast: dict[str, Persona]) -> None:
    call_id = send_pair(cast).call_id
    assert call_id is not None
    with pytest.raises(OutOfState, match="Clear the unit first"):
        close_call(cast["dispatcher"].doing(), call_id)
    assert Call.objects.get(pk=call_id).state == "open"


def test_closed_twice_and_opened_twice_are_said(dispatcher: Persona) -> None:
    call, doing = open_call(dispatcher), dispatcher.doing()
    with pytest.raises(OutOfState):
        reopen_call(dispatcher.doing(), call.pk)
    close_call(doing, call.pk)
    with pytest.raises(AlreadyDone):
        close_call(doing, call.pk)
    with pytest.raises(OutOfState):
        close_call(dispatcher.doing(), call.pk)


@pytest.mark.parametrize(
    ("persona", "text", "there", "refusal"),
    [
        ("dispatcher", "x" * 1_001, True, BadInput),
        ("dispatcher", "", False, NotFound),
        ("cru-officer", "", True, NotPermitted),
        ("crisis-worker", "", True, NotPermitted),
        ("administrator", "", True, NotPermitted),
    ],
)
def test_refused_closings_leave_one_row_in_the_trail_and_nothing_else(
    cast: dict[str, Persona],
    persona: str,
    text: str,
    there: bool,
    refusal: type[Exception],
    trail: Callable[[], list[str]],
) -> None:
    call_id = open_call(cast["dispatcher"]).pk if there else uuid.uuid4()
    with pytest.raises(refusal):
        close_call(cast[persona].doing(), call_id, words=text)
    with pytest.raises(refusal if persona != "dispatcher" else (NotFound, OutOfState)):
        reopen_call(cast[persona].doing(), call_id)
    assert trail() == ["call.closed.refused", "call.reopened.refused"]
    assert not Call.objects.filter(state="closed").exists()
    assert not CallNote.objects.exists()
    assert not Outbox.objects.exists()


def test_a_unit_sent_to_a_closed_call_opens_it_again(cast: dict[str, Persona]) -> None:
    sign_on(cast["patrol-officer"].doing(), PATROL)
    call = open_call(cast["dispatcher"])
    close_call(cast["dispatcher"].doing(), call.pk)
    assign_unit(cast["dispatcher"].doing(), call.pk, PATROL)
    call.refresh_from_db()
    assert (call.state, call.closed_at) == ("open", None)
    assert str(call.number) in numbers(cast["dispatcher"])
