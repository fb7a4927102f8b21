"""The arrays that the compiled parts work on: what a scenario becomes, and one year of calls.

NamedTuples, because numba takes them apart at no cost. Shapes use D demand streams, P places,
A areas, R priorities, T teams, W hours of the week, n calls.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Small = NDArray[np.int32]

# How a call ended, as the kernel and the twin both count it.
REACHED, PHONED, NO_TEAM, GAVE_UP, NOT_ELIGIBLE, NOT_ASKED = range(6)
OUTCOMES = (
    "reached",
    "by_phone",
    "patrol_only_no_team",
    "patrol_only_gave_up",
    "not_eligible",
    "not_asked",
)
NEAREST, LEAST_BUSY, PREFERRED = range(3)
MATRIX, STRAIGHT_L1, STRAIGHT = range(3)
FIXED, EXPONENTIAL, LOGNORMAL, UNIFORM, EMPIRICAL, FOREVER = range(6)


class Durations(NamedTuple):
    """Every distribution of minutes of a scenario, by number."""

    table: Floats  # (m, 5) kind, a, b, first quantile, how many
    quantiles: Floats


class Demands(NamedTuple):
    """What calls are drawn from."""

    rate: Floats  # (W) calls per hour in all
    stream_cdf: Floats  # (W, D)
    group: Ints  # (D)
    gate: Ints  # (D)
    requested: Floats  # (D)
    priority_cdf: Floats  # (D, R)
    place_first: Ints  # (D + 1) into the alias table
    place_of: Ints
    alias_share: Floats
    alias_other: Ints
    gate_cdf: Floats  # (gates, most outcomes)
    outcome_first: Ints  # (gates)
    eligible: Ints  # (outcomes)
    box: Floats  # (P, 4)
    area: Ints  # (P)
    areas: int
    disposition_cdf: Floats
    on_scene: Ints  # (dispositions) numbers of durations
    away: Ints
    documentation: Ints
    hospital: Ints  # (dispositions, P); -1 for none
    patience: int
    patrol: int


class Roads(NamedTuple):
    """Minutes between places; coordinates are kilometers."""

    metric: int
    pace: Floats  # (R) minutes per kilometer, detour and factor included
    factor: Floats  # (R) on the matrix
    mode: Ints  # (R) which layer of the matrices
    post_x: Floats
    post_y: Floats
    hospital_x: Floats
    hospital_y: Floats
    minutes: Floats  # (modes, posts, P)
    to_hospital: Floats  # (modes, hospitals, P)
    from_hospital: Floats  # (modes, hospitals, posts)


class Crews(NamedTuple):
    """The teams; a split pair's other half is a further team that answers by phone."""

    rank: Small  # (classes, T): -1 never, else the order in which teams are looked at
    phone: Ints  # (T) 1 for a team that answers by phone
    post: Ints  # (T)
    second_post: Ints  # (T) where the other car of a meet-up starts
    turnout: Floats
    hands_over: Ints  # (T) 1 where the shift's end ends the call
    other_half: Ints  # (T) number of the team that the rest of this pair is; -1 for none
    whole: Ints  # (T) the pair that this half belongs to; -1 for none
    home: Floats  # (R, hospitals, T) minutes from a hospital to the team's post
    rule: int
    drives_back: int
    phone_factor: float
    priorities: int


class Shifts(NamedTuple):
    """Stretches in which each team takes new calls, rising, each team ended by one at infinity."""

    first: Ints  # (T + 1)
    start: Floats
    end: Floats
    stop: Floats  # the end of the shift that the stretch lies in


class Calls(NamedTuple):
    """One replication's calls with everything that was drawn for them, in order of arrival."""

    at: Floats  # minutes from the start
    x: Floats
    y: Floats
    place: Small
    stream: Small
    kind: Small  # class: (gate outcome * A + area) * R + priority
    priority: Small
    asked: Small  # 1, or 0 where the gate or nobody's asking ended it
    outcome: Small
    disposition: Small
    hospital: Small
    on_scene: Floats
    away: Floats
    documentation: Floats
    patience: Floats
    patrol: Floats


class Answers(NamedTuple):
    """What became of each call; times are minutes from the start, -1 where there is none."""

    outcome: Small
    team: Small
    sent: Floats
    arrived: Floats
    free: Floats


def blank_calls(size: int) -> Calls:
    """Room for so many calls."""
    whole = {"place", "stream", "kind", "priority", "asked", "outcome", "disposition", "hospital"}
    made: dict[str, Any] = {
        name: np.zeros(size, np.int32 if name in whole else np.float64) for name in Calls._fields
    }
    return Calls(**made)


def blank_answers(size: int) -> Answers:
    """Room for so many answers."""
    return Answers(
        np.zeros(size, np.int32), np.zeros(size, np.int32), *(np.zeros(size) for _ in range(3))
    )
