"""Looking back: the page of emergencies that are over, and what a row of the desk says is owed."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from tandem.dispatch.services import step_member
from tandem.dispatch.states import MemberState
from tandem.kernel.program import Program
from tandem.safety.services import acknowledge_emergency, end_emergency, raise_emergency
from tandem.safety.watching import times_of, watch_over
from tests.conftest import NOON, Persona
from tests.safety.conftest import Ladder
from tests.scene import browser_of, member_of, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def test_both_desks_read_how_soon_each_had_it_and_how_it_ended(cast: dict[str, Persona]) -> None:
    officer, desk = cast["cru-officer"], cast["dispatcher"]
    send_pair(cast)
    row = raise_emergency(officer.doing(at=NOON), uuid.uuid4())
    running = browser_of(desk).get("/emergencies/").content.decode()
    assert "No emergency has ended yet." in running
    acknowledge_emergency(desk.doing(at=NOON + timedelta(seconds=7)), row.pk)
    ended = NOON + timedelta(minutes=4)
    end_emergency(desk.doing(at=ended), row.pk, how="voice", spoke_with="D. Okafor, on the radio")
    for who in ("dispatcher", "crisis-supervisor"):
        text = browser_of(cast[who]).get("/emergencies/").content.decode()
        for words in ("D. Okafor", "CRU 1", "0417", "7 s", "never", "4 minutes", "on the radio"):
            assert words in text, (who, words)
    assert browser_of(officer).get("/emergencies/").status_code == 403


def test_a_call_whose_crew_owes_an_answer_says_so_in_its_row(
    cast: dict[str, Persona], worker_runs: Ladder, facts: Program
) -> None:
    now = timezone.now()
    send_pair(cast, at=now - timedelta(seconds=70))
    desk, lists = browser_of(cast["dispatcher"]), "/desk/fragments/?regions=lists"
    assert "not acknowledged, rung" not in desk.get(lists).content.decode()
    worker_runs(watch_over, times_of(facts), at=now)
    assert "not acknowledged, rung" in desk.get(lists).content.decode()


def test_a_row_names_who_has_not_seen_that_they_were_sent(cast: dict[str, Persona]) -> None:
    sent = send_pair(cast, at=timezone.now())
    desk, lists = browser_of(cast["dispatcher"]), "/desk/fragments/?regions=lists"
    both = {who: cast[who].short_name for who in ("cru-officer", "crisis-worker")}

    def named() -> set[str]:
        text = desk.get(lists).content.decode()
        said = re.search(r"not seen: ([^<]*)<", text)
        return {who for who, name in both.items() if said and name in said[1]}

    assert named() == set(both)
    for who, left in (("cru-officer", {"crisis-worker"}), ("crisis-worker", set())):
        step_member(cast[who].doing(), member_of(sent, cast[who]).pk, MemberState.ACKNOWLEDGED)
        assert named() == left
