"""The replay behaves like a client that means well: it waits, goes on, halves, and gives up."""

import datetime as dt
import json
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tandem.demo.replay import (
    BATCH,
    PATH,
    Clock,
    Door,
    NobodyAnswers,
    Replay,
    ReplayStopped,
    read_speed,
)
from tandem.kernel.instance import Instance

NOW = dt.datetime(2026, 11, 23, 15, 20, tzinfo=dt.UTC)


class FeedDoor(ThreadingHTTPServer):
    """A stand-in for the door: keeps what it took and answers as it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.taken: list[dict[str, Any]] = []
        self.answers: list[tuple[int, str | None]] = []
        self.largest = 1_000
        self.heads: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def marks(self) -> list[tuple[str, int]]:
        return [(event["external_id"], event["sequence"]) for event in self.taken]


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: FeedDoor

    def do_POST(self) -> None:
        events = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heads.append(self.headers["Authorization"])
        status, wait = self.server.answers.pop(0) if self.server.answers else (200, None)
        if self.path != PATH:
            status = 404
        if len(events) > self.server.largest:
            status = 413
        if status == 200:
            self.server.taken.extend(events)
        text = json.dumps({"accepted": len(events), "new": len(events)}).encode()
        self.send_response(status)
        if wait is not None:
            self.send_header("Retry-After", wait)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Silence: the test prints nothing."""


class StoppedClock(Clock):
    """Time passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.at = NOW
        self.naps: list[float] = []

    def now(self) -> dt.datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.at += dt.timedelta(seconds=seconds)


@pytest.fixture
def instance() -> Iterator[Instance]:
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        made = Instance("demo-test", Path(parent) / "data")
        made.prepare()
        yield made


@pytest.fixture
def door() -> Iterator[FeedDoor]:
    server = FeedDoor()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def _run(instance: Instance, door: FeedDoor, clock: Clock | None = None) -> Replay:
    return Replay(instance, Door(door.url, "the-token"), clock or StoppedClock())


def test_it_says_who_it_is(instance: Instance, door: FeedDoor) -> None:
    tally = _run(instance, door).history(seed=1, fresh=False, limit=10)
    assert set(door.heads) == {"Bearer the-token"}
    assert (tally.sent, len(door.taken)) == (10, 10)


def test_it_goes_on_where_it_stopped(instance: Instance, door: FeedDoor) -> None:
    _run(instance, door).history(seed=1, fresh=False, limit=BATCH + 7)
    _run(instance, door).history(seed=1, fresh=False, limit=BATCH)
    stopped_twice = door.marks()
    door.taken.clear()
    _run(instance, door).history(seed=1, fresh=True, limit=2 * BATCH + 7)
    assert [sequence for _, sequence in stopped_twice] == [order for _, order in door.marks()]
    assert not {key for key, _ in stopped_twice} & {key for key, _ in door.marks()}


def test_history_ends_now_and_a_second_run_has_nothing_left(
    instance: Instance, door: FeedDoor
) -> None:
    clock = StoppedClock()
    first = _run(instance, door, clock).history(seed=1, fresh=False, limit=None)
    assert first.sent == len(door.taken) > 10_000
    told = [dt.datetime.fromisoformat(stamp) for e in door.taken for stamp in e["times"].values()]
    assert max(told) <= clock.now()
    assert _run(instance, door, clock).history(seed=1, fresh=False, limit=None).sent == 0


def test_it_waits_as_long_as_it_is_told(instance: Instance, door: FeedDoor) -> None:
    clock = StoppedClock()
    door.answers = [(429, "7"), (503, "3"), (503, None), (502, None)]
    tally = _run(instance, door, clock).history(seed=1, fresh=False, limit=BATCH)
    assert clock.naps[:2] == [7.0, 3.0]
    assert (tally.sent, tally.waits) == (BATCH, 4)
    assert len(set(door.marks())) <= len(door.marks()) == BATCH


def test_a_batch_that_is_too_large_goes_in_halves(instance: Instance, door: FeedDoor) -> None:
    door.largest = 30
    tally = _run(instance, door).history(seed=1, fresh=False, limit=BATCH)
    assert tally.sent == len(door.taken) == BATCH


@pytest.mark.parametrize("status", [400, 401, 403, 404, 415, 422])
def test_a_refusal_stops_it_and_nothing_counts_as_sent(
    instance: Instance, door: FeedDoor, status: int
) -> None:
    door.answers = [(status, None)]
    with pytest.raises(ReplayStopped):
        _run(instance, door).history(seed=1, fresh=False, limit=5)
    assert _run(instance, door).history(seed=1, fresh=False, limit=5).sent == 5
    assert len(set(door.marks())) == len(door.marks()) == 5


def test_it_gives_up_when_nobody_answers(instance: Instance) -> None:
    clock = StoppedClock()
    said: list[str] = []
    run = Replay(instance, Door("http://127.0.0.1:9", "t"), clock, say=said.append)
    with pytest.raises(NobodyAnswers, match="again"):
        run.history(seed=1, fresh=False, limit=5)
    assert sum(clock.naps) < 400
    assert said == ["The feed's door takes no calls now: trying again."]


def test_live_tells_the_day_before_at_once_and_then_keeps_time(
    instance: Instance, door: FeedDoor
) -> None:
    clock = StoppedClock()
    _run(instance, door, clock).live(seed=1, speed=1.0, fresh=False, limit=700)
    assert clock.naps == []
    tally = _run(instance, door, clock).live(seed=1, speed=1.0, fresh=False, limit=900)
    assert tally.sent == 900
    assert max(clock.naps) <= 1.0
    assert clock.now() > NOW + dt.timedelta(minutes=30)
    last = max(dt.datetime.fromisoformat(event["occurred_at"]) for event in door.taken)
    assert last <= clock.now()


def test_speed_is_a_number_or_max() -> None:
    assert read_speed("max") is None
    assert read_speed("20") == 20.0
    for nonsense in ("0", "-3", "1e9", "nan", "soon"):
        with pytest.raises(ValueError, match=r".+"):
            read_speed(nonsense)
