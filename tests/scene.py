"""What many tests begin with: an open call, a pair on its way, and a browser that is signed in."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connections
from django.test import Client
from django.utils import timezone

from tandem.calls.models import Call
from tandem.demo.seed import key
from tandem.dispatch.models import Encounter, Member, Response
from tandem.dispatch.services import assign_unit, sign_on
from tandem.identity import sessions
from tandem.identity.models import Account
from tandem.storage.standing import Standing, opened, standing_as
from tests.conftest import NOON, Persona

CRU_1, CRU_2 = key("unit", "CRU 1"), key("unit", "CRU 2")
PATROL, MOBILE = key("unit", "2B12"), key("unit", "MC 1")


def open_call(of: Persona, *, number: int = 417, at: datetime = NOON) -> Call:
    """An open call of the dispatcher's agency."""
    return Call.objects.create(
        program_id=of.program_id,
        agency_id=of.agency_id,
        number=number,
        place="Riverside Park",
        occurred_at=at,
        received_at=at,
        changed_at=at,
    )


def send_pair(
    cast: dict[str, Persona],
    officer: str = "cru-officer",
    worker: str = "crisis-worker",
    *,
    unit: uuid.UUID = CRU_1,
    number: int = 417,
    at: datetime = NOON,
) -> Response:
    """Both sign on to a ride-along unit and the dispatcher sends it to a new call."""
    sign_on(cast[officer].doing(at=at), unit)
    sign_on(cast[worker].doing(at=at), unit)
    call = open_call(cast["dispatcher"], number=number, at=at)
    return assign_unit(cast["dispatcher"].doing(at=at), call.pk, unit)


def send_patrol(cast: dict[str, Persona], persona: str = "patrol-officer") -> Response:
    """One officer alone on a patrol unit, sent to a call."""
    sign_on(cast[persona].doing(), PATROL)
    call = open_call(cast["dispatcher"], number=418)
    return assign_unit(cast["dispatcher"].doing(), call.pk, PATROL)


def send_county_alone(worker: Persona, by: Persona, *, state: str = "assigned") -> Response:
    """A crisis worker alone on her way, sent by the crisis desk to what no dispatcher knows."""
    sign_on(worker.doing(), MOBILE)
    ours = {"program_id": worker.program_id, "agency_id": worker.agency_id}
    encounter = Encounter.objects.create(**ours, number=9, place="Zyxolotl", begun_at=NOON)
    response = Response.objects.create(
        **ours,
        encounter=encounter,
        unit_id=MOBILE,
        callsign="MC 1",
        model="mobile_crisis_only",
        assigned_at=NOON,
        assigned_by_id=by.staff_id,
        assigned_by_name="crisis desk",
    )
    Member.objects.create(
        **ours,
        encounter=encounter,
        response=response,
        staff_id=worker.staff_id,
        short_name=worker.short_name,
        side="county",
        state=state,
        state_at=NOON,
    )
    return response


def member_of(response: Response, persona: Persona) -> Member:
    """This person's part of a response."""
    return Member.objects.get(response=response, staff_id=persona.staff_id)


@contextmanager
def eyes_of(standing: Standing) -> Iterator[Any]:
    """A cursor with exactly the rights of this person, claims set, and no act around it."""
    with standing_as(standing), opened(), connections["default"].cursor() as cursor:
        yield cursor


def account_of(persona: Persona) -> Account:
    """The persona's sign-in."""
    return Account.objects.get(staff_id=persona.staff_id)


def session_secret(persona: Persona, *, at: datetime | None = None) -> str:
    """A full session, made as sign-in makes it once both factors were given."""
    now = at or timezone.now()
    account, device = account_of(persona), uuid.uuid4()
    half = sessions.start(account, stage="password", device=device, at=now)
    signed = sessions.find(half, at=now)
    assert signed is not None
    role = next(
        r for r in sessions.roles_of(persona.staff_id, at=now) if r.agency_id == persona.agency_id
    )
    return sessions.finish(signed, role, at=now)


def browser_of(persona: Persona, **options: Any) -> Client:
    """A signed-in browser; errors are answered as they would be to a person."""
    client = Client(raise_request_exception=False, **options)
    client.cookies[sessions.COOKIE] = session_secret(persona)
    return client
