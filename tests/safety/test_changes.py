"""A change of danger or place interrupts every assigned member until each has tapped it."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tandem.calls.answers import Given
from tandem.calls.models import Call, Feed
from tandem.cautions.services import report_hazard
from tandem.demo.seed import key
from tandem.dispatch.models import Member
from tandem.dispatch.services import assign_unit, sign_on
from tandem.intake.services.desk import answer_questions
from tandem.interop.cad.services import token_hash
from tandem.kernel.refusals import NotFound
from tandem.safety.changes import running_members, unseen_of
from tandem.safety.models import ChangeSeen
from tandem.safety.rules import Answered, Change, ChangeKind, danger_changes, interrupts, not_seen
from tandem.safety.services import see_change
from tandem.storage.models import Outbox
from tandem.storage.outbox import ALARM
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.interop.conftest import EVENTS, event
from tests.safety.test_pages import SCRIPT, bar, post, text_of
from tests.scene import PATROL, browser_of, member_of, send_pair, send_patrol

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
SOMEBODY = uuid.uuid4()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("not_asked", "yes", True),
        ("no", "yes", True),
        ("not_known", "yes", True),
        ("yes", "no", True),  # who goes believed in a weapon until now
        ("no", "not_known", True),  # no longer ruled out
        ("no", "not_asked", True),
        ("not_asked", "no", False),
        ("not_known", "no", False),
        ("not_asked", "not_known", False),
        ("yes", "yes", False),
        ("no", "no", False),
    ],
)
def test_what_interrupts(old: str, new: str, *, expected: bool) -> None:
    assert interrupts(old, new) is expected


def test_only_danger_is_a_change_of_danger_and_each_begins_where_it_was() -> None:
    given = [
        Answered("weapon_in_hand", "no", SOMEBODY, "T. B.", NOON),
        Answered("suicidal_ideation", "yes", SOMEBODY, "T. B.", NOON),
        Answered("weapon_in_hand", "yes", SOMEBODY, "T. B.", NOON + timedelta(minutes=1)),
    ]
    found = danger_changes(given)
    assert [(one.code, one.old, one.new) for one in found] == [("weapon_in_hand", "no", "yes")]


def test_what_was_shown_at_the_sending_said_oneself_or_tapped_is_seen() -> None:
    def change(minute: int, by: uuid.UUID) -> Change:
        at = NOON + timedelta(minutes=minute)
        return Change(ChangeKind.HAZARD, "", "a dog", by, "T. B.", at)

    mine, sent = uuid.uuid4(), NOON + timedelta(minutes=1)
    every = [change(0, SOMEBODY), change(2, mine), change(3, SOMEBODY), change(4, SOMEBODY)]
    found = not_seen(every, staff_id=mine, since=sent, seen_through=None)
    assert found == every[2:]
    assert not_seen(every, staff_id=mine, since=sent, seen_through=every[2].at) == every[3:]


def waits(persona: Persona, at: datetime) -> dict[str, list[str]]:
    """Who has not seen what, as this person's login reads it."""
    with standing_as(persona.standing), opened():
        found = unseen_of(persona.standing, running_members(persona.standing), at=at)
        return {one.member.short_name: [c.new for c in one.changes] for one in found}


def test_a_hazard_waits_for_the_tap_of_every_assigned_but_who_said_it(
    cast: dict[str, Persona], officer: Persona, worker: Persona, dispatcher: Persona
) -> None:
    response = send_pair(cast)
    at = NOON + timedelta(minutes=3)
    report_hazard(officer.doing(at=at), response.encounter_id, "he has a knife now")
    assert waits(dispatcher, at) == {worker.short_name: ["he has a knife now"]}
    assert waits(worker, at) == {worker.short_name: ["he has a knife now"]}
    crew = f"staff:{worker.staff_id}"
    told = Outbox.objects.filter(keys__contains=[ALARM], audience__contains=[crew])
    assert [one.urgent for one in told] == [True]
    member = member_of(response, worker)
    see_change(worker.doing(at=at), member.pk, through_at=at)
    assert waits(dispatcher, at) == {}


def test_an_answer_about_danger_interrupts_and_another_does_not(
    cast: dict[str, Persona], officer: Persona, worker: Persona, dispatcher: Persona
) -> None:
    response = send_pair(cast)
    assert response.call_id is not None
    at = NOON + timedelta(minutes=2)
    calm = [Given("weapon_in_hand", "no", "third_party"), Given("veteran", "yes", "third_party")]
    answer_questions(dispatcher.doing(at=at), response.call_id, calm)
    assert waits(dispatcher, at) == {}
    later = at + timedelta(minutes=1)
    worse = [Given("weapon_in_hand", "yes", "third_party")]
    answer_questions(dispatcher.doing(at=later), response.call_id, worse)
    for reader in (dispatcher, officer, worker):
        assert officer.short_name in waits(dispatcher, later)
        assert waits(reader, later).get(worker.short_name) == ["yes"]


