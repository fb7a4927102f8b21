"""Words about a file, a review or a contact that were typed and not sent: forms, and reading."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime

from tandem.kernel.typed import ReadTyped, of_text, words_typed
from tandem.people.facts import ContactWay, Signer
from tandem.people.sides import Side
from tandem.privacy import audit
from tandem.storage.sealing import key_of, unseal
from tandem.storage.standing import Standing

_WAY = tuple(one.name for one in fields(ContactWay))
_SIGNER = tuple(one.name for one in fields(Signer))
# The fields of each form; `seen` is the version that its page showed.
FORMS: dict[str, tuple[str, ...]] = {
    "contact": (*_WAY, "source"),
    "alias": ("value", "source"),
    "birth": ("value", "source", "seen"),
    "signer": (*_SIGNER, "source"),
    "equity": ("kind", "value", "source", "declined"),
    "review": ("words",),
    "facts": (
        *("party", "name", "callback", "from_whom", "line", "language", "interpreter"),
        *("person", "age", "age_how", "place", "lat", "lon", "words", "seen"),
    ),
    "note": ("words",),
    "share": ("threat", "share_words"),
}
# Put there by the page, or by a tap in a list: nobody's words.
BESIDE = frozenset(
    {"seen", "source", "kind", "way", "stands_as", "party", "line", "age_how", "lat", "lon"}
    | {name for name in _WAY if name.startswith("may_")}
)


def typed_in(form: str, told: Mapping[str, str]) -> dict[str, str]:
    """What was typed, of this form's fields; nothing where no word of it is somebody's."""
    return words_typed(FORMS[form], told, beside=BESIDE)


def read_unsent(
    standing: Standing, side: Side, record_id: uuid.UUID, *, at: datetime
) -> list[ReadTyped]:
    """What one typed oneself about a record and did not send, newest first."""
    rows = side.unsent._default_manager.filter(record_id=record_id, author_id=standing.me)
    found = []
    for row in rows.exclude(typed=None).order_by("-at", "id"):
        key = key_of(side.lane.keys, record_id)
        if key is not None:
            audit.read(row._meta.model_name or "", row.pk, at=at)
            text = unseal(key, f"{row._meta.db_table}.typed", record_id, row.typed or b"")
            found.append(ReadTyped(row.form, row.writer, row.seq, row.at, of_text(text)))
    return found
