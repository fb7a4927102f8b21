"""Phones that listen, somebody on duty who subscribed, and the worker's turns at a given time."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections

from tandem.demo.phones import SECRET, FakeBrowser, FakePhones, fake_phones
from tandem.directory.facts import program
from tandem.identity import sessions
from tandem.identity.models import Session
from tandem.kernel.instance import Instance
from tandem.paging import ladder, outgoing, settings
from tandem.paging.keys import keys_of
from tandem.paging.models import Page
from tandem.paging.pager import Pager
from tandem.paging.services import Subscription, subscribe_device
from tandem.paging.unseen import waiting_at
from tandem.storage.standing import Standing, opened, standing_as
from tests import loops
from tests.conftest import NOON, Persona
from tests.scene import account_of


@pytest.fixture
def phones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, installation: Instance
) -> Iterator[FakePhones]:
    """Both servers, as the operator's settings name them."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    with fake_phones() as made:
        monkeypatch.setenv(settings.URL, f"{made.url}/sms")
        monkeypatch.setenv(settings.SECRET_FILE, str(secret))
        monkeypatch.setenv(settings.ON_LOOPBACK, "yes")
        # Read as the account that runs the tests: its own folder is closed to the serving one.
        monkeypatch.setattr(Instance, "read_private", lambda _self, path: path.read_text())
        yield made


def session_of(persona: Persona, at: datetime = NOON) -> uuid.UUID:
    """A session of somebody who signed in then, on the connection that the worker reads."""
    made = Session.objects.using("default").create(
        key_hash=secrets.token_bytes(32),
        account_id=account_of(persona).pk,
        epoch=1,
        device=uuid.uuid4(),
        stage="full",
        staff_id=persona.staff_id,
        seen_at=at,
        ends_at=at + sessions.LASTS,
    )
    return made.pk


@dataclass
class Turns:
    """The worker's login taking its turns, at times that are given."""

    phones: FakePhones
    instance: Instance
    texts: bool = True
    looks: bool = False  # at who has not seen a change, each time
    left: list[Any] = field(default_factory=list)

    def subscribe(self, persona: Persona, *, at: datetime = NOON) -> FakeBrowser:
        """A browser of theirs, subscribed as their page does it."""
        keys = keys_of(self.instance)
        browser = self.phones.browser(keys.public)
        told = Subscription(browser.endpoint, browser.p256dh, browser.auth, keys.newest, "en")
        subscribe_device(persona.doing(at=at), session_of(persona, at), told)
        return browser

    def climb(self, seconds: float = 0) -> int:
        """The steps that are due then."""
        waiting = waiting_at(_at(seconds)) if self.looks else None
        more = {"texts": self.texts, "at": _at(seconds), "waiting": waiting}
        return int(self.as_worker(ladder.climb, **more))

    def send(self, seconds: float = 0, *, settled: bool = True) -> list[ladder.Message]:
        """Everything that leaves then, over real HTTP; not settled: the worker was killed."""
        found: list[ladder.Message] = self.as_worker(
            ladder.claim, texts=self.texts, at=_at(seconds)
        )
        answers = loops.run(self._sent(found))
        with standing_as(Standing("worker")), opened():
            for message, answer in zip(found, answers, strict=True) if settled else ():
                connection = connections["default"].connection
                ladder.settle(connection, message, answer, at=_at(seconds))
        return found

    def turn(self, seconds: float = 0) -> list[ladder.Message]:
        """Steps, then what they made due, then what became of it."""
        self.climb(seconds)
        sent = self.send(seconds)
        self.climb(seconds)
        return sent

    async def _sent(self, found: list[ladder.Message]) -> list[Any]:
        pager, keys = Pager(self.instance), keys_of(self.instance)
        to = settings.gateway(self.instance)
        async with outgoing.outside(loopback=True) as far, outgoing.inside() as near:
            work = [
                pager.push(far, keys, one)
                if one.channel == "push" or to is None
                else pager.text(near, to, one)
                for one in found
            ]
            return list(await asyncio.gather(*work))

    def ask(self, seconds: float) -> None:
        """Ask the gateway what became of its messages."""
        with standing_as(Standing("worker")), opened():
            connection = connections["default"].connection
            for asked in ladder.without_receipt(connection, at=_at(seconds)):
                text = self.phones.texts[str(asked.id)]
                status = self.phones.receipts.get(text["to"], "accepted")
                ladder.keep_receipt(connection, asked, status, at=_at(seconds))

    def as_worker(self, step: Callable[..., Any], **more: Any) -> Any:
        """One step with the worker's rights."""
        with standing_as(Standing("worker")), opened():
            steps, connection = ladder.steps_of(program()), connections["default"].connection
            # As the worker's own connection sends a statement: its values apart from its words.
            own, connection.cursor_factory = connection.cursor_factory, psycopg.Cursor
            try:
                return step(connection, steps, **more)
            finally:
                connection.cursor_factory = own


def _at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def page_of(persona: Persona) -> Page:
    """How far the phone of somebody who was sent was reached."""
    return Page.objects.get(staff_id=persona.staff_id)


@pytest.fixture
def turns(phones: FakePhones, installation: Instance, db: None) -> Turns:
    """The worker over phones that listen."""
    return Turns(phones, installation)
