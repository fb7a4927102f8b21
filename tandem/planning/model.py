"""Compiles a scenario into the arrays of a run; nothing is drawn and nothing happens here."""

from dataclasses import dataclass

import numpy as np

from tandem.planning import arrays, calendar
from tandem.planning.arrays import Crews, Demands, Durations, Floats, Ints, Roads, Shifts
from tandem.planning.calendar import Pulls
from tandem.planning.scenario import (
    RULES,
    WEEK_HOURS,
    WEEK_MINUTES,
    Duration,
    Scenario,
    ScenarioError,
    Team,
)
from tandem.planning.travel import roads_of

KINDS = ("fixed", "exponential", "lognormal", "uniform", "empirical", "forever")
# A gate's order of kinds weighs more than an area's order of teams.
KIND_STEP = 1000
HALF = " (other half)"


@dataclass(frozen=True)
class Plan:
    """A scenario ready to run. Teams beyond the scenario's own are halves of split pairs."""

    scenario: Scenario
    demands: Demands
    durations: Durations
    roads: Roads
    crews: Crews
    shifts: Shifts
    pulls: Pulls
    team_names: tuple[str, ...]
    areas: tuple[str, ...]
    groups: tuple[str, ...]
    gate_outcomes: tuple[tuple[str, str], ...]
    on_duty: Floats  # (T) minutes of shift between warm-up and end


class Shelf:
    """Collects distributions and numbers them."""

    def __init__(self) -> None:
        self.items: list[Duration] = []

    def number(self, item: Duration) -> int:
        """The number of a distribution, the same for the same one."""
        if item not in self.items:
            self.items.append(item)
        return self.items.index(item)

    def closed(self) -> Durations:
        """All of them as arrays."""
        counts = [len(item.quantiles) for item in self.items]
        first = np.cumsum([0, *counts])[:-1]
        quantiles = [value for item in self.items for value in item.quantiles]
        rows = zip(self.items, first, counts, strict=True)
        table = [
            [KINDS.index(item.kind), item.a, item.b, begin, count] for item, begin, count in rows
        ]
        return Durations(np.array(table, np.float64), np.array(quantiles or [0.0], np.float64))


def whole(values: list[int]) -> Ints:
    """Whole numbers as an array."""
    return np.array(values, np.int64)


def compile_plan(scenario: Scenario) -> Plan:
    """Arrays for one scenario. Raises ScenarioError where it cannot be run."""
    if not scenario.teams:
        raise ScenarioError("The scenario has no team; `compare` may add some in its variants.")
    shelf = Shelf()
    roads = roads_of(scenario)
    areas = tuple(dict.fromkeys(place.area for place in scenario.places))
    groups = tuple(dict.fromkeys(stream.group for stream in scenario.demand))
    names, whole_of, half_of = _halves(scenario.teams)
    outcomes = tuple(
        (gate, outcome.name) for gate, rows in scenario.gates.items() for outcome in rows
    )
    demands = _demands(scenario, roads, areas, groups, shelf)
    pulls = _pulls(scenario, shelf)
    rows: list[list[calendar.Stretch]] = [
        calendar.stretches(team, _all_weeks(scenario)) for team in scenario.teams
    ]
    for team, row in zip(scenario.teams, rows, strict=True):
        if not row:
            raise ScenarioError(
                f"Team {team.name!r} never takes a call: its breaks, duties and `last_call` fill "
                "its shifts. Leave it some time, or leave the team out; nothing was run."
            )
    rows += [[(np.inf, np.inf, np.inf)]] * (len(names) - len(rows))
    crews = _crews(scenario, roads, areas, whole_of, half_of)
    return Plan(
        scenario=scenario,
        demands=demands,
        durations=shelf.closed(),
        roads=roads,
        crews=crews,
        shifts=calendar.lay_out(rows),
        pulls=pulls,
        team_names=names,
        areas=areas,
        groups=groups,
        gate_outcomes=outcomes,
        on_duty=np.array([*(_shift_minutes(scenario, team) for team in scenario.teams)]),
    )


def _all_weeks(scenario: Scenario) -> int:
    return scenario.warm_up_weeks + scenario.weeks


def _shift_minutes(scenario: Scenario, team: Team) -> float:
    low = scenario.warm_up_weeks * WEEK_MINUTES
    high = _all_weeks(scenario) * WEEK_MINUTES
    spans = calendar.shifts_of(team, _all_weeks(scenario))
    return sum(max(0.0, min(end, high) - max(start, low)) for start, end in spans)


def _halves(teams: tuple[Team, ...]) -> tuple[tuple[str, ...], list[int], list[int]]:
    """Names of all teams, the pair each half belongs to, and each pair's half."""
    names = [team.name for team in teams]
    whole_of, half_of = [-1] * len(teams), [-1] * len(teams)
    for number, team in enumerate(teams):
        if team.split:
            half_of[number] = len(names)
            names.append(team.name + HALF)
            whole_of.append(number)
            half_of.append(-1)
    return tuple(names), whole_of, half_of


