"""What is sealed in a contact, as plain values, and the one place where it is sealed and opened."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, astuple, dataclass, fields
from datetime import datetime
from typing import Any

from tandem.intake.models import (
    Contact,
    ContactAdvice,
    ContactAnswer,
    ContactStep,
    Disclosure,
)
from tandem.kernel.refusals import BadInput
from tandem.kernel.seen import version_of
from tandem.storage.models import CRISIS
from tandem.storage.sealing import key_of, seal, unseal

MOST = 10_000  # characters of what was said


@dataclass(frozen=True)
class ContactFacts:
    """Everything said in a contact that could name somebody or a place."""

    caller: str = ""
    party: str = ""
    callback: str = ""
    line: str = "voice"
    language: str = ""
    interpreter: str = ""
    from_whom: str = ""  # the line, provider or school that rang
    person: str = ""
    age: int | None = None
    age_how: str = "unknown"
    place: str = ""
    lat: float | None = None
    lon: float | None = None
    words: str = ""

    def check(self) -> None:
        """Raise BadInput for what cannot be kept."""
        if len(self.words) > MOST or (self.age is not None and not 0 <= self.age <= 120):  # noqa: PLR2004
            raise BadInput
        short = (self.caller, self.callback, self.language, self.interpreter, self.person)
        if any(len(text) > 200 for text in (*short, self.from_whom, self.place)):  # noqa: PLR2004
            raise BadInput

    @property
    def version(self) -> str:
        """The same for the same facts alone."""
        return version_of(*astuple(self))


_NAMES = frozenset(field.name for field in fields(ContactFacts))


def key_of_contact(contact_id: uuid.UUID) -> bytes | None:
    """The contact's key; none when it was expunged or is not the reader's."""
    return key_of(CRISIS.keys, contact_id)


def sealed_facts(
    key: bytes, contact_id: uuid.UUID, facts: ContactFacts, *, by: str, at: datetime
) -> bytes:
    """The facts, sealed, with who kept them and when."""
    place = f"{Contact._meta.db_table}.facts"
    told = {**asdict(facts), "kept_by": by, "kept_at": at.isoformat()}
    return seal(key, place, contact_id, json.dumps(told, ensure_ascii=False))


def opened_facts(key: bytes, contact: Contact) -> ContactFacts:
    """The facts again."""
    told = _opened(key, contact)
    return ContactFacts(**{name: told[name] for name in told if name in _NAMES})


def kept_by(key: bytes, contact: Contact) -> tuple[str, datetime | None]:
    """Who kept the facts last, and when; nobody for a contact of an older release."""
    told = _opened(key, contact)
    at = told.get("kept_at")
    return told.get("kept_by", ""), datetime.fromisoformat(at) if at else None


def _opened(key: bytes, contact: Contact) -> dict[str, Any]:
    place = f"{Contact._meta.db_table}.facts"
    told: dict[str, Any] = json.loads(unseal(key, place, contact.pk, contact.facts))
    return told


Told = ContactAdvice | ContactAnswer | ContactStep | Disclosure


def sealed_row(key: bytes, row: Told, told: dict[str, object]) -> bytes:
    """What one row tells, sealed under its own key of the table."""
    place = f"{row._meta.db_table}.sealed"
    return seal(key, place, row.pk, json.dumps(told, ensure_ascii=False))


def sealed_reason(key: bytes, row: ContactAdvice, words: str) -> bytes:
    """Why an advice was not followed, sealed."""
    return seal(key, f"{row._meta.db_table}.reason", row.pk, words)


def opened_reason(key: bytes, row: ContactAdvice) -> str:
    """The reason again; empty where none was said."""
    if row.reason is None:
        return ""
    return unseal(key, f"{row._meta.db_table}.reason", row.pk, row.reason)


def opened_row(key: bytes, row: Told) -> dict[str, str]:
    """What one row tells, again."""
    if row.sealed is None:
        return {}
    told: dict[str, str] = json.loads(
        unseal(key, f"{row._meta.db_table}.sealed", row.pk, row.sealed)
    )
    return told
