"""Runs a plan many times over and says each measure with its interval.

Replications are done in pieces of a fixed size whose sums are added in their order, so that the
answer does not depend on who did which piece, or when.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tandem.planning import calendar, draws, kernel, tally
from tandem.planning.arrays import Answers, Calls, Floats, Shifts, blank_answers, blank_calls
from tandem.planning.compiled import compiled
from tandem.planning.model import Plan, compile_plan
from tandem.planning.scenario import WEEK_MINUTES, Duration, Scenario, ScenarioError

PIECE = 10
# Twelve million calls with all that is drawn for them take some two gigabytes.
MOST_CALLS = 12_000_000
RETURNED = "hours_returned"
HOURS = 24


@dataclass
class Sums:
    """Counted replications: how many, their mean and sum of squared deviations, per entry."""

    count: Floats
    mean: Floats
    squares: Floats

    @classmethod
    def of(cls, values: Floats) -> "Sums":
        """From one value per replication along the first axis; nan counts as not there."""
        there = ~np.isnan(values)
        count = there.sum(axis=0).astype(np.float64)
        safe = np.where(there, values, 0.0)
        mean = safe.sum(axis=0) / np.maximum(count, 1.0)
        squares = (np.where(there, values - mean, 0.0) ** 2).sum(axis=0)
        return cls(count, mean, squares)

    def add(self, other: "Sums") -> "Sums":
        """Both together (Chan, Golub and LeVeque 1983)."""
        count = self.count + other.count
        safe = np.maximum(count, 1.0)
        apart = other.mean - self.mean
        mean = self.mean + apart * other.count / safe
        between = apart * apart * self.count * other.count / safe
        return Sums(count, mean, self.squares + other.squares + between)

    def half_width(self, level: float) -> Floats:
        """Half of the t interval of the mean; infinite for fewer than two replications."""
        from scipy.special import stdtrit

        free = np.maximum(self.count - 1.0, 1.0)
        error = np.sqrt(self.squares / free / np.maximum(self.count, 1.0))
        width: Floats = stdtrit(free, 0.5 + level / 2.0) * error
        return np.where(self.count > 1, width, np.inf)

    def spread(self) -> Floats:
        """Standard deviation between replications."""
        deviation: Floats = np.sqrt(self.squares / np.maximum(self.count - 1.0, 1.0))
        return deviation


@dataclass
class Piece:
    """What some replications gave: cells, teams, and the first cell of each replication."""

    first: int
    cells: Sums
    teams: Sums
    headline: Floats

    def is_sound(self, count: int, cells: int, teams: int) -> bool:
        """Whether it can be a piece of `count` replications of a plan with so many of each."""
        shapes = (
            (self.headline, (count, len(tally.MEASURES))),
            *((column, (cells, len(tally.MEASURES))) for column in vars(self.cells).values()),
            *((column, (teams, len(tally.TEAM_MEASURES))) for column in vars(self.teams).values()),
        )
        if any(held.dtype != np.float64 or held.shape != shape for held, shape in shapes):
            return False
        for sums in (self.cells, self.teams):
            if not all(np.isfinite(column).all() for column in vars(sums).values()):
                return False
            if not ((sums.count >= 0) & (sums.count <= count) & (sums.squares >= 0)).all():
                return False
        again = Sums.of(self.headline)
        both = zip(vars(again).values(), vars(self.cells).values(), strict=True)
        return all(np.allclose(ours, told[0], rtol=1e-9, atol=1e-9) for ours, told in both)


@compiled(nogil=True)
def run_piece(parts, on_duty, rules, seed, first, calls, there, answers, cells, teams):  # type: ignore[no-untyped-def]
    """Fill `cells` (r, cells, measures) and `teams` for replications from `first` on.

    Returns -1 where `calls` has too little room. `on_duty` is minutes of each cell, then of each
    team; `rules` as in `tally.count_calls`.
    """
    demands, durations, roads, crews, base, pulls = parts
    low, high = rules[0], rules[1]
    weeks = int(high / WEEK_MINUTES)
    rows = cells.shape[1]
    sums = np.zeros((rows, tally.COLUMNS))
    bins = np.zeros((rows, tally.BINS))
    busy = np.zeros(crews.phone.shape[0])
    for number in range(cells.shape[0]):
        key = draws.stream_key(seed, first + number, 0)
        n = draws.draw_calls(demands, durations, roads, weeks, key, calls)
        if n < 0:
            return -1
        shifts = base
        if pulls.team.shape[0] > 0:
            shifts = calendar.with_pulls(base, pulls, durations, seed, first + number)
        kernel.drive_times(crews, roads, calls, n, there)
        kernel.run(crews, shifts, calls, n, there, answers, busy)
        sums[:] = 0.0
        bins[:] = 0.0
        tally.count_calls(demands, crews, calls, answers, n, rules, sums, bins)
        tally.measure(sums, bins, on_duty[:rows], cells[number])
        tally.count_teams(
            crews, shifts, calls, answers, n, low, high, on_duty[rows:], teams[number]
        )
    return 0


def rules_of(scenario: Scenario) -> tuple[float, ...]:
    """Warm-up end, end, target, officers, release, patrol first: see `tally.count_calls`."""
    low = scenario.warm_up_weeks * WEEK_MINUTES
    patrol = scenario.patrol
    return (
        float(low),
        float(low + scenario.weeks * WEEK_MINUTES),
        float(scenario.target_minutes),
        float(patrol.officers),
        float(patrol.release),
        float(patrol.first),
    )


def duty_minutes(plan: Plan) -> Floats:
    """Minutes that teams are on shift, for each cell and then for each team."""
    scenario = plan.scenario
    low, high, *_ = rules_of(scenario)
    sums = np.zeros((1 + HOURS, tally.COLUMNS))
    for team in scenario.teams:
        for start, end in calendar.shifts_of(team, scenario.warm_up_weeks + scenario.weeks):
            tally.add_hours(sums, float(start), float(end), low, high)
    total = plan.on_duty.sum()
    rest = [total] * (len(plan.areas) + len(plan.groups))
    return np.array([total, *sums[1:, tally.TEAM_TIME], *rest, *plan.on_duty])


def room_for(plan: Plan) -> int:
    """Calls to make room for: the mean and eight standard deviations of a Poisson number.

    Raises ScenarioError for more than any memory is made for.
    """
    scenario = plan.scenario
    mean = float(plan.demands.rate.sum()) * (scenario.weeks + scenario.warm_up_weeks)
    if mean > MOST_CALLS:
        raise ScenarioError(
            f"{scenario.name} has {mean:.3g} calls in each replication; {MOST_CALLS:.3g} can be "
            "held at once. Correct the rates, or run fewer weeks; nothing was run."
        )
    return int(mean + 8 * mean**0.5 + 64)


def cells_of(plan: Plan) -> int:
    """Results are told for all, for each hour of the day, each area and each group."""
    return 1 + HOURS + len(plan.areas) + len(plan.groups)


class Runner:
    """Runs replications of one plan in one process, always in the same memory."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.on_duty = duty_minutes(plan)
        self._make_room(room_for(plan))
        self.cells = cells_of(plan)

    def _make_room(self, size: int) -> None:
        self.calls, self.answers = blank_calls(size), blank_answers(size)
        self.there = np.zeros((size, len(self.plan.team_names)))

    def piece(self, seed: int, first: int, count: int) -> Piece:
        """Replications `first` to `first + count - 1`."""
        plan = self.plan
        cells = np.zeros((count, self.cells, len(tally.MEASURES)))
        teams = np.zeros((count, len(plan.scenario.teams), len(tally.TEAM_MEASURES)))
        while self._run(seed, first, cells, teams) < 0:
            self._make_room(2 * len(self.calls.at))
        return Piece(first, Sums.of(cells), Sums.of(teams), cells[:, 0, :].copy())

    def _run(self, seed: int, first: int, cells: Floats, teams: Floats) -> int:
        plan = self.plan
        return run_piece(
            (plan.demands, plan.durations, plan.roads, plan.crews, plan.shifts, plan.pulls),
            self.on_duty,
            rules_of(plan.scenario),
            seed,
            first,
            self.calls,
            self.there,
            self.answers,
            cells,
            teams,
        )


