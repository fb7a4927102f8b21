"""Posts the demonstration's messages to the feed's door, as a CAD would, and remembers how far.

It is a client like any other: it holds the feed's token, waits when told to, and sends again what
was not acknowledged. What was acknowledged is never sent a second time on purpose.
"""

import datetime as dt
import http.client
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tandem.demo.stream import (
    DAY,
    LENGTH,
    Alignment,
    Message,
    align,
    body,
    messages,
    serial_numbers,
)
from tandem.kernel.instance import Instance

SOURCE = "demo-replay"
PATH = "/api/v1/cad/events"
STATE_FILE = "demo-replay.json"
DEFAULT_SEED = 2021
FASTEST = 10_000.0
BATCH = 200
LEAD = float(DAY)
TIMEOUT = 30.0
LONGEST_WAIT = 30.0
PATIENCE = 300.0
COUNTS = ("accepted", "new", "updated", "duplicates", "stale", "rejected")


class ReplayStopped(Exception):
    """The feed's door refused what was sent; sending on would not help."""


class NobodyAnswers(Exception):
    """No server took the messages for too long."""


class _TooLarge(Exception):
    """The batch has to be sent in halves."""


class _Wait(Exception):
    """The server asks for time, or is not there."""

    def __init__(self, seconds: float | None = None) -> None:
        self.seconds = seconds
        super().__init__()


