"""The facts of the program and of the law in force that pages need."""

from __future__ import annotations

from tandem.directory.facts import program
from tandem.directory.law import pack

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
