"""Reads the roads of an OpenStreetMap extract (PBF) as a graph that cars may drive on.

Speeds are the mapped `maxspeed`, else a default by class of road; one-way streets are kept, and
of the graph the largest part in which every node reaches every other.
"""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np

from tandem.planning.scenario import ScenarioError
from tandem.planning.travel.graph import Graph
from tandem.planning.travel.plane import to_km

MPH = 1.609344
# Kilometers per hour where no limit is mapped: urban values of road classes.
SPEEDS = {
    "motorway": 100.0,
    "motorway_link": 60.0,
    "trunk": 80.0,
    "trunk_link": 50.0,
    "primary": 60.0,
    "primary_link": 40.0,
    "secondary": 50.0,
    "secondary_link": 40.0,
    "tertiary": 45.0,
    "tertiary_link": 35.0,
    "unclassified": 40.0,
    "residential": 30.0,
    "living_street": 10.0,
    "service": 15.0,
    "road": 30.0,
}
FORWARD, BOTH, BACKWARD = 1, 0, -1


def speed_of(road: str, limit: str | None) -> float:
    """Kilometers per hour of a class of road, or its mapped limit."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(mph)?\s*", limit or "")
    if found and float(found[1]) > 0:
        return float(found[1]) * (MPH if found[2] else 1.0)
    return SPEEDS[road]


def direction_of(road: str, oneway: str | None, junction: str | None) -> int:
    """Which way a street may be driven."""
    if oneway in ("-1", "reverse"):
        return BACKWARD
    if oneway in ("yes", "true", "1"):
        return FORWARD
    if oneway is None and (junction == "roundabout" or road == "motorway"):
        return FORWARD
    return BOTH


def read_osm(path: Path, fastest: float) -> Graph:
    """The roads of an extract; nothing is driven faster than `fastest` km per hour.

    Coordinates are longitude and latitude. Raises ScenarioError.
    """
    import osmium

    ways: list[tuple[list[int], float, int]] = []
    places: dict[int, tuple[float, float]] = {}
    try:
        for way in osmium.FileProcessor(
            str(path), osmium.osm.NODE | osmium.osm.WAY
        ).with_locations():
            if not way.is_way() or way.tags.get("highway") not in SPEEDS:
                continue
            if way.tags.get("access") in ("no", "private") or way.tags.get("area") == "yes":
                continue
            road, limit = way.tags["highway"], way.tags.get("maxspeed")
            refs = []
            for node in way.nodes:
                if node.location.valid():
                    places[node.ref] = (node.lon, node.lat)
                    refs.append(node.ref)
            turn = direction_of(road, way.tags.get("oneway"), way.tags.get("junction"))
            ways.append((refs, min(speed_of(road, limit), fastest), turn))
    except (RuntimeError, OSError) as error:
        raise ScenarioError(f"{path.name} cannot be read as OSM PBF: {error}.") from None
    if not places:
        raise ScenarioError(f"{path.name} holds no road that a car may drive on.")
    return connected(_graph(places, ways))


def _graph(
    places: dict[int, tuple[float, float]], ways: list[tuple[list[int], float, int]]
) -> Graph:
    index = {ref: number for number, ref in enumerate(places)}
    lonlat = np.array(list(places.values()), np.float64)
    middle = (float(lonlat[:, 0].mean()), float(lonlat[:, 1].mean()))
    x, y = to_km(lonlat[:, 0], lonlat[:, 1], True, middle)
    start, goal, speed = [], [], []
    for refs, kmh, turn in ways:
        numbers = [index[ref] for ref in refs]
        for here, there in pairwise(numbers):
            for a, b in ((here, there), (there, here)):
                if turn == BOTH or (turn == FORWARD) == (a == here):
                    start.append(a)
                    goal.append(b)
                    speed.append(kmh)
    begins, ends = np.array(start, np.int64), np.array(goal, np.int64)
    minutes = 60.0 * np.hypot(x[begins] - x[ends], y[begins] - y[ends]) / np.array(speed)
    return Graph(lonlat[:, 0].copy(), lonlat[:, 1].copy(), begins, ends, minutes)


def connected(graph: Graph) -> Graph:
    """The largest part of a graph in which every node reaches every other."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    many = len(graph.x)
    ones = np.ones(len(graph.start))
    matrix = csr_matrix((ones, (graph.start, graph.goal)), shape=(many, many))
    _, part = connected_components(matrix, directed=True, connection="strong")
    keep = part == np.bincount(part).argmax()
    number = np.cumsum(keep) - 1
    arcs = keep[graph.start] & keep[graph.goal]
    return Graph(
        graph.x[keep],
        graph.y[keep],
        number[graph.start[arcs]],
        number[graph.goal[arcs]],
        graph.minutes[arcs],
    )
