"""A study: the TOML file that says what `tandem plan` asks of a history of calls."""

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tandem.kernel.instance import InstanceError
from tandem.kernel.maps.format import CALL_KINDS
from tandem.kernel.strict_toml import FileRefused, Section, read_document
from tandem.planning.reading import real, windows
from tandem.planning.scenario import KINDS, WEEK_HOURS, Window

EVERY = "*"
HOLIDAYS = ("us-federal", "none")
LEVELS = ("history", "last_weeks", "forecast")
DRIVES = ("history", "straight")


class Unusable(InstanceError):
    """What was given cannot be used; the message says what happened and what to do next."""


@dataclass(frozen=True)
class Staffed:
    """Hours of the week with teams on: a shift that stands in force, or one that is thought of.

    Attributes:
        shifts: stretches of the week in minutes from Monday 00:00.
        teams: teams on duty, at least 1; `kind` as in a scenario.
        first, last: first and last day in force; None = without bound.
    """

    name: str
    shifts: tuple[Window, ...]
    teams: int
    kind: str = "ride-along"
    first: dt.date | None = None
    last: dt.date | None = None

    def share_by_hour(self) -> list[float]:
        """Team-hours in each of the 168 hours of the week, Monday 00:00 first."""
        told = [0.0] * WEEK_HOURS
        for window in self.shifts:
            for hour in range(int(window.start // 60), math.ceil(window.end / 60)):
                inside = min(window.end, hour * 60 + 60) - max(window.start, hour * 60)
                told[hour % WEEK_HOURS] += self.teams * max(0.0, inside) / 60
        return told

    @property
    def hours(self) -> float:
        """Team-hours a week."""
        return sum(window.end - window.start for window in self.shifts) * self.teams / 60

    def in_force(self, day: dt.date) -> bool:
        return (self.first or day) <= day <= (self.last or day)


@dataclass(frozen=True)
class Duties:
    """What a team does besides calls (assumptions of the study, each printed).

    Attributes:
        follow_up, documentation: minutes per reached call.
        briefing: minutes per shift.
        court: hours per team and week.
        pulled: share of staffed time spent on patrol, 0 to 1.
        call: minutes a team is bound by a call where the history tells no times.
    """

    follow_up: float = 0.0
    documentation: float = 0.0
    briefing: float = 0.0
    court: float = 0.0
    pulled: float = 0.0
    call: float = 60.0


@dataclass(frozen=True)
class Study:
    """One question put to a history. Times of day are local, shares lie in 0..1."""

    name: str
    version: str
    eligible: tuple[str, ...]
    first: dt.date | None
    last: dt.date | None
    unrecorded: tuple[tuple[dt.date, dt.date, str], ...]
    holidays: str
    grid_km: float
    most_areas: int
    places: dict[str, tuple[float, float]]
    staffed: tuple[Staffed, ...]
    staffed_from_history: bool
    candidates: tuple[Staffed, ...]
    duties: Duties
    weeks_ahead: int
    level: float
    rates_of: str
    patience: float
    speed: float
    detour: float
    seed: int
    drives: str = DRIVES[0]
    teams: tuple[Staffed, ...] = ()

    def takes(self, kind: str) -> bool:
        """Whether a call of this kind is eligible for the team."""
        return EVERY in self.eligible or kind in self.eligible


def load_study(path: Path) -> Study:
    """Read a study.

    Raises:
        Unusable: the file cannot be read or is refused; every fault with its line.
    """
    try:
        return parse_study(path.read_bytes())
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}. Nothing was done.") from None
    except FileRefused as refusal:
        raise Unusable(f"{path} is refused whole. {refusal}") from None


def parse_study(raw: bytes) -> Study:
    """Read the bytes of a study; raises FileRefused with every fault and its line."""
    document = read_document(raw)
    root = document.root()
    if root.number("version", low=1, high=1_000_000) != 1:
        root.fault("This Tandem reads studies of version 1.", "version")
    name = root.text("name", pattern=r"[a-z0-9][a-z0-9-]{0,59}")
    history = root.section("history", needed=False)
    eligible = history.texts("eligible", ("behavioral_health",), of=(*CALL_KINDS, EVERY))
    first, last = history.day_or_none("from"), history.day_or_none("until")
    holidays = history.text("holidays", "us-federal", of=HOLIDAYS)
    unrecorded = tuple(_unrecorded(history))
    history.close()
    areas = root.section("areas", needed=False)
    grid = real(areas, "grid_km", 3.0, low=0.1, high=500.0)
    most = areas.number("most", 12, low=1, high=200)
    places = {place: _place(part) for place, part in areas.section("at", needed=False).named()}
    areas.close()
    forecast = root.section("forecast", needed=False)
    weeks = forecast.number("weeks", 13, low=1, high=53)
    level = real(forecast, "level", 0.9, low=0.5, high=0.99)
    forecast.close()
    scenario = root.section("scenario", needed=False)
    built = Study(
        name=name,
        version=document.version,
        eligible=eligible,
        first=first,
        last=last,
        unrecorded=unrecorded,
        holidays=holidays,
        grid_km=grid,
        most_areas=most,
        places=places,
        staffed_from_history=root.flag("staffed_from_history", default=False),
        staffed=tuple(_shifts(root, "staffed")),
        candidates=tuple(_shifts(root, "candidate")),
        duties=_duties(root.section("duties", needed=False)),
        weeks_ahead=weeks,
        level=level,
        rates_of=scenario.text("rates", "history", of=LEVELS),
        patience=real(scenario, "patience_minutes", 60.0, low=1.0, high=1440.0),
        speed=real(scenario, "speed_kmh", 35.0, low=1.0, high=200.0),
        detour=real(scenario, "detour", 1.3, low=1.0, high=5.0),
        seed=scenario.number("seed", 1, low=0, high=2**31 - 1),
        drives=scenario.text("drives", DRIVES[0], of=DRIVES),
        teams=tuple(_shifts(scenario, "team")),
    )
    scenario.close()
    root.close()
    if built.staffed and built.staffed_from_history:
        root.fault("Either `staffed` is given or it is inferred from the history, not both.")
    if first and last and last < first:
        root.fault("The history ends before it begins.", "history", "until")
    document.refuse_if_faulty()
    return built


def _unrecorded(history: Section) -> Iterator[tuple[dt.date, dt.date, str]]:
    for part in history.sections("unrecorded", needed=False):
        first, last = part.day("from"), part.day("until")
        if last < first:
            part.fault("This hole ends before it begins.", "until")
        yield first, last, part.text("why")
        part.close()


def _place(section: Section) -> tuple[float, float]:
    place = (
        real(section, "lat", None, low=-90, high=90),
        real(section, "lon", None, low=-180, high=180),
    )
    section.close()
    return place


def _shifts(root: Section, key: str) -> Iterator[Staffed]:
    for part in root.sections(key, needed=False):
        shifts = windows(part, "shifts")
        if not shifts:
            part.fault('A team needs `shifts`, such as ["Mon-Fri 12:00-21:00"].', "shifts")
        yield Staffed(
            name=part.text("name", key),
            shifts=shifts,
            teams=part.number("teams", 1, low=1, high=100),
            kind=part.text("kind", KINDS[0], of=KINDS),
            first=part.day_or_none("since"),
            last=part.day_or_none("until"),
        )
        part.close()


def _duties(section: Section) -> Duties:
    duties = Duties(
        follow_up=real(section, "follow_up_minutes", 0.0, low=0, high=1440),
        documentation=real(section, "documentation_minutes", 0.0, low=0, high=1440),
        briefing=real(section, "briefing_minutes", 0.0, low=0, high=720),
        court=real(section, "court_hours_per_week", 0.0, low=0, high=168),
        pulled=real(section, "pulled_to_patrol_share", 0.0, low=0, high=0.95),
        call=real(section, "call_minutes", 60.0, low=1, high=1440),
    )
    section.close()
    return duties
