"""Statuses of units without a time of their own: by the feed's order, however its messages come."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tandem.calls.models import Call, Feed, UnitFact
from tandem.dispatch.models import Member
from tandem.interop.cad.unit_line import NAMED, Telling, runs_of
from tests.conftest import NOON, Persona
from tests.interop.conftest import Source, event
from tests.interop.test_cad_leads import lead, pair

TEN = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
WORDS = {"": "assigned", "DS": "assigned", "ER": "en_route", "AR": "at_address", "CL": "cleared"}
Stored = list[Telling]


def telling(order: int, status: str, *, minutes: float | None = None) -> Telling:
    at = TEN + timedelta(minutes=order if minutes is None else minutes)
    return Telling(order, 0, at, status, WORDS[status])


def told_one_by_one(tellings: Iterable[Telling], own: Sequence[tuple[datetime, str]] = ()) -> Any:
    """The runs after each telling came alone, from what was kept of those before."""
    kept: Stored = []
    for one in tellings:
        kept = [each for run in runs_of(kept, [one], own) for each in run]
    return [(run[0].state, run[0].at) for run in runs_of(kept, [], own)]


LINES = (
    ["DS", "ER", "ER", "AR", "CL"],
    ["DS", "ER", "DS", "DS", "ER", "ER"],
    ["", "", "ER", "", "AR", ""],
    ["ER", "", "DS", ""],
    ["AR", "AR", "AR", "CL", "AR"],
)


@pytest.mark.parametrize("words", LINES, ids="-".join)
def test_in_whatever_order_they_come_the_same_statuses_begin_at_the_same_times(
    words: list[str],
) -> None:
    line = [telling(order, word) for order, word in enumerate(words)]
    ordered = [(run[0].state, run[0].at) for run in runs_of([], line, [])]
    expected: list[tuple[str, datetime]] = []
    for one in line:
        if not expected or (one.status != NAMED and one.state != expected[-1][0]):
            expected.append((one.state, one.at))
    assert ordered == expected
    for shuffled in itertools.permutations(line):
        assert told_one_by_one(shuffled) == ordered


def test_messages_of_one_moment_keep_the_feeds_order() -> None:
    line = [telling(order, word, minutes=0) for order, word in enumerate(("DS", "ER", "AR"))]
    for shuffled in itertools.permutations(line):
        told = told_one_by_one(shuffled)
        assert [state for state, _at in told] == ["assigned", "en_route", "at_address"]
        times = [at for _state, at in told]
        assert times == sorted(set(times))
        assert times[-1] - times[0] < timedelta(seconds=1)


def test_what_repeats_a_status_with_a_time_is_no_other_status() -> None:
    own = [(TEN + timedelta(seconds=30), "en_route")]
    line = [telling(1, "ER"), telling(2, "ER"), telling(3, "AR")]
    assert told_one_by_one(line, own) == [("at_address", line[2].at)]


@pytest.fixture
def night() -> list[dict[str, Any]]:
    """A call told eight times, where each unit stands in every message and no status has a time."""
    stands = [
        [("E12", "")],
        [("E12", "ER"), ("CRU 1", "DS")],
        [("E12", "ER"), ("CRU 1", "ER")],
        [("E12", "AR"), ("CRU-1", "ER")],
        [("E12", "AR"), ("CRU 1", "DS")],
        [("E12", "CL"), ("CRU 1", "ER")],
        [("CRU 1", "AR")],
        [("CRU 1", "CL")],
    ]
    return [
        event(sequence=number, units=[{"id": unit, "status": word} for unit, word in units])
        for number, units in enumerate(stands, start=1)
    ]


def _timed(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**one, "updated_at": (NOON + timedelta(minutes=one["sequence"])).isoformat()}
        for one in messages
    ]


def _states(feed: Feed) -> list[tuple[str, str]]:
    facts = UnitFact.objects.filter(feed_id=feed.pk).order_by("unit_key", "at")
    return [(fact.unit_key, fact.state) for fact in facts]


STORY = [
    ("cru1", "assigned"),
    ("cru1", "en_route"),
    ("cru1", "assigned"),
    ("cru1", "en_route"),
    ("cru1", "at_address"),
    ("cru1", "cleared"),
    ("e12", "assigned"),
    ("e12", "en_route"),
    ("e12", "at_address"),
    ("e12", "cleared"),
]


@pytest.mark.django_db(databases=["default", "identity"])
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("timed", [False, True])
def test_a_shuffled_feed_ends_as_the_ordered_one(
    source: Source, night: list[dict[str, Any]], seed: int, *, timed: bool
) -> None:
    messages = _timed(night) if timed else night
    rng = random.Random(seed)  # noqa: S311
    rng.shuffle(messages)
    while messages:
        size = rng.randint(1, 3)
        source.sent(*messages[:size])
        messages = messages[size:]
    assert _states(source.feed) == STORY
    if timed:
        facts = UnitFact.objects.filter(unit_key="cru1").order_by("at")
        minutes = [(fact.at - NOON).total_seconds() / 60 for fact in facts]
        assert minutes == [2, 3, 5, 6, 7, 8]


@pytest.mark.django_db(databases=["default", "identity"])
@pytest.mark.parametrize("seed", range(4))
def test_an_officer_of_a_leading_feed_stands_where_its_last_message_says(
    source: Source, cast: dict[str, Persona], night: list[dict[str, Any]], seed: int
) -> None:
    lead(source)
    pair(cast)
    messages = night[:-1]
    random.Random(seed).shuffle(messages)  # noqa: S311
    for one in messages:
        source.sent(one)
    officer = Member.objects.get(staff_id=cast["cru-officer"].staff_id)
    assert officer.state == "at_address"
    assert Call.objects.get().order_key == 7
