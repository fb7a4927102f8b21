"""What a planning scenario says: teams, demand, dispositions and rules, in the words of its file.

Plain values without arrays: `model.compile_plan` turns them into what the kernel runs on.
Times are minutes, places are kilometers (or degrees where `coordinates = "lonlat"`), rates are
calls per hour, and an hour of the week counts from Monday 00:00.
"""

from dataclasses import dataclass, field

KINDS = ("ride-along", "meet-up", "phone")
RULES = ("nearest", "least-busy", "preferred")
END_RULES = ("finish", "hand-over")
AFTER_CALL = ("at-post", "drives-back")
TRAVEL_BY = ("straight", "L1", "matrix", "graph")
WEEK_HOURS = 168
WEEK_MINUTES = WEEK_HOURS * 60


class ScenarioError(Exception):
    """The scenario cannot be run as it is; the message is one sentence for its author."""


@dataclass(frozen=True)
class Duration:
    """A distribution of minutes, drawn by inversion from one uniform number.

    `kind` is one of `fixed` (a), `exponential` (mean a), `lognormal` (log-mean a, log-sd b),
    `uniform` (from a to b), `forever`, or `empirical` (equally spaced quantiles in `quantiles`,
    linear between them).
    """

    kind: str = "fixed"
    a: float = 0.0
    b: float = 0.0
    quantiles: tuple[float, ...] = ()


FOREVER = Duration("forever")


@dataclass(frozen=True)
class Place:
    """Where calls come from: a point, or a rectangle (x0, y0, x1, y1) of even density."""

    name: str
    area: str
    box: tuple[float, float, float, float]

    @property
    def is_point(self) -> bool:
        return self.box[0] == self.box[2] and self.box[1] == self.box[3]


@dataclass(frozen=True)
class Spot:
    """A post that a team waits at, or a hospital it drives to."""

    name: str
    x: float
    y: float


@dataclass(frozen=True)
class Window:
    """A stretch of the week in minutes from Monday 00:00; it may run past the week's end."""

    start: float
    end: float


@dataclass(frozen=True)
class Duty:
    """Other work of a team: at fixed times of the week, or at random so many times a week."""

    name: str
    windows: tuple[Window, ...] = ()
    per_week: float = 0.0
    minutes: Duration = Duration()


@dataclass(frozen=True)
class Team:
    """One team: who it is, where it waits and when it works."""

    name: str
    kind: str
    posts: tuple[str, ...]
    shifts: tuple[Window, ...]
    breaks: tuple[Window, ...] = ()
    duties: tuple[Duty, ...] = ()
    areas: tuple[str, ...] = ()
    turnout: float = 0.0
    end_of_shift: str = "finish"
    last_call: float = 0.0
    split: bool = False


@dataclass(frozen=True)
class Outcome:
    """One way the gate may decide; no kinds means that the call is not for the program."""

    name: str
    share: float
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Demand:
    """Calls of one group from some places, at a rate for each of the 168 hours of the week."""

    group: str
    places: tuple[tuple[str, float], ...]
    rates: tuple[float, ...]
    priority: dict[str, float]
    gate: str
    requested: float


@dataclass(frozen=True)
class Disposition:
    """How a call ends, and what it costs the team after the scene.

    `hospital` is a name, `nearest` or empty; the drive there and back is added to `away`.
    """

    name: str
    share: float
    on_scene: Duration
    away: Duration = Duration()
    hospital: str = ""
    documentation: Duration = Duration()


@dataclass(frozen=True)
class Patrol:
    """What patrol would spend on the call alone, for the hours returned to it."""

    minutes: Duration = Duration()
    officers: float = 1.0
    release: float = 0.0
    first: bool = True


@dataclass(frozen=True)
class Travel:
    """How minutes between places come about; `factor` multiplies them by priority."""

    by: str = "straight"
    minutes_per_km: float = 1.0
    detour: float = 1.0
    coordinates: str = "km"
    file: str = ""
    nodes: str = ""
    arcs: str = ""
    osm: str = ""
    snap_km: float = 1.0
    factor: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """A whole file, read and checked."""

    name: str
    priorities: tuple[str, ...]
    places: tuple[Place, ...]
    posts: tuple[Spot, ...]
    teams: tuple[Team, ...]
    gates: dict[str, tuple[Outcome, ...]]
    demand: tuple[Demand, ...]
    dispositions: tuple[Disposition, ...]
    travel: Travel
    hospitals: tuple[Spot, ...] = ()
    rule: str = "nearest"
    preferred: dict[str, tuple[str, ...]] = field(default_factory=dict)
    after_call: str = "at-post"
    patience: Duration = FOREVER
    phone_factor: float = 1.0
    patrol: Patrol = Patrol()
    weeks: int = 52
    warm_up_weeks: int = 0
    replications: int = 100
    target_minutes: float = 30.0
    seed: int = 1
    warnings: tuple[str, ...] = ()

    @property
    def calls_per_week(self) -> float:
        return sum(sum(stream.rates) for stream in self.demand)
