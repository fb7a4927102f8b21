"""The facts of one program as data: hours, units, thresholds, timers; read strictly, refused whole.

A program's facts change, and records keep the version under which they were made. Nothing here is
law (that is `pack.py`), and nothing here says who may read what.
"""

import datetime as dt
import re
import zoneinfo
from dataclasses import dataclass, field
from pathlib import Path

from tandem.kernel.advice import TELL, AdviceRules, check_teams, read_advice
from tandem.kernel.jurisdictions import Jurisdictions, check_files, read_jurisdictions
from tandem.kernel.strict_toml import Section, read_document

CODE = r"[a-z][a-z0-9-]{1,39}"
AGENCY = r"[A-Z][A-Z0-9]{1,9}"
POINT = r"-?([0-8]?\d(\.\d+)?|90), ?-?(1[0-7]\d|\d{1,2})(\.\d+)?"
CLOCK = r"([01]\d|2[0-3]):[0-5]\d|24:00"
TILES = r"(?:https://[A-Za-z0-9.:-]+)?/(?=\S*\{z\})(?=\S*\{x\})(?=\S*\{y\})\S{1,300}"
PMTILES = r"\S(.*\S)?\.pmtiles"
PHONE = r"[0-9+() .x/-]{2,40}"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNIT_KINDS = ("ride_along", "patrol", "mobile_crisis")
ROLES = ("TC", "PO", "CRU", "MCW", "SUP")
PRIORITIES = ("1", "2", "3", "4")
FEED_MODES = ("tandem_leads", "cad_leads")
# What waits, and on whom: each kind of open work has one timer.
TIMER_KINDS = (
    "assigned_not_acknowledged",
    "call_not_assigned",
    "cleared_without_hand_off",
    "en_route",
    "on_scene_without_check",
    "request_not_answered",
    "staged",
)
LONGEST_TIMER = 24 * 3600
DAY_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Hours:
    """When a team works, in the program's local time; a shift may pass midnight."""

    team: str
    days: tuple[str, ...]
    begins: dt.time
    ends: dt.time

    def holds(self, local: dt.datetime) -> bool:
        """Whether the team works at that local time."""
        today, yesterday = DAYS[local.weekday()], DAYS[local.weekday() - 1]
        clock = local.time()
        if self.begins < self.ends:
            return today in self.days and self.begins <= clock < self.ends
        # Midnight to midnight has no end on the clock; the rest passes midnight.
        return (today in self.days and clock >= self.begins) or (
            yesterday in self.days and clock < self.ends
        )


@dataclass(frozen=True)
class ProgramUnit:
    callsign: str
    agency: str
    kind: str
    post: str = ""  # where it waits for a call, in words
    post_at: tuple[float, float] | None = None  # latitude, longitude in degrees, WGS 84


@dataclass(frozen=True)
class Staffing:
    """Who is there on an ordinary shift of one team."""

    team: str
    officers: int
    crisis_workers: int


@dataclass(frozen=True)
class Timer:
    """How long something may wait, when it rings again, and who is told past the limit."""

    kind: str
    since: str
    limit_seconds: int
    by_priority: dict[int, int]
    ring_again_seconds: int
    tell: tuple[str, ...]
    sound: bool

    def limit(self, priority: int | None = None) -> int:
        """The limit in seconds, for a call of that priority where it matters."""
        return self.by_priority.get(priority or 0, self.limit_seconds)


@dataclass(frozen=True)
class Thresholds:
    """Where a desk or a page begins to do something else."""

    sound_priority: int
    sounds_per_hour: int
    due_from_percent: int
    undo_seconds: int


@dataclass(frozen=True)
class FeedFacts:
    """How long a feed may say nothing, which side leads, and what of it is kept or joined."""

    mode: str
    quiet_seconds: int
    silent_seconds: int
    rejects_days: int = 14
    # Between an officer's contact on view and the leading CAD's call of it.
    on_view_seconds: int = 600

    def state_of(self, silence: float) -> str:
        """What this many seconds without a message are called."""
        if silence >= self.silent_seconds:
            return "silent"
        return "quiet" if silence >= self.quiet_seconds else "live"


