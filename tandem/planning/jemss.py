"""Reads a city in the file format of JEMSS (Julia ambulance simulation) as a scenario.

A folder with stations, ambulances, hospitals, demand, travel, map, nodes and arcs as CSV tables
(roads may lie in a zip) and a call generator's XML. Tables are known by the name that each begins
with, not by their file's. The format counts in days; a scenario in minutes.
"""

import ast
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tandem.planning.scenario import (
    FOREVER,
    WEEK_HOURS,
    WEEK_MINUTES,
    Demand,
    Disposition,
    Duration,
    Outcome,
    Place,
    Scenario,
    ScenarioError,
    Spot,
    Team,
    Travel,
    Window,
)

DAY = 1440.0
QUANTILES = 401
AREA = "city"
KIND = "ride-along"
LARGEST_UNPACKED = 300_000_000
MANY_PLACES = 5_000
Row = dict[str, str]
DIFFERENT = (
    "In this engine a team that drives back from a call is not sent until it is there, and nobody "
    "is called off a call for a worse one; the format's own program may do both."
)


@dataclass
class City:
    """The tables of a folder, and what had to be chosen or left out."""

    folder: Path
    tables: dict[str, list[Row]]
    generator: dict[str, str]
    warnings: list[str] = field(default_factory=list)

    def table(self, name: str) -> list[Row]:
        """The rows of a table. Raises ScenarioError where the city has none."""
        if not self.tables.get(name):
            raise ScenarioError(
                f"{self.folder} is no city of the JEMSS format: no CSV there begins a table "
                f"{name!r}."
            )
        return self.tables[name]

    def number(self, row: Row, table: str, column: str) -> float:
        """A cell as a number."""
        try:
            return value_of(row[column])
        except (KeyError, ScenarioError):
            words = f"{column!r} of the table {table!r} in {self.folder} is not a number"
            raise ScenarioError(f"{words}: {row.get(column)!r}.") from None


def read_jemss(folder: Path) -> Scenario:
    """The scenario of a city's folder. Raises ScenarioError."""
    city = read_city(folder)
    for name in ("stations", "ambulances", "travelModes", "map", "nodes", "arcs"):
        city.table(name)
    scale = city.table("map")[0]
    wide, high = (city.number(scale, "map", name) for name in ("xScale", "yScale"))
    posts = _spots(city, "stations", wide, high)
    hospitals = _spots(city, "hospitals", wide, high) if city.tables.get("hospitals") else ()
    places = _places(city, wide, high)
    priorities = _priorities(city)
    return Scenario(
        name=f"city of {folder.resolve().name}",
        priorities=priorities,
        places=places,
        posts=posts,
        teams=_teams(city, posts),
        gates={"sent": (Outcome("in person", 1.0, (KIND,)),)},
        demand=_demand(city, places, priorities),
        dispositions=_dispositions(city, bool(hospitals)),
        travel=Travel(by="jemss", file=str(folder)),
        hospitals=hospitals,
        after_call="drives-back",
        patience=FOREVER,
        replications=20,
        target_minutes=_target(city),
        warnings=(*dict.fromkeys(city.warnings), DIFFERENT),
    )


def read_city(folder: Path) -> City:
    """Every table of the folder; where one is there several times, the first file's is taken."""
    tables: dict[str, list[Row]] = {}
    source: dict[str, str] = {}
    warnings = []
    for name, text in _texts(folder):
        for table, rows in tables_of(text):
            if table not in source:
                tables[table], source[table] = rows, name
            elif source[table] != name and table in ("ambulances", "stations", "demandModes"):
                warnings.append(f"There is more than one table {table}: {source[table]} was taken.")
    generator = {}
    for path in sorted(folder.rglob("*.xml")):
        text = re.sub(r"<!--.*?-->", "", path.read_text("utf-8", "replace"), flags=re.DOTALL)
        if "<callDistributions>" in text:
            generator = dict(re.findall(r"<(\w+)[^<>]*>([^<>]+)</\1>", text))
            break
    return City(folder, tables, generator, warnings)


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and text of each CSV in the folder, those in zips included."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        try:
            if path.suffix == ".csv":
                yield name, path.read_text("utf-8-sig", "replace")
            elif path.suffix == ".zip":
                for inside, text in _unpacked(path):
                    yield f"{name}/{inside}", text
        except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
            raise ScenarioError(f"{name} cannot be read: {error}.") from None


def _unpacked(path: Path) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(path) as packed:
        members = [one for one in packed.infolist() if one.filename.endswith(".csv")]
        if sum(one.file_size for one in members) > LARGEST_UNPACKED:
            raise ScenarioError(f"{path.name} unpacks to more than it may.")
        for member in sorted(members, key=lambda one: one.filename):
            yield member.filename, packed.read(member).decode("utf-8-sig", "replace")


