"""What a crisis worker alone does for her safety leaves police and others no differing byte."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connections

from tandem.calls.models import Call
from tandem.directory.facts import program
from tandem.dispatch.services import sign_on
from tandem.safety import services, watching
from tandem.safety.models import Overdue
from tandem.safety.rules import WatchKind
from tandem.safety.services import (
    acknowledge_emergency,
    end_emergency,
    raise_emergency,
    see_overdue,
)
from tandem.safety.watching import times_of, watch_over
from tandem.storage.standing import Standing, opened, standing_as
from tests.conftest import NOON, Persona
from tests.intake.worlds import Stand, differing
from tests.scene import CRU_2

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def alone(cast: dict[str, Persona]) -> None:
    """She signs on alone, presses, both desks have it, the crisis desk ends it."""
    worker, desk = cast["crisis-worker-2"], cast["crisis-supervisor"]
    sign_on(worker.doing(), CRU_2)
    row = raise_emergency(worker.doing(), uuid.uuid4())
    acknowledge_emergency(desk.doing(), row.pk)
    end_emergency(desk.doing(), row.pk, how="voice")


def test_her_press_reaches_dispatch_and_nobody_else_outside_the_county(stand: Stand) -> None:
    found = differing(stand, alone)
    # Dispatch is told by the rule; what it may read of it is this one row.
    assert {"dispatcher reads safety_emergency", "stream of dispatcher"} <= set(found)
    assert [what for what in found if "dispatcher" not in what] == []
    reads = [what for what in found if what.startswith("dispatcher reads")]
    assert reads == ["dispatcher reads safety_emergency"]


def asked_after(cast: dict[str, Persona]) -> None:
    """The crisis desk's clocks of those it sent run out, ring, climb, are seen and are answered."""
    # Rows as the worker leaves them, whatever they hang from: no other row differs.
    desk = cast["crisis-supervisor"]
    rows = [
        Overdue(
            program_id=desk.program_id,
            agency_id=desk.agency_id,
            kind=kind,
            desk="crisis",
            about_id=uuid.uuid4(),
            response_id=uuid.uuid4(),
            encounter_id=uuid.uuid4(),
            who="P. Vang-Ritter",
            callsign="MC 1",
            call_number=7,
            since_at=NOON,
            rang_at=NOON,
            climbed_at=NOON,
        )
        for kind in sorted(set(WatchKind) - {WatchKind.VISIT, WatchKind.TELL})
    ]
    Overdue.objects.bulk_create(rows)
    see_overdue(desk.doing(), rows[0].pk)
    with standing_as(Standing("worker")), opened():
        ladder = connections["default"].connection
        later = NOON + timedelta(seconds=10)
        # All three hang from nothing that runs: they end, and the crisis desk is told.
        assert watch_over(ladder, times_of(program()), at=later)[2] == len(rows)


def test_clocks_of_the_crisis_desk_leave_dispatch_and_police_no_differing_byte(
    stand: Stand,
) -> None:
    assert differing(stand, asked_after) == []


def test_a_clock_told_to_both_desks_would_be_seen(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(watching._AUDIENCE, "crisis", "dispatch")
    stand.looking = ("dispatcher",)
    assert "stream of dispatcher" in differing(stand, asked_after)


def test_a_press_told_to_all_officers_would_be_seen(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        services, "_announce", lambda trail, row: trail.announce(row.pk, to=["police"])
    )
    stand.looking = ("patrol-officer",)
    assert "stream of patrol-officer" in differing(stand, alone)
    assert Call.objects.exists()
