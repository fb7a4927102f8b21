"""The facts of the program in force that pages need: limits of timers, a feed's silence."""

from __future__ import annotations

from tandem.directory.facts import program

__all__ = ["feed_state", "limit_of_state", "limit_of_waiting", "program"]

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
