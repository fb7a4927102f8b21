"""The drives of a scenario: as the history tells them, or straight between points."""

import csv
import io
import json
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tandem.planning.history import History
from tandem.planning.study import DRIVES, Study

Array = NDArray[np.float64]
PARTS = 10
FEWEST_DRIVES = 30
MATRIX = "travel.csv"
POST = "base"
EDGES = (0.05, 0.95)


def drives_of(history: History, study: Study) -> list[list[float]] | None:
    """Ten equally likely drives (minutes) to each area, from its recorded ones.

    An area with fewer than thirty takes those of all areas. None where the study wants straight
    lines, or where the history tells fewer than thirty drives in all.
    """
    told = [call for call in history.calls if call.travelled is not None]
    if study.drives != DRIVES[0] or len(told) < FEWEST_DRIVES:
        return None
    middles = (np.arange(PARTS) + 0.5) / PARTS
    found = []
    for area in history.areas:
        own = [call.travelled or 0.0 for call in told if call.area == area]
        minutes = own if len(own) >= FEWEST_DRIVES else [call.travelled or 0.0 for call in told]
        found.append([float(value) for value in np.quantile(minutes, middles)])
    return found


def matrix_text(history: History, drives: list[list[float]]) -> str:
    """Minutes from the post to each part of each area, as a scenario's travel matrix (CSV)."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("from", "to", "minutes"))
    for area, minutes in zip(history.areas, drives, strict=True):
        for part, value in enumerate(minutes, start=1):
            rows.writerow((POST, f"{area} {part}", f"{value:g}"))
    return text.getvalue()


def words(word: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(word, ensure_ascii=False)


def travel_lines(study: Study, drives: list[list[float]] | None) -> Iterator[str]:
    """The table `[travel]`."""
    yield "[travel]"
    if drives:
        yield from ('by = "matrix"', f"file = {words(MATRIX)}", "")
        return
    yield from ('by = "straight"', 'coordinates = "lonlat"')
    yield from (f"kmh = {study.speed:g}", f"detour = {study.detour:g}", "")


def place_lines(
    history: History, known: list[int], drives: list[list[float]] | None
) -> Iterator[str]:
    """The places: parts of an area by drive, or the box that most of its calls lie in."""
    for place in known:
        area = history.areas[place]
        if drives:
            for part in range(1, PARTS + 1):
                yield from ("[[place]]", f"name = {words(f'{area} {part}')}")
                yield from (f"area = {words(area)}", "at = [0, 0]", "")
            continue
        points = np.array(
            [call.place for call in history.calls if call.area == area and call.place]
        )
        yield "[[place]]"
        yield f"name = {words(area)}"
        if len(points) >= FEWEST_DRIVES:
            south, west = np.quantile(points, EDGES[0], axis=0)
            north, east = np.quantile(points, EDGES[1], axis=0)
            yield f"box = [{west:.5f}, {south:.5f}, {east:.5f}, {north:.5f}]"
        else:
            lat, lon = history.centers[place] or (0.0, 0.0)
            yield f"at = [{lon:.5f}, {lat:.5f}]"
        yield ""


def post_lines(
    history: History, rates: Array, known: list[int], drives: list[list[float]] | None
) -> Iterator[str]:
    """One post: where the recorded drives began, or where most calls come from."""
    lat, lon = 0.0, 0.0
    if not drives:
        busiest = max(known, key=lambda place: float(rates[:, place].sum()))
        lat, lon = history.centers[busiest] or (0.0, 0.0)
    yield from ("[[post]]", f"name = {words(POST)}", f"at = [{lon:.5f}, {lat:.5f}]", "")


def places_of(area: str, drives: list[list[float]] | None) -> str:
    """Where the calls of an area come from, as a line of `[[demand]]`."""
    if not drives:
        return f"place = {words(area)}"
    parts = ", ".join(f"{words(f'{area} {part}')} = 1" for part in range(1, PARTS + 1))
    return f"places = {{{parts}}}"


def drive_words(history: History, drives: list[list[float]] | None) -> Iterator[str]:
    """What a reader of the scenario has to know of its drives."""
    if not drives:
        yield "Drives are straight lines times a detour; where calls lie inside an area is a guess."
        return
    waited = [call.waited for call in history.calls if call.waited is not None]
    yield "Drives are those of the history, ten equally likely ones to each area."
    if waited:
        yield (
            "A response counts from when a team is asked and free: the desk's own handling, "
            f"{np.median(waited):.0f} minutes in the median, comes on top."
        )
