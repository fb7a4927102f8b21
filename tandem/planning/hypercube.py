"""Larson's hypercube: which team is busy how much, in closed form, for teams sent by fixed order.

Exact for up to 16 teams; above, Larson's approximation, whose error is measured and told.
Source: Larson (1974, 1975); Larson and Odoni, Urban Operations Research (1981), 5.4 and 5.5. Own
code, because no kept library solves it and generic sparse solvers take minutes for 14 teams.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tandem.planning.arrays import Floats, Ints
from tandem.planning.compiled import compiled
from tandem.planning.draws import ONE, SLOTS, stream_key, uniform
from tandem.planning.scenario import ScenarioError

MOST_EXACT = 16
MOST_TEAMS = 63
FLAT = 1e-15
MOST_SWEEPS = 20_000
SAMPLES, BATCHES = 100_000, 40


@dataclass(frozen=True)
class Hypercube:
    """A city for the hypercube.

    `rates` (atoms) and `service` (teams) are per hour; `order` (atoms, teams) names the teams of
    each atom, first choice first, as whole numbers from 0. With `queue` calls wait for the next
    free team, first come first served; without it they are lost when all are busy.
    """

    rates: Floats
    order: Ints
    service: Floats
    queue: bool = True

    def __post_init__(self) -> None:
        teams = len(self.service)
        if self.order.shape != (len(self.rates), teams):
            raise ScenarioError("Each place needs an order of all teams, and a rate of calls.")
        if not 1 <= teams <= MOST_TEAMS:
            raise ScenarioError(f"The hypercube takes 1 to {MOST_TEAMS} teams, not {teams}.")
        if (np.sort(self.order, axis=1) != np.arange(teams)).any():
            raise ScenarioError("An order of teams must name each team once.")
        if not (self.rates >= 0).all() or self.rates.sum() <= 0 or not (self.service > 0).all():
            raise ScenarioError("Rates of calls are 0 or more, rates of service above 0.")
        if self.queue and self.rates.sum() >= self.service.sum():
            raise ScenarioError(
                "The teams cannot keep up: calls bring more work than all of them can do, and a "
                "queue would grow for ever."
            )


@dataclass(frozen=True)
class Solution:
    """What the hypercube says.

    `busy` (teams) is the share of time; `sent` (teams, atoms) is the share of all calls that a
    team answers in an atom; `all_busy` is the share of calls that find all teams busy. `error`
    holds, for an approximation, its largest and mean relative error of `busy` and the standard
    error of the sample that they were measured against.
    """

    busy: Floats
    sent: Floats
    all_busy: float
    exact: bool
    residual: float = 0.0
    sweeps: int = 0
    error: dict[str, float] = field(default_factory=dict)

    def away_from_home(self, order: Ints) -> float:
        """The share of calls that another team than the atom's first choice answers."""
        atoms = np.arange(self.sent.shape[1])
        return float(self.sent.sum() - self.sent[order[:, 0], atoms].sum())


def solve(city: Hypercube, *, seed: int = 1) -> Solution:
    """Exact where that is feasible, else approximated with its error measured on a sample."""
    if len(city.service) <= MOST_EXACT:
        return solve_exact(city)
    found = approximate(city)
    busy, error = sample(city, seed=seed)
    apart = np.abs(found.busy - busy) / busy
    told = {
        "largest": float(apart.max()),
        "mean": float(apart.mean()),
        "standard_error": float((error / busy).max()),
    }
    return Solution(found.busy, found.sent, found.all_busy, exact=False, error=told)


def _orders(city: Hypercube) -> tuple[Ints, Floats]:
    """The different orders of teams and the rate of calls that follow each."""
    orders, place = np.unique(city.order, axis=0, return_inverse=True)
    rates: Floats = np.bincount(place.ravel(), city.rates, len(orders)).astype(np.float64)
    return np.ascontiguousarray(orders, np.int64), rates


@compiled()
def flows(orders, rates, service):  # type: ignore[no-untyped-def]
    """(states, teams): the rate into a state from the one that differs in one team.

    A state is a number whose bit n says that team n is busy.
    """
    teams = service.shape[0]
    states = 1 << teams
    table = np.zeros((states, teams))
    for state in range(states):
        for team in range(teams):
            if state >> team & 1 == 0:
                table[state, team] = service[team]
        if state == states - 1:
            continue
        for kind in range(orders.shape[0]):
            place = 0
            while state >> orders[kind, place] & 1 == 1:
                place += 1
            team = orders[kind, place]
            table[state | (1 << team), team] += rates[kind]
    return table


