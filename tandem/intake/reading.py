"""Opening a contact for who works on it; each opening is written down before it is shown."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tandem.intake.models import (
    Contact,
    ContactAdvice,
    ContactAnswer,
    ContactStep,
    Disclosure,
)
from tandem.intake.sealed import (
    ContactFacts,
    kept_by,
    key_of_contact,
    opened_facts,
    opened_reason,
    opened_row,
)
from tandem.kernel.refusals import NotFound
from tandem.people.models import ContactPerson
from tandem.privacy import audit
from tandem.storage.standing import Standing

Told = dict[str, str]


@dataclass
class ReadContact:
    """A contact with everything in it; without its key nothing but the frame is left."""

    contact: Contact
    readable: bool
    facts: ContactFacts = field(default_factory=ContactFacts)
    kept_by: str = ""  # who kept the facts last, and when
    kept_at: datetime | None = None
    answers: dict[str, tuple[ContactAnswer, Told]] = field(default_factory=dict)
    steps: list[tuple[ContactStep, Told]] = field(default_factory=list)
    disclosures: list[tuple[Disclosure, Told]] = field(default_factory=list)
    file_id: uuid.UUID | None = None  # the county's file of the person, where they are on one
    # The last advice that was kept, what was done with it, and the reason where one was said.
    advice: tuple[ContactAdvice, dict[str, Any], str] | None = None


def read_contact(standing: Standing, contact_id: uuid.UUID, *, at: datetime) -> ReadContact:
    """The contact; NotFound for one that is not there and for one that is not the reader's."""
    contact = Contact.objects.visible_to(standing).filter(pk=contact_id).first()
    if contact is None:
        raise NotFound
    audit.read("contact", contact.pk, at=at)
    key = key_of_contact(contact.pk)
    if key is None:
        return ReadContact(contact, readable=False)
    found = ReadContact(contact, readable=True, facts=opened_facts(key, contact))
    found.kept_by, found.kept_at = kept_by(key, contact)
    met = ContactPerson.objects.visible_to(standing).filter(pk=contact.pk).first()
    found.file_id = met.file_id if met else None
    answers = ContactAnswer.objects.visible_to(standing).filter(contact_id=contact.pk)
    for row in answers.order_by("at", "entered_at"):
        told = opened_row(key, row)
        if told["value"] == "not_asked":
            found.answers.pop(row.question, None)
        else:
            found.answers[row.question] = (row, told)
    steps = ContactStep.objects.visible_to(standing).filter(contact_id=contact.pk)
    found.steps = [(row, opened_row(key, row)) for row in steps.order_by("at")]
    shared = Disclosure.objects.visible_to(standing).filter(contact_id=contact.pk)
    found.disclosures = [(row, opened_row(key, row)) for row in shared.order_by("at")]
    kept = ContactAdvice.objects.visible_to(standing).filter(contact_id=contact.pk)
    if last := kept.order_by("at").last():
        found.advice = (last, dict(opened_row(key, last)), opened_reason(key, last))
    return found
