"""The simulation, many times over: the twin, the textbooks, the hypercube, and killed workers."""

from __future__ import annotations

import math
import os
import signal
import threading
from dataclasses import dataclass, replace

import numpy as np

from tandem.planning.erlang import erlang_a, erlang_b, erlang_c
from tandem.planning.hypercube import approximate, solve_exact
from tandem.planning.scenario import FOREVER, WEEK_HOURS, Duration, Scenario
from tandem.planning.simulate import Result, simulate
from tandem.planning.sweep import CLUSTER, sweep
from tandem.planning.tally import MEASURES, TEAM_MEASURES
from tests.bench.rows import Rows
from tests.planning.test_hypercube import BOOK, ORDER, RATES, random_city
from tests.planning.test_twin import differences
from tests.planning.worlds import (
    HOURS,
    YEARLY,
    known_city,
    lognormal,
    plain_queue,
    preferred_city,
    random_scenario,
)

RANDOM = 200
RATE = 20_000 / 8_760
TEAMS = 3
# The standard error of a proven value is at most 0.3 % of it, and the value within 3 of them.
SMALL, WITHIN = 0.003, 3.0


def prove(rows: Rows) -> None:
    """Identity before everything else."""
    prove_twin(rows)
    prove_textbooks(rows)
    prove_hypercube(rows)
    prove_sweep(rows)


def prove_twin(rows: Rows) -> None:
    """Outcome, team and times of every call, in the known city and in random scenarios."""
    cities = [(yearly, hours) for hours in HOURS for yearly in YEARLY]
    odd = [(city, found) for city in cities if (found := differences(known_city(*city)))]
    same = len(cities) - len(odd)
    rows.add("known city: every call as the twin says", same, "cases", at_least=9, n=9)
    random = [
        (seed, found)
        for seed in range(1_000, 1_000 + RANDOM)
        if (found := differences(random_scenario(seed), seed=seed, replication=seed % 3))
    ]
    rows.add(
        "random scenarios: every call as the twin says", RANDOM - len(random), "scenarios",
        at_least=RANDOM, n=RANDOM,
    )  # fmt: skip
    for case in (*odd, *random):
        print(f"  ! {case}")


@dataclass(frozen=True)
class Case:
    """One value of a textbook, and the queue that should show it."""

    name: str
    queue: Scenario
    measure: str
    expected: float
    runs: int = 400


def cases() -> list[Case]:
    """Erlang B, C and A, and service of any shape where only its mean counts."""
    hour = Duration("exponential", 60.0)
    calls = RATE * WEEK_HOURS * 52
    b, c, a = erlang_b(RATE, TEAMS), erlang_c(RATE, 1.0, TEAMS), erlang_a(RATE, 1.0, 2.0, TEAMS)
    waits = plain_queue(per_hour=RATE, servers=TEAMS, service=hour, patience=FOREVER)
    tired = replace(waits, patience=Duration("exponential", 30.0))
    found = [
        Case("Erlang C, share that waits", waits, "waited_share", c.waits),
        Case("Erlang C, mean wait", waits, "wait_mean", c.wait * 60.0, runs=1_500),
        Case("Erlang C, busy share", waits, "busy_share", c.busy),
        Case("Erlang A, share that waits", tired, "waited_share", a.waits),
        Case("Erlang A, lost", tired, "patrol_only_gave_up", a.lost * calls),
        Case("Erlang A, busy share", tired, "busy_share", a.busy),
    ]
    shapes = {
        "exponential": hour,
        "fixed": Duration("fixed", 60.0),
        "lognormal, cv 0.8": lognormal(60.0, 0.8),
        "lognormal, cv 3": lognormal(60.0, 3.0),
        "uniform": Duration("uniform", 0.0, 120.0),
    }
    for name, service in shapes.items():
        queue = plain_queue(per_hour=RATE, servers=TEAMS, service=service, patience=Duration())
        words = f"nobody waits, service {name}: lost (Erlang B)"
        found.append(Case(words, queue, "patrol_only_gave_up", b * calls, runs=800))
    return found


