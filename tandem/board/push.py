"""The push process: orders committed news, and tells each viewer which of their keys went stale."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs

import psycopg

from tandem.board.cursor import Cursors
from tandem.kernel.instance import Instance
from tandem.storage.alone import HELD_BY_OURS

log = logging.getLogger("tandem.push")
_LOCK = 7_402_002
_CHANNEL = "tandem_outbox"
_POLL = 0.25  # a lost wake-up costs a quarter of a second
_SETTLE = 0.03  # news that commits together travels together
_FRAME_EVERY = 0.1  # at most ten frames a second
_COMMENT_EVERY = 15.0
_CHECK_EVERY = 2.0  # ended sessions lose their stream within three seconds
_MOST_KEYS = 500  # more than a page holds: reset is cheaper
_MOST_NEWS = 2_000  # further back than this a reset is cheaper
_TRY_AGAIN = 0.2
_BLIND = 1.5  # without a look at the outbox for so long a stream must not seem alive
_LOOK_AFTER = 0.5
_COOKIE = "tandem_session"

_NEW = """SELECT id FROM storage_outbox WHERE cursor IS NULL ORDER BY at, id LIMIT 500
          FOR UPDATE SKIP LOCKED"""
_ORDER = """
UPDATE storage_outbox o SET cursor = t.cursor
FROM unnest(%s::uuid[], %s::bigint[]) AS t (id, cursor) WHERE o.id = t.id
RETURNING o.cursor, o.program_id, o.audience, o.keys, o.urgent
"""
_SINCE = """
SELECT cursor, keys FROM storage_outbox
WHERE cursor > %s AND program_id = %s AND audience && %s ORDER BY cursor LIMIT %s
"""
# What was ordered by a transaction whose end this process did not hear.
_UNHEARD = """
SELECT cursor, program_id, audience, keys, urgent FROM storage_outbox WHERE cursor > %s
"""
_SESSION = """
SELECT key_hash, staff_id, program_id, login FROM identity_session
WHERE key_hash = ANY(%s) AND ended_at IS NULL AND ends_at > now() AND stage = 'full'
  AND (seen_at > now() - interval '30 minutes' OR role = 'TC')
