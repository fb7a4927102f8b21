"""Where teams should wait and when: a small integer program proposes, simulation decides."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from tandem.planning.arrays import blank_calls
from tandem.planning.kernel import drive_times
from tandem.planning.model import compile_plan
from tandem.planning.scenario import (
    WEEK_HOURS,
    Scenario,
    ScenarioError,
    Spot,
    Team,
    Window,
)

Array = NDArray[np.float64]
BUSY = (0.15, 0.35, 0.6)
STRICTNESS = (1.0, 0.7, 1.4)
MOST_CANDIDATES = 60
SECONDS = 20.0
MINUTES_OF_DAY = 1440


@dataclass(frozen=True)
class Site:
    """A place and hours for one team: a post, and one of the candidate shifts."""

    post: str
    shift: int


@dataclass(frozen=True)
class Proposal:
    """Sites of all teams, what the program expects of them, and its proven gap."""

    name: str
    sites: tuple[Site, ...]
    covered: float
    gap: float


def candidate_posts(scenario: Scenario) -> tuple[Spot, ...]:
    """The scenario's posts and the middle of each place; by matrix only the posts have a row."""
    posts = {post.name: post for post in scenario.posts}
    if scenario.travel.by != "matrix":
        for place in scenario.places:
            x0, y0, x1, y1 = place.box
            spot = Spot(f"at {place.name}", (x0 + x1) / 2, (y0 + y1) / 2)
            if not any((post.x, post.y) == (spot.x, spot.y) for post in posts.values()):
                posts[spot.name] = spot
    return tuple(posts.values())[:MOST_CANDIDATES]


def demand_by_place(scenario: Scenario) -> Array:
    """Calls per hour, shape (168, places)."""
    index = {place.name: number for number, place in enumerate(scenario.places)}
    told = np.zeros((WEEK_HOURS, len(scenario.places)))
    for stream in scenario.demand:
        whole = sum(weight for _, weight in stream.places)
        for name, weight in stream.places:
            told[:, index[name]] += np.array(stream.rates) * stream.requested * weight / whole
    return told


def minutes_between(scenario: Scenario, posts: tuple[Spot, ...]) -> Array:
    """Minutes from every candidate post to the middle of every place, shape (posts, places)."""
    always = (Window(0.0, float(WEEK_HOURS * 60)),)
    crews = tuple(
        Team(f"team {number}", "ride-along", (post.name,), always)
        for number, post in enumerate(posts)
    )
    asked = replace(scenario, posts=posts, teams=crews, preferred={})
    plan = compile_plan(asked)
    number = len(scenario.places)
    calls = blank_calls(number)
    box = plan.demands.box
    calls.x[:], calls.y[:] = (box[:, 0] + box[:, 2]) / 2, (box[:, 1] + box[:, 3]) / 2
    calls.place[:] = np.arange(number)
    there = np.zeros((number, len(posts)))
    drive_times(plan.crews, plan.roads, calls, number, there)
    return np.asarray(there.T)


