"""The advice for a contact from the crisis desk's own words alone, and what it did with it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from tandem.calls.jurisdiction import locate
from tandem.directory.facts import program
from tandem.dispatch.advising import Standpoint, stand_on
from tandem.intake.models import Contact, ContactAdvice, ContactAnswer
from tandem.intake.sealed import ContactFacts, opened_facts, opened_row, sealed_row
from tandem.privacy.acts import Trail
from tandem.storage.standing import Standing

OVERRIDDEN, SHARED, CLOSED = "overridden", "shared", "closed"


def stand_of_contact(
    standing: Standing,
    contact: Contact,
    facts: ContactFacts,
    given: Mapping[str, str],
    *,
    at: datetime,
) -> Standpoint | None:
    """The advice by the rules in force; none where the program has none."""
    ground = locate(program(at).jurisdictions, lat=facts.lat, lon=facts.lon, place=facts.place)
    return stand_on(standing, given, channel=contact.channel, codes=ground.codes, at=at)


def keep_advice(trail: Trail, contact: Contact, key: bytes, did: str) -> list[uuid.UUID]:
    """Keep the advice as it stands beside what the desk did; it never holds an act back.

    The rules' version stands open, everything that tells of the person is sealed.
    """
    doing = trail.doing
    given = _answers(contact, key)
    facts = opened_facts(key, contact)
    stand = stand_of_contact(doing.standing, contact, facts, given, at=doing.at)
    if stand is None:
        return []
    row = ContactAdvice(
        program_id=doing.program_id,
        agency_id=contact.agency_id,
        contact_id=contact.pk,
        rules_version=stand.advice.version,
        program_version=stand.program_version,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )
    told: dict[str, object] = {
        "did": did,
        "answers": stand.answers,
        "staffed": sorted(stand.staffed),
        "jurisdiction": stand.kind,
        "advice": stand.advice.as_json(),
    }
    row.sealed = sealed_row(key, row, told)
    row.save(force_insert=True)
    return [row.pk]


def _answers(contact: Contact, key: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    rows = ContactAnswer.objects.filter(contact_id=contact.pk).order_by("at", "entered_at")
    for row in rows:
        found[row.question] = opened_row(key, row)["value"]
    return {code: value for code, value in found.items() if value != "not_asked"}
