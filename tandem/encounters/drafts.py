"""What a writer's page holds, and the version that another page saved meanwhile; sealed, opened."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tandem.encounters.facts import PoliceFacts, too_much
from tandem.encounters.models import LaneNote, PoliceNote
from tandem.kernel.refusals import BadInput
from tandem.storage.sealing import unseal

MAX_TEXT = 50_000


@dataclass(frozen=True)
class Draft:
    """What a page holds: the words, and in the police lane the structured facts."""

    text: str
    facts: PoliceFacts | None = None

    def check(self) -> None:
        """Refuse whole what is too long."""
        if len(self.text) > MAX_TEXT:
            raise BadInput(
                _("The text is too long: 50,000 characters at most. What was saved stays.")
            )
        if self.facts is not None and too_much(self.facts):
            raise BadInput(
                _("At most 60 things said or done, of 5,000 characters each. What was saved stays.")
            )

    @property
    def whole(self) -> str:
        """Both parts as one text, for the version that waits to be chosen."""
        facts = self.facts.text() if self.facts else None
        return json.dumps({"text": self.text, "facts": facts}, ensure_ascii=False)

    @classmethod
    def of_whole(cls, whole: str) -> Draft:
        """The two parts again."""
        raw = json.loads(whole)
        facts = PoliceFacts.of_text(raw["facts"]) if raw["facts"] else None
        return cls(raw["text"], facts)


def held_draft(note: LaneNote, key: bytes) -> Draft:
    """What the note holds, opened; the caller may read it."""
    table = note._meta.db_table
    text = unseal(key, f"{table}.draft", note.pk, note.draft) if note.draft is not None else ""
    facts = None
    if isinstance(note, PoliceNote) and note.facts is not None:
        facts = PoliceFacts.of_text(unseal(key, f"{table}.facts", note.pk, note.facts))
    return Draft(text, facts)


def apart_draft(note: LaneNote, key: bytes) -> Draft | None:
    """What another page saved meanwhile and nobody chose yet."""
    if note.rival is None:
        return None
    whole = unseal(key, f"{note._meta.db_table}.rival", note.pk, note.rival)
    return Draft.of_whole(whole)
