"""Area `board`: from a commit to the frame that tells it, on many streams and through cuts."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import resource
import secrets
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

import psycopg

from tandem.demo.throwaway import Product
from tests.bench.rows import Rows, at

SECONDS = 15.0
RECONNECTS, RECONNECTING = 1_000, 50
OPENED_AT_ONCE = 50
PATIENCE = 30.0
WAKE_EVERY = 0.02
FILES = 8_192
S = TypeVar("S", bound="Stream")
_INSERT = """INSERT INTO storage_outbox (id, program_id, audience, keys, urgent)
             VALUES (%s, %s, %s, %s, false)"""


@dataclass
class Heard:
    """What all streams of a phase were told, and when it had been committed."""

    committed: dict[str, float] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)


@dataclass(eq=False)
class Stream(asyncio.Protocol):
    """One viewer, as cheap as can be: it only looks for keys."""

    heard: Heard
    port: int
    cookie: str
    keys: Counter[str] = field(default_factory=Counter)
    cursor: str = ""
    resets: int = 0
    refused: int = 0

    async def open(self) -> None:
        """Connect, again and again until it is let in."""
        loop = asyncio.get_running_loop()
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.buffer, self.status = b"", loop.create_future()
            transport, _ = await loop.create_connection(lambda: self, "127.0.0.1", self.port)
            self.transport: asyncio.Transport = transport
            last = f"Last-Event-ID: {self.cursor}\r\n" if self.cursor else ""
            self.transport.write(
                f"GET /stream HTTP/1.1\r\nHost: localhost:{self.port}\r\n"
                f"Cookie: tandem_session={self.cookie}\r\n{last}\r\n".encode()
            )
            if await self.status == b"200":
                return
            self.refused += 1
            self.transport.close()
            await asyncio.sleep(0.2)
        raise TimeoutError("a stream was not let in")

    def data_received(self, data: bytes) -> None:
        """Take frames apart."""
        if not self.status.done():
            self.status.set_result(data[9:12])
        *whole, self.buffer = (self.buffer + data).split(b"\n\n")
        now = time.monotonic()
        for frame in whole:
            where = frame.find(b"id: ")
            if where >= 0:
                self._frame(frame[where:].decode(), now)

    def _frame(self, frame: str, now: float) -> None:
        word, name, data = (line.partition(": ")[2] for line in frame.split("\n")[:3])
        self.cursor = word
        if name == "reset":
            self.resets += 1
        for key in json.loads(data).get("keys", ()):
            self.keys[key] += 1
            if key in self.heard.committed and self.keys[key] == 1:
                self.heard.seconds.append(now - self.heard.committed[key])

    def connection_lost(self, exc: Exception | None) -> None:
        """The stream ended."""
        if not self.status.done():
            self.status.set_result(b"")


class Committer(threading.Thread):
    """Commits news at an even pace, as acts do: a row of the outbox, and a wake-up after it."""

    def __init__(self, running: Product, heard: Heard, *, rate: float, seconds: float) -> None:
        super().__init__()
        self.running, self.heard, self.rate, self.count = running, heard, rate, int(rate * seconds)

    def run(self) -> None:
        """Commit on time."""
        with psycopg.connect(self.running.dsn("owner"), autocommit=True) as connection:
            row = connection.execute("SELECT id FROM directory_program").fetchone()
            program = row[0] if row else None
            began, woken = time.monotonic(), 0.0
            for number in range(self.count):
                time.sleep(max(0.0, began + number / self.rate - time.monotonic()))
                key = uuid.uuid4()
                self.heard.committed[str(key)] = time.monotonic()
                connection.execute(_INSERT, [uuid.uuid4(), program, ["dispatch"], [key]])
                if time.monotonic() - woken > WAKE_EVERY:
                    connection.execute("NOTIFY tandem_outbox")
                    woken = time.monotonic()


def sessions(running: Product, count: int) -> list[str]:
    """As many signed-in dispatchers, copied from one who signed in with both factors."""
    first = running.browser("dispatcher").cookies["tandem_session"]
    made = [secrets.token_urlsafe(32) for _ in range(count)]
    with psycopg.connect(running.dsn("superuser"), autocommit=True) as connection:
        names = [
            row[0]
            for row in connection.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = 'identity_session'"
            ).fetchall()
        ]
        kept = ", ".join(f'"{name}"' for name in names if name not in ("id", "key_hash"))
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO identity_session (id, key_hash, {kept})"
                f" SELECT gen_random_uuid(), %s, {kept} FROM identity_session WHERE key_hash = %s",
                [(_hash(word), _hash(first)) for word in made],
            )
    return made


def _hash(word: str) -> bytes:
    return hashlib.sha256(word.encode()).digest()


async def opened(
    running: Product, heard: Heard, cookies: list[str], make: Callable[[Heard, int, str], S]
) -> list[S]:
    """All streams, let in."""
    port = urlsplit(running.url).port or 80
    streams = [make(heard, port, cookie) for cookie in cookies]
    for first in range(0, len(streams), OPENED_AT_ONCE):
        await asyncio.gather(*(s.open() for s in streams[first : first + OPENED_AT_ONCE]))
    # One cut before its first word has no place to go on from: a page then reads everything anew.
    deadline = time.monotonic() + 10
    while not all(stream.cursor for stream in streams):
        if time.monotonic() > deadline:
            raise TimeoutError("a stream said nothing")
        await asyncio.sleep(0.01)
    return streams


async def until_told(streams: list[Stream], heard: Heard) -> None:
    """Wait for what is on its way; what never comes is a miss."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if all(len(stream.keys) >= len(heard.committed) for stream in streams):
            return
        await asyncio.sleep(0.1)


