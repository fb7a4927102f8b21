"""Whom a contact of the crisis desk is about: a person of the county's own, on file where named.

Nothing here takes the police side: a contact's person is matched with the county's files alone.
"""

from __future__ import annotations

from tandem.intake.models import Contact
from tandem.intake.sealed import ContactFacts
from tandem.people.filing import Told, keep_on_file
from tandem.people.models import ContactPerson
from tandem.people.sides import CRISIS_SIDE
from tandem.privacy.acts import Trail
from tandem.storage.sealing import key_of


def told_of(facts: ContactFacts) -> Told:
    """What was told of the person in this contact."""
    return Told(facts.person.strip(), facts.age, facts.age_how)


def met_in(trail: Trail, contact: Contact) -> ContactPerson:
    """The contact's person; the row is made with the first word about them."""
    met = ContactPerson.objects.filter(pk=contact.pk).first()
    if met is None:
        doing = trail.doing
        met = ContactPerson(
            pk=contact.pk,
            program_id=contact.program_id,
            agency_id=contact.agency_id,
            made_by_id=doing.staff_id,
            made_at=doing.when,
        )
        met.save(force_insert=True)
    return met


def keep_person(trail: Trail, contact: Contact, facts: ContactFacts) -> None:
    """After a contact was described: a named person is on file, and the file says the same.

    A file that was expunged is told nothing more, and the contact is kept nevertheless.
    """
    met = met_in(trail, contact)
    if met.file_id is not None and key_of(CRISIS_SIDE.lane.keys, met.file_id) is None:
        return
    keep_on_file(trail, CRISIS_SIDE, met, told_of(facts))
