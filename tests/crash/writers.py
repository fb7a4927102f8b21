"""A feed that never gives up: writers that send what was not answered again, and their ledger."""

from __future__ import annotations

import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.bench.wire import Wire
from tests.crash.events import Key, Plan

WRITERS = 8
PAUSE = 0.05
PROBE_PAUSE = 0.02
PROBE_SECONDS = 5.0
LONGEST_SILENCE = 60.0
SENT_TWICE = 0.02  # a real feed repeats itself even when nothing went wrong
TRY_AGAIN = frozenset({0, 429, 502, 503})


@dataclass
class Ledger:
    """What was acknowledged, and what was said that never should be."""

    acknowledged: dict[Key, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    requests: int = 0
    retries: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, keys: list[Key], results: list[dict[str, Any]]) -> None:
        """Take an acknowledgment down."""
        with self._lock:
            self.requests += 1
            for key, result in zip(keys, results, strict=True):
                before = self.acknowledged.setdefault(key, result["incident"])
                if result["outcome"] == "rejected" or before != result["incident"]:
                    self.faults.append(f"{key}: {result}, before {before}")

    def fault(self, sentence: str) -> None:
        """Something that no kill excuses."""
        with self._lock:
            self.faults.append(sentence)

    def count(self) -> int:
        """How many messages are acknowledged."""
        return len(self.acknowledged)


class Writers:
    """Several threads that share one plan, so that messages of one call cross each other."""

    def __init__(self, plan: Plan, ledger: Ledger, *, url: str, token: str, seed: int) -> None:
        self.plan, self.ledger, self.url, self.token = plan, ledger, url, token
        self.stopped = threading.Event()
        self.threads = [
            threading.Thread(target=self._write, args=(random.Random(seed * 100 + number),))  # noqa: S311
            for number in range(WRITERS)
        ]

    def start(self) -> None:
        """Begin to write."""
        for thread in self.threads:
            thread.start()

    def busy(self) -> bool:
        """Whether anything is left to send."""
        return any(thread.is_alive() for thread in self.threads)

    def stop(self) -> None:
        """Send nothing new, and wait for the rest."""
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def _write(self, draw: random.Random) -> None:
        wire = Wire.of_feed(self.url, self.token)
        while not self.stopped.is_set() and (keys := self.plan.take(draw)):
            if not self._deliver(wire, keys):
                break
            if draw.random() < SENT_TWICE:
                self._deliver(wire, keys, again=True)
        wire.close()

    def _deliver(self, wire: Wire, keys: list[Key], *, again: bool = False) -> bool:
        bodies = [self.plan.body(key) for key in keys]
        deadline = time.monotonic() + LONGEST_SILENCE
        while time.monotonic() < deadline:
            status, text = wire.post(bodies[0] if len(bodies) == 1 else bodies)
            if status == 200:
                answer = json.loads(text)
                self.ledger.note(keys, answer["results"])
                if again and answer["duplicates"] != len(keys):
                    self.ledger.fault(f"sent again and not taken as duplicates: {keys}")
                return True
            if status not in TRY_AGAIN:
                self.ledger.fault(f"answered {status} to {keys}")
                return False
            self.ledger.retries += 1
            time.sleep(PAUSE)
        self.ledger.fault(f"no 200 within {LONGEST_SILENCE:.0f} s for {keys}")
        return False


class Probe:
    """One more writer, which after each kill asks until it is answered again."""

    def __init__(self, plan: Plan, ledger: Ledger, *, url: str, token: str, name: str) -> None:
        self.plan, self.ledger, self.url, self.token, self.name = plan, ledger, url, token, name
        self.count = 0

    def recovery(self, *, longest: float) -> float:
        """Seconds from now, the moment of a kill, to the first 200 of a request sent after it."""
        began = time.monotonic()
        key = (f"{self.name}-probe", self.count)
        self.count += 1
        wire = Wire.of_feed(self.url, self.token, longest=PROBE_SECONDS)
        while (now := time.monotonic() - began) < longest:
            status, text = wire.post(self.plan.body(key))
            if status == 200:
                self.ledger.note([key], json.loads(text)["results"])
                wire.close()
                return time.monotonic() - began
            time.sleep(PROBE_PAUSE)
        self.ledger.fault(f"no 200 within {now:.0f} s after a kill")
        return longest
