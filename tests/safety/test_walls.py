"""What a crisis worker alone does for her safety leaves police and others no differing byte."""

from __future__ import annotations

import uuid

import pytest

from tandem.calls.models import Call
from tandem.dispatch.services import sign_on
from tandem.safety import services
from tandem.safety.services import acknowledge_emergency, end_emergency, raise_emergency
from tests.conftest import Persona
from tests.intake.worlds import Stand, fetched
from tests.scene import CRU_2, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
DUTY = "trainer reads directory_dutyperiod"


@pytest.fixture
def stand(cast: dict[str, Persona]) -> Stand:
    """A pair on a call, while the worlds are still one."""
    sent = send_pair(cast)
    assert sent.call_id is not None
    return Stand(cast, sent.call_id, sent.encounter_id)


def alone(cast: dict[str, Persona]) -> None:
    """She signs on alone, presses, both desks have it, the crisis desk ends it."""
    worker, desk = cast["crisis-worker-2"], cast["crisis-supervisor"]
    sign_on(worker.doing(), CRU_2)
    row = raise_emergency(worker.doing(), uuid.uuid4())
    acknowledge_emergency(desk.doing(), row.pk)
    end_emergency(desk.doing(), row.pk, how="voice")


def differing(stand: Stand) -> list[str]:
    """What can be fetched otherwise in the world in which she pressed."""
    without = fetched(stand, lambda: None)
    with_it = fetched(stand, lambda: alone(stand.cast))
    assert set(with_it) == set(without)
    found = [what for what in without if with_it[what] != without[what]]
    return [what for what in found if what != DUTY]


def test_her_press_reaches_dispatch_and_nobody_else_outside_the_county(stand: Stand) -> None:
    found = differing(stand)
    # Dispatch is told by the rule; what it may read of it is this one row.
    assert {"dispatcher reads safety_emergency", "stream of dispatcher"} <= set(found)
    assert [what for what in found if "dispatcher" not in what] == []
    reads = [what for what in found if what.startswith("dispatcher reads")]
    assert reads == ["dispatcher reads safety_emergency"]


def test_a_press_told_to_all_officers_would_be_seen(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        services, "_announce", lambda trail, row: trail.announce(row.pk, to=["police"])
    )
    assert "stream of patrol-officer" in differing(stand)
    assert Call.objects.exists()
