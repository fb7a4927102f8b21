"""Writes rows of a file by the way of the live intake: one order, one turn, one trail."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import OperationalError, connections

from tandem.calls.models import Feed
from tandem.interop.cad.apply import CallState
from tandem.interop.cad.event import Read
from tandem.interop.cad.services import FEED, Result, UnknownFeed, decide, store_batch
from tandem.interop.cad.store import Heard, existing_calls, existing_events
from tandem.kernel.instance import ServerMissing
from tandem.privacy import audit
from tandem.storage.outbox import wake
from tandem.storage.standing import claimed, opened, standing_as

# Seconds between tries while the database is away or busy: a restart takes less than their sum.
_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)


def store(feed: Feed, reads: Sequence[Read], *, rejected: int, at: datetime) -> list[Result]:
    """One batch, committed whole before this returns; a fault of the database is waited out.

    A batch whose commit was not heard of is sent again: what it stored counts as duplicate.
    """
    for pause in (*_PAUSES, None):
        try:
            return _stored(feed, reads, rejected=rejected, at=at)
        except OperationalError:
            if pause is None:
                break
            time.sleep(pause)
    raise ServerMissing(
        "The database does not answer. What was committed is kept: run the same import again."
    )


def _stored(feed: Feed, reads: Sequence[Read], *, rejected: int, at: datetime) -> list[Result]:
    results: dict[int, Result] = {}
    batch_id = uuid.uuid4()
    live = any(not item.history for item in reads)
    heard = Heard(at, accepted=len(reads), rejected=rejected, live=live)
    standing = replace(FEED, program_id=feed.program_id, agency_id=feed.agency_id)
    with standing_as(FEED):
        with opened():
            if not Feed.objects.filter(pk=feed.pk, revoked_at=None).exists():
                raise UnknownFeed
            with claimed(standing):
                store_batch(feed, batch_id, list(enumerate(reads)), results, heard)
                audit.write(
                    "cad.imported",
                    subject="cadbatch",
                    subject_id=batch_id,
                    happened_at=at,
                    reason=f"{len(reads)} accepted, {rejected} rejected",
                )
        if live:
            wake()
    return [results[index] for index in range(len(reads))]


@dataclass
class Trial:
    """What a dry run holds in memory instead of writing it: what is stored, and what would be."""

    feed: Feed
    calls: dict[str, list[CallState]] = field(default_factory=dict)
    seen: dict[tuple[str, int, int], tuple[bytes, uuid.UUID]] = field(default_factory=dict)

    def tell(self, reads: Sequence[Read], *, at: datetime) -> list[Result]:
        """What would become of a batch."""
        results: dict[int, Result] = {}
        good = list(enumerate(reads))
        unknown = {item.event.external_id for item in reads} - self.calls.keys()
        with standing_as(FEED), opened(), connections["default"].cursor() as cursor:
            self.calls |= {key: [] for key in unknown}
            self.calls |= existing_calls(cursor, self.feed, list(unknown))
            self.seen = existing_events(cursor, self.feed, reads) | self.seen
        decide(self.calls, self.seen, good, results, at=at)
        return [results[index] for index in range(len(reads))]
