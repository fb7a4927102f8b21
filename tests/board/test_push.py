"""The push process by itself: who is judged by an answer, and when it begins to order news."""

import asyncio
import time
import uuid
from typing import Any

import pytest

from tandem.board import push as module
from tandem.board.push import Push, Viewer
from tests import loops


def viewer(name: bytes) -> Viewer:
    return Viewer(name, uuid.uuid4(), frozenset({"dispatch"}), 0)


class Answers:
    """A database that says who is still signed in, while somebody new is let in."""

    def __init__(self, push: Push, alive: list[bytes], meanwhile: Viewer) -> None:
        self.push, self.alive, self.meanwhile = push, alive, meanwhile

    async def execute(self, _sql: str, _values: list[Any]) -> "Answers":
        self.push.viewers.add(self.meanwhile)
        return self

    async def fetchall(self) -> list[tuple[bytes]]:
        return [(key,) for key in self.alive]


@pytest.fixture
def push() -> Push:
    made = Push.__new__(Push)
    made.viewers = set()
    return made


def test_only_who_was_asked_about_is_signed_out(push: Push) -> None:
    stays, gone, new = viewer(b"stays"), viewer(b"gone"), viewer(b"new")
    push.viewers = {stays, gone}
    database: Any = Answers(push, [b"stays"], new)
    loops.run(push.end_signed_out(database))
    assert new in push.viewers
    assert [each.ended for each in (stays, gone, new)] == [False, True, False]


def test_news_is_ordered_from_the_process_s_start_on(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    monkeypatch.setattr(module, "_started", lambda: begun.append("reader"))
    said: list[str] = []

    async def live() -> None:
        words = iter(["lifespan.startup", "lifespan.shutdown"])

        async def receive() -> dict[str, Any]:
            return {"type": next(words)}

        async def send(message: dict[str, Any]) -> None:
            said.append(f"{message['type']} after {len(begun)}")

        await module.application({"type": "lifespan"}, receive, send)

    loops.run(live())
    assert said == ["lifespan.startup.complete after 1", "lifespan.shutdown.complete after 1"]


def test_a_stream_ends_when_the_outbox_could_not_be_read_for_a_while(push: Push) -> None:
    said: list[bytes] = []

    async def send(message: dict[str, Any]) -> None:
        said.append(message["body"])

    push.looked_at = time.monotonic()
    seeing = push.blind
    push.looked_at -= 2
    assert (seeing, push.blind) == (False, True)

    async def look_on() -> None:
        looks = viewer(b"looks")
        push.viewers = {looks}
        watching = asyncio.create_task(push._end_when_blind())
        await asyncio.wait_for(module._stream(push, looks, send, fresh=False), 5)
        watching.cancel()

    loops.run(look_on())
    # No comment and no goodbye: the page must find that its stream is dead.
    assert said == [b"retry: 1000\n\n"]