@dataclass
class Result:
    """All replications of one scenario."""

    plan: Plan
    seed: int
    replications: int
    cells: Sums
    teams: Sums
    headline: Floats  # (replications, measures) of the first cell

    def as_json(self, level: float = 0.95) -> dict[str, Any]:
        """Every measure with its interval: overall, by hour, by area, by group, by team."""
        names = ("all", *range(HOURS), *self.plan.areas, *self.plan.groups)
        width = self.cells.half_width(level)
        rows = [self._row(tally.MEASURES, self.cells, width, i) for i in range(len(names))]
        area, group = 1 + HOURS, 1 + HOURS + len(self.plan.areas)
        team_width = self.teams.half_width(level)
        return {
            "level": level,
            "overall": rows[0],
            "one_year_in_ten": self._years(),
            "by_hour": {f"{hour:02}": rows[1 + hour] for hour in range(HOURS)},
            "by_area": dict(zip(self.plan.areas, rows[area:group], strict=True)),
            "by_group": dict(zip(self.plan.groups, rows[group:], strict=True)),
            "by_team": {
                team.name: self._row(tally.TEAM_MEASURES, self.teams, team_width, i)
                for i, team in enumerate(self.plan.scenario.teams)
            },
        }

    def _row(
        self, names: tuple[str, ...], sums: Sums, width: Floats, row: int
    ) -> dict[str, dict[str, Any]]:
        told: dict[str, dict[str, Any]] = {
            name: {
                "value": number(sums.mean[row, j]) if sums.count[row, j] else None,
                "interval": interval(sums.mean[row, j], width[row, j], int(sums.count[row, j])),
            }
            for j, name in enumerate(names)
        }
        if self.plan.scenario.patrol.minutes == Duration() and RETURNED in told:
            # What patrol would have spent was not said: unknown, not nothing.
            told[RETURNED] = {"value": None, "interval": None}
        return told

    def _years(self) -> dict[str, Any]:
        """The range that nine in ten simulated runs lie in: luck of one run, not of the mean."""
        found = {}
        for j, name in enumerate(tally.MEASURES):
            values = self.headline[:, j]
            values = values[~np.isnan(values)]
            ends = np.quantile(values, [0.05, 0.95]) if len(values) else (np.nan, np.nan)
            found[name] = [number(ends[0]), number(ends[1])]
        if self.plan.scenario.patrol.minutes == Duration():
            found[RETURNED] = [None, None]
        return found


