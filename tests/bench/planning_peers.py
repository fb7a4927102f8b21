"""The known city in SimPy and in Ciw, written as each is used, on calls that were drawn before.

Both answer calls day and night with three teams; nothing is counted but outcome and team.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Generator
from typing import Any

import ciw
import numpy as np
import simpy

from tandem.planning.arrays import GAVE_UP, REACHED, Calls, Floats

Fates = tuple[list[int], list[int]]
CLASSES = ("high", "other")


def in_simpy(calls: Calls, there: Floats) -> Fates:
    """Outcome and team of every call; `there` (n, teams) is minutes to each.

    Written as SimPy is used: a process for each call, which waits for a team or its patience's
    end, whichever comes first.
    """
    env = simpy.Environment()
    at, patience, on_scene = calls.at.tolist(), calls.patience.tolist(), calls.on_scene.tolist()
    priority, travel = calls.priority.tolist(), there.tolist()
    outcome, team_of = [GAVE_UP] * len(at), [-1] * len(at)
    free = set(range(there.shape[1]))
    waiting: list[tuple[int, int, simpy.Event]] = []

    def caller(k: int) -> Generator[Any, Any, None]:
        if not free:
            turn = env.event()
            heapq.heappush(waiting, (priority[k], k, turn))
            yield turn | env.timeout(patience[k])
            if not turn.triggered:
                waiting.remove((priority[k], k, turn))
                heapq.heapify(waiting)
                return
        team = min(free, key=lambda number: (travel[k][number], number))
        free.remove(team)
        outcome[k], team_of[k] = REACHED, team
        yield env.timeout(travel[k][team] + on_scene[k])
        free.add(team)
        if waiting:
            heapq.heappop(waiting)[2].succeed()

    def arrivals() -> Generator[Any, Any, None]:
        for k, moment in enumerate(at):
            yield env.timeout(moment - env.now)
            env.process(caller(k))

    env.process(arrivals())
    env.run()
    return outcome, team_of


class Given(ciw.dists.Distribution):
    """Values that are known beforehand, by the call or in order."""

    def __init__(self, values: list[float], *, in_order: bool = False) -> None:
        self.values = values
        self.order = iter(values) if in_order else None

    def sample(self, t: float | None = None, ind: Any = None) -> float:
        """The next value, or that of the call."""
        return next(self.order, math.inf) if self.order else self.values[ind.id_number - 1]


class Service(ciw.dists.Distribution):
    """Travel of the team that goes, and the time on scene."""

    def __init__(self, there: list[list[float]], on_scene: list[float]) -> None:
        self.there, self.on_scene = there, on_scene

    def sample(self, t: float | None = None, ind: Any = None) -> float:
        """Minutes that the team is busy with the call."""
        k = ind.id_number - 1
        return self.there[k][ind.server.id_number - 1] + self.on_scene[k]


def in_ciw(calls: Calls, there: Floats) -> Fates:
    """The same in Ciw."""
    ways, on_scene = there.tolist(), calls.on_scene.tolist()
    arrivals = {
        name: [Given(gaps(calls.at[calls.priority == rank]), in_order=True)]
        for rank, name in enumerate(CLASSES)
    }
    patience = calls.patience.tolist()
    network = ciw.create_network(
        arrival_distributions=arrivals,
        service_distributions={name: [Service(ways, on_scene)] for name in CLASSES},
        reneging_time_distributions={name: [Given(patience)] for name in CLASSES},
        number_of_servers=[there.shape[1]],
        priority_classes={name: rank for rank, name in enumerate(CLASSES)},
        server_priority_functions=[
            lambda server, ind: ways[ind.id_number - 1][server.id_number - 1]
        ],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(float(calls.at[-1]) + 60 * 24 * 14)
    outcome, team_of = [GAVE_UP] * len(on_scene), [-1] * len(on_scene)
    for record in simulation.get_all_records(only=["service"]):
        outcome[record.id_number - 1] = REACHED
        team_of[record.id_number - 1] = record.server_id - 1
    return outcome, team_of


def gaps(at: Floats) -> list[float]:
    """Minutes between one and the next."""
    found: list[float] = np.diff(at, prepend=0.0).tolist()
    return found
