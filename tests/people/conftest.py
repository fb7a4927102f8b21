"""Both sides' acts on persons under one name, and encounters to describe people in."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tandem.dispatch.services import step_member
from tandem.dispatch.states import MemberState
from tandem.encounters.services import describe_clinical_person, describe_police_person
from tandem.people import services
from tandem.people.models import PersonServed
from tandem.people.sides import CRISIS_SIDE, POLICE_SIDE, Side
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import member_of, send_pair


@dataclass(frozen=True)
class Desk:
    """One side: who describes, who reads all of the agency, who is the steward, and their acts."""

    side: Side
    author: Persona
    reader: Persona
    steward: Persona
    stranger: Persona
    identify: Callable[..., PersonServed]
    note: Callable[..., Any]
    merge: Callable[..., Any]
    unmerge: Callable[..., Any]
    apart: Callable[..., Any]

    def describe(self, encounter_id: uuid.UUID, name: str = "", **facts: Any) -> PersonServed:
        """Tell who was met."""
        told: dict[str, Any] = {"name": name, "age": None, "age_how": "unknown", **facts}
        if self.side is POLICE_SIDE:
            told.setdefault("may_be_minor", True)
            act: Callable[..., PersonServed] = describe_police_person
        else:
            told.pop("may_be_minor", None)
            act = describe_clinical_person
        person = act(self.author.doing(), encounter_id, **told)
        return self.side.persons._default_manager.get(pk=person.pk)

    @contextmanager
    def eyes(self, persona: Persona | None = None) -> Iterator[None]:
        """As this person, in a transaction of their own login."""
        with standing_as((persona or self.reader).standing), opened():
            yield


@pytest.fixture(params=["police", "crisis"])
def desk(request: pytest.FixtureRequest, cast: dict[str, Persona], db: None) -> Desk:
    """Each side in turn."""
    if request.param == "police":
        return Desk(
            POLICE_SIDE,
            cast["cru-officer"],
            cast["cru-officer-2"],
            cast["police-custodian"],
            cast["patrol-officer"],
            services.identify_police_person,
            services.note_police_fact,
            services.merge_police_files,
            services.unmerge_police_files,
            services.keep_police_files_apart,
        )
    return Desk(
        CRISIS_SIDE,
        cast["crisis-worker"],
        cast["crisis-supervisor"],
        cast["county-custodian"],
        cast["crisis-worker-2"],
        services.identify_clinical_person,
        services.note_clinical_fact,
        services.merge_clinical_files,
        services.unmerge_clinical_files,
        services.keep_clinical_files_apart,
    )


@pytest.fixture
def encounters(cast: dict[str, Persona], db: None) -> list[uuid.UUID]:
    """Three encounters of the same pair, one after the other."""
    found = []
    for number in (501, 502, 503):
        response = send_pair(cast, number=number)
        for persona in ("cru-officer", "crisis-worker"):
            member = member_of(response, cast[persona])
            step_member(cast[persona].doing(at=NOON), member.pk, MemberState.CLEARED)
        found.append(response.encounter_id)
    return found
