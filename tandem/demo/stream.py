"""Makes the demonstration's stream of CAD messages: real types and arrivals, everything else drawn.

The same seed draws the same calls, whichever part of them is played, at whatever speed. Each
message names in `demo_drawn` what in it is invented. The rates and spreads below are invented too:
they are an example of a feed with all its faults, not a picture of any city.
"""

import datetime as dt
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from tandem.demo.places import Place, load_places
from tandem.demo.slice import DAYS, MAP, WEEKS, RealCall, load_calls
from tandem.kernel.maps import Meaning, find_map

ZONE = ZoneInfo("America/Chicago")
DAY = 86_400
WEEK = DAYS * DAY
LENGTH = len(WEEKS) * WEEK
YEAR_DIGITS = 100

# Minutes, as the middle of a log-normal spread, by priority 1 to 4.
QUEUE = {1: 1.5, 2: 4.0, 3: 12.0, 4: 30.0}
TRAVEL = {1: 4.0, 2: 6.0, 3: 8.0, 4: 10.0}
TURNOUT = 0.75
ON_SCENE = {
    "behavioral_health": 50.0,
    "welfare_check": 25.0,
    "death": 90.0,
    "traffic_collision": 40.0,
    "missing_person": 45.0,
    "noise": 12.0,
    "traffic": 12.0,
    "officer_initiated": 15.0,
}
ON_SCENE_OTHERWISE = 22.0
# (spread, shortest, longest) in minutes, so that no draw makes a call of days.
QUEUE_SPREAD = (0.8, 0.2, 240.0)
TURNOUT_SPREAD = (0.5, 0.2, 10.0)
TRAVEL_SPREAD = (0.5, 0.7, 40.0)
SCENE_SPREAD = (0.7, 2.0, 300.0)

# How often, of all calls.
TYPE_CORRECTED = 0.03
PRIORITY_CORRECTED = 0.02
REOPENED = 0.01
UNIT_FREED = 0.01
# How often, of all messages.
SENT_TWICE = 0.01
SENT_LATE = 0.01

UNKNOWN_TYPE = "UNKNOWN - COMPLAINT OF UNKNOWN NATURE"
# None of these is a unit of the cast: whom a newcomer sends is never sent by the feed as well.
FEED_UNITS = tuple(f"2B{number}" for number in range(40, 60))
LATENCY = (0.2, 3.0)


@dataclass(frozen=True, slots=True)
class Step:
    """What the feed knows about one call from one moment on; moments are seconds of the slice."""

    at: float
    status: str
    type_known: bool
    priority: int
    times: tuple[str, ...]
    unit_status: str


@dataclass(frozen=True, slots=True)
class DemoCall:
    """One call of the slice with everything that was drawn around it."""

    index: int
    real: RealCall
    place: Place
    unit: str
    channel: str
    moments: Mapping[str, float]
    steps: tuple[Step, ...]

    @property
    def received(self) -> float:
        return self.moments["received"]


@dataclass(frozen=True, slots=True)
class Message:
    """One sending of one step."""

    send_at: float
    call: DemoCall
    sequence: int


@dataclass(frozen=True)
class Alignment:
    """Which second of the slice is which moment of the clock on the wall, and how fast it runs."""

    seed: int
    anchor: dt.datetime
    position: float
    begins: float
    speed: float
    serials: Mapping[str, int]

    def wall(self, moment: float) -> dt.datetime:
        """The moment of the wall clock, to the second, in the program's time zone."""
        away = dt.timedelta(seconds=(moment - self.position) / self.speed)
        return (self.anchor + away).astimezone(ZONE).replace(microsecond=0)


def align(
    now: dt.datetime, *, seed: int, speed: float, lead: float, serials: Mapping[str, int]
) -> Alignment:
    """Lay the slice so that weekday and hour agree with the wall clock.

    `lead` is how much of the past, in seconds of the slice, is sent at once at the beginning;
    the whole length is as much past as there is: two weeks and the one begun.
    """
    local = now.astimezone(ZONE)
    in_week = local.weekday() * DAY + (local - local.replace(hour=0, minute=0, second=0)).seconds
    weeks = min(math.ceil(max(0.0, lead - in_week) / WEEK), len(WEEKS) - 1)
    position = float(in_week + weeks * WEEK)
    return Alignment(seed, now, position, max(0.0, position - lead), speed, dict(serials))


