"""A desk's remark on a call: the dispatcher's own words, part of the call, seen on the desk."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from tandem.calls.models import CallNote
from tandem.dispatch.services import note_call
from tandem.kernel.refusals import AlreadyDone, BadInput, NotFound, NotPermitted
from tandem.storage.models import Outbox
from tests.conftest import NOON, Persona
from tests.scene import open_call

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def test_a_note_keeps_the_words_who_and_when(
    dispatcher: Persona, trail: Callable[[], list[str]]
) -> None:
    call = open_call(dispatcher)
    note_call(dispatcher.doing(), call.pk, "  caller moved to the back door ")
    note = CallNote.objects.get(call_id=call.pk)
    assert (note.text, note.by_id, note.by_name, note.at) == (
        "caller moved to the back door",
        dispatcher.staff_id,
        dispatcher.short_name,
        NOON,
    )
    assert trail() == ["call.noted"]
    assert set(Outbox.objects.get().audience) == {"dispatch"}


@pytest.mark.parametrize(
    ("persona", "text", "there", "refusal"),
    [
        ("dispatcher", " \n ", True, BadInput),
        ("dispatcher", "words", False, NotFound),
        ("cru-officer", "words", True, NotPermitted),
        ("crisis-worker", "words", True, NotPermitted),
        ("administrator", "words", True, NotPermitted),
        ("police-custodian", "words", True, NotPermitted),
    ],
)
def test_refused_notes_leave_one_row_in_the_trail_and_nothing_else(
    cast: dict[str, Persona],
    persona: str,
    text: str,
    there: bool,
    refusal: type[Exception],
    trail: Callable[[], list[str]],
) -> None:
    call_id = open_call(cast["dispatcher"]).pk if there else uuid.uuid4()
    with pytest.raises(refusal):
        note_call(cast[persona].doing(), call_id, text)
    assert trail() == ["call.noted.refused"]
    assert not CallNote.objects.exists()
    assert not Outbox.objects.exists()


def test_a_note_is_never_cut_silently(dispatcher: Persona) -> None:
    call = open_call(dispatcher)
    text = "x" * 1_001
    with pytest.raises(BadInput):
        note_call(dispatcher.doing(), call.pk, text)
    note_call(dispatcher.doing(), call.pk, "x" * 1_000)
    assert len(CallNote.objects.get().text) == 1_000


def test_the_same_note_sent_twice_is_one_note(dispatcher: Persona) -> None:
    call, doing = open_call(dispatcher), dispatcher.doing()
    note_call(doing, call.pk, "one")
    with pytest.raises(AlreadyDone):
        note_call(doing, call.pk, "one")
    assert CallNote.objects.count() == 1
