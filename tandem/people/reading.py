"""Opening a person's file for who may: the query that fetches it writes down that it did."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime

from tandem.kernel.refusals import NotFound
from tandem.people.facts import ContactWay
from tandem.people.filing import current_facts, opened_value
from tandem.people.models import ContactPerson, PersonFile, PersonServed, PoliceFile
from tandem.people.search import group_of
from tandem.people.sides import Side
from tandem.privacy import audit
from tandem.storage.sealing import key_of
from tandem.storage.standing import Standing


@dataclass(frozen=True)
class ReadFact:
    """A fact, opened: declined has no value."""

    id: uuid.UUID
    kind: str
    state: str
    value: str
    source: str
    by_name: str
    at: datetime


@dataclass(frozen=True)
class ReadFile:
    """A person's file with everything merged into it."""

    file_id: uuid.UUID
    merged_ids: list[uuid.UUID]
    juvenile: bool
    facts: list[ReadFact]
    encounters: list[PersonServed]
    contacts: list[ContactPerson] = field(
        default_factory=list
    )  # of the crisis desk, its side alone
    expunged: bool = False
    ways: list[tuple[ReadFact, ContactWay]] = field(default_factory=list)

    def of(self, *kinds: str) -> list[ReadFact]:
        """Facts of these kinds, oldest first."""
        return [fact for fact in self.facts if fact.kind in kinds]


def read_file(standing: Standing, side: Side, file_id: uuid.UUID, *, at: datetime) -> ReadFile:
    """The file, if the reader may see it; each opened file leaves a row in the trail."""
    if standing.program_id is None:
        raise NotFound
    files = {
        file.pk: file
        for file in side.files._default_manager.filter(
            pk__in=group_of(side, file_id), program_id=standing.program_id
        )
    }
    if file_id not in files:
        raise NotFound
    group = [key for key in group_of(side, file_id) if key in files]
    facts: list[ReadFact] = []
    opened = 0
    for key in group:
        audit.read(side.subject, key, at=at)
        plain = key_of(side.lane.keys, key)
        if plain is None:
            continue
        opened += 1
        facts += [
            ReadFact(
                fact.pk,
                fact.kind,
                fact.state,
                opened_value(fact, plain),
                fact.source,
                fact.by_name,
                fact.at,
            )
            for fact in current_facts(side, key)
        ]
    met = side.persons._default_manager.filter(file_id__in=group).order_by("-made_at")
    return ReadFile(
        file_id=group[0],
        merged_ids=group[1:],
        juvenile=any(_is_juvenile(file) for file in files.values()),
        facts=sorted(facts, key=lambda fact: fact.at),
        encounters=list(met),
        contacts=_contacts(side, group),
        expunged=opened == 0,
        ways=[
            (fact, ContactWay.read(json.loads(fact.value)))
            for fact in facts
            if fact.kind == "contact" and fact.value
        ],
    )


def _contacts(side: Side, group: list[uuid.UUID]) -> list[ContactPerson]:
    if side.contacts is None:
        return []
    return list(side.contacts._default_manager.filter(file_id__in=group).order_by("-made_at"))


def _is_juvenile(file: PersonFile) -> bool:
    return isinstance(file, PoliceFile) and file.data_class == "D12"
