"""Travel over a road graph from files: nodes and arcs as CSV, or an OpenStreetMap extract (PBF).

A post, hospital or place stands at its nearest node; the stretch to it is driven at the
scenario's own speed. Shortest paths are scipy's Dijkstra.
"""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tandem.planning.arrays import Floats
from tandem.planning.reading import MANY
from tandem.planning.scenario import Scenario, ScenarioError
from tandem.planning.travel.plane import to_km

NOTHING = np.zeros((1, 1, 1))
LEAST_MINUTES = 1e-6


@dataclass(frozen=True)
class Graph:
    """Nodes by coordinates as the file has them; arcs by node number, with minutes each."""

    x: Floats
    y: Floats
    start: NDArray[np.int64]
    goal: NDArray[np.int64]
    minutes: Floats


def from_graph(scenario: Scenario, at: tuple[float, float]) -> tuple[Floats, Floats, Floats]:
    """Minutes from posts to places, from places to hospitals, and from hospitals to posts."""
    travel = scenario.travel
    if travel.osm:
        from tandem.planning.travel.osm import read_osm

        graph = read_osm(Path(travel.osm), 60.0 / travel.minutes_per_km)
    else:
        graph = read_graph(Path(travel.nodes), Path(travel.arcs))
    spots = [("post", spot.name, spot.x, spot.y) for spot in scenario.posts]
    spots += [("hospital", spot.name, spot.x, spot.y) for spot in scenario.hospitals]
    spots += [("place", place.name, *place.box[:2]) for place in scenario.places]
    lonlat = travel.coordinates == "lonlat"
    node, access = snap(graph, spots, lonlat, at, travel.snap_km)
    walk = access * travel.minutes_per_km * travel.detour
    posts, hospitals = len(scenario.posts), len(scenario.hospitals)
    starts = node[: posts + hospitals]
    out = shortest(graph, starts, backward=False)
    minutes = out[:posts][:, node[posts + hospitals :]]
    minutes = minutes + walk[:posts, None] + walk[None, posts + hospitals :]
    _refuse_unreachable(minutes, spots[:posts], spots[posts + hospitals :])
    if not hospitals:
        return np.ascontiguousarray(minutes)[None], NOTHING, NOTHING
    back = shortest(graph, node[posts : posts + hospitals], backward=True)
    to_hospital = back[:, node[posts + hospitals :]]
    near = walk[posts : posts + hospitals, None]
    to_hospital = to_hospital + near + walk[None, posts + hospitals :]
    from_hospital = out[posts:][:, node[:posts]] + near + walk[None, :posts]
    _refuse_unreachable(to_hospital, spots[posts : posts + hospitals], spots[posts + hospitals :])
    _refuse_unreachable(from_hospital, spots[posts : posts + hospitals], spots[:posts])
    return tuple(
        np.ascontiguousarray(table)[None] for table in (minutes, to_hospital, from_hospital)
    )  # type: ignore[return-value]


def _refuse_unreachable(
    minutes: Floats,
    rows: list[tuple[str, str, float, float]],
    columns: list[tuple[str, str, float, float]],
) -> None:
    for row, column in np.argwhere(~np.isfinite(minutes)):
        (kind, name, *_), (other, there, *_) = rows[row], columns[column]
        raise ScenarioError(
            f"No road of the graph joins the {kind} {name!r} and the {other} {there!r}; "
            "move one of them or mend the graph."
        )


def snap(
    graph: Graph,
    spots: list[tuple[str, str, float, float]],
    lonlat: bool,
    at: tuple[float, float],
    farthest_km: float,
) -> tuple[NDArray[np.int64], Floats]:
    """The node nearest to each spot and the kilometers to it.

    Raises ScenarioError for a spot that is farther than `farthest_km` from every node.
    """
    from scipy.spatial import cKDTree

    x, y = to_km(graph.x, graph.y, lonlat, at)
    here = np.array([spot[2:] for spot in spots], np.float64)
    points = np.column_stack(to_km(here[:, 0], here[:, 1], lonlat, at))
    far, node = cKDTree(np.column_stack([x, y])).query(points)
    for (kind, name, *_), km in zip(spots, far, strict=True):
        if km > farthest_km:
            raise ScenarioError(
                f"The {kind} {name!r} is off the graph: its nearest road is {km:.2f} km away, "
                f"more than {farthest_km:g} km; move it, or raise `snap_km`."
            )
    return node.astype(np.int64), far.astype(np.float64)


def shortest(graph: Graph, nodes: NDArray[np.int64], *, backward: bool) -> Floats:
    """(len(nodes), all nodes): minutes from each node, or to each where `backward`."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    many = len(graph.x)
    start, goal = (graph.goal, graph.start) if backward else (graph.start, graph.goal)
    # A csr matrix would add up parallel arcs; the quickest of them is meant.
    order = np.lexsort((graph.minutes, goal, start))
    start, goal, minutes = start[order], goal[order], graph.minutes[order]
    keep = np.ones(len(start), bool)
    keep[1:] = (start[1:] != start[:-1]) | (goal[1:] != goal[:-1])
    # scipy takes a stored zero for no arc at all.
    weights = np.maximum(minutes[keep], LEAST_MINUTES)
    matrix = csr_matrix((weights, (start[keep], goal[keep])), shape=(many, many))
    found: Floats = np.atleast_2d(dijkstra(matrix, directed=True, indices=nodes))
    return found


def read_graph(nodes: Path, arcs: Path) -> Graph:
    """Nodes (id, x, y) and directed arcs (from, to, minutes) from two CSV files."""
    names: dict[str, int] = {}
    places: list[tuple[float, float]] = []
    for line, row in rows_of(nodes, ("id", "x", "y")):
        if row["id"] in names:
            raise ScenarioError(f"{nodes.name}, line {line}: node {row['id']!r} is there twice.")
        names[row["id"]] = len(places)
        places.append((number_of(nodes, line, row["x"]), number_of(nodes, line, row["y"])))
    start, goal, minutes = [], [], []
    for line, row in rows_of(arcs, ("from", "to", "minutes")):
        for end in (row["from"], row["to"]):
            if end not in names:
                raise ScenarioError(
                    f"{arcs.name}, line {line}: node {end!r} is not in {nodes.name}."
                )
        length = number_of(arcs, line, row["minutes"])
        if not 0 <= length <= MANY:
            raise ScenarioError(f"{arcs.name}, line {line}: {length:g} minutes is no travel time.")
        start.append(names[row["from"]])
        goal.append(names[row["to"]])
        minutes.append(length)
    if not places or not minutes:
        raise ScenarioError(f"The graph of {nodes.name} and {arcs.name} has no roads.")
    spots = np.array(places, np.float64)
    return Graph(
        spots[:, 0], spots[:, 1], np.array(start), np.array(goal), np.array(minutes, np.float64)
    )


def rows_of(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and row of a CSV that has these columns."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in columns if name not in (reader.fieldnames or [])]
            if missing:
                raise ScenarioError(f"{path.name} lacks the column {missing[0]!r}.")
            for row in reader:
                if None in row.values():
                    raise ScenarioError(f"{path.name}, line {reader.line_num}: the line is torn.")
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ScenarioError(f"{path.name} cannot be read as CSV: {error}.") from None


def number_of(path: Path, line: int, word: str) -> float:
    """The number that a word of a line is."""
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ScenarioError(f"{path.name}, line {line}: {word!r} is not a number.")
    return value