def _lines(text: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text))
    except csv.Error as error:
        raise ScenarioError(f"A file of this folder is no table: {error}.") from None


def tables_of(text: str) -> Iterator[tuple[str, list[Row]]]:
    """The tables of one file: a line with the name, a line of columns, rows up to a blank line."""
    lines = _lines(text)
    name = ""
    head: list[str] = []
    rows: list[Row] = []
    for line in lines:
        blank = not any(cell.strip() for cell in line)
        if blank:
            if name:
                yield name, rows
            name, head, rows = "", [], []
        elif not name:
            name = line[0].strip()
        elif not head:
            head = [cell.strip() for cell in line]
        else:
            rows.append({key: cell.strip() for key, cell in zip(head, line, strict=False) if key})
    if name:
        yield name, rows


def value_of(words: str) -> float:
    """The value of plain arithmetic such as `50/60/60/24`."""
    try:
        return _value(ast.parse(words.strip(), mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError):
        raise ScenarioError(f"{words!r} is not a number.") from None


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _value(left) + _value(right)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return _value(left) - _value(right)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _value(left) * _value(right)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _value(left) / _value(right)
    raise ValueError("This is not plain arithmetic.")


def duration_of(words: str) -> Duration:
    """A distribution as the format writes it, days turned into minutes. Raises ScenarioError."""
    try:
        return _duration(ast.parse(words.strip(), mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, IndexError, TypeError):
        raise ScenarioError(f"The distribution {words!r} is not one that is known here.") from None


def _duration(node: ast.expr) -> Duration:
    match node:
        case ast.Call(func=ast.Name(id="Exponential"), args=[mean]):
            return Duration("exponential", _value(mean) * DAY)
        case ast.Call(func=ast.Name(id="Normal"), args=[mean, spread]) if _value(spread) == 0.0:
            return Duration("fixed", _value(mean) * DAY)
        case ast.Call(func=ast.Name(id="Uniform"), args=[low, high]):
            return Duration("uniform", _value(low) * DAY, _value(high) * DAY)
        case ast.Call(func=ast.Name(id="truncated"), args=[inner, low, high]):
            whole, first, last = _distribution(inner), _value(low), _value(high)
            chances = np.linspace(float(whole.cdf(first)), float(whole.cdf(last)), QUANTILES)
            values = np.clip(whole.ppf(chances), first, last)
        case _:
            whole = _distribution(node)
            # Unbounded ends stand at half a step, so that the table has no infinite minute.
            steps = np.linspace(0.0, 1.0, QUANTILES)
            values = whole.ppf(np.clip(steps, 0.5 / QUANTILES, 1.0 - 0.5 / QUANTILES))
    minutes = np.maximum(values, 0.0) * DAY
    if not np.isfinite(minutes).all():
        raise ValueError("This has no finite quantiles.")
    return Duration("empirical", quantiles=tuple(float(value) for value in minutes))


def _distribution(node: ast.expr) -> Any:
    """A distribution of scipy for one of the format's, in days."""
    from scipy import stats

    match node:
        case ast.Call(func=ast.Name(id=name), args=args):
            numbers = [_value(item) for item in args]
        case _:
            raise ValueError("This is not a distribution.")
    match name, numbers:
        case "Exponential", [mean]:
            return stats.expon(scale=mean)
        case "Normal", [mean, spread]:
            return stats.norm(mean, spread)
        case "Weibull", [shape, size]:
            return stats.weibull_min(shape, scale=size)
        case "Gamma", [shape, size]:
            return stats.gamma(shape, scale=size)
        case "LogNormal", [mean, spread]:
            return stats.lognorm(spread, scale=np.exp(mean))
        case "Uniform", [low, high]:
            return stats.uniform(low, high - low)
    raise ValueError("This distribution is not known.")


def _spots(city: City, table: str, wide: float, high: float) -> tuple[Spot, ...]:
    word = table.rstrip("s")
    return tuple(
        Spot(
            f"{word} {row['index']}",
            city.number(row, table, "x") * wide,
            city.number(row, table, "y") * high,
        )
        for row in city.table(table)
    )


def _places(city: City, wide: float, high: float) -> tuple[Place, ...]:
    """Road nodes that calls may come from; evenly thinned where there are very many."""
    nodes = city.table("nodes")
    if "offRoadAccess" in nodes[0]:
        nodes = [row for row in nodes if city.number(row, "nodes", "offRoadAccess") > 0]
    if not nodes:
        raise ScenarioError("No road node of the city can be reached from off the road.")
    step = -(-len(nodes) // MANY_PLACES)
    named = [row.get("rasterFilename", "") for row in city.tables.get("demandRasters", [])]
    raster = f" ({named[0].rpartition('/')[2]})" if named else ""
    city.warnings.append(
        f"Where people live is not read from the raster{raster}: calls are spread evenly over "
        f"{len(nodes[::step]):,} road nodes, so that response times are a rough guide only."
    )
    made = []
    for row in nodes[::step]:
        x, y = city.number(row, "nodes", "x") * wide, city.number(row, "nodes", "y") * high
        made.append(Place(f"node {row['index']}", AREA, (x, y, x, y)))
    return tuple(made)


def _priorities(city: City) -> tuple[str, ...]:
    named = [row["name"] for row in city.tables.get("priorities", []) if row.get("name")]
    rates = [row["priority"] for row in city.tables.get("demandModes", [])]
    return tuple(dict.fromkeys([*named, *rates])) or ("all",)


def _target(city: City) -> float:
    rows = city.tables.get("priorities", [])
    if not rows or "targetResponseTime" not in rows[0]:
        return 30.0
    return city.number(rows[0], "priorities", "targetResponseTime") * DAY


def _teams(city: City, posts: tuple[Spot, ...]) -> tuple[Team, ...]:
    known = [spot.name for spot in posts]
    delay = (
        duration_of(city.generator["dispatchDelay"])
        if "dispatchDelay" in city.generator
        else (Duration())
    )
    minutes = delay.a if delay.kind in ("fixed", "exponential") else float(np.mean(delay.quantiles))
    always = (Window(0.0, float(WEEK_MINUTES)),)
    teams = []
    for row in city.table("ambulances"):
        post = f"station {row.get('stationIndex', '')}"
        if post not in known:
            raise ScenarioError(
                f"Ambulance {row.get('index')} waits at {post}, which the city does not have."
            )
        teams.append(Team(f"ambulance {row['index']}", KIND, (post,), always, turnout=minutes))
    return tuple(teams)


def _demand(
    city: City, places: tuple[Place, ...], priorities: tuple[str, ...]
) -> tuple[Demand, ...]:
    """Rates by hour of the week, from the first demand set or else from the generator."""
    spread = tuple((place.name, 1.0) for place in places)
    rates = dict.fromkeys(priorities, 0.0)
    if city.tables.get("demandModes"):
        modes = {row["modeIndex"]: row for row in city.tables["demandModes"]}
        chosen = list(modes)
        if city.tables.get("demandSets"):
            first = city.tables["demandSets"][0]["modeIndices"]
            chosen = re.findall(r"\d+", first)
        if len(city.tables.get("demandSetsTiming", [])) > 1:
            city.warnings.append("Demand changes with time in the files; its first set was taken.")
        for index in chosen:
            row = modes.get(index)
            if row is None:
                raise ScenarioError(f"The demand set names mode {index}, which is not there.")
            rates[row["priority"]] += city.number(row, "demandModes", "arrivalRate")
    elif "interarrivalTime" in city.generator:
        daily = DAY / duration_of(city.generator["interarrivalTime"]).a
        shares = re.findall(r"[\d.]+", city.generator.get("priority", "1"))
        rates = {
            name: daily * float(share) for name, share in zip(priorities, shares, strict=False)
        }
    total = sum(rates.values())
    if min(rates.values(), default=0.0) < 0 or total <= 0:
        raise ScenarioError("The city's demand has a negative rate, or none at all.")
    share = {name: rate / total for name, rate in rates.items()}
    return (Demand("all", spread, (total / 24.0,) * WEEK_HOURS, share, "sent", 1.0),)


def _dispositions(city: City, hospitals: bool) -> tuple[Disposition, ...]:
    missing = [name for name in ("onSceneDuration", "transport") if name not in city.generator]
    if missing:
        raise ScenarioError(
            f"No call generator (XML) below {city.folder} says {missing[0]!r}, so nobody knows "
            "how long a call takes."
        )
    scene = duration_of(city.generator["onSceneDuration"])
    found = re.fullmatch(r"\s*Bernoulli\((.+)\)\s*", city.generator["transport"])
    share = value_of(found[1]) if found else -1.0
    if not 0.0 <= share <= 1.0:
        raise ScenarioError("The share of calls that go to a hospital is not between 0 and 1.")
    if not hospitals:
        return (Disposition("ends on scene", 1.0, scene),)
    handover = duration_of(city.generator.get("handoverDuration", "Normal(0, 0)"))
    return (
        Disposition("ends on scene", 1.0 - share, scene),
        Disposition("driven to hospital", share, scene, handover, "nearest"),
    )
