"""An officer's contact on view and a leading CAD's call of it are one, whoever tells first."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tandem.calls.answers import Given
from tandem.calls.models import Answer, CadEvent, Call, CallPlace, Feed, SharedRemarks, UnitFact
from tandem.dispatch.from_cad import facts_of
from tandem.dispatch.models import Encounter, Member, Response
from tandem.dispatch.rules import merged
from tandem.dispatch.services import sign_on
from tandem.dispatch.states import MemberState as S
from tandem.intake.models import CallLink, OnView
from tandem.intake.services.onview import Seen, flag_on_view
from tandem.interop.cad.same_event import Flagged, Told, is_same
from tests.conftest import NOON, Persona
from tests.interop.conftest import Source, event
from tests.scene import CRU_1, browser_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
HERE = (43.8117, -91.2565)
WITHIN = timedelta(minutes=10)
SEEN = Seen(
    place="by the fountain",
    lat=HERE[0],
    lon=HERE[1],
    call_type="man shouting",
    answers=[Given("weapon_in_hand", "no", "officer")],
)


def minute(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def told(**facts: Any) -> Told:
    known = {"occurred_at": minute(1), "statuses": {"cru1": [(S.AT_ADDRESS, minute(1))]}, **facts}
    return Told(**known)


FLAGGED = Flagged("cru1", NOON, "Riverside Park", HERE)


@pytest.mark.parametrize(
    ("cads", "same"),
    [
        (told(), True),  # there from the start
        (told(statuses={"cru1": [(S.AT_ADDRESS, minute(9))]}, occurred_at=minute(8)), True),
        (told(statuses={"2b12": [(S.AT_ADDRESS, minute(1))]}), False),  # another unit's
        (told(statuses={"cru1": [(S.ASSIGNED, minute(1))]}), False),  # sent there: perhaps another
        (told(statuses={"cru1": [(S.ASSIGNED, minute(1))]}, channel="ON-VIEW"), True),
        (
            told(statuses={"cru1": [(S.ASSIGNED, minute(1))]}, point=(43.8120, -91.2560)),
            True,  # 50 m away
        ),
        (told(point=(43.8417, -91.2565)), False),  # 3.3 km away, whatever else speaks for it
        (told(statuses={"cru1": [(S.AT_ADDRESS, minute(30))]}, occurred_at=minute(29)), False),
        (
            told(statuses={"cru1": [(S.EN_ROUTE, minute(1)), (S.AT_ADDRESS, minute(2))]}),
            False,  # it drove there
        ),
        (told(statuses={"cru1": [(S.AT_ADDRESS, minute(8))]}), False),  # arrived later
    ],
)
def test_nothing_but_one_time_makes_no_one_event(cads: Told, same: bool) -> None:
    assert is_same(FLAGGED, cads, within=WITHIN) is same


def test_the_same_words_for_a_place_do_where_there_is_no_point() -> None:
    sent = told(statuses={"cru1": [(S.ASSIGNED, minute(1))]}, place="RIVERSIDE PARK.")
    assert is_same(Flagged("cru1", NOON, "Riverside Park"), sent, within=WITHIN)
    assert not is_same(Flagged("cru1", NOON, "Copeland Park"), sent, within=WITHIN)


def on(status: str, minutes: float) -> dict[str, str]:
    return {"id": "CRU 1", "status": status, "at": minute(minutes).isoformat()}


def cads(sequence: int = 1, **facts: Any) -> dict[str, Any]:
    known = {
        "sequence": sequence,
        "occurred_at": minute(1).isoformat(),
        "call_type": "DISTURBANCE",
        "location": {"text": "Main St & 4th St", "lat": 43.8119, "lon": -91.2563},
        **facts,
    }
    return event(**known)


@pytest.fixture
def leading(source: Source, cast: dict[str, Persona]) -> Source:
    """A CAD that leads, and the pair on duty."""
    Feed.objects.filter(pk=source.feed.pk).update(mode="cad_leads")
    for who in ("cru-officer", "crisis-worker"):
        sign_on(cast[who].doing(at=NOON), CRU_1)
    return source


def flagged(cast: dict[str, Persona]) -> uuid.UUID:
    call_id = uuid.uuid4()
    flag_on_view(cast["cru-officer"].doing(at=NOON), call_id, SEEN)
    return call_id


def test_cads_call_of_it_is_the_officers_call(
    leading: Source, cast: dict[str, Persona], trail: Callable[[], list[str]]
) -> None:
    call_id = flagged(cast)
    number = Call.objects.get(pk=call_id).number
    assert leading.sent(cads(units=[on("OnScene", 1)])) == ["updated"]
    call = Call.objects.get()
    assert (call.pk, call.number, call.external_id) == (call_id, number, "2026-0417")
    # CAD's is shown, the officer's is marked and kept beside it with its time.
    assert (call.place, call.call_type) == ("Main St & 4th St", "DISTURBANCE")
    assert call.was == "man shouting · P3 · by the fountain"
    [beside] = CallPlace.objects.all()
    assert (beside.place, beside.was, beside.at) == ("by the fountain", "Main St & 4th St", NOON)
    assert beside.beside_source
    assert OnView.objects.get().seen == "man shouting"
    assert Answer.objects.get(call_id=call_id).value == "no"
    # One encounter, one response; the arrival told twice is one fact with both times.
    assert (Encounter.objects.count(), Response.objects.count()) == (1, 1)
    officer = Member.objects.get(staff_id=cast["cru-officer"].staff_id)
    [arrived] = [one for one in merged(facts_of(officer)) if one.state == S.AT_ADDRESS]
    assert (arrived.cad_at, arrived.hand_at) == (minute(1), NOON)
    assert "cad.joined" in trail()
    # Later messages and repeats find the same call.
    assert leading.sent(cads(units=[on("OnScene", 1)])) == ["duplicate"]
    assert leading.sent(cads(2, units=[on("Cleared", 20)])) == ["updated"]
    officer.refresh_from_db()
    assert (Call.objects.count(), officer.state) == (1, S.CLEARED)


def test_a_call_that_cad_made_before_it_named_the_unit_becomes_it_too(
    leading: Source, cast: dict[str, Persona]
) -> None:
    call_id = flagged(cast)
    first = cads(units=[{"id": "E12", "status": "ER"}], remarks=[{"text": "caller waits"}])
    assert leading.sent(first) == ["new"]
    assert leading.sent(cads(2, location=None, units=[on("OnScene", 1.5)])) == ["updated"]
    call = Call.objects.get(pk=call_id)
    assert (call.external_id, call.place) == ("2026-0417", "Main St & 4th St")
    left = Call.objects.exclude(pk=call_id).get()
    assert (left.state, left.feed_id, left.external_id) == ("closed", None, "")
    assert CallLink.objects.get().into_id == call_id
    # Nothing of it is lost, and nothing is left behind.
    assert set(CadEvent.objects.values_list("call_id", flat=True)) == {call_id}
    assert set(UnitFact.objects.values_list("call_id", "unit")) == {
        (call_id, "E12"),
        (call_id, "CRU 1"),
    }
    assert not SharedRemarks.objects.exclude(call_id=call_id).exists()
    assert Encounter.objects.get().call_id == call_id
    assert leading.sent(first) == ["duplicate"]


def test_after_a_gap_it_is_one_by_its_times(leading: Source, cast: dict[str, Persona]) -> None:
    call_id = flagged(cast)
    late = [cads(1, units=[on("OnScene", 1)]), cads(2, units=[on("OnScene", 1), on("Cleared", 8)])]
    assert leading.sent(*late) == ["updated", "updated"]
    assert Call.objects.get().pk == call_id


@pytest.mark.parametrize(
    "other",
    [
        {"units": [on("Dispatched", 3), on("Enroute", 4)], "location": {"text": "12 Elm St"}},
        {"units": [{"id": "2B12", "status": "OnScene", "at": minute(1).isoformat()}]},
        {"units": [on("OnScene", 45)], "occurred_at": minute(44).isoformat()},
    ],
)
def test_another_event_stays_another_call(
    other: dict[str, Any], leading: Source, cast: dict[str, Persona]
) -> None:
    flagged(cast)
    assert leading.sent(cads(**other)) == ["new"]
    assert Call.objects.count() == 2


def test_where_tandem_leads_no_call_is_joined(leading: Source, cast: dict[str, Persona]) -> None:
    Feed.objects.update(mode="tandem_leads")
    flagged(cast)
    assert leading.sent(cads(units=[on("OnScene", 1)])) == ["new"]


def test_an_officer_on_cads_call_is_asked_and_adds_to_it(
    leading: Source, cast: dict[str, Persona]
) -> None:
    leading.sent(cads(units=[on("OnScene", 1)]))
    call = Call.objects.get()
    browser = browser_of(cast["cru-officer"])
    form = browser.get("/my-calls/on-view/").content.decode()
    assert "Is it that event?" in form
    typed = {"type": "man shouting", "place": "by the fountain", "q.weapon_in_hand": "yes"}
    asked = browser.post("/my-calls/on-view/", {"act_id": str(uuid.uuid4()), **typed})
    assert asked.status_code == 409
    assert 'value="man shouting"' in asked.content.decode()  # what was typed is kept
    that = {"act_id": str(uuid.uuid4()), **typed, "which": "that", "of": str(call.pk)}
    for _time in range(2):
        assert browser.post("/my-calls/on-view/", that).status_code == 302
    call = Call.objects.get()
    assert (call.place, call.call_type) == ("Main St & 4th St", "DISTURBANCE")
    assert CallPlace.objects.get().place == "by the fountain"
    assert Answer.objects.get().value == "yes"
    shown = browser_of(cast["dispatcher"]).get(f"/intake/{call.pk}/").content.decode()
    assert "Seen on view: man shouting" in shown
    another = {"act_id": str(uuid.uuid4()), "type": "a second man", "which": "another"}
    assert browser.post("/my-calls/on-view/", another).status_code == 302
    assert Call.objects.count() == 2
