"""A desk that is told keys and fetches single rows shows what a fresh desk shows, act after act."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tandem.board import changes
from tandem.calls.models import Call, Feed
from tandem.cautions.services import report_hazard
from tandem.demo.seed import key
from tandem.directory.facts import program
from tandem.dispatch.models import Member, Response
from tandem.dispatch.services import (
    ask_officer,
    assign_unit,
    enter_presence,
    note_call,
    say_stable,
    sign_off,
    sign_on,
    split_team,
    step_member,
    undo_assign,
)
from tandem.dispatch.states import MemberState, Presence
from tandem.intake.models import Transfer, WorkerRequest
from tandem.intake.services import requests
from tandem.intake.services.desk import Entered, NewCall, close_call, link_call, reopen_call
from tandem.intake.services.desk import open_call as take_call
from tandem.intake.services.transfers import ask_transfer, take_transfer
from tandem.interop.cad.services import token_hash
from tandem.safety.services import answer_check, raise_emergency
from tandem.safety.watching import times_of, watch_over
from tandem.storage.outbox import ALARM
from tandem.storage.standing import Standing, opened, standing_as
from tests.conftest import NOON, Persona
from tests.intake.worlds import ONE_TIME, contact_life
from tests.interop.conftest import TOKEN, Source, event
from tests.scene import CRU_1, MOBILE, PATROL, browser_of, open_call

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
REGIONS = "lists,units,requests,detail"
_ROW = re.compile(r'<tr class="call".*?data-key="([^"]+)".*?</tr>', re.DOTALL)
_LIST = re.compile(r'<tbody data-(?:keyed|list)="(\w+)">(.*?)</tbody>', re.DOTALL)
_REGION = re.compile(
    r'<(section|div|article)[^>]* data-region="(units|requests|detail)".*?</\1>', re.DOTALL
)
_NEWS = "SELECT id, keys FROM storage_outbox WHERE 'dispatch' = ANY(audience)"


@dataclass
class Desk:
    """A page as its script keeps it: lists by key, and three regions beside them."""

    client: Client
    call: uuid.UUID
    lists: dict[str, dict[str, str]] = field(default_factory=dict)
    regions: dict[str, str] = field(default_factory=dict)
    whole: int = 0

    def fetch(self, keys: set[uuid.UUID] | None = None) -> str:
        """What the desk answers, with what is made anew for each answer left out."""
        of = f"&keys={','.join(map(str, keys))}" if keys else ""
        got = self.client.get(f"/desk/fragments/?regions={REGIONS}&call={self.call}{of}")
        assert got.status_code == 200
        return ONE_TIME.sub("", got.content.decode())

    def take(self, text: str) -> None:
        """Put an answer where it belongs."""
        lists = {name: dict(_rows(body)) for name, body in _LIST.findall(text)}
        for _tag, name in _REGION.findall(text):
            found = next(m for m in _REGION.finditer(text) if m[2] == name)
            self.regions[name] = found[0]
        gone = re.search(r'data-gone="([^"]*)"', text)
        if gone is None:
            self.whole += 1
            self.lists = {"pending": {}, "active": {}, **lists}
            return
        for one in [*gone[1].split(), *(name for rows in lists.values() for name in rows)]:
            for rows in self.lists.values():
                rows.pop(one, None)
        for name, rows in lists.items():
            self.lists[name].update(rows)

    def shown(self) -> dict[str, Any]:
        """Everything, without the order of rows, which the page makes itself."""
        return {"lists": self.lists, **self.regions}


def _rows(body: str) -> Iterator[tuple[str, str]]:
    return ((found[1], found[0]) for found in _ROW.finditer(body))


@dataclass
class Night:
    """Calls, units and people, and one act after the other."""

    cast: dict[str, Persona]
    source: Source
    first: Call
    second: Call
    minute: int = 0
    made: dict[str, Any] = field(default_factory=dict)

    def by(self, who: str) -> Any:
        """One of the cast, at this moment."""
        return self.cast[who].doing(at=NOON + timedelta(minutes=5, seconds=self.minute))

    def member(self, who: str) -> uuid.UUID:
        """Their part of the newest response."""
        mine = Member.objects.filter(staff_id=self.cast[who].staff_id)
        return mine.order_by("-state_at", "-pk")[0].pk

    def step(self, who: str, state: str) -> None:
        """A status heard by radio."""
        step_member(self.by("dispatcher"), self.member(who), MemberState(state))

    def feed(self, **facts: Any) -> None:
        """The feed says something of its call."""
        sequence = self.made["sequence"] = self.made.get("sequence", 0) + 1
        assert self.source.sent(event(sequence=sequence, **facts)) != ["rejected"]

    def watch(self, after: int) -> None:
        """The worker looks at the clocks, so many minutes later."""
        with standing_as(Standing("worker")), opened():
            connection: Any = connections["default"].connection
            watch_over(connection, times_of(program()), at=NOON + timedelta(minutes=5 + after))


def _ask(night: Night, call: Call | None = None) -> None:
    requests.ask_worker(night.by("dispatcher"), uuid.uuid4(), (call or night.first).pk)


def _request(_night: Night) -> uuid.UUID:
    return WorkerRequest.objects.order_by("-asked_at")[0].pk


def _undo(night: Night) -> None:
    undo_assign(night.by("dispatcher"), Response.objects.get(ended_at=None, unit_id=PATROL).pk)


ACTS: list[tuple[str, Callable[[Night], Any]]] = [
    ("a call by feed", lambda n: n.feed()),
    (
        "a call by hand",
        lambda n: take_call(n.by("dispatcher"), uuid.uuid4(), NewCall(Entered(channel="911"))),
    ),
    ("the feed moves it", lambda n: n.feed(location={"text": "Elsewhere"})),
    ("the feed corrects it", lambda n: n.feed(call_type="FIGHT", priority=1)),
    ("an officer signs on", lambda n: sign_on(n.by("cru-officer"), CRU_1)),
    ("a worker makes a pair", lambda n: sign_on(n.by("crisis-worker"), CRU_1)),
    ("another officer", lambda n: sign_on(n.by("patrol-officer"), PATROL)),
    ("a note", lambda n: note_call(n.by("dispatcher"), n.first.pk, "door is open")),
    ("a hazard", lambda n: report_hazard(n.by("dispatcher"), n.first.pk, "a knife")),
    ("the crisis desk is asked", _ask),
    ("it declines", lambda n: requests.decline_request(n.by("crisis-supervisor"), _request(n))),
    ("it is asked again", _ask),
    ("taken back", lambda n: requests.withdraw_request(n.by("dispatcher"), _request(n))),
    ("the pair is sent", lambda n: assign_unit(n.by("dispatcher"), n.first.pk, CRU_1)),
    ("a hazard for those who go", lambda n: report_hazard(n.by("dispatcher"), n.first.pk, "a dog")),
    ("nobody acknowledges", lambda n: n.watch(3)),
    ("en route", lambda n: n.step("cru-officer", "en_route")),
    ("she too", lambda n: n.step("crisis-worker", "en_route")),
    ("told with another", lambda n: link_call(n.by("dispatcher"), n.second.pk, n.first.pk)),
    ("not after all", lambda n: link_call(n.by("dispatcher"), n.second.pk, None)),
    ("and again", lambda n: link_call(n.by("dispatcher"), n.second.pk, n.first.pk)),
    ("on scene", lambda n: n.step("cru-officer", "on_scene")),
    ("in before the word", lambda n: n.step("crisis-worker", "on_scene")),
    ("the worker looks", lambda n: n.watch(4)),
    ("stable", lambda n: say_stable(n.by("cru-officer"), n.member("cru-officer"))),
    ("more help", lambda n: ask_officer(n.by("cru-officer"), n.member("cru-officer"))),
    ("the worker looks again", lambda n: n.watch(5)),
    ("patrol is sent", lambda n: assign_unit(n.by("dispatcher"), n.first.pk, PATROL)),
    ("not patrol", _undo),
    ("a check is due", lambda n: n.watch(90)),
    (
        "all is well",
        lambda n: answer_check(n.by("dispatcher"), Response.objects.get(ended_at=None).pk),
    ),
    ("the worker hears it", lambda n: n.watch(91)),
    ("an emergency", lambda n: raise_emergency(n.by("cru-officer"), uuid.uuid4())),
    ("the officer leaves", lambda n: split_team(n.by("cru-officer"), n.member("cru-officer"))),
    ("cleared", lambda n: n.step("crisis-worker", "cleared")),
    ("closed", lambda n: close_call(n.by("dispatcher"), n.first.pk)),
    ("open again", lambda n: reopen_call(n.by("dispatcher"), n.first.pk)),
    (
        "a caller to the crisis desk",
        lambda n: ask_transfer(n.by("dispatcher"), uuid.uuid4(), n.first.pk, "wants to talk"),
    ),
    (
        "who takes them",
        lambda n: take_transfer(
            n.by("crisis-worker-2"), Transfer.objects.order_by("-asked_at")[0].pk
        ),
    ),
    ("a worker alone", lambda n: sign_on(n.by("crisis-worker-3"), MOBILE)),
    ("asked for another", lambda n: _ask(n, n.second)),
    (
        "she goes",
        lambda n: requests.accept_request(
            n.by("crisis-supervisor"), _request(n), n.cast["crisis-worker-3"].staff_id
        ),
    ),
    ("the feed closes its own", lambda n: n.feed(status="closed")),
    (
        "sick, by phone",
        lambda n: enter_presence(
            n.by("dispatcher"), n.cast["patrol-officer"].staff_id, Presence.SICK
        ),
    ),
    ("off duty", lambda n: sign_off(n.by("cru-officer"), "end")),
]


@pytest.fixture
def night(cast: dict[str, Persona]) -> Night:
    """Two calls that wait, and a feed."""
    desk = cast["dispatcher"]
    feed = Feed.objects.create(
        program_id=desk.program_id,
        agency_id=key("agency", "LCED"),
        source="rows",
        token_hash=token_hash(TOKEN),
    )
    return Night(
        cast, Source(feed, Client()), open_call(desk, number=8417), open_call(desk, number=8418)
    )


def _told(heard: set[uuid.UUID]) -> set[uuid.UUID]:
    """The keys of news to dispatch that was not heard yet."""
    with connections["default"].cursor() as cursor:
        cursor.execute(_NEWS)
        news = [(row[0], row[1]) for row in cursor.fetchall() if row[0] not in heard]
    heard.update(row[0] for row in news)
    return {key for _, keys in news for key in keys}


def _act(night: Night, does: Callable[[Night], Any]) -> None:
    night.minute += 1
    does(night)


def test_a_desk_told_by_keys_is_the_desk_that_is_opened_now(night: Night) -> None:
    compared(night)


def compared(night: Night) -> None:
    """Two pages that hear keys, held against one that is opened anew."""
    with time_machine.travel(NOON + timedelta(minutes=10), tick=False):
        client = browser_of(night.cast["dispatcher"])
        # One page is told after each act, another hears of several at once.
        one, other = Desk(client, night.first.pk), Desk(client, night.second.pk)
        for desk in (one, other):
            desk.take(desk.fetch())
        heard: set[uuid.UUID] = set()
        _told(heard)
        burst: set[uuid.UUID] = set()
        for number, (name, does) in enumerate(ACTS):
            _act(night, does)
            keys = _told(heard)
            burst |= keys
            if keys:
                one.take(one.fetch(keys))
            fresh = Desk(client, one.call)
            fresh.take(fresh.fetch())
            assert one.shown() == fresh.shown(), name
            if number % 5 == 4:
                other.take(other.fetch(burst))
                again = Desk(client, other.call)
                again.take(again.fetch())
                assert other.shown() == again.shown(), name
                burst = set()
        # Once more whole than at the start: who is away is no unit's news.
        assert (one.whole, other.whole) == (2, 2)


def test_a_row_costs_the_same_whatever_else_is_open(night: Night) -> None:
    desk = Desk(browser_of(night.cast["dispatcher"]), night.second.pk)
    counts = []
    for more in (0, 60):
        for number in range(more):
            open_call(night.cast["dispatcher"], number=9000 + number)
        with CaptureQueriesContext(connections["default"]) as few:
            text = desk.fetch({night.first.pk})
        assert len(_ROW.findall(text)) == 1
        counts.append(len(few))
    assert counts[0] == counts[1]
    assert counts[0] <= 14


@pytest.mark.parametrize(
    "keys", ["", "x", "x,y", str(uuid.UUID(int=417)), ",".join([str(ALARM)] * 41)], ids=str
)
def test_what_names_no_row_is_answered_whole(night: Night, keys: str) -> None:
    client = browser_of(night.cast["dispatcher"])
    text = client.get(f"/desk/fragments/?regions=lists&keys={keys}").content.decode()
    assert "data-changes" not in text
    assert len(_ROW.findall(text)) == Call.objects.filter(state="open").count() == 2


def test_a_key_of_the_crisis_desk_s_own_is_like_one_that_never_was(
    night: Night,
) -> None:
    contact = contact_life(night.cast)
    with time_machine.travel(NOON + timedelta(minutes=10), tick=False):
        desk = Desk(browser_of(night.cast["dispatcher"]), night.first.pk)
        assert desk.fetch({contact}) == desk.fetch({uuid.uuid4()}) == desk.fetch()


def test_news_that_names_no_call_is_found_by_this_proof(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "_running", lambda *_: set())
    with pytest.raises(AssertionError, match="nobody acknowledges"):
        compared(night)
