"""What the clock alone changes is news: a feed falls silent, a shift begins, is late or ends."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tandem.calls.silence import Silence
from tandem.directory.rostered import Turns, file_of
from tandem.kernel.instance import acting_as, service_account
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


def test_a_sides_desk_is_told_when_a_shift_begins_is_late_and_ends(place: Ground) -> None:
    begins, turns = datetime(2026, 7, 1, 3, tzinfo=UTC), Turns()
    shift = ["A", begins.isoformat(), (begins + timedelta(hours=8)).isoformat()]
    with acting_as(service_account()):
        file_of(place.instance, "police").parent.mkdir()
    kept = json.dumps({"shifts": [shift]})
    place.instance.write_private(file_of(place.instance, "police"), kept)
    place.tell(
        "INSERT INTO directory_program (id, code, name, zone, is_demo)"
        " VALUES (gen_random_uuid(), 'shifts', 'S', 'UTC', false)"
    )
    place.tell("DELETE FROM storage_outbox")
    with place.connect("worker") as worker:
        minutes = (-1, 0, 5, 9, 10, 11, 479, 480, 481)
        told = [
            turns.tell(worker, place.instance, begins + timedelta(minutes=at)) for at in minutes
        ]
    assert told == [[], ["police"], [], [], ["police"], [], [], ["police"], []]
    # The other side's desk gets no tick from it.
    assert place.ask("SELECT DISTINCT audience FROM storage_outbox") == [(["dispatch"],)]
