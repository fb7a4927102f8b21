"""Travel in a city of the JEMSS format: a road graph with one time for each mode of travel."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tandem.planning.arrays import Floats, Ints
from tandem.planning.jemss import DAY, City, read_city
from tandem.planning.scenario import Scenario, ScenarioError
from tandem.planning.travel.graph import Graph, shortest

Layers = tuple[Floats, Floats, Floats]


@dataclass(frozen=True)
class Ground:
    """Nodes in kilometers, and what is driven to from off the road."""

    graph: Graph
    near: Ints  # nearest node of each post, hospital and place
    km: Floats  # and the way there


def jemss_layers(scenario: Scenario) -> tuple[Layers, Ints]:
    """Minutes for each mode in the layers of the matrices, and the mode of each priority."""
    city = read_city(Path(scenario.travel.file))
    modes = city.table("travelModes")
    found = []
    for number, row in enumerate(modes, start=1):
        km_per_minute = city.number(row, "travelModes", "offRoadSpeed") / DAY
        if km_per_minute <= 0:
            raise ScenarioError(f"Travel mode {number} of the city has no speed.")
        ground = _ground(city, scenario, f"mode_{number}")
        found.append(_layer(scenario, ground, km_per_minute))
    layers = tuple(np.ascontiguousarray(np.stack(tables)) for tables in zip(*found, strict=True))
    return (layers[0], layers[1], layers[2]), _modes(city, scenario)


def _modes(city: City, scenario: Scenario) -> Ints:
    """The number of the mode that each priority drives in, from the first travel set."""
    chosen: dict[str, int] = {}
    for row in city.tables.get("travelSets", []):
        chosen.setdefault(row["priority"], int(city.number(row, "travelSets", "travelModeIndex")))
    many = len(city.table("travelModes"))
    numbers = [chosen.get(name, 1) - 1 for name in scenario.priorities]
    if not all(0 <= number < many for number in numbers):
        raise ScenarioError("A travel set names a mode of travel that the city does not have.")
    return np.array(numbers, np.int64)


def _ground(city: City, scenario: Scenario, column: str) -> Ground:
    from scipy.spatial import cKDTree

    scale = city.table("map")[0]
    wide, high = (city.number(scale, "map", name) for name in ("xScale", "yScale"))
    nodes, arcs = city.table("nodes"), city.table("arcs")
    if column not in arcs[0]:
        raise ScenarioError(f"The arcs of the city have no column {column!r}.")
    index = {_whole(row["index"]): number for number, row in enumerate(nodes)}
    x = np.array([city.number(row, "nodes", "x") for row in nodes]) * wide
    y = np.array([city.number(row, "nodes", "y") for row in nodes]) * high
    try:
        start = np.array([index[_whole(row["fromNode"])] for row in arcs])
        goal = np.array([index[_whole(row["toNode"])] for row in arcs])
    except (KeyError, ValueError):
        raise ScenarioError("An arc of the city names a node that is not there.") from None
    minutes = np.array([city.number(row, "arcs", column) for row in arcs]) * DAY
    if not (minutes >= 0).all():
        raise ScenarioError("An arc of the city takes a negative time.")
    form = (city.tables.get("miscData") or [{}])[0].get("arcForm", "directed")
    if any(row.get("arcForm") == "undirected" for row in city.tables.get("miscData", [])):
        form = "undirected"
    if form == "undirected":
        start, goal = np.concatenate([start, goal]), np.concatenate([goal, start])
        minutes = np.concatenate([minutes, minutes])
    access = np.flatnonzero(
        [city.number(row, "nodes", "offRoadAccess") > 0 for row in nodes]
        if "offRoadAccess" in nodes[0]
        else np.ones(len(nodes))
    )
    spots = np.array(
        [
            *((spot.x, spot.y) for spot in (*scenario.posts, *scenario.hospitals)),
            *(place.box[:2] for place in scenario.places),
        ]
    )
    km, near = cKDTree(np.column_stack([x[access], y[access]])).query(spots)
    return Ground(Graph(x, y, start, goal, minutes), access[near], km)


def _whole(word: str) -> int:
    return int(float(word))


def _layer(scenario: Scenario, ground: Ground, km_per_minute: float) -> Layers:
    """Minutes post to place, place to hospital, hospital to post; off the road at its own speed."""
    posts, hospitals = len(scenario.posts), len(scenario.hospitals)
    walk = ground.km / km_per_minute
    near = ground.near
    out = shortest(ground.graph, near[: posts + hospitals], backward=False)
    minutes = out[:posts][:, near[posts + hospitals :]]
    minutes = minutes + walk[:posts, None] + walk[None, posts + hospitals :]
    if not hospitals:
        tables: Layers = (minutes, np.zeros((1, 1)), np.zeros((1, 1)))
    else:
        back = shortest(ground.graph, near[posts : posts + hospitals], backward=True)
        own = walk[posts : posts + hospitals, None]
        to_hospital = back[:, near[posts + hospitals :]] + own + walk[None, posts + hospitals :]
        from_hospital = out[posts:][:, near[:posts]] + own + walk[None, :posts]
        tables = (minutes, to_hospital, from_hospital)
    if not all(np.isfinite(table).all() for table in tables):
        raise ScenarioError(
            "The city's roads do not join every station, hospital and place that calls come from."
        )
    return tables
