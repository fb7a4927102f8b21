"""Looking for who a person met or spoken of is, and what somebody else said of it meanwhile."""

from __future__ import annotations

import uuid

from django.urls import reverse
from django.utils.translation import gettext as _

from tandem.board.persons import CRISIS_ROLES, minute_of, row_of
from tandem.kernel.seen import Seen
from tandem.kernel.shapes import IdentifiedElse, PersonSearch
from tandem.people.filing import Summary, current_facts
from tandem.people.models import PersonMet
from tandem.people.search import summaries
from tandem.people.sides import SIDE_OF_ROLE, Side
from tandem.people.standing import version_of_met
from tandem.storage.standing import Standing

RESPONDERS = ("PO", "CRU", "MCW")
_OWN_CASES = {"PO", "MCW"}
_SAYS_WHO = {"identified", "name"}


def search_of(
    standing: Standing, encounter: uuid.UUID | None, contact: uuid.UUID | None, seen: str = ""
) -> PersonSearch:
    """The empty search; with an encounter or a contact, whose person is looked for.

    `seen` is the version that the page before this one showed; none takes what stands now.
    """
    shown = PersonSearch(url=reverse("board:persons"), own_cases=standing.role in _OWN_CASES)
    if encounter is not None and standing.role in RESPONDERS:
        shown.encounter = str(encounter)
        shown.identify_url = reverse("board:identify", args=[encounter])
    if contact is not None and standing.role in CRISIS_ROLES:
        shown.contact = str(contact)
        shown.identify_url = reverse("board:contact_person", args=[contact])
    if shown.identify_url:
        shown.seen = seen or version_of_met(_met(standing, shown))
    return shown


def identified_else(
    standing: Standing, shown: PersonSearch, meant: uuid.UUID | None
) -> PersonSearch:
    """The same page after somebody else said who it is: both answers, each with its words."""
    side, met = SIDE_OF_ROLE[standing.role], _met(standing, shown)
    held = met.file_id if met else None
    shown.seen = version_of_met(met)
    told = (
        [one for one in current_facts(side, held) if one.encounter_id == met.met_in]
        if (met and held)
        else []
    )
    last = next((one for one in reversed(told) if one.kind in _SAYS_WHO), None)
    shown.mine = IdentifiedElse(
        held=_words(side, held),
        mine=_words(side, meant) if meant else _("Somebody else, with a file of their own"),
        file=str(meant or ""),
        by=last.by_name if last else "",
        at=minute_of(last.at) if last else "",
        back_url=reverse("board:contact", args=[shown.contact])
        if shown.contact
        else reverse("board:encounter", args=[shown.encounter]),
    )
    return shown


def seen_in(word: str) -> Seen | None:
    """What a form's page showed; a form without it is taken as it comes."""
    return Seen(word[:40]) if word else None


def _words(side: Side, file_id: uuid.UUID | None) -> str:
    if file_id is None:
        return _("nobody on file")
    row = row_of(file_id, summaries(side, [file_id]).get(file_id, Summary()))
    return f"{row.name}, {row.birth}"


def _met(standing: Standing, shown: PersonSearch) -> PersonMet | None:
    side = SIDE_OF_ROLE[standing.role]
    if shown.contact:
        people = side.contacts
        return people._default_manager.filter(pk=shown.contact).first() if people else None
    return side.persons._default_manager.filter(encounter_id=shown.encounter).first()
