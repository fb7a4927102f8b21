"""The panes that look back: what ended and happened lately, to each desk its own, if opened."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tandem.board.lately import lately_of
from tandem.board.queries import detail_of
from tandem.calls.models import Call
from tandem.dispatch.models import MemberStep
from tandem.dispatch.services import step_member
from tandem.dispatch.states import MemberState
from tandem.intake.sealed import ContactFacts
from tandem.intake.services.crisis import close_contact, open_contact
from tandem.storage.standing import opened, standing_as
from tests.conftest import Persona
from tests.scene import browser_of, member_of, open_call, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
BOTH = ("closed", "activity")


def numbers_closed(of: Persona) -> list[str]:
    """What the desk of this person lists as closed."""
    with standing_as(of.standing), opened():
        found = lately_of(of.standing, BOTH, timezone.now())
    return [line.number for line in found.closed or []]


def test_what_closed_within_a_day_is_listed_newest_first(cast: dict[str, Persona]) -> None:
    now, desk = timezone.now(), cast["dispatcher"]
    for number, hours in ((430, 2), (431, 1), (432, 25)):
        call = open_call(desk, number=number, at=now - timedelta(hours=30))
        Call.objects.filter(pk=call.pk).update(
            state="closed", closed_at=now - timedelta(hours=hours)
        )
    open_call(desk, number=433, at=now)
    Call.objects.create(
        program_id=desk.program_id, agency_id=desk.agency_id, number=434, state="closed",
        occurred_at=now, received_at=now, changed_at=now, closed_at=now, history=True,
    )  # fmt: skip
    assert numbers_closed(desk) == ["0431", "0430"]


def test_a_closed_contact_is_listed_to_who_worked_on_it_and_never_at_dispatch(
    cast: dict[str, Persona],
) -> None:
    now, worker, key = timezone.now(), cast["crisis-worker"], uuid.uuid4()
    facts = ContactFacts(words="Zyxolotl")
    open_contact(worker.doing(at=now), key, channel="crisis_line", facts=facts, answers=[])
    close_contact(worker.doing(at=now), key, "settled_by_phone")
    assert numbers_closed(worker) == ["0001"]
    assert numbers_closed(cast["dispatcher"]) == []
    assert "Zyxolotl" not in browser_of(worker).get("/panes/lately/").content.decode()


def test_what_happened_at_one_time_keeps_its_order_whatever_is_written(
    cast: dict[str, Persona],
) -> None:
    """A row that is put back lies elsewhere in its table; nothing a page shows may tell it."""
    now, desk = timezone.now(), cast["dispatcher"]
    response = send_pair(cast, at=now)
    for persona in ("cru-officer", "crisis-worker"):
        member = member_of(response, cast[persona]).pk
        step_member(cast[persona].doing(at=now), member, MemberState("en_route"))

    def shown() -> list[object]:
        with standing_as(desk.standing), opened():
            found = lately_of(desk.standing, BOTH, now).activity or []
            selected = detail_of(desk.standing, str(response.call_id), now)
        assert selected is not None
        return [*found, *selected.events]

    before = shown()
    steps = list(MemberStep.objects.order_by("server_at"))
    assert len(steps) == 4
    for step in steps[:-1]:
        MemberStep.objects.filter(pk=step.pk).delete()
        step.save(force_insert=True)
        assert shown() == before


def test_each_desk_reads_the_steps_that_are_its_own(cast: dict[str, Persona]) -> None:
    now = timezone.now()
    response = send_pair(cast, at=now - timedelta(minutes=9))
    for persona, state in (("cru-officer", "en_route"), ("crisis-worker", "staged")):
        doing = cast[persona].doing(at=now)
        step_member(doing, member_of(response, cast[persona]).pk, MemberState(state))

    def told(of: Persona) -> set[tuple[str, str]]:
        with standing_as(of.standing), opened():
            found = lately_of(of.standing, BOTH, now).activity or []
        return {(line.event.code, line.event.member) for line in found}

    officer, worker = (cast[key].short_name for key in ("cru-officer", "crisis-worker"))
    own = {("assigned", worker), ("staged", worker)}
    assert told(cast["dispatcher"]) == own | {("assigned", officer), ("en_route", officer)}
    assert told(cast["crisis-supervisor"]) == own


def test_a_desk_that_has_them_put_away_asks_the_database_for_neither(
    cast: dict[str, Persona],
) -> None:
    client = browser_of(cast["dispatcher"])

    def asked(path: str) -> int:
        with CaptureQueriesContext(connections["default"]) as seen:
            assert client.get(path).status_code == 200
        return sum("closed_at" in one["sql"] and "ORDER BY" in one["sql"] for one in seen)

    count: Callable[[str], int] = asked
    before = count("/desk/")
    assert count("/desk/?pane=closed") == before + 1
