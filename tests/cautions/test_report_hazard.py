"""A hazard reported on a call: at once to all assigned, in the words given, gone with the call."""

from __future__ import annotations

import html
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tandem.calls.models import Call
from tandem.cautions.models import HazardReport
from tandem.cautions.rules import is_hazard_current
from tandem.cautions.services import report_hazard
from tandem.dispatch.models import Response
from tandem.dispatch.services import assign_unit, sign_on, step_member
from tandem.dispatch.states import MemberState
from tandem.kernel.refusals import AlreadyDone, BadInput, NotFound, NotPermitted
from tandem.storage.models import Outbox
from tests.conftest import NOON, Persona
from tests.scene import CRU_1, PATROL, browser_of, eyes_of, member_of, open_call, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
WORDS = "he is schizophrenic, off his meds, with a <knife> & “a bat” \t by the door"


def call_of(response: Response) -> uuid.UUID:
    """The call behind a response."""
    assert response.call_id is not None
    return response.call_id


def encounter_page(cast: dict[str, Persona], persona: str, encounter: uuid.UUID) -> str:
    address = reverse("board:encounter", args=[encounter])
    return html.unescape(browser_of(cast[persona]).get(address).content.decode())


def test_words_are_kept_as_given_and_all_assigned_hear_of_it_at_once(
    cast: dict[str, Persona], trail: Callable[[], list[str]]
) -> None:
    response = send_pair(cast)
    Outbox.objects.all().delete()
    call_id = call_of(response)
    report = report_hazard(cast["dispatcher"].doing(), call_id, f" {WORDS}\n", "the caller")
    assert (report.words, report.said_by, report.at) == (WORDS, "the caller", NOON)
    assert (report.call_id, report.encounter_id) == (call_id, response.encounter_id)
    news = list(Outbox.objects.order_by("at", "id"))
    assert all(row.urgent for row in news)
    told = {(key, to) for row in news for key in row.keys for to in row.audience}
    assert {(call_id, "dispatch"), (call_id, "police"), (response.encounter_id, "clinical")} <= told
    # A call is not every crisis worker's to open: none hears its key.
    assert (call_id, "clinical") not in told
    assert trail()[-1] == "hazard.reported"


@pytest.mark.parametrize("reporter", ["dispatcher", "cru-officer", "crisis-worker"])
def test_whoever_reports_it_shows_on_every_screen_of_the_call(
    cast: dict[str, Persona], reporter: str
) -> None:
    now = timezone.now()
    response = send_pair(cast, at=now)
    sign_on(cast["patrol-officer"].doing(at=now), PATROL)
    assign_unit(cast["dispatcher"].doing(at=now), call_of(response), PATROL)
    key = call_of(response) if reporter == "dispatcher" else response.encounter_id
    report_hazard(cast[reporter].doing(at=now), key, WORDS)
    for persona in ("cru-officer", "crisis-worker", "patrol-officer"):
        page = encounter_page(cast, persona, response.encounter_id)
        assert WORDS in page, persona
        assert "Reported on this call, unverified" in page
        assert cast[reporter].short_name in page
        cards = browser_of(cast[persona]).get(reverse("board:my_calls")).content.decode()
        assert WORDS in html.unescape(cards), persona
    desk = browser_of(cast["dispatcher-2"]).get(f"/desk/?call={call_of(response)}").content.decode()
    assert WORDS in html.unescape(desk)
    assert "he is schizophrenic, off his meds, with…" in html.unescape(desk)


@pytest.mark.parametrize(
    ("persona", "is_call", "words", "refusal"),
    [
        ("dispatcher", True, " \0 ", BadInput),
        ("dispatcher", True, "x" * 20_001, BadInput),
        ("dispatcher", None, "a knife", NotFound),
        ("cru-officer-2", False, "a knife", NotFound),
        ("crisis-worker-2", False, "a knife", NotFound),
        ("administrator", True, "a knife", NotPermitted),
        ("police-custodian", True, "a knife", NotPermitted),
    ],
)
def test_only_the_empty_and_the_endless_are_refused_and_only_the_desk_and_the_sent_report(
    cast: dict[str, Persona],
    persona: str,
    is_call: bool | None,
    words: str,
    refusal: type[Exception],
    trail: Callable[[], list[str]],
) -> None:
    response = send_pair(cast)
    key = {True: call_of(response), False: response.encounter_id, None: uuid.uuid4()}[is_call]
    with pytest.raises(refusal):
        report_hazard(cast[persona].doing(), key, words)
    assert trail()[-1] == "hazard.reported.refused"
    assert not HazardReport.objects.exists()


def test_it_ends_with_the_call_and_after_24_hours_at_most() -> None:
    day = timedelta(hours=24)
    assert is_hazard_current(NOON, call_is_open=True, now=NOON + day - timedelta(seconds=1))
    assert not is_hazard_current(NOON, call_is_open=True, now=NOON + day)
    assert not is_hazard_current(NOON, call_is_open=False, now=NOON)


def test_a_claimed_time_does_not_let_it_stand_longer(dispatcher: Persona) -> None:
    call = open_call(dispatcher)
    doing = dispatcher.doing(happened_at=NOON + timedelta(days=3))
    assert report_hazard(doing, call.pk, "a knife").at == NOON


def test_it_stands_while_somebody_is_there_and_is_kept(cast: dict[str, Persona]) -> None:
    now = timezone.now()
    response = send_pair(cast, at=now)
    report_hazard(cast["dispatcher"].doing(at=now), call_of(response), WORDS)
    Call.objects.filter(pk=call_of(response)).update(state="closed")
    assert WORDS in encounter_page(cast, "cru-officer", response.encounter_id)
    for persona in ("cru-officer", "crisis-worker"):
        member = member_of(response, cast[persona])
        step_member(cast[persona].doing(at=now), member.pk, MemberState.CLEARED)
    assert WORDS not in encounter_page(cast, "cru-officer", response.encounter_id)
    assert HazardReport.objects.count() == 1


def test_a_crisis_worker_who_was_not_sent_reads_none(cast: dict[str, Persona]) -> None:
    response = send_pair(cast)
    report_hazard(cast["dispatcher"].doing(), call_of(response), WORDS)
    seen = {}
    for persona in ("crisis-worker", "crisis-worker-2", "crisis-supervisor", "patrol-officer"):
        with eyes_of(cast[persona].standing) as cursor:
            cursor.execute("SELECT count(*) FROM cautions_hazardreport")
            seen[persona] = cursor.fetchone()[0]
    assert seen == {
        "crisis-worker": 1,
        "crisis-worker-2": 0,
        "crisis-supervisor": 1,
        "patrol-officer": 1,
    }


def test_who_is_sent_later_reads_what_was_reported_before(cast: dict[str, Persona]) -> None:
    now = timezone.now()
    call = open_call(cast["dispatcher"], at=now)
    report_hazard(cast["dispatcher"].doing(at=now), call.pk, WORDS)
    sign_on(cast["cru-officer"].doing(at=now), CRU_1)
    sign_on(cast["crisis-worker"].doing(at=now), CRU_1)
    response = assign_unit(cast["dispatcher"].doing(at=now), call.pk, CRU_1)
    for persona in ("cru-officer", "crisis-worker"):
        assert WORDS in encounter_page(cast, persona, response.encounter_id)


def test_the_same_report_sent_twice_is_one(dispatcher: Persona) -> None:
    call, doing = open_call(dispatcher), dispatcher.doing()
    report_hazard(doing, call.pk, "a knife")
    with pytest.raises(AlreadyDone):
        report_hazard(doing, call.pk, "a knife")
    assert HazardReport.objects.count() == 1
