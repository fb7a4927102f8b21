"""Reads a scenario file strictly: taken whole or refused with a line and a sentence per fault."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from tandem.kernel.strict_toml import Document, FileRefused, Section, read_document
from tandem.planning import reading
from tandem.planning.scenario import (
    AFTER_CALL,
    END_RULES,
    FOREVER,
    KINDS,
    RULES,
    TRAVEL_BY,
    WEEK_HOURS,
    Demand,
    Disposition,
    Duration,
    Duty,
    Outcome,
    Patrol,
    Place,
    Scenario,
    ScenarioError,
    Spot,
    Team,
    Travel,
)

ALL_PLACES = "all"
IN_PERSON = ("ride-along", "meet-up")
SUM_SLACK = 1e-6
MOST_TEAMS = 64


def read_scenario(path: Path) -> Scenario:
    """Read one file, or the folder of a city in the JEMSS format.

    Raises ScenarioError, whose words name every fault with its line.
    """
    if path.is_dir():
        from tandem.planning.jemss import read_jemss

        return read_jemss(path)
    document = open_document(path)
    scenario = parse(document, path.parent)
    refuse(document, path)
    return scenario


def open_document(path: Path) -> Document:
    """The parsed TOML of a path, or one sentence why there is none."""
    try:
        return read_document(path.read_bytes())
    except OSError as error:
        raise ScenarioError(f"{path} cannot be read: {error.strerror}.") from None
    except FileRefused as refusal:
        raise ScenarioError(f"{path} is refused. {refusal}") from None


def refuse(document: Document, path: Path) -> None:
    """Turn the faults found so far into one refusal."""
    try:
        document.refuse_if_faulty()
    except FileRefused as refusal:
        raise ScenarioError(f"{path} is refused; nothing was run. {refusal}") from None


def parse(document: Document, folder: Path) -> Scenario:
    """The scenario of a document; faults are noted in the document."""
    root = document.root()
    root.number("version", low=1, high=1)
    name = root.text("name")
    priorities = root.texts("priorities", ("all",))
    places = tuple(_place(table) for table in root.sections("place"))
    posts = tuple(_spot(table) for table in root.sections("post"))
    hospitals = tuple(_spot(table) for table in root.sections("hospital", needed=False))
    _check_once(root, "place", [place.name for place in places])
    _check_once(root, "post", [post.name for post in posts])
    _check_once(root, "hospital", [spot.name for spot in hospitals])
    areas = {place.area for place in places}
    teams = read_teams(root, [post.name for post in posts], areas)
    gates = _gates(root)
    dispositions = tuple(
        _disposition(table, [spot.name for spot in hospitals])
        for table in root.sections("disposition")
    )
    _check_shares(root, "disposition", [item.share for item in dispositions])
    desk, run = root.section("desk", needed=False), root.section("run", needed=False)
    scenario = Scenario(
        name=name,
        priorities=priorities,
        places=places,
        posts=posts,
        teams=teams,
        gates=gates,
        demand=_demands(root, places, priorities, gates),
        dispositions=dispositions,
        travel=_travel(root.section("travel"), folder, priorities),
        hospitals=hospitals,
        rule=desk.text("rule", "nearest", of=RULES),
        preferred=_preferred(desk, areas, [team.name for team in teams]),
        after_call=desk.text("after_call", "at-post", of=AFTER_CALL),
        patience=reading.duration(desk, "patience", FOREVER),
        phone_factor=reading.real(desk, "phone_factor", 1.0, low=0.01, high=10),
        patrol=_patrol(root.section("patrol", needed=False)),
        weeks=run.number("weeks", 52, low=1, high=520),
        warm_up_weeks=run.number("warm_up_weeks", 0, low=0, high=52),
        replications=run.number("replications", 100, low=2, high=1_000_000),
        target_minutes=reading.real(run, "target_minutes", 30.0, high=1440),
        seed=run.number("seed", 1, low=0, high=2**62),
    )
    for section in (desk, run, root):
        # Variants belong to `compare`; a single run takes the file's own scenario.
        section.asked.add("variant")
        section.close()
    return scenario


def _check_once(section: Section, key: str, names: list[str]) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            section.fault(f"The {key} {name!r} is there twice.", key, index)


def _check_shares(section: Section, key: str, shares: list[float]) -> None:
    if shares and abs(sum(shares) - 1.0) > SUM_SLACK:
        section.fault(f"The shares of `{key}` add up to {sum(shares):g}, not to 1.", key)


def _place(table: Section) -> Place:
    name = table.text("name")
    area = table.text("area", name)
    if "box" in table:
        table.asked.add("at")
        box = reading.reals(table, "box", (4,)) or (0.0,) * 4
        if box[0] > box[2] or box[1] > box[3]:
            table.fault("`box` is [left, bottom, right, top], the smaller first.", "box")
    else:
        x, y = reading.point(table, "at")
        box = (x, y, x, y)
    table.close()
    return Place(name, area, (box[0], box[1], box[2], box[3]))


def _spot(table: Section) -> Spot:
    name = table.text("name")
    x, y = reading.point(table, "at")
    table.close()
    return Spot(name, x, y)


def read_teams(root: Section, posts: Collection[str], areas: Collection[str]) -> tuple[Team, ...]:
    """The tables `[[team]]` of a scenario or of a variant."""
    teams = tuple(_team(table, posts, areas) for table in root.sections("team"))
    _check_once(root, "team", [team.name for team in teams])
    if len(teams) > MOST_TEAMS:
        root.fault(f"{len(teams)} teams are more than the {MOST_TEAMS} that are allowed.", "team")
    return teams


def _team(table: Section, posts: Collection[str], areas: Collection[str]) -> Team:
    name = table.text("name")
    kind = table.text("kind", "ride-along", of=KINDS)
    where = _team_posts(table, name, kind, posts)
    shifts = reading.windows(table, "shifts")
    if not shifts:
        table.fault(f"Team {name!r} has no shift: say when it works, or leave the team out.")
    if any(a.start < b.end and b.start < a.end for i, a in enumerate(shifts) for b in shifts[:i]):
        table.fault(f"Shifts of team {name!r} overlap.", "shifts")
    duties = []
    for duty in table.sections("duty", needed=False):
        when = reading.windows(duty, "when")
        per_week = reading.real(duty, "per_week", 0.0, high=WEEK_HOURS)
        minutes = reading.duration(duty, "minutes", Duration()) if per_week else Duration()
        duties.append(Duty(duty.text("name"), when, per_week, minutes))
        if bool(when) == bool(per_week):
            duty.fault("A duty has either `when` or `per_week` with `minutes`.")
        if minutes.kind == "forever":
            duty.fault("A duty cannot last forever.", "minutes")
        duty.close()
    team = Team(
        name=name,
        kind=kind,
        posts=where,
        shifts=shifts,
        breaks=reading.windows(table, "breaks"),
        duties=tuple(duties),
        areas=table.texts("areas", (), of=areas),
        turnout=reading.real(table, "turnout", 0.0, high=240),
        end_of_shift=table.text("end_of_shift", "finish", of=END_RULES),
        last_call=reading.real(table, "last_call", 0.0, high=1440),
        split=table.flag("split", default=False),
    )
    if team.split and kind == "phone":
        table.fault("A phone team cannot be split.", "split")
    table.close()
    return team


def _team_posts(table: Section, name: str, kind: str, posts: Collection[str]) -> tuple[str, ...]:
    if kind == "meet-up":
        where = table.texts("posts", of=posts)
        if len(where) not in (1, 2):
            table.fault(f"Team {name!r} meets on scene: `posts` names where its two cars start.")
        return (*where, *where)[:2] or ("", "")
    if kind == "phone" and "post" not in table:
        return ()
    return (table.text("post", of=posts),)


def _gates(root: Section) -> dict[str, tuple[Outcome, ...]]:
    gates: dict[str, tuple[Outcome, ...]] = {}
    group = root.section("gates", needed=False)
    for name, table in group.named():
        outcomes = []
        for word, row in table.named():
            share = reading.real(row, "share", high=1.0)
            outcomes.append(Outcome(word, share, row.texts("kinds", (), of=KINDS)))
            row.close()
        _check_shares(group, name, [outcome.share for outcome in outcomes])
        if not outcomes:
            group.fault(f"The gate {name!r} has no outcome.", name)
        gates[name] = tuple(outcomes)
    return gates or {"open": (Outcome("in person", 1.0, IN_PERSON),)}


def _demands(
    root: Section,
    places: tuple[Place, ...],
    priorities: tuple[str, ...],
    gates: dict[str, tuple[Outcome, ...]],
) -> tuple[Demand, ...]:
    profiles: dict[str, tuple[float, ...]] = {}
    table = root.section("profiles", needed=False)
    for name in table.values:
        profile = reading.spread_rates(reading.reals(table, name, (24, WEEK_HOURS)))
        if profile and (min(profile) < 0 or sum(profile) <= 0):
            table.fault(f"The profile {name!r} holds a negative rate or only zeros.", name)
        profiles[name] = profile
    streams = []
    for row in root.sections("demand"):
        streams.append(
            Demand(
                group=row.text("group", "all"),
                places=_weights(row, places),
                rates=_rates(row, profiles),
                priority=_priorities(row, priorities),
                gate=row.text("gate", next(iter(gates)), of=gates),
                requested=reading.real(row, "requested", 1.0, high=1.0),
            )
        )
        row.close()
    if streams and sum(sum(stream.rates) for stream in streams) <= 0:
        root.fault("No call is ever made: every rate is zero.", "demand")
    return tuple(streams)


def _weights(row: Section, places: tuple[Place, ...]) -> tuple[tuple[str, float], ...]:
    names = [place.name for place in places]
    if "places" in row:
        weighted = row.section("places")
        found = [(name, reading.real(weighted, name)) for name in weighted.values if name in names]
        weighted.close()
        if found and sum(weight for _, weight in found) <= 0:
            row.fault("The weights of `places` are all zero.", "places")
        return tuple(found)
    chosen = row.text("place", ALL_PLACES, of=(*names, ALL_PLACES))
    return tuple((name, 1.0) for name in (names if chosen == ALL_PLACES else [chosen]))


def _rates(row: Section, profiles: dict[str, tuple[float, ...]]) -> tuple[float, ...]:
    if "rates" in row:
        rates = reading.spread_rates(reading.reals(row, "rates", (24, WEEK_HOURS)))
        if rates and min(rates) < 0:
            row.fault("`rates` holds a negative rate; calls per hour are 0 or more.", "rates")
        return rates or (0.0,) * WEEK_HOURS
    weekly = reading.real(row, "calls_per_week")
    name = row.text("profile", "", of=profiles)
    profile = profiles.get(name) or (1.0,) * WEEK_HOURS
    total = sum(profile)
    return tuple(weekly * share / total for share in profile)


def _priorities(row: Section, priorities: tuple[str, ...]) -> dict[str, float]:
    if "priority" in row:
        return reading.shares(row, "priority", priorities)
    if len(priorities) > 1:
        row.fault("`priority` is missing: say the share of each priority.")
    return {priorities[0]: 1.0}


def _disposition(table: Section, hospitals: list[str]) -> Disposition:
    made = Disposition(
        name=table.text("name"),
        share=reading.real(table, "share", 1.0, high=1.0),
        on_scene=reading.duration(table, "on_scene"),
        away=reading.duration(table, "away", Duration()),
        hospital=table.text("hospital", "", of=(*hospitals, "nearest") if hospitals else ("",)),
        documentation=reading.duration(table, "documentation", Duration()),
    )
    if "forever" in (made.on_scene.kind, made.away.kind, made.documentation.kind):
        table.fault(f"The disposition {made.name!r} takes a team away forever.")
    table.close()
    return made


def _preferred(
    desk: Section, areas: Collection[str], teams: list[str]
) -> dict[str, tuple[str, ...]]:
    table = desk.section("preferred", needed=False)
    found = {}
    for area in list(table.values):
        if area not in areas:
            table.fault(f"No place lies in an area {area!r}.", area)
        found[area] = table.texts(area, of=teams)
    return found


def _patrol(table: Section) -> Patrol:
    made = Patrol(
        minutes=reading.duration(table, "minutes", Duration()),
        officers=reading.real(table, "officers", 1.0, high=20),
        release=reading.real(table, "release", 0.0, high=1440),
        first=table.flag("first", default=True),
    )
    if made.minutes.kind == "forever":
        table.fault("`minutes` of patrol cannot be forever.", "minutes")
    table.close()
    return made


def _travel(table: Section, folder: Path, priorities: tuple[str, ...]) -> Travel:
    by = table.text("by", "straight", of=TRAVEL_BY)
    factor = table.section("factor", needed=False)
    found = {name: reading.real(factor, name, low=0.01) for name in factor.values}
    for name in found:
        if name not in priorities:
            factor.fault(f"`factor` names {name!r}, which is no priority.", name)
    travel = Travel(
        by=by,
        minutes_per_km=60.0 / reading.real(table, "kmh", 60.0, low=0.1, high=1000),
        detour=reading.real(table, "detour", 1.0, low=1.0, high=10),
        coordinates=table.text("coordinates", "km", of=("km", "lonlat")),
        file=_file(table, "file", folder),
        nodes=_file(table, "nodes", folder),
        arcs=_file(table, "arcs", folder),
        osm=_file(table, "osm", folder),
        snap_km=reading.real(table, "snap_km", 1.0, high=1000),
        factor=found,
    )
    if by == "matrix" and not travel.file:
        table.fault("Travel by matrix needs `file`, a CSV of minutes from each post to each place.")
    if by == "graph" and not travel.osm and not (travel.nodes and travel.arcs):
        table.fault("Travel by graph needs `nodes` and `arcs`, or `osm`.")
    if travel.osm and travel.coordinates != "lonlat":
        travel = replace(travel, coordinates="lonlat")
    table.close()
    return travel


def _file(table: Section, key: str, folder: Path) -> str:
    name = table.text(key, "")
    if name and not (folder / name).is_file():
        table.fault(f"`{key}` names {name!r}, and there is no such file beside the scenario.", key)
    return str(folder / name) if name else ""
