"""Where a call or a contact is can be said, and said better, after it was made; nothing is lost."""

from __future__ import annotations

import html
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tandem.calls.models import Call, CallPlace, Feed
from tandem.demo.seed import key
from tandem.intake.models import WorkerRequest
from tandem.intake.sealed import ContactFacts
from tandem.intake.services import crisis
from tandem.intake.services.desk import Entered, NewCall, open_call
from tandem.intake.services.places import Where, relocate_call
from tandem.intake.services.requests import ask_worker
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted
from tandem.safety.changes import running_members, unseen_of
from tandem.safety.rules import ChangeKind
from tandem.storage.models import Outbox
from tandem.storage.outbox import ALARM
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import browser_of, eyes_of, send_patrol

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def begun(by: Persona, place: str = "") -> Call:
    """A call by hand."""
    return open_call(by.doing(), uuid.uuid4(), NewCall(Entered(channel="911"), place=place))


def test_a_place_is_entered_and_corrected_with_what_stood_before(
    dispatcher: Persona, trail: Callable[[], list[str]]
) -> None:
    call = begun(dispatcher)
    relocate_call(dispatcher.doing(), call.pk, Where("Hixon Forest", 43.8, -91.2))
    relocate_call(dispatcher.doing(), call.pk, Where("Myrick Park"))
    now = Call.objects.get()
    assert (now.place, now.lat, now.lon) == ("Myrick Park", None, None)
    rows = CallPlace.objects.order_by("was")
    assert [(one.was, one.place) for one in rows] == [
        ("", "Hixon Forest"),
        ("Hixon Forest", "Myrick Park"),
    ]
    assert trail() == ["call.opened", "call.relocated", "call.relocated"]
    told = [set(row.audience) for row in Outbox.objects.filter(keys__contains=[call.pk])]
    assert told == [{"dispatch"}] * 3
    page = html.unescape(browser_of(dispatcher).get(f"/intake/{call.pk}/").content.decode())
    assert "Place: Myrick Park, before: Hixon Forest" in page
    assert "Nobody knows the place yet" not in page


def test_by_the_page_and_never_empty(dispatcher: Persona) -> None:
    call = begun(dispatcher)
    browser, path = browser_of(dispatcher), f"/intake/{call.pk}/place/"
    sent = {"place": "State St & 4th St", "act_id": str(uuid.uuid4())}
    done = browser.post(path, sent, follow=True)
    assert "Who was sent is told" in done.content.decode()
    assert browser.post(path, sent, follow=True).status_code == 200
    assert CallPlace.objects.count() == 1
    for bad in (Where("  "), Where("x" * 201)):
        with pytest.raises(BadInput):
            relocate_call(dispatcher.doing(), call.pk, bad)
    with pytest.raises(NotFound):
        relocate_call(dispatcher.doing(), uuid.uuid4(), Where("4th St"))
    assert Call.objects.get().place == "State St & 4th St"


def test_who_was_sent_is_interrupted_and_reads_the_new_place(
    dispatcher: Persona, cast: dict[str, Persona]
) -> None:
    response, patrol = send_patrol(cast), cast["patrol-officer"]
    assert response.call_id is not None
    relocate_call(dispatcher.doing(), response.call_id, Where("Copeland Park"))
    assert Outbox.objects.filter(keys__contains=[ALARM]).exists()
    with standing_as(patrol.standing), opened():
        waits = unseen_of(patrol.standing, running_members(patrol.standing), at=NOON)
    assert [(one.changes[-1].kind, one.place) for one in waits] == [
        (ChangeKind.PLACE, "Copeland Park")
    ]
    for path in ("/my-calls/", f"/encounters/{response.encounter_id}/"):
        assert "Copeland Park" in browser_of(patrol).get(path).content.decode(), path


def test_a_crisis_desk_that_was_asked_reads_where_it_is_now(
    dispatcher: Persona, cast: dict[str, Persona]
) -> None:
    call = begun(dispatcher, "4th St")
    ask_worker(dispatcher.doing(), uuid.uuid4(), call.pk)
    relocate_call(dispatcher.doing(), call.pk, Where("Gillette St"))
    assert WorkerRequest.objects.get().place == "Gillette St"