@dataclass(frozen=True)
class IntakeFacts:
    """How long a transfer waits, how often a dropped caller is called back, whose streets."""

    transfer_seconds: int = 180
    call_backs: int = 2
    tell_seconds: int = 120  # somebody whom the advice names was not told: it rings at the desk
    streets: str = ""  # a CSV with the column `name`, below the product's folder or absolute
    # Whom to ring when no answer comes, as each desk reads it of the other.
    crisis_desk_phone: str = ""
    dispatch_phone: str = ""


@dataclass(frozen=True)
class MapFacts:
    """What a desk's map draws besides boundaries and points, and whom it asks for a ground."""

    streets: str = ""  # GeoJSON with lines, below the product's folder or absolute
    tiles: str = ""  # of a tile server, with {z} {x} {y}; it learns where desks look
    pmtiles: str = ""  # a file of vector tiles that we serve, named likewise
    credit: str = ""


@dataclass(frozen=True)
class SafetyFacts:
    """How soon an unanswered emergency climbs, whom to ring then, and what dispatch is told."""

    emergency_climb_seconds: int = 30
    alone_check_seconds: int = 600  # a crisis worker with a person and no officer there
    check_climb_seconds: int = 120  # after a check was due
    # Of a crisis worker who is on no call of dispatch, once she presses emergency.
    share_place_of_alone: bool = True
    dispatch_supervisor_phone: str = ""
    crisis_supervisor_phone: str = ""


@dataclass(frozen=True)
class PagingFacts:
    """How soon a closed phone gets a text message after the push, and how long it is tried."""

    text_after_seconds: int = 20
    expire_seconds: int = 600
    texts_a_minute: int = 60


@dataclass(frozen=True)
class Program:
    """The facts of one program from one day on."""

    code: str
    name: str
    effective: dt.date
    version: str
    zone: zoneinfo.ZoneInfo
    pack: str
    example: bool
    hours: tuple[Hours, ...]
    units: tuple[ProgramUnit, ...]
    staffing: tuple[Staffing, ...]
    thresholds: Thresholds
    timers: dict[str, Timer]
    feed: FeedFacts
    advice: AdviceRules | None  # a file of before there was advice holds none
    intake: IntakeFacts
    jurisdictions: Jurisdictions = field(default_factory=Jurisdictions)
    safety: SafetyFacts = field(default_factory=SafetyFacts)
    paging: PagingFacts = field(default_factory=PagingFacts)
    map: MapFacts = field(default_factory=MapFacts)
    # How a desk reaches whom the advice names, in words or a number.
    tell: dict[str, str] = field(default_factory=dict)

    def works(self, team: str, at: dt.datetime) -> bool:
        """Whether a team is on at that instant."""
        local = at.astimezone(self.zone).replace(tzinfo=None)
        return any(hours.holds(local) for hours in self.hours if hours.team == team)


def parse_program(raw: bytes, *, folder: Path | None = None) -> Program:
    """Read a program file; raises FileRefused with every fault and its line.

    With `folder`, the files that it names are looked for from there.
    """
    document = read_document(raw)
    root = document.root()
    if root.number("version", low=1, high=1_000_000) != 1:
        root.fault("This Tandem reads program files of version 1.", "version")
    units = tuple(_unit(part) for part in root.sections("units"))
    program = Program(
        code=root.text("code", pattern=CODE),
        name=root.text("name"),
        effective=root.day("effective"),
        version=document.version,
        zone=_zone(root),
        pack=root.text("pack", pattern=r"[a-z]{2}-[a-z]{2}"),
        example=root.flag("example", False),
        hours=tuple(_hours(part) for part in root.sections("hours")),
        units=units,
        staffing=tuple(_staffing(part) for part in root.sections("staffing", needed=False)),
        thresholds=_thresholds(root.section("thresholds")),
        timers=_timers(root.section("timers")),
        feed=_feed(root.section("feed")),
        advice=read_advice(root.section("advice")) if "advice" in root else None,
        intake=_intake(root.section("intake", needed=False)),
        jurisdictions=read_jurisdictions(root, {unit.agency for unit in units}),
        safety=_safety(root.section("safety", needed=False)),
        paging=_paging(root.section("paging", needed=False)),
        tell=_tell(root.section("tell", needed=False)),
        map=_map(root.section("map", needed=False)),
    )
    root.close()
    _check_whole(root, program)
    if folder is not None:
        check_files(root, program.jurisdictions, folder)
    document.refuse_if_faulty()
    return program


