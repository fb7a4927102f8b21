"""What dispatch and the desks wrote down of a call already, as words that a form takes over."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from tandem.calls.models import CallNote
from tandem.calls.queries import answers_of
from tandem.intake.models import Caller
from tandem.storage.standing import Standing


def words_of_call(standing: Standing, call_id: uuid.UUID | None) -> dict[str, str]:
    """Who asked for help and what happened, by the fact that a form names; empty where unknown."""
    if call_id is None:
        return {}
    callers = list(Caller.objects.visible_to(standing).filter(call_id=call_id).order_by("at"))
    told = sorted(_lines(standing, call_id, callers))
    return {
        "encounter.initiated_by": "; ".join(dict.fromkeys(_party(one) for one in callers)),
        "contact.circumstances": "\n".join(f"{_hm(at)} {words}" for at, words in told),
    }


def _lines(
    standing: Standing, call_id: uuid.UUID, callers: list[Caller]
) -> Iterator[tuple[datetime, str]]:
    for caller in callers:
        if caller.words:
            yield caller.at, f"{_party(caller)}: {caller.words}"
    for answer in answers_of(standing, call_id).values():
        if answer.words:
            yield answer.at, answer.words
    for note in CallNote.objects.visible_to(standing).filter(call_id=call_id):
        yield note.at, f"{note.by_name}: {note.text}"


def _hm(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M}"


def _party(caller: Caller) -> str:
    words = {
        "first_party": _("The person"),
        "second_party": _("Somebody with the person"),
        "third_party": _("Somebody elsewhere"),
    }
    return words.get(caller.party, _("Not known"))
