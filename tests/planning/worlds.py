"""Scenarios that tests, bench and proof of the simulation share: the known one, and random ones."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tandem.planning.scenario import (
    AFTER_CALL,
    END_RULES,
    FOREVER,
    KINDS,
    RULES,
    WEEK_HOURS,
    WEEK_MINUTES,
    Demand,
    Disposition,
    Duration,
    Duty,
    Outcome,
    Patrol,
    Place,
    Scenario,
    Spot,
    Team,
    Travel,
    Window,
)

HOURS = ("24/7", "common 8-24", "staggered")
YEARLY = (5_000, 20_000, 50_000)
IN_PERSON = ("ride-along", "meet-up")


def lognormal(mean: float, cv: float) -> Duration:
    """Lognormal minutes by mean and coefficient of variation."""
    spread = math.log1p(cv * cv)
    return Duration("lognormal", math.log(mean) - spread / 2, math.sqrt(spread))


def daily(start: float, end: float) -> tuple[Window, ...]:
    """The same hours each day."""
    return tuple(Window(d * 1440 + start * 60, d * 1440 + end * 60) for d in range(7))


def known_city(yearly: float, hours: str) -> Scenario:
    """Ten by ten kilometers, three posts, hour-of-week rates, 30 % high priority, one year."""
    shape = [
        (1 + 0.55 * math.sin(2 * math.pi * (h % 24 - 10) / 24)) * (0.9 if h // 24 >= 5 else 1.04)
        for h in range(WEEK_HOURS)
    ]
    weeks: dict[str, list[tuple[Window, ...]]] = {
        "24/7": [(Window(0.0, float(WEEK_MINUTES)),)] * 3,
        "common 8-24": [daily(8, 24)] * 3,
        "staggered": [daily(0, 16), daily(8, 24), daily(16, 32)],
    }
    posts = (Spot("a", 2, 2), Spot("b", 8, 3), Spot("c", 5, 8))
    teams = tuple(
        Team(f"team {post.name}", "ride-along", (post.name,), weeks[hours][i])
        for i, post in enumerate(posts)
    )
    rates = tuple(yearly / 52 * value / sum(shape) for value in shape)
    return Scenario(
        name=f"{yearly:g} calls a year, {hours}",
        priorities=("high", "other"),
        places=(Place("city", "city", (0, 0, 10, 10)),),
        posts=posts,
        teams=teams,
        gates={"open": (Outcome("in person", 1.0, IN_PERSON),)},
        demand=(Demand("all", (("city", 1.0),), rates, {"high": 0.3, "other": 0.7}, "open", 1.0),),
        dispositions=(Disposition("done", 1.0, lognormal(60, 0.8)),),
        travel=Travel(by="L1", minutes_per_km=1 / 0.6),
        patience=Duration("exponential", 30.0),
    )


def plain_queue(
    *, per_hour: float, servers: int, service: Duration, patience: Duration, weeks: int = 52
) -> Scenario:
    """Teams that are all the same, at no distance, day and night: a textbook's queue."""
    teams = tuple(
        Team(f"team {i}", "ride-along", ("post",), (Window(0.0, float(WEEK_MINUTES)),))
        for i in range(servers)
    )
    return Scenario(
        name="queue",
        priorities=("all",),
        places=(Place("here", "here", (0, 0, 0, 0)),),
        posts=(Spot("post", 0, 0),),
        teams=teams,
        gates={"open": (Outcome("in person", 1.0, IN_PERSON),)},
        demand=(
            Demand("all", (("here", 1.0),), (per_hour,) * WEEK_HOURS, {"all": 1.0}, "open", 1.0),
        ),
        dispositions=(Disposition("done", 1.0, service),),
        travel=Travel(),
        patience=patience,
        weeks=weeks,
        warm_up_weeks=1,
    )


def random_scenario(seed: int) -> Scenario:
    """Anything that a scenario may say, by chance, over six weeks."""
    rng = np.random.default_rng(seed)
    areas = [f"area {i}" for i in range(rng.integers(1, 4))]
    places = tuple(_place(rng, f"place {i}", areas) for i in range(rng.integers(1, 7)))
    used = sorted({place.area for place in places})
    posts = tuple(Spot(f"post {i}", *rng.uniform(0, 12, 2)) for i in range(rng.integers(1, 4)))
    teams = tuple(_team(rng, f"team {i}", posts, used) for i in range(rng.integers(1, 6)))
    priorities = ("high", "middle", "low")[: rng.integers(1, 4)]
    gates = {f"gate {i}": _gate(rng) for i in range(rng.integers(1, 3))}
    demand = tuple(
        _demand(rng, f"group {i}", places, priorities, list(gates))
        for i in range(rng.integers(1, 4))
    )
    hospitals = tuple(Spot(f"hospital {i}", *rng.uniform(-30, 30, 2)) for i in range(2))
    order = {area: tuple(rng.permutation([team.name for team in teams])) for area in used}
    by = str(rng.choice(["straight", "L1"]))
    return Scenario(
        name=f"random {seed}",
        priorities=priorities,
        places=places,
        posts=posts,
        teams=teams,
        gates=gates,
        demand=demand,
        dispositions=_dispositions(rng),
        travel=Travel(
            by=by,
            minutes_per_km=float(rng.uniform(0.5, 3)),
            detour=float(rng.uniform(1, 1.6)),
            factor={priorities[0]: 0.8},
        ),
        hospitals=hospitals,
        rule=str(rng.choice(RULES)),
        preferred=order,
        after_call=str(rng.choice(AFTER_CALL)),
        patience=[FOREVER, Duration("exponential", 30.0), Duration("fixed", 45.0), Duration()][
            rng.integers(4)
        ],
        phone_factor=float(rng.uniform(0.3, 1)),
        patrol=Patrol(lognormal(50, 0.7), 2.0, 10.0, bool(rng.integers(2))),
        weeks=5,
        warm_up_weeks=1,
        replications=10,
        seed=seed,
    )


