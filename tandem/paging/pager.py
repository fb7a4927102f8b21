"""Sends what is due: woken by news, each message on its own, so that a dead service delays none.

It runs beside the worker's other jobs in a thread of its own and never makes them wait.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import psycopg
from aiohttp import ClientSession

from tandem.kernel.instance import Instance, InstanceError
from tandem.kernel.versions import program_in_force
from tandem.paging import ladder, outgoing
from tandem.paging.causes import Waiting
from tandem.paging.keys import PushKeys, keys_of
from tandem.paging.ladder import Message
from tandem.paging.rules import WORDS, Answer, Channel, Steps, may_be_told, unpacked
from tandem.paging.settings import Gateway, contact, gateway, on_loopback
from tandem.paging.webpush import authorization, encrypt

log = logging.getLogger("tandem.paging")
Worker = psycopg.Connection[Any]
LOOK_EVERY = 1.0  # a lost wake-up costs a second
_CHANNEL = "tandem_outbox"
_SETTLE = 0.02  # news that commits together is looked for together
_FORGET_EVERY = 3600.0
_PAUSE = 1.0
# Who has not seen a change is read as the desks read it; what a starting product is asked first is
# its pages.
_LOOKS_AFTER, _SEES_EVERY = 5.0, 1.0
_AT_ONCE = 64
_GONE = 410


def words_of(language: str) -> str:
    """The fixed words in a language that we have; English otherwise."""
    return WORDS.get(language, WORDS["en"])


class Pager:
    """One process's way to phones: its keys, its gateway, and what is on its way now."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.loopback = on_loopback(instance)
        self.contact = contact()
        self.under_way: set[asyncio.Task[None]] = set()
        self.eyes = ThreadPoolExecutor(1, "pager-eyes")

    # -- what a message is -------------------------------------------------------------------------

    async def push(self, session: ClientSession, keys: PushKeys, message: Message) -> Answer:
        """Tell one browser; a subscription of a key that we gave up is gone."""
        if not keys.versions:
            return Answer(0)  # our key file cannot be read: the operator's to mend
        key = keys.versions.get(message.key_version)
        if key is None or not may_be_told(message.address, loopback=self.loopback):
            return Answer(_GONE)
        words = json.dumps({"words": words_of(message.language)}).encode()
        now = datetime.now(UTC)
        try:
            body = encrypt(words, to=unpacked(message.p256dh), auth=unpacked(message.auth))
        except ValueError:
            return Answer(_GONE)  # the browser's key is no point of the curve
        headers = {
            "Authorization": authorization(message.address, key, contact=self.contact, at=now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(max(0, int((message.expires_at - now).total_seconds()))),
            "Urgency": "high",
            # A later message takes the place of one that still waits at the service (RFC 8030).
            "Topic": "tandem",
        }
        return await outgoing.post(session, message.address, body, headers)

    async def text(self, session: ClientSession, to: Gateway, message: Message) -> Answer:
        """Hand one text message to the gateway; the same key sent twice is the same message."""
        body = {
            "id": str(message.id),
            "to": message.address,
            "text": words_of(message.language),
            "expires_at": message.expires_at.astimezone(UTC).isoformat(timespec="seconds"),
        }
        headers = {**bearer(to), "Content-Type": "application/json", "Idempotency-Key": body["id"]}
        return await outgoing.post(session, to.url, json.dumps(body).encode(), headers)

    # -- the turns ---------------------------------------------------------------------------------

    async def run(self, stop: threading.Event) -> None:
        """Work until told to stop; a lost database is waited for."""
        async with outgoing.outside(loopback=self.loopback) as far, outgoing.inside() as near:
            while not stop.is_set():
                try:
                    with self._connect() as connection, self._connect() as ear:
                        await self._turns(connection, ear, far, near, stop)
                except psycopg.Error as wrong:
                    log.warning("waiting for the database: %s", type(wrong).__name__)
                    await asyncio.sleep(_PAUSE)

    def _connect(self) -> Worker:
        return psycopg.connect(self.instance.dsn("worker"), autocommit=True)

    async def _turns(
        self,
        connection: Worker,
        ear: Worker,
        far: ClientSession,
        near: ClientSession,
        stop: threading.Event,
    ) -> None:
        ear.execute(f"LISTEN {_CHANNEL}")
        loop = asyncio.get_running_loop()
        keys = self._keys()
        forgot, read = loop.time() - _FORGET_EVERY, loop.time()
        looks = loop.time() + _LOOKS_AFTER
        steps, to = ladder.steps_of(program_in_force(self.instance)), self._gateway()
        while not stop.is_set():
            if loop.time() - read > 60:  # noqa: PLR2004 (a loaded program or a new key holds after a minute)
                read, keys = loop.time(), self._keys()
                steps, to = ladder.steps_of(program_in_force(self.instance)), self._gateway()
            if loop.time() - forgot > _FORGET_EVERY:
                forgot = loop.time()
                ladder.forget_old(connection, at=datetime.now(UTC))
            waiting = None
            if loop.time() >= looks:
                waiting = await loop.run_in_executor(self.eyes, who_waits)
                looks = loop.time() + _SEES_EVERY
            self.turn(connection, steps, keys, to, far, near, waiting=waiting)
            await asyncio.to_thread(_hear, ear)
            await asyncio.sleep(_SETTLE)

    def turn(
        self,
        connection: Worker,
        steps: Steps,
        keys: PushKeys,
        to: Gateway | None,
        far: ClientSession,
        near: ClientSession,
        *,
        waiting: Waiting | None = None,
    ) -> None:
        """Take the steps that are due and begin every sending; nothing here waits for a network."""
        now = datetime.now(UTC)
        ladder.climb(connection, steps, texts=to is not None, at=now, waiting=waiting)
        if len(self.under_way) >= _AT_ONCE:
            return
        for message in ladder.claim(connection, steps, texts=to is not None, at=now):
            if message.channel == Channel.PUSH:
                self._begin(self._send(connection, message, self.push(far, keys, message)))
            elif to is not None:
                self._begin(self._send(connection, message, self.text(near, to, message)))
        for asked in ladder.without_receipt(connection, at=now) if to is not None else []:
            if to is not None:
                self._begin(self._ask(connection, near, to, asked))

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.under_way.discard(task)
        if not task.cancelled() and (wrong := task.exception()) is not None:
            log.warning("a message was left for the next turn: %s", type(wrong).__name__)

    async def _send(self, connection: Worker, message: Message, sending: Any) -> None:
        answer = await sending
        ladder.settle(connection, message, answer, at=datetime.now(UTC))

    async def _ask(
        self, connection: Worker, near: ClientSession, to: Gateway, asked: ladder.Asked
    ) -> None:
        _status, found = await outgoing.get(near, f"{to.url}/{asked.id}", bearer(to))
        ladder.keep_receipt(connection, asked, found.get("status", ""), at=datetime.now(UTC))

    def _keys(self) -> PushKeys:
        try:
            return keys_of(self.instance)
        except (InstanceError, OSError) as wrong:
            log.warning("no push messages: %s", type(wrong).__name__)
            return PushKeys({})

    def _gateway(self) -> Gateway | None:
        try:
            return gateway(self.instance)
        except InstanceError as wrong:
            log.warning("no text messages: %s", wrong)
            return None


def who_waits() -> Waiting | None:
    """Who has not seen a change; none where it cannot be read now: the next second asks again."""
    import django

    django.setup()
    from tandem.paging.unseen import waiting_at

    try:
        return waiting_at(datetime.now(UTC))
    except Exception as wrong:
        log.warning("who has not seen a change is not known: %s", type(wrong).__name__)
        return None


def bearer(to: Gateway) -> dict[str, str]:
    """What the gateway knows us by."""
    return {"Authorization": f"Bearer {to.secret}"}


def _hear(ear: Worker) -> None:
    for _ in ear.notifies(timeout=LOOK_EVERY, stop_after=1):
        pass


def begin(instance: Instance, stop: threading.Event) -> threading.Thread:
    """Start the pager beside whatever this process does; it ends with it."""

    def work() -> None:
        while not stop.is_set():
            try:
                asyncio.run(Pager(instance).run(stop))
            except Exception as wrong:  # keys or facts that cannot be read: said, and tried again
                log.warning("telling phones begins again after %s", type(wrong).__name__)
                stop.wait(_PAUSE)

    thread = threading.Thread(target=work, name="pager", daemon=True)
    thread.start()
    return thread