def messages(alignment: Alignment) -> list[Message]:
    """Every message of the calls received in the part that is played, in the order of sending."""
    sent: list[Message] = []
    for call in calls(alignment.seed):
        if call.received >= alignment.begins:
            sent.extend(_sendings(call, alignment.seed))
    return sorted(sent, key=lambda message: (message.send_at, message.call.index))


def serial_numbers(alignment: Alignment) -> tuple[dict[int, str], dict[str, int]]:
    """Each call's number as CAD gives it, starting again each year, and the last one of each."""
    last = dict(alignment.serials)
    numbers: dict[int, str] = {}
    played = (call for call in calls(alignment.seed) if call.received >= alignment.begins)
    for call in sorted(played, key=lambda call: (call.received, call.index)):
        year = alignment.wall(call.received).year
        last[str(year)] = last.get(str(year), 0) + 1
        numbers[call.index] = f"{year % YEAR_DIGITS:02d}-{last[str(year)]:06d}"
    return numbers, last


def body(message: Message, alignment: Alignment, external_id: str) -> dict[str, Any]:
    """The message as `POST /api/v1/cad/events` takes it."""
    call = message.call
    step = call.steps[message.sequence - 1]
    code = call.real.initial_type if step.type_known else UNKNOWN_TYPE
    meaning = _meaning(code)
    stamps = {name: alignment.wall(call.moments[name]).isoformat() for name in step.times}
    event: dict[str, Any] = {
        "external_id": external_id,
        "sequence": message.sequence,
        "occurred_at": alignment.wall(call.received).isoformat(),
        "kind": meaning.kind,
        "call_type": code,
        "call_type_text": meaning.word,
        "priority": step.priority,
        "status": step.status,
        "channel": call.channel,
        "location": {
            "text": call.place.name,
            "lat": call.place.lat,
            "lon": call.place.lon,
            "area": call.place.area,
        },
        "times": stamps,
        "units": [],
        "demo_drawn": [
            *(name for name in step.times if name != "on_scene"),
            "location",
            "channel",
            "units",
        ],
    }
    if step.unit_status:
        at = alignment.wall(step.at).isoformat()
        event["units"] = [{"id": call.unit, "status": step.unit_status, "at": at}]
    return event


@lru_cache(maxsize=2)
def calls(seed: int) -> tuple[DemoCall, ...]:
    """The whole slice with everything drawn around it."""
    return tuple(_drawn(index, real, seed) for index, real in enumerate(load_calls()))


def _drawn(index: int, real: RealCall, seed: int) -> DemoCall:
    draw = random.Random(f"{seed}:{index}")
    meaning = _meaning(real.initial_type)
    place = draw.choice(load_places())
    unit = draw.choice(FEED_UNITS)
    on_scene = _slice_second(real.at_scene)
    seen_by_officer = meaning.kind == "officer_initiated"
    queue = _minutes(draw, QUEUE[meaning.priority], QUEUE_SPREAD)
    turnout = _minutes(draw, TURNOUT, TURNOUT_SPREAD)
    travel = _minutes(draw, TRAVEL[meaning.priority], TRAVEL_SPREAD)
    stay = _minutes(draw, ON_SCENE.get(meaning.kind, ON_SCENE_OTHERWISE), SCENE_SPREAD)
    channel = "officer" if seen_by_officer else draw.choice(("911", "911", "non_emergency"))
    moments = {"on_scene": on_scene, "cleared": on_scene + stay}
    if seen_by_officer:
        moments |= {"received": on_scene}
    else:
        moments |= {"en_route": on_scene - travel, "dispatched": on_scene - travel - turnout}
        moments |= {"received": moments["dispatched"] - queue}
    steps = _steps(draw, meaning, moments)
    return DemoCall(index, real, place, unit, channel, moments, steps)


