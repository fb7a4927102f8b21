"""The facts of the program in force that pages need: limits of timers, a feed's silence."""

from __future__ import annotations

import time
from datetime import date, datetime

from django.utils import timezone

from tandem.kernel.instance import Instance, checkout
from tandem.kernel.program import Program, parse_program
from tandem.kernel.versions import in_force

# Which timer of the program file runs while a member is in a state.
_TIMER_OF = {
    "assigned": "assigned_not_acknowledged",
    "acknowledged": "assigned_not_acknowledged",
    "en_route": "en_route",
    "staged": "staged",
    "remote_support": "on_scene_without_check",
    "at_address": "on_scene_without_check",
    "on_scene": "on_scene_without_check",
}
_LOOK_AGAIN = 30.0  # seconds: a newly loaded version shows soon, and no page reads a file
_held: tuple[float, date, Program] | None = None


def program(now: datetime | None = None) -> Program:
    """The version that holds today; before any was loaded, the file that the product ships."""
    global _held  # noqa: PLW0603 (one copy per process)
    today = timezone.localdate(now)
    clock = time.monotonic()
    if _held is None or _held[1] != today or clock - _held[0] > _LOOK_AGAIN:
        stored = in_force(Instance.find(), "program", today)
        path = stored.path if stored else checkout() / "program.toml"
        _held = (clock, today, parse_program(path.read_bytes()))
    return _held[2]


def limit_of_state(state: str) -> int:
    """Seconds that a member may be in a state before a desk looks."""
    return program().timers[_TIMER_OF[state]].limit()


def limit_of_waiting(priority: int) -> int:
    """Seconds that a call of this priority may wait for a unit."""
    return program().timers["call_not_assigned"].limit(priority)


def feed_state(silence: float | None) -> str:
    """What a feed's silence of so many seconds is called."""
    feed = program().feed
    if silence is None or silence >= feed.silent_seconds:
        return "silent"
    return "quiet" if silence >= feed.quiet_seconds else "live"
