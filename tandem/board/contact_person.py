"""The person of a contact, as the crisis desk sees them: file, safe ways, who they may also be."""

from __future__ import annotations

import re
from datetime import datetime

from django.urls import reverse

from tandem.board.facts import pack
from tandem.board.persons import rows_of, ways_of
from tandem.intake.reading import ReadContact
from tandem.kernel.seen import version_of
from tandem.kernel.shapes import ContactPersonPanel, WayLine
from tandem.people.reading import read_file
from tandem.people.search import matches_of
from tandem.people.sides import CRISIS_SIDE
from tandem.storage.standing import Standing


def person_of(standing: Standing, read: ReadContact, at: datetime) -> ContactPersonPanel:
    """The panel; opening the file and proposing others is written down as on the person's page."""
    contact_id = read.contact.pk
    panel = ContactPersonPanel(
        url="",
        may_be_minor=may_be_minor(read.facts.age),
        ways=[],
        leave_nothing=True,
        matches=[],
        identify_url=reverse("board:contact_person", args=[contact_id]),
        way_url=reverse("board:contact_way", args=[contact_id]),
        search_url=f"{reverse('board:persons')}?contact={contact_id}",
        seen=version_of(read.file_id),
    )
    if read.file_id is None:
        return panel
    file = read_file(standing, CRISIS_SIDE, read.file_id, at=at)
    panel.url = reverse("board:person", args=[read.file_id])
    panel.ways = ways_of(file)
    panel.leave_nothing = leave_nothing_at(read.facts.callback, panel.ways)
    panel.matches = rows_of(matches_of(standing, CRISIS_SIDE, read.file_id, at=at))
    panel.expunged = file.expunged
    return panel


def may_be_minor(age: int | None) -> bool:
    """Treated as a minor from the first word on, until an age says otherwise."""
    return age is None or age < pack().years_of("minor_in_treatment")


def leave_nothing_at(callback: str, ways: list[WayLine]) -> bool:
    """Whether nothing may be left at this number: so unless its own way allows a message."""
    number = _digits(callback)
    known = [way for way in ways if number and _digits(way.where) == number]
    return not known or any(way.speak_only for way in known)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