def _zone(root: Section) -> zoneinfo.ZoneInfo:
    name = root.text("zone")
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        root.fault(f"There is no time zone {name!r}.", "zone")
        return zoneinfo.ZoneInfo("UTC")


def _clock(section: Section, key: str) -> dt.time:
    text = section.text(key, pattern=CLOCK)
    try:
        return dt.time.fromisoformat("00:00" if text == "24:00" else text)
    except ValueError:
        return dt.time()


def _hours(section: Section) -> Hours:
    hours = Hours(
        team=section.text("team"),
        days=section.texts("days", of=DAYS),
        begins=_clock(section, "begins"),
        ends=_clock(section, "ends"),
    )
    if not hours.days:
        section.fault("`days` names no day.", "days")
    section.close()
    return hours


def _unit(section: Section) -> ProgramUnit:
    unit = ProgramUnit(
        callsign=section.text("callsign"),
        agency=section.text("agency", pattern=AGENCY),
        kind=section.text("kind", of=UNIT_KINDS),
        post=section.text("post", ""),
        post_at=_point(section.text("post_at", "", pattern=POINT)),
    )
    section.close()
    return unit


def _point(text: str) -> tuple[float, float] | None:
    """Latitude and longitude in degrees, WGS 84; none where none is given."""
    if not re.fullmatch(POINT, text):
        return None  # nothing given, or refused where it was read
    lat, lon = text.split(",")
    return float(lat), float(lon)


def _staffing(section: Section) -> Staffing:
    staffing = Staffing(
        team=section.text("team"),
        officers=section.number("officers", low=0, high=200),
        crisis_workers=section.number("crisis_workers", low=0, high=200),
    )
    section.close()
    return staffing


def _thresholds(section: Section) -> Thresholds:
    thresholds = Thresholds(
        sound_priority=section.number("sound_priority", low=1, high=4),
        sounds_per_hour=section.number("sounds_per_hour", low=0, high=60),
        due_from_percent=section.number("due_from_percent", low=1, high=100),
        undo_seconds=section.number("undo_seconds", low=1, high=60),
    )
    section.close()
    return thresholds


def _timers(section: Section) -> dict[str, Timer]:
    timers = {kind: _timer(kind, part) for kind, part in section.named(of=TIMER_KINDS)}
    for kind in TIMER_KINDS:
        if kind not in timers:
            section.fault(f"The timer `{kind}` is missing.")
    return timers


def _timer(kind: str, section: Section) -> Timer:
    part = section.section("by_priority", needed=False)
    by_priority = {
        int(name): part.number(name, low=1, high=LONGEST_TIMER)
        for name in PRIORITIES
        if name in part
    }
    part.close()
    timer = Timer(
        kind=kind,
        since=section.text("since"),
        limit_seconds=section.number("limit_seconds", low=1, high=LONGEST_TIMER),
        by_priority=by_priority,
        ring_again_seconds=section.number("ring_again_seconds", 0, low=0, high=LONGEST_TIMER),
        tell=section.texts("tell", of=ROLES),
        sound=section.flag("sound"),
    )
    if timer.ring_again_seconds >= timer.limit_seconds:
        section.fault("It rings again only before its limit.", "ring_again_seconds")
    if not timer.tell:
        section.fault("A timer that nobody is told of is none.", "tell")
    section.close()
    return timer


