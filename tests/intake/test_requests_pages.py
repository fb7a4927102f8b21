"""The pages of a request: asked at one desk, answered at the other, and what each reads of it."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tandem.calls.models import Call
from tandem.dispatch.models import Member
from tandem.dispatch.services import sign_on
from tandem.intake.models import WorkerRequest
from tests.conftest import NOON, Persona
from tests.scene import MOBILE, browser_of, open_call

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def call(dispatcher: Persona) -> Call:
    """A call that waits."""
    return open_call(dispatcher, at=timezone.now())


@pytest.fixture
def desk(cast: dict[str, Persona]) -> Client:
    """The crisis desk's browser."""
    sign_on(cast["crisis-worker-3"].doing(at=timezone.now()), MOBILE)
    return browser_of(cast["crisis-worker-2"])


def post(client: Client, path: str, **fields: str) -> tuple[int, str]:
    """One act of a form; its status and what is said."""
    sent = client.post(path, {"act_id": str(uuid.uuid4()), **fields}, headers=SCRIPT)
    return sent.status_code, text_of(sent.content.decode())


def text_of(html: str) -> str:
    """What a reader sees."""
    bare = re.sub(r"<(option|button)[^>]*>.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", bare).split())


def panel(client: Client, regions: str = "requests") -> str:
    """The desk's own pane of requests."""
    got = client.get(f"/desk/fragments/?regions={regions}", headers=SCRIPT)
    return text_of(got.content.decode())


def test_dispatch_asks_by_one_form_and_undo_takes_it_back(
    dispatcher: Persona, call: Call, desk: Client
) -> None:
    client = browser_of(dispatcher)
    assert "Nothing is asked of the crisis desk" in panel(client)
    status, said = post(client, f"/desk/{call.pk}/ask/", text="pacing at the bus stop")
    assert (status, "Crisis desk asked for 0417" in said, "Undo" in said) == (200, True, False)
    shown = panel(client)
    assert "0417 crisis desk asked for a worker" in shown
    assert "crisis desk asked no unit" in panel(client, "lists")
    assert "Ring (608) 555-0142" in shown
    there = text_of(desk.get("/crisis/").content.decode())
    assert "Dispatch asks for a worker 0417" in there
    assert "pacing at the bus stop" in there
    assert "Ring (608) 555-0117" in there
    status, said = post(client, f"/desk/{call.pk}/ask/")
    assert (status, "asked already" in said) == (409, True)
    assert post(client, f"/desk/{call.pk}/unask/")[0] == 200
    assert "Dispatch asks for nobody" in text_of(desk.get("/crisis/lists/").content.decode())
    assert post(client, f"/desk/{call.pk}/unask/")[0] == 409


def test_accepted_it_stands_at_both_desks_and_on_her_my_calls(
    cast: dict[str, Persona], dispatcher: Persona, call: Call, desk: Client
) -> None:
    client, worker = browser_of(dispatcher), cast["crisis-worker-3"]
    post(client, f"/desk/{call.pk}/ask/")
    request = WorkerRequest.objects.get()
    path = f"/crisis/asked/{request.pk}/accept/"
    assert post(desk, path)[0] == 409
    status, said = post(desk, path, worker=str(worker.staff_id))
    assert (status, "P. Vang-Ritter goes to 0417" in said) == (200, True)
    assert "Accepted by K. Abara" in panel(client)
    detail = panel(client, f"detail,units&call={call.pk}")
    assert "Crisis desk accepted: P. Vang-Ritter, MC 1" in detail
    assert "Mobile crisis MC 1 P. Vang-Ritter" in detail
    hers = browser_of(worker).get("/my-calls/").content.decode()
    assert "Riverside Park" in hers
    assert str(Member.objects.get().pk) in hers
    second = post(browser_of(cast["crisis-supervisor"]), f"/crisis/asked/{request.pk}/decline/")
    assert (second[0], "K. Abara accepted at" in second[1]) == (409, True)
    # By radio the dispatcher says where she is, as of any unit.
    assert post(client, f"/desk/{call.pk}/status/", unit="mc1", state="en_route")[0] == 200
    assert Member.objects.get().state == "en_route"


def test_unanswered_both_desks_read_that_it_rang_and_climbed(
    dispatcher: Persona, call: Call, desk: Client
) -> None:
    client = browser_of(dispatcher)
    post(client, f"/desk/{call.pk}/ask/")
    request = WorkerRequest.objects.get()
    WorkerRequest.objects.update(rang_at=request.asked_at + timedelta(seconds=60))
    assert "rung again" in panel(client)
    WorkerRequest.objects.update(climbed_at=request.asked_at + timedelta(seconds=120))
    assert "No answer yet" in panel(client)
    assert "no answer from the crisis desk" in panel(client, "lists")
    assert "supervisor told" in text_of(desk.get("/crisis/").content.decode())


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        ({"kind": "phone"}, "Countered: by phone"),
        ({"kind": "telehealth"}, "Countered: by screen"),
        ({"kind": "later", "at": "18:30"}, "Countered: at 18:30"),
        ({"kind": "meet", "place": "Hixon Forest"}, "Countered: meet at Hixon Forest"),
    ],
    ids=["phone", "telehealth", "later", "meet"],
)
def test_dispatch_reads_what_is_offered(
    dispatcher: Persona, call: Call, desk: Client, fields: dict[str, str], read: str
) -> None:
    client = browser_of(dispatcher)
    post(client, f"/desk/{call.pk}/ask/")
    path = f"/crisis/asked/{WorkerRequest.objects.get().pk}/counter/"
    assert post(desk, path, **fields)[0] == 200
    assert read in panel(client)


@pytest.mark.parametrize("typed", ["", "half past", "25:00"])
def test_a_time_that_is_none_is_refused(
    dispatcher: Persona, call: Call, desk: Client, typed: str
) -> None:
    post(browser_of(dispatcher), f"/desk/{call.pk}/ask/")
    path = f"/crisis/asked/{WorkerRequest.objects.get().pk}/counter/"
    assert post(desk, path, kind="later", at=typed)[0] == 409


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("18:30", datetime.fromisoformat("2026-07-01T18:30:00-05:00")),
        ("00:30", datetime.fromisoformat("2026-07-02T00:30:00-05:00")),
    ],
)
def test_later_is_the_next_such_time_of_the_programs_clock(
    dispatcher: Persona, cast: dict[str, Persona], typed: str, offered: datetime
) -> None:
    with time_machine.travel(NOON, tick=False):
        call = open_call(dispatcher)
        post(browser_of(dispatcher), f"/desk/{call.pk}/ask/")
        path = f"/crisis/asked/{WorkerRequest.objects.get().pk}/counter/"
        assert post(browser_of(cast["crisis-worker"]), path, kind="later", at=typed)[0] == 200
    assert WorkerRequest.objects.get().counter_at == offered


def test_nobody_else_opens_these_doors(cast: dict[str, Persona], call: Call) -> None:
    request = uuid.uuid4()
    paths = [f"/crisis/asked/{request}/{act}/" for act in ("accept", "decline", "counter")]
    for who in ("dispatcher", "patrol-officer", "cru-officer", "administrator"):
        client = browser_of(cast[who])
        assert {post(client, path)[0] for path in paths} == {403}, who
    for who in ("crisis-worker", "patrol-officer", "administrator"):
        assert post(browser_of(cast[who]), f"/desk/{call.pk}/ask/")[0] == 403, who
    assert post(browser_of(cast["crisis-worker"]), paths[1])[0] == 404
