"""Erlang's queues in closed form, and a quick screen of a week whose demand and staff change.

All teams are alike here and travel counts as service; `simulate` is the arbiter. Sources: Erlang
(1917); Palm (1943) and Mandelbaum and Zeltyn (2007) for impatience; Green, Kolesar and Whitt
(2007) for PSA, SIPP and the modified offered load.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from tandem.planning.arrays import Floats
from tandem.planning.scenario import WEEK_HOURS, ScenarioError

METHODS = ("PSA", "SIPP", "MOL")
SLOTS_PER_HOUR = 4
TINY = 1e-16
MOST_STATES = 1_000_000


@dataclass(frozen=True)
class Queue:
    """Long-run shares of all calls, and mean wait in hours (of all calls)."""

    waits: float
    lost: float
    wait: float
    busy: float


def erlang_b(load: float, teams: int) -> float:
    """Share of calls lost when nobody waits; `load` is rate times mean service (Erlangs)."""
    lost = 1.0
    for team in range(1, teams + 1):
        lost = load * lost / (team + load * lost)
    return lost


def erlang_c(rate: float, service: float, teams: int) -> Queue:
    """Everybody waits as long as it takes; rates per hour. Raises ScenarioError if overloaded."""
    load = rate / service
    if load >= teams:
        raise ScenarioError(
            f"{teams} teams cannot keep up with a load of {load:.2f}; a queue would grow for ever."
        )
    lost = erlang_b(load, teams)
    waits = teams * lost / (teams - load * (1.0 - lost))
    return Queue(waits, 0.0, waits / (teams * service - rate), load / teams)


def erlang_a(rate: float, service: float, patience: float, teams: int) -> Queue:
    """Callers give up at the rate `patience` while they wait; all rates per hour.

    `patience` 0 is Erlang C, infinity Erlang B; no team loses all. Stationary birth and death,
    summed until what is left is below 1e-16.
    """
    if teams == 0 or rate == 0.0:
        return Queue(0.0, float(teams == 0), 0.0, 0.0)
    if patience == 0.0:
        return erlang_c(rate, service, teams)
    if math.isinf(patience):
        lost = erlang_b(rate / service, teams)
        return Queue(lost, lost, 0.0, rate / service * (1.0 - lost) / teams)
    # Scaled at "all busy, nobody waits", where neither side can overflow.
    term, below, below_busy = 1.0, 0.0, 0.0
    for team in range(teams, 0, -1):
        term *= team * service / rate
        below += term
        below_busy += term * (team - 1)
    term, at_full, queue = 1.0, 1.0, 0.0
    for waiting in range(1, MOST_STATES):
        term *= rate / (teams * service + waiting * patience)
        at_full += term
        queue += waiting * term
        if term * waiting < TINY * at_full:
            break
    total = below + at_full
    waits, mean = at_full / total, queue / total
    # Little's law for the wait; of the calls, those lost are the ones who give up.
    busy = (below_busy + teams * at_full) / total / teams
    return Queue(waits, patience * mean / rate, mean / rate, busy)


def offered_load(rates: Floats, service: float) -> Floats:
    """(slots): the mean number of busy teams in the middle of a slot if there were always one.

    Periodic solution of m' = rate - service * m with a rate that is constant in each slot of
    equal length (rates per hour, `slots` = 168 * SLOTS_PER_HOUR).
    """
    step = 1.0 / SLOTS_PER_HOUR
    fade = math.exp(-service * step)
    start = 0.0
    for rate in rates:
        start = start * fade + rate / service * (1.0 - fade)
    # After one week from nothing, the rest of the fixed point is a geometric series.
    now = start / (1.0 - fade ** len(rates))
    half = math.exp(-service * step / 2.0)
    middle = np.zeros(len(rates))
    for slot, rate in enumerate(rates):
        middle[slot] = now * half + rate / service * (1.0 - half)
        now = now * fade + rate / service * (1.0 - fade)
    return middle


def effective_rates(rates: Floats, staff: Floats, service: float, method: str) -> Floats:
    """(slots): the rate that each slot's stationary queue is computed with.

    PSA takes the slot's own; SIPP the mean over the run of slots with the same staff; MOL the
    offered load, which lags demand as service takes time.
    """
    if method == "PSA":
        return rates
    if method == "MOL":
        return offered_load(rates, service) * service
    found = rates.copy()
    changes = np.flatnonzero(staff != np.roll(staff, 1))
    for here, there in zip(changes, np.roll(changes, -1), strict=True):
        slots = np.arange(here, there if there > here else there + len(rates)) % len(rates)
        found[slots] = rates[slots].mean()
    return found if len(changes) else np.full(len(rates), rates.mean())


def screen_week(
    rates: Floats, staff: Floats, *, service: float, patience: float, method: str = "MOL"
) -> dict[str, Any]:
    """A week hour by hour without simulation.

    `rates` (168) calls per hour; `staff` (168 * SLOTS_PER_HOUR) teams in each slot; `service` and
    `patience` rates per hour. Waits are in minutes; shares are of calls.
    """
    fine = np.repeat(rates, SLOTS_PER_HOUR)
    used = effective_rates(fine, staff, service, method)
    known: dict[tuple[float, int], Queue] = {}
    lost, waits, wait = (np.zeros(len(fine)) for _ in range(3))
    for slot, (rate, teams) in enumerate(zip(used, staff, strict=True)):
        key = (float(rate), int(teams))
        if key not in known:
            known[key] = erlang_a(key[0], service, patience, key[1])
        queue = known[key]
        lost[slot], waits[slot], wait[slot] = queue.lost, queue.waits, queue.wait * 60.0

    def hourly(values: Floats) -> list[float]:
        return [round(float(value), 6) for value in values.reshape(WEEK_HOURS, -1).mean(axis=1)]

    def overall(values: Floats) -> float:
        return float((values * fine).sum() / max(fine.sum(), TINY))

    return {
        "method": method,
        "reached_share": 1.0 - overall(lost),
        "waited_share": overall(waits),
        "wait_mean": overall(wait),
        "by_hour_of_week": {
            "calls": [float(rate) for rate in rates],
            "lost_share": hourly(lost),
            "waited_share": hourly(waits),
            "wait_mean": hourly(wait),
        },
    }