def number(value: float) -> float | None:
    """A number for JSON; what is not one is null."""
    return float(f"{value:.6g}") if np.isfinite(value) else None


def interval(mean: float, width: float, count: int) -> list[float | None] | None:
    """Both ends, or nothing where fewer than two replications have a value."""
    return [number(mean - width), number(mean + width)] if count > 1 else None


def pieces(replications: int) -> list[tuple[int, int]]:
    """First replication and size of each piece."""
    return [(a, min(PIECE, replications - a)) for a in range(0, replications, PIECE)]


class Gathering:
    """Adds pieces in the order of their first replication, in whatever order they come.

    A piece is held back only until those before it are there, so that memory does not grow with
    their number; of each replication no more stays than one row of measures.
    """

    def __init__(self) -> None:
        self.early: dict[int, Piece] = {}
        self.next = 0
        self.cells: Sums | None = None
        self.teams: Sums | None = None
        self.headline: list[Floats] = []

    def take(self, piece: Piece) -> None:
        """Add a piece, and those that waited for it."""
        self.early[piece.first] = piece
        while self.next in self.early:
            part = self.early.pop(self.next)
            self.cells = self.cells.add(part.cells) if self.cells else part.cells
            self.teams = self.teams.add(part.teams) if self.teams else part.teams
            self.headline.append(part.headline)
            self.next += len(part.headline)

    def result(self, plan: Plan, seed: int) -> Result:
        """What all pieces together say; raises RuntimeError where one is missing."""
        if self.early or self.cells is None or self.teams is None:
            raise RuntimeError("A piece of the simulation is missing.")
        headline = np.concatenate(self.headline)
        return Result(plan, seed, len(headline), self.cells, self.teams, headline)


def simulate(
    scenario: Scenario,
    *,
    seed: int | None = None,
    replications: int | None = None,
    say: Callable[[int, int], None] | None = None,
) -> Result:
    """Run a scenario in this process. Raises ScenarioError.

    `say` hears how many replications of how many are done.
    """
    plan = compile_plan(scenario)
    seed = scenario.seed if seed is None else seed
    total = replications or scenario.replications
    runner, gathering = Runner(plan), Gathering()
    for first, count in pieces(total):
        gathering.take(runner.piece(seed, first, count))
        if say:
            say(first + count, total)
    return gathering.result(plan, seed)


def trace(plan: Plan, *, seed: int, replication: int) -> tuple[Calls, Shifts, Answers]:
    """One replication call for call: what was drawn, who worked when, and what became of it."""
    calls = blank_calls(room_for(plan))
    weeks = plan.scenario.warm_up_weeks + plan.scenario.weeks
    # As Python sees it the key is a plain number; the draws need it unsigned.
    key = np.uint64(draws.stream_key(seed, replication, 0))
    n = draws.draw_calls(plan.demands, plan.durations, plan.roads, weeks, key, calls)
    while n < 0:
        calls = blank_calls(2 * len(calls.at))
        n = draws.draw_calls(plan.demands, plan.durations, plan.roads, weeks, key, calls)
    calls = Calls._make(column[:n].copy() for column in calls)
    shifts = Shifts._make(column.copy() for column in plan.shifts)
    if len(plan.pulls.team):
        shifts = calendar.with_pulls(shifts, plan.pulls, plan.durations, seed, replication)
    return calls, shifts, answer(plan, calls, shifts)


def answer(plan: Plan, calls: Calls, shifts: Shifts) -> Answers:
    """What becomes of given calls, in order of arrival, with given stretches of work."""
    answers = blank_answers(len(calls.at))
    busy: NDArray[np.float64] = np.zeros(len(plan.team_names))
    there = np.zeros((len(calls.at), len(plan.team_names)))
    kernel.drive_times(plan.crews, plan.roads, calls, len(calls.at), there)
    kernel.run(plan.crews, shifts, calls, len(calls.at), there, answers, busy)
    return answers