class Clock:
    """The wall clock; tests bring their own."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass
class Tally:
    """What a run did; the words are those of the API."""

    sent: int = 0
    waits: int = 0
    seconds: float = 0.0
    outcomes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))

    def count(self, sent: int, answer: dict[str, Any]) -> None:
        self.sent += sent
        for word in COUNTS:
            self.outcomes[word] += int(answer.get(word, 0))

    def as_json(self) -> dict[str, Any]:
        rate = round(self.sent / self.seconds, 1) if self.seconds else 0.0
        return {
            "sent": self.sent,
            **self.outcomes,
            "waits": self.waits,
            "seconds": round(self.seconds, 3),
            "events_per_second": rate,
        }


@dataclass
class Plan:
    """One laying of the slice on the wall clock, and how many of its messages are through."""

    alignment: Alignment
    sent: int

    def as_json(self) -> dict[str, Any]:
        facts = asdict(self.alignment)
        return {**facts, "anchor": self.alignment.anchor.isoformat(), "sent": self.sent}

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> "Plan":
        values = {key: value for key, value in facts.items() if key != "sent"}
        values["anchor"] = dt.datetime.fromisoformat(values["anchor"])
        return cls(Alignment(**values), int(facts["sent"]))


class Door:
    """The feed's door over HTTP, one connection kept open."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ReplayStopped(f"{url!r} is not an address that begins with http.")
        make = (
            http.client.HTTPSConnection if parts.scheme == "https" else (http.client.HTTPConnection)
        )
        self.connection = make(parts.hostname, parts.port, timeout=TIMEOUT)
        self.path = parts.path.rstrip("/") + PATH
        self.head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def post(self, events: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Send one batch; returns only when it is acknowledged, and raises otherwise."""
        try:
            self.connection.request("POST", self.path, json.dumps(events), self.head)
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise _Wait from None
        if answer.status == http.HTTPStatus.OK:
            taken: dict[str, Any] = json.loads(text)
            return taken
        self._refused(answer.status, answer.getheader("Retry-After"))
        raise AssertionError("a refusal always raises")

    def close(self) -> None:
        self.connection.close()

    def _refused(self, status: int, retry_after: str | None) -> None:
        if status in (http.HTTPStatus.TOO_MANY_REQUESTS, http.HTTPStatus.SERVICE_UNAVAILABLE):
            told = (retry_after or "").strip()
            raise _Wait(float(told) if told.isascii() and told.isdecimal() else None)
        if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _Wait
        if status == http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise _TooLarge
        if status in (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN):
            raise ReplayStopped("The feed's token is not accepted: was the feed revoked?")
        raise ReplayStopped(f"The feed's door answered {status} to the whole batch.")


@dataclass
class Replay:
    """One run of the replay against one installation."""

    instance: Instance
    door: Door
    clock: Clock = field(default_factory=Clock)
    tally: Tally = field(default_factory=Tally)
    say: Callable[[str], None] = lambda _sentence: None

    def history(self, *, seed: int, fresh: bool, limit: int | None) -> Tally:
        """Everything up to now, as fast as the door takes it."""
        plan = self._plan("history", seed=seed, speed=1.0, lead=float(LENGTH), fresh=fresh)
        self._play("history", plan, limit=limit, live=False)
        return self.tally

    def live(self, *, seed: int, speed: float, fresh: bool, limit: int | None) -> Tally:
        """The day before at once, then each message at its time, laying after laying."""
        while True:
            plan = self._plan("live", seed=seed, speed=speed, lead=LEAD, fresh=fresh)
            if not self._play("live", plan, limit=limit, live=True):
                return self.tally
            fresh = False

    def _plan(self, kind: str, *, seed: int, speed: float, lead: float, fresh: bool) -> Plan:
        """Go on with the plan that is kept, or lay the slice anew with numbers not yet used."""
        kept = self._kept()
        plan = kept.get(kind)
        if plan and not fresh and (plan.alignment.seed, plan.alignment.speed) == (seed, speed):
            left = messages(plan.alignment)
            if plan.sent < len(left):
                return plan
            # The past that the finished laying has told is not told again.
            ended = plan.alignment.wall(left[-1].send_at)
            lead = min(lead, max(0.0, (self.clock.now() - ended).total_seconds() * speed))
        used: dict[str, int] = {}
        for other in kept.values():
            for year, last in serial_numbers(other.alignment)[1].items():
                used[year] = max(last, used.get(year, 0))
        now = self.clock.now()
        made = Plan(align(now, seed=seed, speed=speed, lead=lead, serials=used), 0)
        self._keep(kind, made)
        return made

    def _play(self, kind: str, plan: Plan, *, limit: int | None, live: bool) -> bool:
        """Send what is due, batch by batch; True when the plan is through."""
        queue = messages(plan.alignment)
        numbers, _ = serial_numbers(plan.alignment)
        began = time.monotonic()
        try:
            while plan.sent < len(queue):
                if limit is not None and self.tally.sent >= limit:
                    return False
                room = BATCH if limit is None else min(BATCH, limit - self.tally.sent)
                due = self._due(queue, plan, room)
                if not due and not live:
                    return False
                if not due:
                    self._wait_for(plan.alignment.wall(queue[plan.sent].send_at))
                    continue
                events = [
                    body(message, plan.alignment, numbers[message.call.index]) for message in due
                ]
                self._deliver(events)
                plan.sent += len(due)
                self._keep(kind, plan)
            return True
        finally:
            self.door.close()
            self.tally.seconds += time.monotonic() - began

    def _due(self, queue: list[Message], plan: Plan, room: int) -> list[Message]:
        now = self.clock.now()
        due = []
        for message in queue[plan.sent : plan.sent + room]:
            if plan.alignment.wall(message.send_at) > now:
                break
            due.append(message)
        return due

    def _wait_for(self, moment: dt.datetime) -> None:
        """Short naps: a laptop that slept wakes up late, never early."""
        away = (moment - self.clock.now()).total_seconds()
        self.clock.sleep(min(1.0, max(0.01, away)))

    def _deliver(self, events: list[dict[str, Any]]) -> None:
        """Send until it is acknowledged; halve what is too large; give up after a while."""
        waited, pause = 0.0, 0.5
        while True:
            try:
                self.tally.count(len(events), self.door.post(events))
            except _TooLarge:
                if len(events) == 1:
                    raise ReplayStopped("One message alone is too large for the door.") from None
                half = len(events) // 2
                self._deliver(events[:half])
                self._deliver(events[half:])
            except _Wait as asked:
                if waited >= PATIENCE:
                    raise NobodyAnswers(
                        f"Nobody took the calls for {PATIENCE:.0f} s. What was sent is kept; run"
                        " the replay again to go on."
                    ) from None
                seconds = min(LONGEST_WAIT, pause if asked.seconds is None else asked.seconds)
                if waited == 0.0:
                    self.say("The feed's door takes no calls now: trying again.")
                self.tally.waits += 1
                self.clock.sleep(seconds)
                waited, pause = waited + max(seconds, 0.01), min(LONGEST_WAIT, pause * 2)
                continue
            return

    @property
    def _file(self) -> Path:
        return self.instance.data / STATE_FILE

    def _kept(self) -> dict[str, Plan]:
        try:
            document = json.loads(self.instance.read_private(self._file))
        except FileNotFoundError:
            return {}
        return {kind: Plan.from_json(facts) for kind, facts in document.items()}

    def _keep(self, kind: str, plan: Plan) -> None:
        plans = {**self._kept(), kind: plan}
        text = json.dumps({name: kept.as_json() for name, kept in plans.items()})
        self.instance.write_private(self._file, text)


def read_speed(text: str) -> float | None:
    """`max` is None: as fast as the door takes it."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= FASTEST:
        raise ValueError(f"A speed lies above 0 and is at most {FASTEST:.0f}, or is max.")
    return speed


def address(instance: Instance) -> str | None:
    """Where the running installation answers; None where none runs."""
    state = instance.read_state()
    if url := state.get("url"):
        return url
    port = state.get("port")
    return f"http://127.0.0.1:{port}" if port else None
