"""What the writers of a crash run send: calls with many messages each, out of order and mixed."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

Key = tuple[str, int]  # external id and sequence

SINGLES = 0.6
LARGEST_BATCH = 120
MOST_OF_ALL = 40  # a batch holds at most this part of what is left between two kills
LONGEST_CALL = 9
OUT_OF_ORDER = 60  # messages of one call overtake each other by up to about this many places


@dataclass(frozen=True)
class Standing:
    """What a call must show once its highest message was acknowledged."""

    sequence: int
    call_type: str
    priority: int
    place: str
    channel: str
    state: str


def standing_after(external_id: str, sequence: int) -> Standing:
    """Every message says everything, so that the newest alone decides."""
    return Standing(
        sequence,
        f"TYPE {sequence}",
        sequence % 5,
        f"Place {sequence} of {external_id}",
        f"C{sequence % 7}",
        ("open", "closed", "open", "cancelled")[sequence % 4],
    )


class Plan:
    """All messages of a run, drawn from one seed and handed out to whoever asks next."""

    def __init__(self, *, seed: int, events: int, kills: int, name: str) -> None:
        self.slice = max(1, events // (kills + 1))
        self.largest = max(4, min(LARGEST_BATCH, self.slice // MOST_OF_ALL))
        self.allowed = 2 * self.slice
        draw = random.Random(seed)  # noqa: S311 (a test's draw)
        keys: list[Key] = []
        while len(keys) < events:
            external_id = f"{name}-{seed}-{len(keys)}"
            keys += [(external_id, number) for number in range(draw.randint(1, LONGEST_CALL))]
        places = {key: index + draw.uniform(0, OUT_OF_ORDER) for index, key in enumerate(keys)}
        self.keys = sorted(keys[:events], key=places.__getitem__)
        self.occurred_at = datetime.now(UTC) - timedelta(hours=1)
        self._next = 0
        self._lock = threading.Lock()

    def take(self, draw: random.Random) -> list[Key]:
        """The next single or batch; empty at the end."""
        count = 1 if draw.random() < SINGLES else draw.randint(2, self.largest)
        while self.allowed <= self._next < len(self.keys):
            time.sleep(0.01)
        with self._lock:
            taken = self.keys[self._next : self._next + count]
            self._next += len(taken)
        return taken

    def allow(self, kills: int) -> None:
        """Let the writers run until shortly after the next kill: each kill finds them at work."""
        self.allowed = (kills + 2) * self.slice + self.slice // 2

    def allow_all(self) -> None:
        """No kill is left."""
        self.allowed = len(self.keys)

    def body(self, key: Key) -> dict[str, Any]:
        """One message as the feed sends it."""
        external_id, sequence = key
        after = standing_after(external_id, sequence)
        return {
            "external_id": external_id,
            "sequence": sequence,
            "occurred_at": self.occurred_at.isoformat(),
            "call_type": after.call_type,
            "priority": after.priority,
            "status": after.state,
            "channel": after.channel,
            "location": {"text": after.place},
        }
