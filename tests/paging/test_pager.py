"""The thread itself: a dead service beside a good one, and what it does between two turns."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tandem.demo.phones import SECRET, FakePhones
from tandem.directory.facts import program
from tandem.kernel.instance import Instance
from tandem.paging import ladder, outgoing
from tandem.paging.keys import keys_of
from tandem.paging.ladder import Message
from tandem.paging.pager import Pager
from tandem.paging.rules import Answer, Outcome
from tandem.paging.settings import Gateway
from tests import loops

SOON = timedelta(minutes=5)


@pytest.fixture
def dead() -> Iterator[str]:
    """A gateway that takes every connection and never answers."""
    door = socket.create_server(("127.0.0.1", 0), backlog=64)
    held: list[socket.socket] = []

    def take() -> None:
        while True:
            try:
                held.append(door.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{door.getsockname()[1]}/sms"
    door.shutdown(socket.SHUT_RDWR)
    door.close()
    for one in held:
        one.close()


def message(phones: FakePhones, version: int, channel: str, key: Any) -> Message:
    """One message that is due."""
    made = phones.browser()
    to = made.endpoint if channel == "push" else "+16085550123"
    until = timezone.now() + SOON
    more = (made.p256dh, made.auth, version) if channel == "push" else ()
    return Message(key, key, channel, key, 1, until, to, "en", *more)


def test_a_dead_service_delays_no_other_message(
    phones: FakePhones, installation: Instance, monkeypatch: pytest.MonkeyPatch, dead: str
) -> None:
    import uuid

    keys = keys_of(installation)
    settled: dict[str, list[tuple[float, Answer]]] = {"sms": [], "push": []}
    began = time.monotonic()
    due = [message(phones, keys.newest, "sms", uuid.uuid4()) for _ in range(5)]
    due += [message(phones, keys.newest, "push", uuid.uuid4()) for _ in range(5)]

    def settle(_connection: Any, one: Message, answer: Answer, *, at: Any) -> Outcome | None:
        assert at
        settled[one.channel].append((time.monotonic() - began, answer))
        return None

    monkeypatch.setattr(ladder, "climb", lambda *_given, **_more: 0)
    monkeypatch.setattr(ladder, "claim", lambda *_given, **_more: [due.pop() for _ in due[:]])
    monkeypatch.setattr(ladder, "without_receipt", lambda *_given, **_more: [])
    monkeypatch.setattr(ladder, "settle", settle)
    monkeypatch.setattr(outgoing, "PATIENCE", 1.0)

    async def work() -> None:
        pager, steps = Pager(installation), ladder.steps_of(program())
        async with outgoing.outside(loopback=True) as far, outgoing.inside() as near:
            nothing: Any = None
            pager.turn(nothing, steps, keys, Gateway(dead, SECRET), far, near)
            turned = time.monotonic() - began
            await asyncio.gather(*pager.under_way)
            assert turned < 0.9

    loops.run(work())
    assert [answer.status for _, answer in settled["push"]] == [201] * 5
    assert [answer.status for _, answer in settled["sms"]] == [0] * 5
    assert max(when for when, _ in settled["push"]) < min(when for when, _ in settled["sms"])


def test_an_unreadable_key_file_ends_no_phone(
    phones: FakePhones, installation: Instance, tmp_path: Any
) -> None:
    import uuid

    from tandem.paging.keys import PushKeys

    one = message(phones, 1, "push", uuid.uuid4())

    async def send(keys: PushKeys) -> Answer:
        async with outgoing.outside(loopback=True) as far:
            return await Pager(installation).push(far, keys, one)

    # Nothing can be signed: it is tried again. A version that was dropped: the device is gone.
    assert loops.run(send(PushKeys({}))) == Answer(0)
    assert loops.run(send(keys_of(installation))) == Answer(410)
    assert phones.attempts == []