def _cdf(shares: list[float]) -> Floats:
    return np.cumsum(np.array(shares, np.float64))


def _padded(rows: list[Floats]) -> Floats:
    """Cumulated shares as a table; beyond a row's end nothing is picked."""
    width = max(len(row) for row in rows)
    table = np.full((len(rows), width), 2.0)
    for number, row in enumerate(rows):
        table[number, : len(row)] = row
        # Rounding must not open a door behind the last share.
        table[number, len(row) - 1] = 2.0
    return table


def _demands(
    scenario: Scenario,
    roads: Roads,
    areas: tuple[str, ...],
    groups: tuple[str, ...],
    shelf: Shelf,
) -> Demands:
    streams = scenario.demand
    rates = np.array([stream.rates for stream in streams], np.float64).T
    total = rates.sum(axis=1)
    cumulated = np.cumsum(rates, axis=1) / np.where(total > 0, total, 1.0)[:, None]
    cumulated[:, -1] = 2.0
    gates = list(scenario.gates)
    firsts = np.cumsum([0, *(len(scenario.gates[gate]) for gate in gates)])
    outcomes = [outcome for gate in gates for outcome in scenario.gates[gate]]
    place_first, place_of, share, other = _aliases(scenario)
    ends = scenario.dispositions
    return Demands(
        rate=np.ascontiguousarray(total),
        stream_cdf=np.ascontiguousarray(cumulated),
        group=whole([groups.index(stream.group) for stream in streams]),
        gate=whole([gates.index(stream.gate) for stream in streams]),
        requested=np.array([stream.requested for stream in streams], np.float64),
        priority_cdf=_padded(
            [_cdf([row.priority.get(name, 0.0) for name in scenario.priorities]) for row in streams]
        ),
        place_first=place_first,
        place_of=place_of,
        alias_share=share,
        alias_other=other,
        gate_cdf=_padded([_cdf([row.share for row in scenario.gates[gate]]) for gate in gates]),
        outcome_first=firsts[:-1].astype(np.int64),
        eligible=whole([int(bool(outcome.kinds)) for outcome in outcomes]),
        box=km_boxes(scenario),
        area=whole([areas.index(place.area) for place in scenario.places]),
        areas=len(areas),
        disposition_cdf=_padded([_cdf([row.share for row in ends])])[0],
        on_scene=whole([shelf.number(row.on_scene) for row in ends]),
        away=whole([shelf.number(row.away) for row in ends]),
        documentation=whole([shelf.number(row.documentation) for row in ends]),
        hospital=_hospitals(scenario, roads),
        patience=shelf.number(scenario.patience),
        patrol=shelf.number(scenario.patrol.minutes),
    )


def _aliases(scenario: Scenario) -> tuple[Ints, Ints, Floats, Ints]:
    """Walker's alias tables of the places of each stream, laid end to end (Walker 1977)."""
    index = {place.name: number for number, place in enumerate(scenario.places)}
    firsts: list[int] = [0]
    places: list[int] = []
    shares: list[float] = []
    others: list[int] = []
    for stream in scenario.demand:
        weights = np.array([weight for _, weight in stream.places], np.float64)
        many, base = len(weights), firsts[-1]
        scaled = weights * many / weights.sum()
        other = np.arange(many)
        small = [i for i in range(many) if scaled[i] < 1.0]
        large = [i for i in range(many) if scaled[i] >= 1.0]
        while small and large:
            low, high = small.pop(), large[-1]
            other[low] = high
            scaled[high] -= 1.0 - scaled[low]
            if scaled[high] < 1.0:
                small.append(large.pop())
        places.extend(index[name] for name, _ in stream.places)
        shares.extend(scaled)
        others.extend(other + base)
        firsts.append(base + many)
    return whole(firsts), whole(places), np.array(shares, np.float64), whole(others)


def _hospitals(scenario: Scenario, roads: Roads) -> Ints:
    """The hospital of each disposition for each place; for a rectangle, by its middle."""
    names = [spot.name for spot in scenario.hospitals]
    table = np.full((len(scenario.dispositions), len(scenario.places)), -1, np.int64)
    for row, end in enumerate(scenario.dispositions):
        if end.hospital == "nearest":
            table[row] = _nearest_hospital(scenario, roads)
        elif end.hospital:
            table[row] = names.index(end.hospital)
    return table


