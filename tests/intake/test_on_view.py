"""An officer opens a contact on view: a call of dispatch, the own unit on it, one thumb."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.db import ProgrammingError, transaction

from tandem.calls.answers import Given
from tandem.calls.models import Answer, Call, Numbering
from tandem.demo.story.told import plain
from tandem.dispatch.models import Member
from tandem.dispatch.services import sign_on
from tandem.intake.services.onview import Seen, flag_on_view
from tandem.kernel.refusals import NotPermitted
from tandem.storage.models import Outbox
from tests.conftest import NOON, Persona
from tests.scene import CRU_1, PATROL, browser_of, eyes_of, send_patrol

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
SEEN = Seen(
    place="417 Main St",
    call_type="man shouting at cars",
    answers=[
        Given("weapon_in_hand", "no", "officer"),
        Given("violence_now", "not_known", "officer"),
    ],
)


def members(call_id: uuid.UUID) -> list[tuple[str, str]]:
    rows = Member.objects.filter(response__call_id=call_id).order_by("side", "short_name")
    return [(row.side, row.state) for row in rows]


def test_a_pair_that_opens_a_contact_is_on_it_each_with_own_times(
    cast: dict[str, Persona], trail: Callable[[], list[str]]
) -> None:
    officer, worker = cast["cru-officer"], cast["crisis-worker"]
    sign_on(officer.doing(), CRU_1)
    sign_on(worker.doing(), CRU_1)
    number = Numbering.objects.get(pk=cast["dispatcher"].agency_id).next_number
    call_id = uuid.uuid4()
    flagged = flag_on_view(officer.doing(), call_id, SEEN)
    call = Call.objects.get(pk=call_id)
    assert (call.number, call.channel, call.state) == (number, "officer", "open")
    assert (call.agency_id, call.jurisdictions) == (cast["dispatcher"].agency_id, ["la-crosse"])
    assert members(call_id) == [("county", "assigned"), ("police", "at_address")]
    said = Answer.objects.filter(call_id=call_id).values_list("question", "value", "said_by")
    assert sorted(said) == [
        ("violence_now", "not_known", "officer"),
        ("weapon_in_hand", "no", "officer"),
    ]
    assert trail()[-1] == "call.flagged"
    news = Outbox.objects.filter(keys__contains=[call_id])
    assert any("dispatch" in row.audience and row.urgent for row in news)
    page = plain(browser_of(cast["dispatcher"]).get(f"/desk/?call={call_id}").content.decode())
    assert "man shouting at cars" in page
    assert flagged.encounter_id is not None
    for who in (officer, worker):
        got = browser_of(who).get(f"/encounters/{flagged.encounter_id}/")
        assert got.status_code == 200


def test_nothing_has_to_be_known_and_no_unit_has_to_be_free(cast: dict[str, Persona]) -> None:
    officer = cast["patrol-officer"]
    first = uuid.uuid4()
    assert flag_on_view(officer.doing(), first, Seen()).encounter_id is None  # not signed on
    send_patrol(cast)
    second = uuid.uuid4()
    assert flag_on_view(officer.doing(), second, Seen()).encounter_id is None  # on another call
    assert {call.pk for call in Call.objects.filter(state="open")} >= {first, second}
    assert members(second) == []


def test_by_phone_the_form_makes_it_and_sent_twice_makes_it_once(cast: dict[str, Persona]) -> None:
    officer = cast["patrol-officer"]
    sign_on(officer.doing(at=NOON), PATROL)
    browser = browser_of(officer)
    assert "Contact on view" in browser.get("/my-calls/").content.decode()
    form = browser.get("/my-calls/on-view/").content.decode()
    assert "Radio first." in form
    assert "data-here" in form
    told = {
        "act_id": str(uuid.uuid4()),
        "said_by": "officer",
        "type": "man shouting",
        "lat": "43.8117",
        "lon": "-91.2565",
        "place": "Here, within 9 m",
        "q.suicidal_ideation": "yes",
    }
    for _time in range(2):
        answered = browser.post("/my-calls/on-view/", told)
        assert answered.status_code == 302
    [call] = Call.objects.filter(channel="officer")
    assert (call.jurisdictions, call.jurisdiction_how) == (["la-crosse"], "boundary")
    assert Answer.objects.get(call_id=call.pk).said_by == "officer"
    listed = plain(browser.get("/my-calls/").content.decode())
    assert "Here, within 9 m" in listed


def test_no_one_else_opens_one_and_the_database_says_the_same(cast: dict[str, Persona]) -> None:
    for who in ("crisis-worker", "dispatcher"):
        with pytest.raises(NotPermitted):
            flag_on_view(cast[who].doing(), uuid.uuid4(), Seen())
    officer = cast["patrol-officer"]
    sign_on(officer.doing(), PATROL)
    flag_on_view(officer.doing(), uuid.uuid4(), Seen())
    # An officer's login makes no call without having flagged it, and none for somebody else.
    other = Call(
        program_id=officer.program_id,
        agency_id=cast["dispatcher"].agency_id,
        number=90_001,
        occurred_at=NOON,
        received_at=NOON,
        changed_at=NOON,
    )
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        eyes_of(officer.standing),
        transaction.atomic(),
    ):
        other.save(force_insert=True)
    with eyes_of(cast["cru-officer"].standing) as cursor:
        cursor.execute("SELECT count(*) FROM intake_onview")
        assert cursor.fetchone() == (0,)
