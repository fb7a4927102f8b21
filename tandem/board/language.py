"""What pages show of the language on a call, and of the desk's notes to those who go."""

from __future__ import annotations

import uuid

from django.urls import reverse

from tandem.board.facts import program
from tandem.calls.models import CallNote
from tandem.identity.chrome import moment_of
from tandem.intake.models import LanguageStep
from tandem.kernel.shapes import DeskNote, Language
from tandem.storage.standing import Standing

# States in which nothing about the language is left to do.
SETTLED = frozenset({"arrived", "not_needed"})


def language_of(
    standing: Standing, call_id: uuid.UUID | None, *, of: uuid.UUID | None = None
) -> Language | None:
    """The newest word on it; none where nobody said that another language is needed.

    `of` is the encounter of who was sent; without it a desk looks.
    """
    if call_id is None:
        return None
    url = (
        reverse("board:encounter_interpreter", args=[of])
        if of
        else reverse("board:interpreter", args=[call_id])
    )
    steps = LanguageStep.objects.visible_to(standing).filter(call_id=call_id)
    last = steps.order_by("at", "entered_at").last()
    return shown(last, url) if last else None


def shown(last: LanguageStep, url: str = "") -> Language:
    """One row as pages draw it."""
    return Language(
        language=last.language,
        state=last.state,
        how=last.how,
        identity=last.identity,
        life_threat=last.life_threat,
        by=last.by_name,
        at=moment_of(last.at),
        reach=program().tell.get("interpreter", ""),
        url=url,
    )


def notes_of(standing: Standing, call_id: uuid.UUID | None) -> list[DeskNote]:
    """Notes of a desk on the call, the newest first; what the crisis desk let go ends in time."""
    if call_id is None:
        return []
    notes = CallNote.objects.visible_to(standing).filter(call_id=call_id).order_by("-at")
    return [DeskNote(one.text, one.by_name, moment_of(one.at)) for one in notes]