def _nearest_hospital(scenario: Scenario, roads: Roads) -> Ints:
    if roads.metric == arrays.MATRIX:
        return roads.to_hospital[0].argmin(axis=0).astype(np.int64)
    boxes = km_boxes(scenario)
    middle_x, middle_y = boxes[:, [0, 2]].mean(axis=1), boxes[:, [1, 3]].mean(axis=1)
    dx = np.abs(roads.hospital_x[:, None] - middle_x)
    dy = np.abs(roads.hospital_y[:, None] - middle_y)
    far = dx + dy if roads.metric == arrays.STRAIGHT_L1 else np.hypot(dx, dy)
    return far.argmin(axis=0).astype(np.int64)


def km_boxes(scenario: Scenario) -> Floats:
    """The places in kilometers, (P, 4)."""
    from tandem.planning.travel.plane import origin, to_km

    box = np.array([place.box for place in scenario.places], np.float64)
    lonlat, at = scenario.travel.coordinates == "lonlat", origin(scenario)
    left, bottom = to_km(box[:, 0], box[:, 1], lonlat, at)
    right, top = to_km(box[:, 2], box[:, 3], lonlat, at)
    return np.ascontiguousarray(np.column_stack([left, bottom, right, top]))


def _pulls(scenario: Scenario, shelf: Shelf) -> Pulls:
    teams, rates, minutes = [], [], []
    for number, team in enumerate(scenario.teams):
        weekly = sum(window.end - window.start for window in team.shifts)
        for duty in team.duties:
            if duty.per_week:
                teams.append(number)
                rates.append(duty.per_week / weekly)
                minutes.append(shelf.number(duty.minutes))
    horizon = float((_all_weeks(scenario) + calendar.DRAIN_WEEKS) * WEEK_MINUTES)
    return Pulls(whole(teams), np.array(rates, np.float64), whole(minutes), horizon)


def _crews(
    scenario: Scenario,
    roads: Roads,
    areas: tuple[str, ...],
    whole_of: list[int],
    half_of: list[int],
) -> Crews:
    posts = [spot.name for spot in scenario.posts]
    teams = [*scenario.teams, *(scenario.teams[pair] for pair in whole_of if pair >= 0)]
    first = [posts.index(team.posts[0]) if team.posts else 0 for team in teams]
    second = [posts.index(team.posts[-1]) if team.posts else 0 for team in teams]
    by_phone = [team.kind == "phone" or whole_of[i] >= 0 for i, team in enumerate(teams)]
    return Crews(
        rank=_ranks(scenario, areas, teams, by_phone),
        phone=whole([int(value) for value in by_phone]),
        post=whole(first),
        second_post=whole(second),
        turnout=np.array(
            [0.0 if whole_of[i] >= 0 else team.turnout for i, team in enumerate(teams)]
        ),
        hands_over=whole(
            [
                int(team.end_of_shift == "hand-over" and whole_of[i] < 0)
                for i, team in enumerate(teams)
            ]
        ),
        other_half=whole(half_of),
        whole=whole(whole_of),
        home=_home(roads, whole(first)),
        rule=RULES.index(scenario.rule),
        drives_back=int(scenario.after_call == "drives-back"),
        phone_factor=scenario.phone_factor,
        priorities=len(scenario.priorities),
    )


def _home(roads: Roads, post: Ints) -> Floats:
    """(priorities, hospitals, T): minutes from each hospital back to each team's post."""
    if not len(roads.hospital_x):
        return np.zeros((len(roads.pace), 1, len(post)))
    if roads.metric == arrays.MATRIX:
        table = roads.from_hospital[roads.mode][:, :, post] * roads.factor[:, None, None]
    else:
        dx = np.abs(roads.hospital_x[:, None] - roads.post_x[post])
        dy = np.abs(roads.hospital_y[:, None] - roads.post_y[post])
        far = dx + dy if roads.metric == arrays.STRAIGHT_L1 else np.hypot(dx, dy)
        table = roads.pace[:, None, None] * far
    return np.ascontiguousarray(table)


def _ranks(
    scenario: Scenario, areas: tuple[str, ...], teams: list[Team], by_phone: list[bool]
) -> arrays.Small:
    """(classes, T): in which order teams are looked at for a gate outcome, area and priority."""
    rows = []
    for outcome in (outcome for gate in scenario.gates.values() for outcome in gate):
        for area in areas:
            order = scenario.preferred.get(area, ())
            row = []
            for number, team in enumerate(teams):
                kind = "phone" if by_phone[number] else team.kind
                if kind not in outcome.kinds or (team.areas and area not in team.areas):
                    row.append(-1)
                    continue
                place = 0
                if scenario.rule == "preferred":
                    listed = order.index(team.name) if team.name in order else len(order)
                    place = listed * len(teams) + number if listed == len(order) else listed
                row.append(outcome.kinds.index(kind) * KIND_STEP * 10 + place)
            rows.extend([row] * len(scenario.priorities))
    return np.array(rows, np.int32).reshape(-1, len(teams))


def weekly_calls(plan: Plan) -> float:
    """Calls that a week brings on average, before the gate."""
    return float(plan.demands.rate[:WEEK_HOURS].sum())
