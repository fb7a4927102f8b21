"""Telling every board when a feed falls silent or is heard again: the worker's own login.

Nothing comes from a silent feed, so nothing else would make a page read it again.
"""

from __future__ import annotations

import uuid

import psycopg

from tandem.kernel.program import FeedFacts

_HEARD = """
SELECT id, program_id, extract(epoch FROM now() - last_event_at)
FROM calls_feed WHERE revoked_at IS NULL AND last_event_at IS NOT NULL
"""
_TELL = """INSERT INTO storage_outbox (id, program_id, audience, keys, urgent)
           VALUES (%s, %s, %s, %s, false)"""
_EVERY_BOARD = ["dispatch", "police", "clinical"]


class Silence:
    """What each feed was last said to be; a worker just started says it anew."""

    def __init__(self) -> None:
        self._said: dict[uuid.UUID, str] = {}

    def tell(
        self, connection: psycopg.Connection[tuple[object, ...]], facts: FeedFacts
    ) -> list[uuid.UUID]:
        """One row of news for each feed whose state changed; returns those feeds."""
        told = []
        for feed_id, program_id, seconds in connection.execute(_HEARD).fetchall():
            state = facts.state_of(float(str(seconds)))
            if self._said.get(uuid.UUID(str(feed_id))) == state:
                continue
            self._said[uuid.UUID(str(feed_id))] = state
            connection.execute(_TELL, [uuid.uuid4(), program_id, _EVERY_BOARD, [feed_id]])
            told.append(uuid.UUID(str(feed_id)))
        return told