def _on(shifts: list[tuple[Window, ...]]) -> Array:
    """The share of each hour of the week that each candidate shift covers, shape (shifts, 168)."""
    told = np.zeros((len(shifts), WEEK_HOURS))
    for number, windows in enumerate(shifts):
        for window in windows:
            for hour in range(int(window.start // 60), int(np.ceil(window.end / 60))):
                inside = min(window.end, hour * 60 + 60) - max(window.start, hour * 60)
                told[number, hour % WEEK_HOURS] += max(0.0, inside) / 60
    return np.minimum(told, 1.0)


def place_teams(
    demand: Array, near: NDArray[np.bool_], on: Array, teams: int, busy: float
) -> tuple[Array, float, float]:
    """The maximum expected covering location problem (Daskin, Transportation Science 1983;17:48)
    with shifts: each team gets one post and one shift.

    Args:
        demand: calls per hour, shape (periods, places); near: (posts, places); on: (shifts,
            periods); teams: how many; busy: chance that a team is busy, below 1.

    Returns:
        Teams by post and shift, shape (posts, shifts); expected calls an hour covered; the gap.
    """
    posts, shifts = near.shape[0], on.shape[0]
    cells = [
        (period, place)
        for period in range(demand.shape[0])
        for place in range(demand.shape[1])
        if demand[period, place] > 0
    ]
    sites = posts * shifts
    size = sites + len(cells) * teams
    gain = np.zeros(size)
    rows, columns, entries = [], [], []
    for row, (period, place) in enumerate(cells):
        for rank in range(teams):
            column = sites + row * teams + rank
            # The rank-th team in reach is needed only when those before it are busy.
            gain[column] = demand[period, place] * (1 - busy) * busy**rank
            rows.append(row)
            columns.append(column)
            entries.append(-1.0)
        for post, shift in product(np.flatnonzero(near[:, place]), range(shifts)):
            if on[shift, period] > 0:
                rows.append(row)
                columns.append(int(post) * shifts + shift)
                entries.append(float(on[shift, period]))
    cover = sparse.csr_array((entries, (rows, columns)), shape=(len(cells), size))
    whole = np.zeros(size)
    whole[:sites] = 1
    number = np.concatenate([np.ones(sites), np.zeros(size - sites)])
    told = milp(
        -gain,
        integrality=whole,
        bounds=Bounds(0, np.concatenate([np.full(sites, teams), np.ones(size - sites)])),
        constraints=[
            LinearConstraint(cover, 0, np.inf),
            LinearConstraint(number[None, :], teams, teams),
        ],
        options={"time_limit": SECONDS, "mip_rel_gap": 1e-4},
    )
    if told.x is None:
        raise ScenarioError(f"No placement was found in {SECONDS:g} s; ask for fewer posts.")
    return np.rint(told.x[:sites]).reshape(posts, shifts), -float(told.fun), float(told.mip_gap)


def propose(
    scenario: Scenario, shifts: list[tuple[Window, ...]], teams: int, minutes: float
) -> tuple[list[Proposal], tuple[Spot, ...]]:
    """Placements worth simulating: the best for several busy shares and response standards.

    Args:
        shifts: candidate shifts; teams: how many to place; minutes: the response standard.

    Raises:
        ScenarioError: the scenario has no demand in the candidate shifts, or cannot be run.
    """
    posts = candidate_posts(scenario)
    demand = demand_by_place(scenario)
    travel = minutes_between(scenario, posts)
    on = _on(shifts)
    # Hours in which the same shifts are on are one period: the program stays small.
    _, first, group = np.unique(on, axis=1, return_index=True, return_inverse=True)
    periods = np.zeros((len(first), demand.shape[1]))
    np.add.at(periods, group.ravel(), demand)
    if not periods[on[:, first].sum(axis=0) > 0].sum():
        raise ScenarioError("No call falls into any of the shifts: give other shifts.")
    found: dict[tuple[Site, ...], Proposal] = {}
    for busy, strict in product(BUSY, STRICTNESS):
        near = travel <= minutes * strict
        if not near.any():
            continue
        placed, covered, gap = place_teams(periods, near, on[:, first], teams, busy)
        sites = tuple(
            Site(posts[post].name, int(shift))
            for post, shift in np.argwhere(placed > 0)
            for _ in range(int(placed[post, shift]))
        )
        name = f"busy {busy:g}, within {minutes * strict:g} min"
        found.setdefault(sites, Proposal(name, sites, covered, gap))
    if not found:
        raise ScenarioError(
            f"No post reaches any place within {minutes * max(STRICTNESS):g} minutes: give a "
            "longer standard. Nothing was simulated."
        )
    return list(found.values()), posts


def variant(
    scenario: Scenario,
    proposal: Proposal,
    posts: tuple[Spot, ...],
    shifts: list[tuple[Window, ...]],
) -> Scenario:
    """The scenario with its in-person teams placed as proposed; phone teams stay."""
    like = next((team for team in scenario.teams if team.kind != "phone"), None)
    turnout = like.turnout if like else 0.0
    placed = tuple(
        Team(
            f"team {number}",
            "ride-along",
            (site.post,),
            shifts[site.shift],
            turnout=turnout,
            end_of_shift=like.end_of_shift if like else "finish",
        )
        for number, site in enumerate(proposal.sites, start=1)
    )
    phones = tuple(team for team in scenario.teams if team.kind == "phone")
    return replace(
        scenario, name=proposal.name, posts=posts, teams=(*placed, *phones), preferred={}
    )


def own_shifts(scenario: Scenario) -> list[tuple[Window, ...]]:
    """The different shifts of the scenario's in-person teams."""
    return list(dict.fromkeys(team.shifts for team in scenario.teams if team.kind != "phone"))


def hours_of_week(windows: tuple[Window, ...]) -> float:
    """Hours a week of one team on these stretches."""
    return sum(window.end - window.start for window in windows) / 60


def words_of(windows: tuple[Window, ...]) -> Iterator[str]:
    """Each stretch as "Mon 12:00 to Mon 20:00"."""
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

    def moment(minute: float) -> str:
        day, rest = divmod(int(minute), MINUTES_OF_DAY)
        return f"{days[day % 7]} {rest // 60:02}:{rest % 60:02}"

    for window in windows:
        yield f"{moment(window.start)} to {moment(window.end)}"