def _place(rng: np.random.Generator, name: str, areas: list[str]) -> Place:
    x, y = (float(value) for value in rng.uniform(0, 10, 2))
    wide, high = (float(value) for value in rng.uniform(0, 4, 2) * rng.integers(0, 2))
    return Place(name, str(rng.choice(areas)), (x, y, x + wide, y + high))


def _windows(rng: np.random.Generator, lengths: tuple[int, int]) -> tuple[Window, ...]:
    if rng.random() < 0.2:
        return (Window(0.0, float(WEEK_MINUTES)),)
    start, length = float(rng.integers(0, 24)), float(rng.integers(lengths[0], lengths[1]))
    days = rng.choice(7, rng.integers(2, 8), replace=False)
    return tuple(
        Window(int(d) * 1440 + start * 60, int(d) * 1440 + (start + length) * 60) for d in days
    )


def _team(rng: np.random.Generator, name: str, posts: tuple[Spot, ...], areas: list[str]) -> Team:
    kind = str(rng.choice(KINDS, p=[0.5, 0.25, 0.25]))
    names = [spot.name for spot in posts]
    where = {
        "ride-along": (str(rng.choice(names)),),
        "meet-up": (str(rng.choice(names)), str(rng.choice(names))),
        "phone": (),
    }[kind]
    shifts = _windows(rng, (4, 16))
    first = shifts[0].start
    duties = []
    if rng.random() < 0.5:
        duties.append(Duty("briefing", (Window(first, first + 20),)))
    if rng.random() < 0.5:
        duties.append(Duty("court", (), float(rng.uniform(0.5, 6)), lognormal(80, 0.7)))
        duties.append(Duty("patrol", (), float(rng.uniform(0.5, 6)), Duration("exponential", 40)))
    return Team(
        name=name,
        kind=kind,
        posts=where,
        shifts=shifts,
        breaks=(Window(first + 120, first + 150),) if rng.random() < 0.5 else (),
        duties=tuple(duties),
        areas=tuple(areas[:1]) if rng.random() < 0.3 else (),
        turnout=float(rng.integers(0, 6)),
        end_of_shift=str(rng.choice(END_RULES)),
        last_call=float(rng.choice([0, 15, 60])),
        split=kind != "phone" and bool(rng.integers(2)),
    )


def _gate(rng: np.random.Generator) -> tuple[Outcome, ...]:
    ways: list[tuple[str, ...]] = [
        ("ride-along", "meet-up", "phone"),
        ("meet-up", "ride-along"),
        ("phone",),
        (),
    ]
    shares = rng.dirichlet([6, 3, 2, 1])
    return tuple(
        Outcome(f"way {i}", float(share), way)
        for i, (share, way) in enumerate(zip(shares, ways, strict=True))
    )


def _demand(
    rng: np.random.Generator,
    group: str,
    places: tuple[Place, ...],
    priorities: tuple[str, ...],
    gates: list[str],
) -> Demand:
    chosen = rng.choice(len(places), rng.integers(1, len(places) + 1), replace=False)
    shares = rng.dirichlet(np.ones(len(priorities)))
    return Demand(
        group=group,
        places=tuple((places[int(i)].name, float(rng.uniform(0.2, 3))) for i in chosen),
        rates=tuple(float(rate) for rate in rng.uniform(0, rng.uniform(0.2, 2), WEEK_HOURS)),
        priority={name: float(share) for name, share in zip(priorities, shares, strict=True)},
        gate=str(rng.choice(gates)),
        requested=float(rng.choice([1.0, 0.7])),
    )


def _dispositions(rng: np.random.Generator) -> tuple[Disposition, ...]:
    stay, drive, far = (float(share) for share in rng.dirichlet([5, 2, 1]))
    return (
        Disposition("stays", stay, lognormal(45, 0.8), documentation=Duration("fixed", 15.0)),
        Disposition("hospital", drive, lognormal(30, 0.5), Duration("uniform", 20, 60), "nearest"),
        Disposition(
            "far",
            far,
            Duration("empirical", quantiles=(10.0, 20.0, 45.0, 90.0)),
            lognormal(240, 0.3),
            "hospital 0",
            Duration("exponential", 20.0),
        ),
    )


def preferred_city(
    rates: NDArray[np.float64], order: NDArray[np.int64], weeks: int = 52
) -> Scenario:
    """A hypercube's city as a scenario: no travel, an hour's exponential service, fixed order."""
    atoms = [f"atom {i}" for i in range(len(rates))]
    queue = plain_queue(
        per_hour=1.0,
        servers=order.shape[1],
        service=Duration("exponential", 60.0),
        patience=FOREVER,
        weeks=weeks,
    )
    names = [team.name for team in queue.teams]
    return replace(
        queue,
        places=tuple(Place(atom, atom, (0, 0, 0, 0)) for atom in atoms),
        demand=(
            Demand(
                "all",
                tuple(zip(atoms, (float(rate) for rate in rates), strict=True)),
                (float(rates.sum()),) * WEEK_HOURS,
                {"all": 1.0},
                "open",
                1.0,
            ),
        ),
        rule="preferred",
        preferred={
            atom: tuple(names[team] for team in row) for atom, row in zip(atoms, order, strict=True)
        },
    )
