"""Kilometers from coordinates: as they are, or from longitude and latitude."""

import math

import numpy as np
from numpy.typing import NDArray

from tandem.planning.arrays import Floats
from tandem.planning.scenario import Scenario, ScenarioError

# Mean radius of the Earth (IUGG), in kilometers.
EARTH_KM = 6371.0088


def origin(scenario: Scenario) -> tuple[float, float]:
    """The middle of the places, where a plane touches the Earth."""
    if not scenario.places:
        return (0.0, 0.0)
    boxes = np.array([place.box for place in scenario.places])
    return float(boxes[:, [0, 2]].mean()), float(boxes[:, [1, 3]].mean())


def to_km(
    x: NDArray[np.float64], y: NDArray[np.float64], lonlat: bool, at: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Coordinates in kilometers.

    Degrees are laid on a plane that touches the Earth at `at`; within 100 km the error of a
    distance stays below 1 % up to a latitude of 60 degrees.
    """
    if not lonlat:
        return np.asarray(x, np.float64), np.asarray(y, np.float64)
    if len(x) and (np.abs(x).max() > 360 or np.abs(y).max() > 90):  # noqa: PLR2004
        raise ScenarioError(
            "A place lies outside the globe: longitude comes first, then latitude, in degrees."
        )
    degree = EARTH_KM * math.pi / 180.0
    east = (np.asarray(x, np.float64) - at[0]) * degree * math.cos(math.radians(at[1]))
    return east, (np.asarray(y, np.float64) - at[1]) * degree