@compiled()
def sweep(table, out, chances, upward):  # type: ignore[no-untyped-def]
    """One pass of Gauss-Seidel over all states; returns the largest imbalance it met."""
    states, teams = table.shape
    worst = 0.0
    for step in range(states):
        state = step if upward else states - 1 - step
        into = 0.0
        for team in range(teams):
            into += table[state, team] * chances[state ^ (1 << team)]
        worst = max(worst, abs(into - out[state] * chances[state]))
        chances[state] = into / out[state]
    return worst


@compiled()
def rescale(chances, level, ends, rate):  # type: ignore[no-untyped-def]
    """Make what flows up between numbers of busy teams equal to what flows down; total 1.

    `level` is how many teams each state has busy, `ends` their rates of service together.
    """
    most = level[-1]
    mass, down = np.zeros(most + 1), np.zeros(most + 1)
    for state in range(chances.shape[0]):
        mass[level[state]] += chances[state]
        down[level[state]] += ends[state] * chances[state]
    scale = np.ones(most + 1)
    total = mass[0]
    for number in range(1, most + 1):
        scale[number] = rate * scale[number - 1] * mass[number - 1] / down[number]
        total += scale[number] * mass[number]
    scale /= total
    for state in range(chances.shape[0]):
        chances[state] *= scale[level[state]]


@compiled()
def balance(table, out, level, ends, rate, limit, most):  # type: ignore[no-untyped-def]
    """Chances of all states by Gauss-Seidel; returns them, the sweeps, and the residual."""
    states = table.shape[0]
    chances = np.ones(states) / states
    worst = np.inf
    sweeps = 0
    while worst > limit and sweeps < most:
        rescale(chances, level, ends, rate)
        worst = sweep(table, out, chances, sweeps % 2 == 0)
        sweeps += 1
    rescale(chances, level, ends, rate)
    residual = 0.0
    for state in range(states):
        into = 0.0
        for team in range(table.shape[1]):
            into += table[state, team] * chances[state ^ (1 << team)]
        residual = max(residual, abs(into - out[state] * chances[state]))
    return chances, sweeps, residual


def solve_exact(city: Hypercube) -> Solution:
    """Balance every state; feasible to 16 teams, 65,536 states."""
    teams = len(city.service)
    if teams > MOST_EXACT:
        raise ScenarioError(f"The exact hypercube takes at most {MOST_EXACT} teams, not {teams}.")
    orders, rates = _orders(city)
    rate = float(rates.sum())
    # In units of the rate of calls, so that a residual means the same for any city.
    service = city.service / rate
    table = flows(orders, rates / rate, service)
    states = np.arange(2**teams)
    bits = (states[:, None] >> np.arange(teams)) & 1
    ends = bits @ service
    out = ends + 1.0
    # In the full state a call waits or is lost; either way it is full again when that is over.
    out[-1] = ends[-1]
    chances, sweeps, residual = balance(table, out, bits.sum(axis=1), ends, 1.0, FLAT, MOST_SWEEPS)
    queue_mass = 0.0
    if city.queue:
        # Behind the full state the queue is geometric with the load as its ratio.
        load = 1.0 / float(service.sum())
        queue_mass = float(chances[-1]) * load / (1.0 - load)
    chances = chances / (1.0 + queue_mass)
    queue_mass /= 1.0 + queue_mass
    busy = chances @ bits + queue_mass
    all_busy = float(chances[-1]) + queue_mass
    sent = _sent(city, chances, bits)
    if city.queue:
        # Whoever is done first takes the next in line.
        sent += np.outer(city.service / city.service.sum(), city.rates / rate) * all_busy
    return Solution(busy, sent, all_busy, exact=True, residual=residual, sweeps=sweeps)


def _sent(city: Hypercube, chances: Floats, bits: NDArray[np.int64]) -> Floats:
    """(teams, atoms): the share of all calls answered at once by a team in an atom."""
    sent = np.zeros((len(city.service), len(city.rates)))
    orders, place = np.unique(city.order, axis=0, return_inverse=True)
    share = city.rates / city.rates.sum()
    for kind, order in enumerate(orders):
        mine = place.ravel() == kind
        still = chances.copy()
        for team in order:
            free = bits[:, team] == 0
            sent[team, mine] = still[free].sum() * share[mine]
            still[free] = 0.0
    return sent


def chances_of_number(load: float, teams: int, *, queue: bool) -> Floats:
    """(teams + 1): chance of 0 to `teams` busy; the last one is `all busy`, queue included."""
    terms = np.cumprod(np.concatenate([[1.0], load / np.arange(1, teams + 1)]))
    if queue:
        terms[-1] /= 1.0 - load / teams
    return terms / terms.sum()


