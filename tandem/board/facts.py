"""The facts of the program and of the law in force that pages need."""

from __future__ import annotations

import time
from datetime import date, datetime

from django.utils import timezone

from tandem.directory.facts import program
from tandem.kernel.instance import Instance
from tandem.kernel.pack import Pack, parse_pack, shipped_pack
from tandem.kernel.versions import in_force

__all__ = ["feed_state", "limit_of_state", "limit_of_waiting", "number_of", "pack", "program"]

# Which timer of the program file runs while a member is in a state.
_TIMER_OF = {
    "proposed": "assigned_not_acknowledged",
    "assigned": "assigned_not_acknowledged",
    "acknowledged": "assigned_not_acknowledged",
    "en_route": "en_route",
    "staged": "staged",
    "remote_support": "on_scene_without_check",
    "at_address": "on_scene_without_check",
    "on_scene": "on_scene_without_check",
}

_LOOK_AGAIN = 30.0  # seconds: a newly loaded version shows soon, and no page reads a file
_held: tuple[float, date, Pack] | None = None


def pack(now: datetime | None = None) -> Pack:
    """The law that the program runs under today."""
    global _held  # noqa: PLW0603 (one copy per process)
    today, clock = timezone.localdate(now), time.monotonic()
    if _held is None or _held[1] != today or clock - _held[0] > _LOOK_AGAIN:
        code = program(now).pack
        stored = in_force(Instance.find(), f"packs/{code}", today)
        path = stored.path if stored else shipped_pack(code, today)
        if path is None:
            raise RuntimeError(f"no law of the code {code} is in force")
        _held = (clock, today, parse_pack(path.read_bytes()))
    return _held[2]


def number_of(number: int) -> str:
    """As it is said: four digits at least."""
    return f"{number:04d}"


def limit_of_state(state: str) -> int:
    """Seconds that a member may be in a state before a desk looks."""
    return program().timers[_TIMER_OF[state]].limit()


def limit_of_waiting(priority: int) -> int:
    """Seconds that a call of this priority may wait for a unit."""
    return program().timers["call_not_assigned"].limit(priority)


def feed_state(silence: float | None) -> str:
    """What a feed's silence of so many seconds is called; one that never spoke is no silent one."""
    return "unheard" if silence is None else program().feed.state_of(silence)
