"""The simulation beside SimPy, Ciw and a plain C loop, interleaved; its slider, start and memory.

Each ratio is the median over rounds in which every engine had one turn. Identity comes first: an
engine that answers one call differently fails its row of speed.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from tandem.kernel.instance import checkout
from tandem.planning import draws, kernel
from tandem.planning.arrays import REACHED, Answers, Calls, Floats, blank_answers, blank_calls
from tandem.planning.compiled import compiled
from tandem.planning.hypercube import solve_exact
from tandem.planning.model import Plan, compile_plan
from tandem.planning.scenario import Spot
from tandem.planning.simulate import Runner, room_for, simulate, trace
from tests.bench.planning_peers import in_ciw, in_simpy
from tests.bench.rows import Rows
from tests.planning.test_hypercube import random_city
from tests.planning.worlds import YEARLY, known_city, random_scenario

ROUNDS = 9
WEEKS = 52
SEED = 3
YEARS = 100
EXAMPLE = "tandem/planning/examples/la-crosse-hours.toml"
PEAK = """
import resource, sys
from tandem.planning.simulate import simulate
from tests.planning.worlds import known_city
simulate(known_city(5_000, "24/7"), replications=int(sys.argv[1]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def measure(rows: Rows) -> None:
    """Everything about the simulation and the hypercube."""
    for yearly in YEARLY:
        measure_trace(rows, yearly)
    measure_with_numbers(rows)
    measure_slider(rows)
    measure_hypercube(rows)
    measure_start(rows)
    measure_memory(rows)


def seconds(work: Callable[[], object]) -> float:
    """Time of one turn on the processor: what others do on the machine at the time is not ours."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


@compiled()
def years_of(crews, roads, shifts, calls, n, there, answers, busy, years):  # type: ignore[no-untyped-def]
    """The same year so many times, within compiled code, as replications are run."""
    for _ in range(years):
        kernel.drive_times(crews, roads, calls, n, there)
        kernel.run(crews, shifts, calls, n, there, answers, busy)


class Traced:
    """One year of calls of the known city, and room for its answers."""

    def __init__(self, yearly: float) -> None:
        self.plan = compile_plan(known_city(yearly, "24/7"))
        self.calls, self.shifts, self.first = trace(self.plan, seed=SEED, replication=0)
        self.n = len(self.calls.at)
        self.there = np.zeros((self.n, 3))
        self.answers, self.busy = blank_answers(self.n), np.zeros(3)

    def run(self, years: int) -> Answers:
        """Drives and decisions of the whole year, so many times."""
        plan, n = self.plan, self.n
        years_of(
            plan.crews, plan.roads, self.shifts, self.calls, n, self.there, self.answers,
            self.busy, years,
        )  # fmt: skip
        return self.answers


def measure_trace(rows: Rows, yearly: int) -> None:
    """The same calls into each engine; limits hold at 5,000 calls a year."""
    year = Traced(yearly)
    answers = year.run(1)
    ours = answers.outcome.tolist(), answers.team.tolist()
    same = {"SimPy": in_simpy(year.calls, year.there), "Ciw": in_ciw(year.calls, year.there)}
    turns = max(1, 200_000 // year.n)
    times: dict[str, list[float]] = {"ours": [], "SimPy": [], "Ciw": []}
    for _ in range(ROUNDS if yearly == YEARLY[0] else 5):
        times["ours"].append(seconds(lambda: year.run(turns)) / turns)
        times["SimPy"].append(seconds(lambda: in_simpy(year.calls, year.there)))
        times["Ciw"].append(seconds(lambda: in_ciw(year.calls, year.there)))
    reached = (answers.outcome == 0).mean()
    for name, limit in (("SimPy", 100.0), ("Ciw", 500.0)):
        odd = sum(a != b for a, b in zip(zip(*ours), zip(*same[name]), strict=True))  # noqa: B905
        pairs = zip(times[name], times["ours"], strict=True)
        ratio = statistics.median(theirs / own for theirs, own in pairs)
        rows.add(
            f"same trace, {yearly:,} calls a year ({reached:.0%} reached, {odd} answered "
            f"differently): times {name}",
            ratio if odd == 0 or yearly != YEARLY[0] else 0.0,
            "x",
            at_least=limit if yearly == YEARLY[0] else None,
            beside=(f"{name} calls/s", year.n / statistics.median(times[name])),
            ratio=ratio,
            n=len(times[name]),
        )
    rows.add(
        f"same trace, {yearly:,} calls a year",
        year.n / statistics.median(times["ours"]) / 1e6,
        "million calls/s",
        n=len(times["ours"]),
    )


@compiled()
def drawn_years(parts, seed, years, calls, there, answers, busy):  # type: ignore[no-untyped-def]
    """Draw and answer year after year in the same memory.

    Returns calls, reached, gave up, and minutes waited.
    """
    demands, durations, roads, crews, shifts = parts
    number, reached, gave_up, waited = 0, 0, 0, 0.0
    for year in range(years):
        key = draws.stream_key(seed, year, 0)
        n = draws.draw_calls(demands, durations, roads, WEEKS, key, calls)
        kernel.drive_times(crews, roads, calls, n, there)
        kernel.run(crews, shifts, calls, n, there, answers, busy)
        at, outcome, sent = calls.at, answers.outcome, answers.sent
        number += n
        for k in range(n):
            if outcome[k] == REACHED:
                reached += 1
                waited += sent[k] - at[k]
            else:
                gave_up += 1
    return number, reached, gave_up, waited


class Streamed:
    """Years of one plan, and the room that they need."""

    def __init__(self, plan: Plan) -> None:
        size = room_for(plan)
        self.parts = (plan.demands, plan.durations, plan.roads, plan.crews, plan.shifts)
        self.calls: Calls = blank_calls(size)
        self.answers = blank_answers(size)
        self.there: Floats = np.zeros((size, len(plan.team_names)))
        self.busy = np.zeros(len(plan.team_names))

    def years(self, count: int) -> tuple[int, int, int, float]:
        """Calls, reached, gave up, minutes waited."""
        found: tuple[int, int, int, float] = drawn_years(
            self.parts, SEED, count, self.calls, self.there, self.answers, self.busy
        )
        return found


def c_loop(folder: Path) -> Path | None:
    """The plain loop, built; none where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    made = folder / "loop"
    source = Path(__file__).parent / "planning_c" / "loop.c"
    subprocess.run([compiler, "-O3", "-o", str(made), str(source), "-lm"], check=True)
    return made


def measure_with_numbers(rows: Rows) -> None:
    """Random numbers included, beside SimPy that is given them, and beside plain C."""
    plan = compile_plan(known_city(YEARLY[0], "24/7"))
    stream, runner, year = Streamed(plan), Runner(plan), Traced(YEARLY[0])
    full = Runner(compile_plan(replace(random_scenario(7), weeks=52)))
    found = stream.years(YEARS)
    counted = full.piece(SEED, 0, 20).cells.mean[0, 0] * 20
    runner.piece(SEED, 0, 2)
    times: dict[str, list[float]] = {name: [] for name in ("ours", "all", "full", "SimPy", "C")}
    with tempfile.TemporaryDirectory() as folder:
        loop = c_loop(Path(folder))
        words: list[str] = []
        for _ in range(ROUNDS):
            times["ours"].append(seconds(lambda: stream.years(YEARS)) / found[0])
            times["all"].append(seconds(lambda: runner.piece(SEED, 0, YEARS)) / found[0])
            times["full"].append(seconds(lambda: full.piece(SEED, 0, 20)) / counted)
            times["SimPy"].append(seconds(lambda: in_simpy(year.calls, year.there)) / year.n)
            if loop:
                command = [str(loop), str(SEED), str(YEARS), str(YEARLY[0])]
                ran = subprocess.run(command, check=True, capture_output=True, text=True)
                words = ran.stdout.split()
                times["C"].append(float(words[0]) / int(words[1]))
    rate = {name: 1e-6 / statistics.median(values) for name, values in times.items() if values}
    for name, words_of, limit in (
        ("ours", "random numbers included", 30.0),
        ("all", "random numbers and all counts included", None),
    ):
        pairs = zip(times["SimPy"], times[name], strict=True)
        ratio = statistics.median(theirs / ours for theirs, ours in pairs)
        rows.add(
            f"{words_of}, 5,000 calls a year: times SimPy that is given the numbers", ratio, "x",
            at_least=limit, beside=("SimPy million calls/s", rate["SimPy"]), ratio=ratio, n=ROUNDS,
        )  # fmt: skip
    if times["C"]:
        pairs = zip(times["C"], times["ours"], strict=True)
        ratio = statistics.median(theirs / ours for theirs, ours in pairs)
        same = [int(word) for word in words[1:4]] == list(found[:3])
        rows.add("plain C answers the same calls in the same way", same, "", at_least=1, n=found[0])
        rows.add(
            "draws and decisions, 5,000 calls a year: of a plain C loop", ratio, "of C",
            at_least=0.5, beside=("C million calls/s", rate["C"]), ratio=ratio, n=ROUNDS,
        )  # fmt: skip
    else:
        print("  plain C loop: skipped, no C compiler (cc)")
    rows.add("draws and decisions", rate["ours"], "million calls/s", n=ROUNDS)
    rows.add("draws, decisions and all counts", rate["all"], "million calls/s", n=ROUNDS)
    rows.add("the full model (splits, duties, gates, hospitals)", rate["full"], "million calls/s")


def measure_slider(rows: Rows) -> None:
    """A post is moved: a new answer with its interval, from the scenario on."""
    city = known_city(YEARLY[0], "staggered")
    simulate(city, replications=10)
    times, widths = [], []
    for step in range(ROUNDS):
        posts = (Spot("a", 2 + step / 5, 2), *city.posts[1:])
        begun = time.perf_counter()
        overall = simulate(replace(city, posts=posts), replications=100).as_json()["overall"]
        times.append(time.perf_counter() - begun)
        low, high = overall["reached_share"]["interval"]
        widths.append(high - low)
    rows.add("one slider change, 100 years of 5,000 calls", statistics.median(times), "s",
             at_most=1.0, n=ROUNDS)  # fmt: skip
    rows.add("width of its 95 % interval of the share reached", statistics.median(widths), "")


def measure_hypercube(rows: Rows) -> None:
    """The exact hypercube, compiled before."""
    solve_exact(random_city(1, 4))
    for teams, limit in ((15, 0.5), (16, 1.5)):
        city = random_city(2, teams)
        times, residual = [], 0.0
        for _ in range(5):
            begun = time.process_time()
            residual = max(residual, solve_exact(city).residual)
            times.append(time.process_time() - begun)
        rows.add(f"hypercube of {teams} teams", statistics.median(times), "s", at_most=limit, n=5)
        rows.add(f"its residual, {teams} teams (1e-12)", residual * 1e12, "1e-12", at_most=1.0)


def measure_start(rows: Rows) -> None:
    """From nothing running to the first simulated years, code compiled on an earlier day."""
    command = [sys.executable, "-m", "tandem.cli", "plan", "simulate", EXAMPLE]
    command += ["--replications", "2", "--json"]

    times = []
    for _ in range(6):
        begun = time.perf_counter()
        subprocess.run(command, cwd=checkout(), check=True, capture_output=True)
        times.append(time.perf_counter() - begun)
    # The first start may still compile.
    times = times[1:]
    rows.add(
        "warm start to the first simulated year, by the command", statistics.median(times), "s",
        at_most=1.5, n=5,
    )  # fmt: skip


def measure_memory(rows: Rows) -> None:
    """Peak of a process for few and for many replications."""
    peaks = []
    for replications in (100, 5_000):
        command = [sys.executable, "-c", PEAK, str(replications)]
        ran = subprocess.run(command, cwd=checkout(), check=True, capture_output=True, text=True)
        peaks.append(int(ran.stdout) / 1024)
    rows.add(
        "peak memory, 5,000 replications", peaks[1], "MB", at_most=peaks[0] * 1.05,
        beside=("100 replications", peaks[0]), ratio=peaks[1] / peaks[0],
    )  # fmt: skip