"""

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


@dataclass(eq=False)
class Viewer:
    """One open stream: whose it is and what it has not been told yet."""

    key_hash: bytes
    program_id: uuid.UUID
    audience: frozenset[str]
    place: int
    keys: set[str] = field(default_factory=set)
    reset: bool = False
    ended: bool = False
    cut: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)
    alarm: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, cursor: int, keys: Iterable[str], *, urgent: bool) -> None:
        """Add keys to the next frame."""
        self.place = max(self.place, cursor)
        if len(self.keys) > _MOST_KEYS:
            self.begin_afresh()
        elif not self.reset:
            self.keys.update(keys)
        if urgent:
            self.alarm.set()
        self.news.set()

    def begin_afresh(self) -> None:
        """Have the page fetch everything instead of single keys."""
        self.keys.clear()
        self.reset = True
        self.news.set()


class Push:
    """All viewers of this process, and the one task that reads the outbox for them."""

    def __init__(self) -> None:
        self.instance = Instance.find()
        self.cursors = Cursors(self.instance.secrets()["django_secret"])
        self.viewers: set[Viewer] = set()
        self.place = 0
        self.looked_at = 0.0
        self.ready = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._door = asyncio.Lock()
        self._asked: psycopg.AsyncConnection[Any] | None = None

    def start(self) -> None:
        """Begin reading: at the process's start, and never a second time."""
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._forever(self._read_outbox)),
                asyncio.create_task(self._forever(self._check_sessions)),
                asyncio.create_task(self._end_when_blind()),
            ]

    @property
    def blind(self) -> bool:
        """Whether the outbox could not be read for a while, so that silence may be hiding news."""
        return time.monotonic() - self.looked_at > _BLIND

    async def _end_when_blind(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_AFTER)
            if self.blind:
                self.cut_all()

    def cut_all(self) -> None:
        """End every stream without a word: its page says so, and asks for it again."""
        for viewer in self.viewers:
            viewer.cut = True
            viewer.news.set()

    async def connect(self) -> psycopg.AsyncConnection[Any]:
        """A connection of the login role `push`."""
        return await psycopg.AsyncConnection.connect(self.instance.dsn("push"), autocommit=True)

    async def _forever(
        self, work: Callable[[psycopg.AsyncConnection[Any]], Awaitable[None]]
    ) -> None:
        while True:
            try:
                async with await self.connect() as connection:
                    await work(connection)
            except Exception as wrong:
                log.warning("beginning again after %s", type(wrong).__name__)
                await asyncio.sleep(0.3)

    async def _read_outbox(self, connection: psycopg.AsyncConnection[Any]) -> None:
        await connection.execute(f"LISTEN {_CHANNEL}")
        # One writer of cursors: a second push process waits here until the first is gone.
        while not await _first(connection):
            await asyncio.sleep(_TRY_AGAIN)
        if self.ready.is_set():
            self._tell_all(await (await connection.execute(_UNHEARD, [self.place])).fetchall())
        else:
            row = await (
                await connection.execute("SELECT coalesce(max(cursor), 0) FROM storage_outbox")
            ).fetchone()
            self.place = row[0] if row else 0
            self.looked_at = time.monotonic()
            self.ready.set()
        while True:
            while await self._order_new(connection):
                self.looked_at = time.monotonic()
                await asyncio.sleep(_SETTLE)
            self.looked_at = time.monotonic()
            async for _ in connection.notifies(timeout=_POLL, stop_after=1):
                pass

    async def _order_new(self, connection: psycopg.AsyncConnection[Any]) -> bool:
        async with connection.transaction():
            ids = [row[0] for row in await (await connection.execute(_NEW)).fetchall()]
            if not ids:
                return False
            cursors = list(range(self.place + 1, self.place + 1 + len(ids)))
            news = await (await connection.execute(_ORDER, [ids, cursors])).fetchall()
        self._tell_all(news)
        return True

    def _tell_all(self, news: list[tuple[Any, ...]]) -> None:
        """Tell those whom each piece of news may reach, in its order."""
        for cursor, program_id, audience, uuids, urgent in sorted(news):
            self.place = cursor
            keys = [str(key) for key in uuids]
            for viewer in self.viewers:
                if viewer.program_id == program_id and not viewer.audience.isdisjoint(audience):
                    viewer.tell(cursor, keys, urgent=urgent)

    async def _check_sessions(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            await asyncio.sleep(_CHECK_EVERY)
            if self.viewers:
                await self.end_signed_out(connection)

    async def end_signed_out(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """End the streams whose session is over, of those that were there when it was asked."""
        asked = list(self.viewers)
        hashes = list({viewer.key_hash for viewer in asked})
        rows = await (await connection.execute(_SESSION, [hashes])).fetchall()
        alive = {bytes(row[0]) for row in rows}
        for viewer in asked:
            if viewer.key_hash not in alive:
                viewer.ended = True
                viewer.news.set()

    async def admit(self, scope: dict[str, Any]) -> tuple[Viewer, bool] | None:
        """The viewer of a request, caught up from where they were; none without a session."""
        headers = {
            name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        morsel = SimpleCookie(headers.get("cookie", "")).get(_COOKIE)
        if morsel is None:
            return None
        key_hash = hashlib.sha256(morsel.value.encode()).digest()
        query = parse_qs(scope.get("query_string", b"").decode())
        since = headers.get("last-event-id") or query.get("since", [""])[0]
        while True:
            try:
                viewer = await self._let_in(key_hash, since)
            except psycopg.OperationalError:
                # The server was restarted: browsers give a stream up that is refused once.
                await asyncio.sleep(_TRY_AGAIN)
                continue
            return (viewer, not since) if viewer else None

    async def _let_in(self, key_hash: bytes, since: str) -> Viewer | None:
        """One admission at a time over one connection: a thousand at once would need as many."""
        async with self._door:
            if self._asked is None or self._asked.closed:
                self._asked = await self.connect()
            row = await (await self._asked.execute(_SESSION, [[key_hash]])).fetchone()
            if row is None:
                return None
            viewer = Viewer(key_hash, row[2], frozenset({row[3], f"staff:{row[1]}"}), self.place)
            # Listed before the look back: what comes meanwhile is told twice rather than missed.
            self.viewers.add(viewer)
            try:
                if since:
                    await self._catch_up(self._asked, viewer, since)
            except BaseException:
                self.viewers.discard(viewer)
                raise
        return viewer

    async def _catch_up(
        self, connection: psycopg.AsyncConnection[Any], viewer: Viewer, since: str
    ) -> None:
        place = self.cursors.place(since, viewer.key_hash)
        if place is None or place > self.place:
            viewer.begin_afresh()
            return
        oldest = await (
            await connection.execute("SELECT coalesce(min(cursor), 0) FROM storage_outbox")
        ).fetchone()
        if oldest and place + 1 < oldest[0]:
            viewer.begin_afresh()
            return
        whose = [place, viewer.program_id, list(viewer.audience), _MOST_NEWS]
        rows = await (await connection.execute(_SINCE, whose)).fetchall()
        if len(rows) == _MOST_NEWS:
            viewer.begin_afresh()
        for cursor, keys in rows:
            viewer.tell(cursor, (str(key) for key in keys), urgent=False)

    def frame(self, viewer: Viewer, *, hello: bool = False) -> bytes:
        """The next frame of a viewer; empties what it told."""
        word = self.cursors.word(viewer.place, viewer.key_hash)
        name, body = "changed", json.dumps({"keys": sorted(viewer.keys)})
        if viewer.reset:
            name, body = "reset", "{}"
        elif hello:
            name, body = "hello", "{}"
        viewer.keys.clear()
        viewer.reset = False
        viewer.news.clear()
        viewer.alarm.clear()
        return f"id: {word}\nevent: {name}\ndata: {body}\n\n".encode()


async def _first(connection: psycopg.AsyncConnection[Any]) -> bool:
    mine = await (await connection.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])).fetchone()
    if mine and mine[0]:
        return True
    other = await (await connection.execute(HELD_BY_OURS, [_LOCK, _LOCK])).fetchone()
    return not (other and other[0])


async def _stream(push: Push, viewer: Viewer, send: Send, *, fresh: bool) -> None:
    async def body(text: bytes) -> None:
        await send({"type": "http.response.body", "body": text, "more_body": True})

    await body(b"retry: 1000\n\n")
    if fresh:
        await body(push.frame(viewer, hello=True))
    while True:
        try:
            await asyncio.wait_for(viewer.news.wait(), _COMMENT_EVERY)
        except TimeoutError:
            await body(b": still here\n\n")
            continue
        if viewer.ended:
            await body(b"event: bye\ndata: {}\n\n")
            return
        if viewer.cut:
            return
        # Before the frame is built: what comes while it is sent must ring again.
        viewer.news.clear()
        if viewer.keys or viewer.reset:
            await body(push.frame(viewer))
        # Coalesce what comes in the next tenth of a second, unless somebody's safety is in it.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(viewer.alarm.wait(), _FRAME_EVERY)


_push: Push | None = None


def _started() -> Push:
    global _push  # noqa: PLW0603 (one reader of the outbox per process, made inside its loop)
    if _push is None:
        _push = Push()
    _push.start()
    return _push


async def _live(receive: Receive, send: Send) -> None:
    """Order news from the process's start on, whether or not somebody looks."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            _started()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """ASGI: GET /stream, for who has a session."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    if scope["type"] != "http":
        return
    push = _started()
    try:
        async with asyncio.timeout(5):
            await push.ready.wait()
            admitted = None if push.blind else await push.admit(scope)
    except (TimeoutError, psycopg.Error):
        await _answer(send, 503)
        return
    if admitted is None:
        await _answer(send, 503 if push.blind else 401)
        return
    viewer, fresh = admitted
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-type", b"text/event-stream; charset=utf-8"),
                (b"cache-control", b"no-store"),
                (b"x-accel-buffering", b"no"),
            ],
        }
    )
    await _until_gone(push, viewer, receive, send, fresh=fresh)


async def _until_gone(
    push: Push, viewer: Viewer, receive: Receive, send: Send, *, fresh: bool
) -> None:
    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    tasks = {
        asyncio.create_task(_stream(push, viewer, send, fresh=fresh)),
        asyncio.create_task(gone()),
    }
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        push.viewers.discard(viewer)
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                log.warning("a stream ended by %s", type(outcome).__name__)
        with contextlib.suppress(Exception):
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _answer(send: Send, status: int) -> None:
    headers = [(b"content-length", b"0"), (b"cache-control", b"no-store"), (b"retry-after", b"2")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