def _feed(section: Section) -> FeedFacts:
    feed = FeedFacts(
        mode=section.text("mode", of=FEED_MODES),
        quiet_seconds=section.number("quiet_seconds", low=1, high=DAY_SECONDS),
        silent_seconds=section.number("silent_seconds", low=1, high=DAY_SECONDS),
        rejects_days=section.number("rejects_days", FeedFacts.rejects_days, low=1, high=365),
        on_view_seconds=section.number(
            "on_view_seconds", FeedFacts.on_view_seconds, low=30, high=3600
        ),
    )
    if feed.quiet_seconds >= feed.silent_seconds:
        section.fault("A feed is quiet before it is silent.", "quiet_seconds")
    section.close()
    return feed


def _intake(section: Section) -> IntakeFacts:
    usual = IntakeFacts()
    facts = IntakeFacts(
        transfer_seconds=section.number(
            "transfer_seconds", usual.transfer_seconds, low=30, high=3600
        ),
        call_backs=section.number("call_backs", usual.call_backs, low=2, high=20),
        tell_seconds=section.number("tell_seconds", usual.tell_seconds, low=30, high=3600),
        streets=section.text("streets", default="") if "streets" in section else "",
        crisis_desk_phone=_phone(section, "crisis_desk_phone"),
        dispatch_phone=_phone(section, "dispatch_phone"),
    )
    section.close()
    return facts


def _map(section: Section) -> MapFacts:
    facts = MapFacts(
        streets=section.text("streets") if "streets" in section else "",
        tiles=section.text("tiles", pattern=TILES) if "tiles" in section else "",
        pmtiles=section.text("pmtiles", pattern=PMTILES) if "pmtiles" in section else "",
        credit=section.text("credit") if "credit" in section else "",
    )
    if facts.tiles and facts.pmtiles:
        section.fault("Name `tiles` or `pmtiles`: a map has one ground.", "pmtiles")
    section.close()
    return facts


def _safety(section: Section) -> SafetyFacts:
    usual = SafetyFacts()
    facts = SafetyFacts(
        emergency_climb_seconds=section.number(
            "emergency_climb_seconds", usual.emergency_climb_seconds, low=5, high=600
        ),
        alone_check_seconds=section.number(
            "alone_check_seconds", usual.alone_check_seconds, low=60, high=7200
        ),
        check_climb_seconds=section.number(
            "check_climb_seconds", usual.check_climb_seconds, low=30, high=3600
        ),
        share_place_of_alone=section.flag("share_place_of_alone", usual.share_place_of_alone),
        dispatch_supervisor_phone=_phone(section, "dispatch_supervisor_phone"),
        crisis_supervisor_phone=_phone(section, "crisis_supervisor_phone"),
    )
    section.close()
    return facts


def _paging(section: Section) -> PagingFacts:
    usual = PagingFacts()
    facts = PagingFacts(
        text_after_seconds=section.number(
            "text_after_seconds", usual.text_after_seconds, low=0, high=600
        ),
        expire_seconds=section.number("expire_seconds", usual.expire_seconds, low=60, high=3600),
        texts_a_minute=section.number("texts_a_minute", usual.texts_a_minute, low=1, high=6000),
    )
    section.close()
    return facts


def _tell(section: Section) -> dict[str, str]:
    found = section.words(of=(*TELL, "cru", "interpreter"))
    for key, words in found.items():
        if len(words) > 60:  # noqa: PLR2004 (a line beside an open call)
            section.fault(f"`{key}` is longer than 60 characters.", key)
    section.close()
    return found


def _phone(section: Section, key: str) -> str:
    return section.text(key, pattern=PHONE) if key in section else ""


def _check_whole(root: Section, program: Program) -> None:
    callsigns = [unit.callsign for unit in program.units]
    for index, callsign in enumerate(callsigns):
        if callsign in callsigns[:index]:
            root.fault(f"The unit {callsign!r} stands twice.", "units", index)
    teams = {hours.team for hours in program.hours}
    for index, staffing in enumerate(program.staffing):
        if staffing.team not in teams:
            root.fault(f"The team {staffing.team!r} has no hours.", "staffing", index, "team")
    if program.advice is not None:
        check_teams(root, program.advice, teams)