async def phase(
    running: Product, cookies: list[str], *, rate: float, reconnects: int = 0
) -> tuple[Heard, list[Stream]]:
    """Open the streams, commit at this rate, and close and open streams meanwhile."""
    heard = Heard()
    streams = await opened(running, heard, cookies, Stream)
    committer = Committer(running, heard, rate=rate, seconds=SECONDS)
    committer.start()
    draw = random.Random(reconnects)  # noqa: S311
    while reconnects > 0:
        chosen = draw.sample(streams, min(10, reconnects))
        for stream in chosen:
            stream.transport.abort()
        await asyncio.gather(*(stream.open() for stream in chosen))
        reconnects -= len(chosen)
        await asyncio.sleep(SECONDS / RECONNECTS * len(chosen) / 2)
    while committer.is_alive():
        await asyncio.sleep(0.05)
    if len(heard.committed) < committer.count:
        raise RuntimeError("the committer gave up")
    await until_told(streams, heard)
    for stream in streams:
        stream.transport.abort()
    return heard, streams


def _missed(heard: Heard, streams: list[Stream]) -> int:
    return sum(len(heard.committed.keys() - stream.keys.keys()) for stream in streams)


def measure(rows: Rows, running: Product) -> None:
    """Two crowds, then streams that are cut off again and again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    cookies = sessions(running, 1_000)
    for count, rate, limit in ((200, 50, 500), (1_000, 10, 1_000)):
        heard, streams = asyncio.run(phase(running, cookies[:count], rate=rate))
        name = f"commit to frame, {count} streams, {rate} commits/s"
        n = len(heard.seconds)
        rows.add(f"{name}, p50", at(heard.seconds, 0.5) * 1000, "ms", n=n)
        rows.add(f"{name}, p99", at(heard.seconds, 0.99) * 1000, "ms", at_most=limit, n=n)
        twice = sum(times > 1 for stream in streams for times in stream.keys.values())
        rows.add(f"{name}, missed", _missed(heard, streams), "keys", at_most=0, n=n)
        rows.add(f"{name}, told twice", twice, "keys", at_most=0, n=n)
        rows.add(f"{name}, refused at first", sum(s.refused for s in streams), "tries", n=count)
    crowd = cookies[:RECONNECTING]
    heard, streams = asyncio.run(phase(running, crowd, rate=50, reconnects=RECONNECTS))
    name = f"{RECONNECTS:,} forced reconnects of {RECONNECTING} streams"
    n = len(heard.seconds)
    rows.add(f"{name}, missed", _missed(heard, streams), "keys", at_most=0, n=n)
    rows.add(f"{name}, told to start afresh", sum(s.resets for s in streams), "frames", n=n)
