"""What a call was answered, question by question, as it stands now."""

from __future__ import annotations

import uuid

from tandem.calls.models import Answer
from tandem.storage.standing import Standing


def answers_of(standing: Standing, call_id: uuid.UUID) -> dict[str, Answer]:
    """The newest answer of each question that was asked; one taken back was not asked."""
    found: dict[str, Answer] = {}
    rows = Answer.objects.visible_to(standing).filter(call_id=call_id)
    for row in rows.order_by("at", "entered_at"):
        found[row.question] = row
    return {question: row for question, row in found.items() if row.value != "not_asked"}