def seen(result: Result, measure: str) -> tuple[float, float]:
    """Mean of a measure and its standard error."""
    column = MEASURES.index(measure)
    error = result.cells.spread()[0, column] / math.sqrt(result.replications)
    return float(result.cells.mean[0, column]), float(error)


def prove_textbooks(rows: Rows) -> None:
    """Each case with seeds of its own."""
    for number, case in enumerate(cases()):
        result = simulate(case.queue, seed=500 + number, replications=case.runs)
        value, error = seen(result, case.measure)
        rows.add(
            f"{case.name}: standard errors away", abs(value - case.expected) / error, "SE",
            at_most=WITHIN, beside=("expected", case.expected), ratio=value / case.expected,
            n=case.runs,
        )  # fmt: skip
        rows.add(
            f"{case.name}: standard error", 100 * error / case.expected, "%", at_most=100 * SMALL
        )


def prove_hypercube(rows: Rows) -> None:
    """The book's example, residuals, the approximation's error, and simulated workloads."""
    apart = np.abs(solve_exact(BOOK).busy - [0.5574, 0.4734, 0.4693]).max()
    rows.add("the book's workloads: farthest", apart * 1e4, "1e-4", at_most=0.5)
    errors = {}
    for teams in range(2, 17):
        city = random_city(100 + teams, teams)
        exact = solve_exact(city)
        rows.add(
            f"hypercube of {teams} teams: residual", exact.residual * 1e12, "1e-12", at_most=1.0
        )
        errors[teams] = np.abs(approximate(city).busy / exact.busy - 1.0)
    worst = max(float(error.max()) for error in errors.values())
    mean = float(np.mean([error.mean() for error in errors.values()]))
    rows.add("the approximation's error: largest of any team", 100 * worst, "%", n=len(errors))
    rows.add("the approximation's error: mean", 100 * mean, "%", n=len(errors))
    column = TEAM_MEASURES.index("busy_share")
    cities = {"the book's": (RATES, ORDER, BOOK)}
    for teams in (4, 6, 8):
        city = random_city(200 + teams, teams)
        cities[f"{teams} teams'"] = (city.rates, city.order, city)
    for name, (rates, order, city) in cities.items():
        result = simulate(preferred_city(rates, order), seed=77, replications=400)
        error = result.teams.spread()[:, column] / math.sqrt(result.replications)
        away = np.abs(result.teams.mean[:, column] - solve_exact(city).busy) / error
        # Of many teams the farthest; 3.5 keeps the chance of a false alarm below 1 % for all.
        limit = WITHIN if len(away) <= TEAMS else 3.5
        rows.add(
            f"{name} workloads by simulation: farthest", float(away.max()), "SE", at_most=limit,
            n=len(away),
        )  # fmt: skip


def prove_sweep(rows: Rows) -> None:
    """One, two and three workers, and workers killed at different moments."""
    scenarios = [known_city(5_000, "24/7"), random_scenario(2)]
    alone = [simulate(s, seed=4, replications=400).as_json() for s in scenarios]
    for workers in (1, 2, 3):
        found = sweep(scenarios, seed=4, replications=400, workers=workers)
        same = [result.as_json() for result in found] == alone
        rows.add(f"{workers} workers: the same answer", same, "", at_least=1)
    kept = sum(killed_while_running(scenarios, moment) == alone for moment in (0.1, 0.6, 1.2))
    rows.add("a killed worker changes nothing", kept, "runs", at_least=3, n=3)


def killed_while_running(scenarios: list[Scenario], moment: float) -> list[dict[str, object]]:
    """The answers of a sweep in which a worker is killed so many seconds after its begin."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address="127.0.0.1:0",
        memory_limit=0,
        silence_logs=50,
    ) as cluster:
        worker = next(iter(cluster.workers.values()))
        pid = worker.process.pid
        timer = threading.Timer(moment, os.kill, (pid, signal.SIGKILL))
        os.environ[CLUSTER] = cluster.scheduler_address
        timer.start()
        try:
            found = sweep(scenarios, seed=4, replications=400)
        finally:
            del os.environ[CLUSTER]
            timer.join()
        return [result.as_json() for result in found]
