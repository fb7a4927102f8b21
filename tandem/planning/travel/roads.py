"""Puts the travel of a scenario into the arrays that the kernel reads."""

from pathlib import Path

import numpy as np

from tandem.planning.arrays import MATRIX, STRAIGHT, STRAIGHT_L1, Floats, Roads
from tandem.planning.reading import MANY
from tandem.planning.scenario import Scenario, ScenarioError
from tandem.planning.travel.graph import from_graph, number_of, rows_of
from tandem.planning.travel.plane import origin, to_km

NOTHING = np.zeros((1, 1, 1))


def roads_of(scenario: Scenario) -> Roads:
    """Travel between everything in the scenario. Raises ScenarioError."""
    travel = scenario.travel
    at = origin(scenario)
    lonlat = travel.coordinates == "lonlat"
    posts = to_km(*_columns(scenario.posts), lonlat, at)
    hospitals = to_km(*_columns(scenario.hospitals), lonlat, at)
    pace = travel.minutes_per_km * travel.detour
    factor = np.array([travel.factor.get(name, 1.0) for name in scenario.priorities])
    layers = (NOTHING, NOTHING, NOTHING)
    mode = np.zeros(len(factor), np.int64)
    metric = STRAIGHT_L1 if travel.by == "L1" else STRAIGHT
    if travel.by in ("matrix", "graph", "jemss"):
        metric = MATRIX
        if any(not place.is_point for place in scenario.places):
            raise ScenarioError(
                f"Travel by {travel.by} goes to points: give each place `at` instead of `box`."
            )
    if travel.by == "matrix":
        layers = from_matrix(scenario, Path(travel.file))
    elif travel.by == "graph":
        layers = from_graph(scenario, at)
    elif travel.by == "jemss":
        from tandem.planning.travel.jemss_roads import jemss_layers

        layers, mode = jemss_layers(scenario)
    return Roads(
        metric=metric,
        pace=pace * factor,
        factor=factor,
        mode=mode,
        post_x=posts[0],
        post_y=posts[1],
        hospital_x=hospitals[0],
        hospital_y=hospitals[1],
        minutes=layers[0],
        to_hospital=layers[1],
        from_hospital=layers[2],
    )


def _columns(spots: tuple[object, ...]) -> tuple[Floats, Floats]:
    pairs = np.array([[spot.x, spot.y] for spot in spots], np.float64).reshape(-1, 2)  # type: ignore[attr-defined]
    return pairs[:, 0].copy(), pairs[:, 1].copy()


def from_matrix(scenario: Scenario, path: Path) -> tuple[Floats, Floats, Floats]:
    """Minutes from a CSV with columns from, to, minutes; names are those of the scenario.

    Posts need a line to each place and from each hospital; places one to each hospital.
    """
    known = _read_matrix(path)

    def minutes(start: str, goal: str) -> float:
        if (start, goal) not in known:
            raise ScenarioError(
                f"{path.name} has no line from {start!r} to {goal!r}; add it and run again."
            )
        return known[start, goal]

    posts = [spot.name for spot in scenario.posts]
    places = [place.name for place in scenario.places]
    hospitals = [spot.name for spot in scenario.hospitals]
    if not hospitals:
        return np.array([[[minutes(a, b) for b in places] for a in posts]]), NOTHING, NOTHING
    return (
        np.array([[[minutes(a, b) for b in places] for a in posts]]),
        np.array([[[minutes(b, a) for b in places] for a in hospitals]]),
        np.array([[[minutes(a, b) for b in posts] for a in hospitals]]),
    )


def _read_matrix(path: Path) -> dict[tuple[str, str], float]:
    known: dict[tuple[str, str], float] = {}
    for line, row in rows_of(path, ("from", "to", "minutes")):
        value = number_of(path, line, row["minutes"])
        if not 0 <= value <= MANY:
            raise ScenarioError(f"{path.name}, line {line}: {value:g} minutes is no travel time.")
        way = row["from"], row["to"]
        if known.get(way, value) != value:
            raise ScenarioError(
                f"{path.name}, line {line}: from {way[0]!r} to {way[1]!r} it is {value:g} minutes "
                f"here and {known[way]:g} before."
            )
        known[way] = value
    return known