def of_a_source(dispatcher: Persona, **facts: Any) -> Call:
    """A call that a feed told of."""
    feed = Feed.objects.create(
        program_id=dispatcher.program_id,
        agency_id=key("agency", "LCED"),
        source="test",
        token_hash=b"x" * 32,
        **facts,
    )
    call = begun(dispatcher, "Main St")
    Call.objects.update(feed_id=feed.pk)
    return call


def test_while_the_cad_that_leads_is_silent_the_hand_says_where_it_is(dispatcher: Persona) -> None:
    # program.toml: silent_seconds = 120.
    call = of_a_source(dispatcher, mode="cad_leads", last_event_at=NOON)
    relocate_call(dispatcher.doing(at=NOON + timedelta(seconds=60)), call.pk, Where("Vine St"))
    assert Call.objects.get().place == "Main St"
    relocate_call(dispatcher.doing(at=NOON + timedelta(seconds=180)), call.pk, Where("Elm St"))
    assert Call.objects.get().place == "Elm St"
    page = html.unescape(browser_of(dispatcher).get(f"/intake/{call.pk}/").content.decode())
    assert "Place: Elm St, before: Main St" in page
    # It is heard again and tells its place: that is shown, and ours stands beside it.
    Call.objects.update(place="Main St")
    page = html.unescape(browser_of(dispatcher).get(f"/intake/{call.pk}/").content.decode())
    assert "By hand: Elm St. The source says Main St, which is shown." in page


def differences_on(dispatcher: Persona, call: Call) -> list[bool]:
    """Whether the difference stands on the list of all and beside the call on the desk."""
    pages = [
        html.unescape(browser_of(dispatcher).get(path).content.decode())
        for path in ("/desk/differences/", f"/desk/?call={call.pk}")
    ]
    return ["Elm St. CAD says Main St, which is shown." in page for page in pages]


def test_a_place_that_the_source_tells_late_is_listed_until_somebody_settles_it(
    dispatcher: Persona,
) -> None:
    call = of_a_source(dispatcher, mode="cad_leads", last_event_at=NOON - timedelta(hours=1))
    Call.objects.update(received_at=timezone.now())
    relocate_call(dispatcher.doing(), call.pk, Where("Elm St"))
    assert differences_on(dispatcher, call) == [False, False]
    # What it did not send in its silence comes late, with the place that it had.
    Call.objects.update(place="Main St")
    Feed.objects.update(last_event_at=timezone.now())
    assert differences_on(dispatcher, call) == [True, True]
    relocate_call(dispatcher.doing(at=NOON + timedelta(hours=1)), call.pk, Where("main  st"))
    assert differences_on(dispatcher, call) == [False, False]


def test_the_place_of_a_source_stays_and_ours_stands_beside_it(dispatcher: Persona) -> None:
    call = of_a_source(dispatcher)
    relocate_call(dispatcher.doing(), call.pk, Where("Vine St"))
    assert Call.objects.get().place == "Main St"
    page = html.unescape(browser_of(dispatcher).get(f"/intake/{call.pk}/").content.decode())
    assert "By hand: Vine St. The source says Main St, which is shown." in page


@pytest.mark.parametrize("who", ["cru-officer", "crisis-worker", "administrator"])
def test_only_dispatch_says_it(cast: dict[str, Persona], who: str) -> None:
    call = begun(cast["dispatcher"])
    with pytest.raises(NotPermitted):
        relocate_call(cast[who].doing(), call.pk, Where("Vine St"))
    with eyes_of(cast[who].standing) as cursor:
        cursor.execute("SELECT has_table_privilege('calls_callplace', 'SELECT')")
        assert cursor.fetchone() == (False,)


def test_a_contact_keeps_the_place_that_was_corrected_inside_it(worker: Persona) -> None:
    contact = crisis.open_contact(
        worker.doing(),
        uuid.uuid4(),
        channel="crisis_line",
        facts=ContactFacts(place="Quarry Rise"),
    )
    crisis.describe_contact(worker.doing(), contact.pk, ContactFacts(place="Quarry Rise"))
    crisis.describe_contact(worker.doing(), contact.pk, ContactFacts(place="Losey Blvd"))
    page = html.unescape(browser_of(worker).get(f"/crisis/{contact.pk}/").content.decode())
    assert page.count("Place corrected, before:") == 1
    assert "“Quarry Rise”" in page