def test_a_change_that_came_after_what_was_shown_is_still_not_seen(
    cast: dict[str, Persona], worker: Persona, dispatcher: Persona
) -> None:
    response = send_pair(cast)
    assert response.call_id is not None
    first, second = NOON + timedelta(minutes=2), NOON + timedelta(minutes=3)
    report_hazard(dispatcher.doing(at=first), response.call_id, "a dog")
    report_hazard(dispatcher.doing(at=second), response.call_id, "two dogs")
    member = member_of(response, worker)
    see_change(worker.doing(at=second), member.pk, through_at=first)
    assert waits(worker, second)[worker.short_name] == ["two dogs"]
    # A time to come claims nothing: it is cut to now.
    see_change(worker.doing(at=second), member.pk, through_at=second + timedelta(days=1))
    assert ChangeSeen.objects.latest("through_at").through_at == second


@pytest.mark.parametrize(
    "through", ["0001-01-01T00:00+14:00", "0000-01-01T00:00Z", "9999-12-31T23:59-14:00"]
)
def test_a_tap_with_a_time_outside_of_all_calendars_silences_no_bar(
    cast: dict[str, Persona], officer: Persona, dispatcher: Persona, through: str
) -> None:
    response = send_pair(cast)
    report_hazard(dispatcher.doing(), response.call_id or uuid.UUID(int=0), "a dog")
    member = member_of(response, officer)
    status, _said = post(browser_of(officer), f"/changes/{member.pk}/seen/", through=through)
    assert status in {200, 409}
    for who, path in (
        ("dispatcher", "/alarm/"),
        ("crisis-supervisor", "/alarm/"),
        ("cru-officer", "/emergency/mine/"),
    ):
        assert browser_of(cast[who]).get(path, headers=SCRIPT).status_code == 200, who


def test_nobody_taps_for_another(cast: dict[str, Persona], officer: Persona) -> None:
    response = send_pair(cast)
    other = Member.objects.get(response=response, side="county")
    with pytest.raises(NotFound):
        see_change(officer.doing(), other.pk, through_at=NOON)


def test_another_place_from_the_feed_interrupts_until_it_is_tapped(
    cast: dict[str, Persona], dispatcher: Persona
) -> None:
    response = send_patrol(cast)
    assert response.call_id is not None
    at = NOON + timedelta(minutes=2)
    Call.objects.filter(pk=response.call_id).update(place="Depot")
    officer = cast["patrol-officer"]
    assert waits(dispatcher, at) == {officer.short_name: ["Depot"]}
    member = member_of(response, officer)
    see_change(officer.doing(at=at), member.pk, through_at=at, place="Depot")
    assert waits(dispatcher, at) == {}
    Call.objects.filter(pk=response.call_id).update(place="Depot, north gate")
    assert waits(dispatcher, at) == {officer.short_name: ["Depot, north gate"]}


def test_the_sheet_stands_over_the_page_and_the_desk_lists_who_has_not_seen_it(
    cast: dict[str, Persona], dispatcher: Persona
) -> None:
    now = timezone.now()
    response = send_pair(cast, at=now - timedelta(minutes=1))
    phones = {who: browser_of(cast[who]) for who in ("cru-officer", "crisis-worker")}
    desk = browser_of(dispatcher)
    assert post(desk, f"/desk/{response.call_id}/hazard/", text="shotgun by the door")[0] == 200
    for phone in phones.values():
        page = phone.get("/emergency/mine/", headers=SCRIPT).content.decode()
        assert 'role="alertdialog"' in page
        assert "“shotgun by the door”" in page
        assert "Officer first." in page
    listed = text_of(bar(desk))
    for who in phones:
        assert f"CRU 1, {cast[who].short_name} has not seen: call 0417" in listed
    officer = phones["cru-officer"]
    shown = officer.get("/emergency/mine/", headers=SCRIPT).content.decode()
    through = shown.split('data-changed="')[1].split('"')[0]
    member = member_of(response, cast["cru-officer"])
    status, said = post(officer, f"/changes/{member.pk}/seen/", through=through)
    assert (status, "shotgun" in said) == (200, False)
    listed = text_of(bar(desk))
    assert cast["cru-officer"].short_name + " has not seen" not in listed
    assert cast["crisis-worker"].short_name + " has not seen" in listed
    assert post(officer, f"/changes/{member.pk}/seen/", through="yesterday")[0] == 409


def test_a_feed_that_changes_the_place_tells_the_crew(
    cast: dict[str, Persona], dispatcher: Persona
) -> None:
    Feed.objects.create(
        program_id=dispatcher.program_id,
        agency_id=key("agency", "LCED"),
        source="changes",
        token_hash=token_hash("changes"),
    )
    client = Client(headers={"Authorization": "Bearer changes"})
    first = event()
    client.post(EVENTS, json.dumps(first), content_type="application/json")
    call = Call.objects.get(external_id=first["external_id"])
    officer = cast["patrol-officer"]
    sign_on(officer.doing(), PATROL)
    assign_unit(dispatcher.doing(), call.pk, PATROL)
    Outbox.objects.all().delete()
    moved = {**first, "sequence": 99, "location": {"text": "Depot"}}
    sent = client.post(EVENTS, json.dumps(moved), content_type="application/json")
    assert sent.status_code == 200
    news = Outbox.objects.get(keys__contains=[ALARM])
    assert set(news.audience) == {"dispatch", f"staff:{officer.staff_id}"}
    assert waits(officer, NOON) == {officer.short_name: ["Depot"]}
