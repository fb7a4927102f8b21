"""One seed, one stream: it keeps what is real, and has a feed's faults at stated rates."""

import datetime as dt
import json
from collections import Counter
from typing import Any

import pytest

from tandem.demo.cast import load_cast
from tandem.demo.places import in_city
from tandem.demo.slice import load_calls
from tandem.demo.stream import (
    DAY,
    FEED_UNITS,
    LENGTH,
    REOPENED,
    SENT_LATE,
    SENT_TWICE,
    TYPE_CORRECTED,
    UNIT_FREED,
    UNKNOWN_TYPE,
    WEEK,
    ZONE,
    Alignment,
    align,
    body,
    calls,
    messages,
    serial_numbers,
)
from tandem.interop.cad.event import read

NOW = dt.datetime(2026, 11, 23, 15, 20, 11, tzinfo=dt.UTC)
MEMBERS = {
    "external_id",
    "sequence",
    "occurred_at",
    "kind",
    "call_type",
    "call_type_text",
    "priority",
    "status",
    "channel",
    "location",
    "times",
    "units",
    "demo_drawn",
}
REAL = {"on_scene"}


def _aligned(**changes: Any) -> Alignment:
    told: dict[str, Any] = {"seed": 5, "speed": 1.0, "lead": float(DAY), "serials": {}}
    return align(changes.pop("now", NOW), **{**told, **changes})


def _bodies(alignment: Alignment) -> list[dict[str, Any]]:
    numbers, _ = serial_numbers(alignment)
    return [body(one, alignment, numbers[one.call.index]) for one in messages(alignment)]


@pytest.fixture(scope="module")
def whole() -> list[dict[str, Any]]:
    """Every message of the slice, laid as history."""
    return _bodies(_aligned(lead=float(LENGTH)))


def test_one_seed_draws_one_stream_to_the_byte() -> None:
    first = json.dumps(_bodies(_aligned()))
    calls.cache_clear()
    assert json.dumps(_bodies(_aligned())) == first
    assert json.dumps(_bodies(_aligned(seed=6))) != first


def test_a_call_is_drawn_alike_whichever_part_is_played() -> None:
    few = {one.call.index: one.call for one in messages(_aligned())}
    many = {one.call.index: one.call for one in messages(_aligned(lead=float(LENGTH)))}
    assert len(few) < len(many)
    assert all(many[index] is call for index, call in few.items())


def test_types_and_arrivals_stay_real() -> None:
    assert [call.real for call in calls(5)] == list(load_calls())
    alignment = _aligned(lead=float(LENGTH))
    for call in calls(5)[::50]:
        wall = alignment.wall(call.moments["on_scene"])
        assert (wall.weekday(), wall.second - NOW.second) == (
            call.real.at_scene.weekday(),
            -NOW.second,
        )


def test_weekday_and_hour_agree_with_the_clock_on_the_wall() -> None:
    for hours in range(0, 24 * 7, 5):
        now = NOW + dt.timedelta(hours=hours)
        alignment = _aligned(now=now)
        local = now.astimezone(ZONE)
        midnight = local.replace(hour=0, minute=0, second=0)
        assert alignment.position % WEEK == local.weekday() * DAY + (local - midnight).seconds
        assert alignment.position - alignment.begins == DAY


def test_everything_that_is_drawn_says_so(whole: list[dict[str, Any]]) -> None:
    for event in whole:
        assert set(event) == MEMBERS
        assert set(event["times"]) - REAL <= set(event["demo_drawn"])
        assert not REAL & set(event["demo_drawn"])
        assert {"location", "channel", "units"} <= set(event["demo_drawn"])


def test_every_message_has_the_shape_of_the_contract(whole: list[dict[str, Any]]) -> None:
    for event in whole:
        assert len(event["external_id"]) <= 100
        assert event["sequence"] >= 1
        assert dt.datetime.fromisoformat(event["occurred_at"]).tzinfo is not None
        assert event["status"] in {"open", "closed"}
        assert 1 <= event["priority"] <= 4
        assert in_city(event["location"]["lat"], event["location"]["lon"])


def test_the_door_can_read_every_message(whole: list[dict[str, Any]]) -> None:
    taken = [read(event) for event in whole]
    assert {one.not_kept for one in taken} == {0}
    assert {one.period for one in taken} <= {2026}


def test_times_of_a_call_follow_each_other(whole: list[dict[str, Any]]) -> None:
    story = ("received", "dispatched", "en_route", "on_scene", "cleared")
    for event in whole:
        told = [event["times"][name] for name in story if name in event["times"]]
        assert told == sorted(told, key=dt.datetime.fromisoformat)
        assert ("cleared" in event["times"]) == (event["status"] == "closed")


def test_the_last_word_on_each_call_is_closed_and_of_the_real_type() -> None:
    for call in calls(5):
        assert call.steps[-1].status == "closed"
        assert call.steps[-1].type_known


def test_the_feed_never_sends_a_unit_of_the_cast() -> None:
    assert not set(FEED_UNITS) & {unit.callsign for unit in load_cast().units}


def test_faults_occur_at_their_stated_rates() -> None:
    sent = messages(_aligned(lead=float(LENGTH)))
    seen: set[tuple[int, int]] = set()
    latest: dict[int, int] = {}
    found: Counter[str] = Counter()
    for message in sent:
        key = (message.call.index, message.sequence)
        found["twice"] += key in seen
        found["late"] += key not in seen and message.sequence < latest.get(key[0], 0)
        latest[key[0]] = max(message.sequence, latest.get(key[0], 0))
        seen.add(key)
    assert found["twice"] == pytest.approx(len(sent) * SENT_TWICE, rel=0.3)
    assert found["late"] == pytest.approx(len(sent) * SENT_LATE, rel=0.4)
    corrected = sum(not call.steps[0].type_known for call in calls(5))
    assert corrected == pytest.approx(len(calls(5)) * TYPE_CORRECTED, rel=0.3)
    back = sum(
        len(later.times) < len(earlier.times)
        for call in calls(5)
        for earlier, later in zip(call.steps, call.steps[1:], strict=False)
    )
    assert back == pytest.approx(len(calls(5)) * (REOPENED + UNIT_FREED), rel=0.4)


def test_a_wrong_first_type_is_put_right(whole: list[dict[str, Any]]) -> None:
    first = {event["external_id"]: event for event in reversed(whole) if event["sequence"] == 1}
    wrong = [key for key, event in first.items() if event["call_type"] == UNKNOWN_TYPE]
    assert wrong


def test_numbers_begin_again_each_year_and_never_repeat() -> None:
    new_year = dt.datetime(2027, 1, 1, 12, tzinfo=dt.UTC)
    alignment = _aligned(now=new_year, serials={"2026": 700})
    numbers, last = serial_numbers(alignment)
    assert len(set(numbers.values())) == len(numbers)
    assert min(numbers.values()) == "26-000701"
    assert "27-000001" in numbers.values()
    again, _ = serial_numbers(_aligned(now=new_year, serials=last))
    assert not set(again.values()) & set(numbers.values())


def test_a_faster_replay_ends_sooner_and_never_runs_ahead_of_the_clock() -> None:
    slow, fast = _aligned(), _aligned(speed=60.0)
    queue = messages(fast)
    now_at = [fast.wall(one.send_at) for one in queue]
    assert now_at == sorted(now_at)
    assert fast.wall(fast.position) == slow.wall(slow.position)
    assert (now_at[-1] - NOW) < (slow.wall(messages(slow)[-1].send_at) - NOW) / 50