def _steps(draw: random.Random, meaning: Meaning, moments: Mapping[str, float]) -> tuple[Step, ...]:
    wrong_type = draw.random() < TYPE_CORRECTED
    wrong_priority = draw.random() < PRIORITY_CORRECTED
    priority = meaning.priority
    first = draw.choice([near for near in (priority - 1, priority + 1) if near in QUEUE])
    noticed = moments["received"] + draw.uniform(20, 90)
    told = [name for name in ("received", "dispatched", "en_route", "on_scene") if name in moments]
    story = [
        (moments[name], "open", name, tuple(told[: place + 1])) for place, name in enumerate(told)
    ]
    story.append((moments["cleared"], "closed", "cleared", (*told, "cleared")))
    if wrong_type or wrong_priority:
        known = tuple(name for name in told if moments[name] <= noticed)
        story.append((noticed, "open", known[-1], known))
    if "dispatched" in moments and draw.random() < UNIT_FREED:
        story.extend(_unit_freed(draw, moments))
    if draw.random() < REOPENED:
        story.extend(_reopened(draw, moments["cleared"], tuple(told)))
    return tuple(
        Step(
            at=at,
            status=status,
            type_known=not wrong_type or at >= noticed,
            priority=first if wrong_priority and at < noticed else priority,
            times=times,
            unit_status="" if word == "received" else word,
        )
        for at, status, word, times in sorted(story, key=lambda step: step[0])
    )


Told = tuple[float, str, str, tuple[str, ...]]


def _unit_freed(draw: random.Random, moments: Mapping[str, float]) -> list[Told]:
    """The unit is taken away again and sent a second time, before it starts to move."""
    start, end = moments["dispatched"], moments["en_route"]
    freed, again = sorted(draw.uniform(start, end) for _ in range(2))
    return [
        (freed, "open", "received", ("received",)),
        (again, "open", "dispatched", ("received", "dispatched")),
    ]


def _reopened(draw: random.Random, cleared: float, told: tuple[str, ...]) -> list[Told]:
    """Closed too early: open again without the clearing, and closed once more."""
    opened = cleared + draw.uniform(120, 600)
    closed = opened + draw.uniform(300, 1200)
    return [
        (opened, "open", "on_scene", told),
        (closed, "closed", "cleared", (*told, "cleared")),
    ]


def _sendings(call: DemoCall, seed: int) -> Iterator[Message]:
    """Every step once, in order, but for the few that are sent twice or come late."""
    draw = random.Random(f"{seed}:{call.index}:sent")
    times = [step.at + draw.uniform(*LATENCY) for step in call.steps]
    for place in range(len(times) - 1):
        if draw.random() < SENT_LATE:
            times[place] = times[place + 1] + draw.uniform(0.5, 5.0)
    for place, at in enumerate(times):
        yield Message(at, call, place + 1)
        if draw.random() < SENT_TWICE:
            yield Message(at + draw.uniform(1.0, 60.0), call, place + 1)


def _minutes(draw: random.Random, middle: float, spread: tuple[float, float, float]) -> float:
    """Seconds of a log-normal draw around a middle given in minutes."""
    sigma, shortest, longest = spread
    return 60 * min(longest, max(shortest, draw.lognormvariate(math.log(middle), sigma)))


def _slice_second(moment: dt.datetime) -> float:
    """The three weeks laid end to end, counted from the first Monday's midnight."""
    for week, monday in enumerate(WEEKS):
        days = (moment.date() - monday).days
        if 0 <= days < DAYS:
            return week * WEEK + days * DAY + moment.hour * 3600 + moment.minute * 60
    raise ValueError(f"{moment} lies in none of the weeks that ship.")


@lru_cache(maxsize=512)
def _meaning(code: str) -> Meaning:
    found = find_map(MAP).codes["call_type"].meaning(code)
    if found is None:
        raise ValueError(f"The map {MAP} leaves {code!r} out.")
    return found