def corrections(load: float, teams: int, *, queue: bool) -> Floats:
    """(teams): Larson's Q(j), which makes up for teams not being busy independently."""
    chances = chances_of_number(load, teams, queue=queue)
    numbers = np.arange(teams + 1)
    used = float((chances * numbers).sum() / teams)
    found = np.zeros(teams)
    for j in range(teams):
        some = numbers[j:teams]
        # Drawn one after the other without putting back: j busy ones, then a free one.
        ways = [
            math.exp(
                math.lgamma(k + 1) - math.lgamma(k - j + 1)
                + math.lgamma(teams - j) - math.lgamma(teams + 1)
            )
            * (teams - k)
            for k in some
        ]  # fmt: skip
        found[j] = float((chances[some] * ways).sum()) / (used**j * (1.0 - used))
    return found


def approximate(city: Hypercube) -> Solution:
    """Larson's approximation (1975): independent teams, corrected. Service by its mean rate."""
    teams = len(city.service)
    rate = float(city.rates.sum())
    load = rate / float(city.service.mean())
    factor = corrections(load, teams, queue=city.queue)
    chances = chances_of_number(load, teams, queue=city.queue)
    all_busy = float(chances[-1])
    carried = float((chances * np.arange(teams + 1)).sum())
    orders, rates = _orders(city)
    busy = np.full(teams, carried / teams)
    waited = load * all_busy / teams if city.queue else 0.0
    for _ in range(1000):
        before = busy
        asked = np.zeros(teams)
        for order, weight in zip(orders, rates / float(city.service.mean()), strict=True):
            passed = np.concatenate([[1.0], np.cumprod(busy[order])[:-1]])
            asked[order] += weight * factor * passed
        busy = (asked + waited) / (1.0 + asked)
        busy *= carried / busy.sum()
        if np.abs(busy - before).max() < FLAT * 10:
            break
    sent = np.zeros((teams, len(city.rates)))
    for atom, order in enumerate(city.order):
        passed = np.concatenate([[1.0], np.cumprod(busy[order])[:-1]])
        shares = factor * passed * (1.0 - busy[order])
        share = city.rates[atom] / rate
        sent[order, atom] = shares / shares.sum() * (1.0 - all_busy) * share
        if city.queue:
            sent[:, atom] += share * all_busy / teams
    return Solution(busy, sent, all_busy, exact=False)


@compiled()
def first_free(order, busy):  # type: ignore[no-untyped-def]
    """The first team of an order that is free; -1 for none."""
    for team in order:
        if not busy[team]:
            return team
    return -1


@compiled()
def whose_end(service, busy, along):  # type: ignore[no-untyped-def]
    """The busy team whose service ends, by a number between 0 and the sum of their rates."""
    last = -1
    for team in range(service.shape[0]):
        if busy[team]:
            last = team
            along -= service[team]
            if along < 0.0:
                break
    return last


@compiled()
def walk(orders, cdf, service, rate, queue, key, steps, batches):  # type: ignore[no-untyped-def]
    """(batches, teams): share of time busy in a sampled course of the same city."""
    busy = np.zeros(service.shape[0], np.bool_)
    found = np.zeros((batches, service.shape[0]))
    waiting = 0
    position = np.uint64(0)
    # The first batch is walked twice: once to forget that all were free at the start.
    for batch in range(-1, batches):
        total = 0.0
        row = found[max(batch, 0)]
        row[:] = 0.0
        for _ in range(steps):
            ends = (service * busy).sum()
            # The mean stay in place of a drawn one: the same average, and less noise.
            stay = 1.0 / (rate + ends)
            total += stay
            row += busy * stay
            spot = position * SLOTS
            position += ONE
            along = uniform(key, spot) * (rate + ends)
            if along < rate:
                kind = np.searchsorted(cdf, uniform(key, spot + ONE))
                team = first_free(orders[kind], busy)
                if team >= 0:
                    busy[team] = True
                else:
                    waiting += queue
            elif waiting > 0:
                waiting -= 1
            else:
                busy[whose_end(service, busy, along - rate)] = False
        row /= total
    return found


def sample(city: Hypercube, *, seed: int) -> tuple[Floats, Floats]:
    """Share of time busy and its standard error (teams), from 4 million sampled events."""
    orders, rates = _orders(city)
    cdf = np.cumsum(rates) / rates.sum()
    cdf[-1] = 2.0
    key = np.uint64(stream_key(seed, 0, 0))
    rate = float(rates.sum())
    batches = walk(orders, cdf, city.service, rate, int(city.queue), key, SAMPLES, BATCHES)
    return batches.mean(axis=0), batches.std(axis=0, ddof=1) / math.sqrt(BATCHES)
