"""Answers as rows: checked in one place for every act that keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tandem.calls.models import Answer, Call
from tandem.calls.questions import CODES, SAID_BY, VALUES
from tandem.kernel.refusals import BadInput
from tandem.privacy.acts import Doing


@dataclass(frozen=True)
class Given:
    """An answer as it was given: question, value, who said it, and the words."""

    question: str
    value: str
    said_by: str
    words: str = ""


def rows_of(call: Call, answers: Sequence[Given], doing: Doing) -> list[Answer]:
    """Rows to store; raises BadInput for a word that is in no list."""
    if not all(
        one.question in CODES and one.value in VALUES and one.said_by in SAID_BY for one in answers
    ):
        raise BadInput(_("That is no answer of this list. Nothing was stored."))
    return [
        Answer(
            program_id=doing.program_id,
            agency_id=call.agency_id,
            call_id=call.pk,
            question=one.question,
            value=one.value,
            words=one.words.strip()[:500],
            said_by=one.said_by,
            by_id=doing.staff_id,
            by_name=doing.short_name,
            at=doing.when,
        )
        for one in answers
    ]
