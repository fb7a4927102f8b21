"""A feed that falls silent, or is heard again, is news for every board though nothing was sent."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest

from tandem.calls.silence import Silence
from tandem.kernel.program import FeedFacts
from tests.ground import Ground, ground

pytestmark = pytest.mark.logins
FACTS = FeedFacts("cad_leads", quiet_seconds=60, silent_seconds=120)


@pytest.fixture(scope="module")
def place() -> Iterator[Ground]:
    """An installation without a worker of its own."""
    with ground() as made:
        yield made


def connected(place: Ground, *, heard: int | None, revoked: bool = False) -> uuid.UUID:
    """A feed last heard so many seconds ago, or never."""
    feed = uuid.uuid4()
    place.tell(
        "INSERT INTO calls_feed (id, program_id, agency_id, source, token_hash, mode, remark_rules,"
        " last_event_at, revoked_at, accepted, rejected) VALUES (%s, %s, %s, %s, %s, 'cad_leads',"
        " '{}', now() - make_interval(secs => %s), CASE WHEN %s THEN now() END, 0, 0)",
        *(feed, uuid.uuid4(), uuid.uuid4(), feed.hex, feed.bytes, heard, revoked),
    )
    return feed


def heard(place: Ground, feed: uuid.UUID, seconds_ago: int) -> None:
    """Its last message was so long ago."""
    place.tell(
        "UPDATE calls_feed SET last_event_at = now() - make_interval(secs => %s) WHERE id = %s",
        *(seconds_ago, feed),
    )


def news_of(place: Ground, feed: uuid.UUID) -> list[set[str]]:
    """Who was told of it, by row."""
    rows = place.ask("SELECT audience FROM storage_outbox WHERE %s = ANY(keys)", feed)
    return [set(row[0]) for row in rows]


def test_every_change_is_told_once_to_every_board(place: Ground) -> None:
    feed, silence = connected(place, heard=5), Silence()
    with place.connect("worker") as worker:
        assert feed in silence.tell(worker, FACTS)
        changes = []
        for seconds in (20, 119, 121, 500, 1):
            heard(place, feed, seconds)
            changes.append((seconds, silence.tell(worker, FACTS) == [feed]))
            assert silence.tell(worker, FACTS) == []
    assert changes == [(20, False), (119, True), (121, True), (500, False), (1, True)]
    assert news_of(place, feed) == [{"dispatch", "police", "clinical"}] * 4


def test_a_worker_just_started_says_what_it_finds(place: Ground) -> None:
    feed = connected(place, heard=7200)
    with place.connect("worker") as worker:
        assert feed in Silence().tell(worker, FACTS)
        assert feed in Silence().tell(worker, FACTS)


def test_one_that_never_spoke_or_was_cut_off_is_no_silent_one(place: Ground) -> None:
    never, cut = connected(place, heard=None), connected(place, heard=7200, revoked=True)
    with place.connect("worker") as worker:
        assert not {never, cut} & set(Silence().tell(worker, FACTS))


def test_the_worker_reads_no_token(place: Ground) -> None:
    with place.connect("worker") as worker, pytest.raises(psycopg.errors.InsufficientPrivilege):
        worker.execute("SELECT token_hash FROM calls_feed")
