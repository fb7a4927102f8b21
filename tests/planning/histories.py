"""Histories made up for tests: a CSV, its map, and a study, as an agency would have them."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np

MAP = """version = 1
name = "made-up"
[file]
format = "csv"
zone = "America/Chicago"
[key]
columns = ["id"]
[times.received]
column = "received"
formats = ["%Y-%m-%d %H:%M:%S"]
[times.dispatched]
column = "dispatched"
formats = ["%Y-%m-%d %H:%M:%S"]
[times.on_scene]
column = "arrived"
formats = ["%Y-%m-%d %H:%M:%S"]
[times.cleared]
column = "cleared"
formats = ["%Y-%m-%d %H:%M:%S"]
[columns]
call_type = "type"
area = "area"
[codes.call_type]
"crisis" = {kind = "behavioral_health", priority = 1}
"theft" = {kind = "theft", priority = 3}
[planning]
requested = "asked"
requested_yes = ["y"]
requested_no = ["n"]
reached = "came"
reached_yes = ["y"]
reached_no = ["n"]
disposition = "ended"
"""
STUDY = """version = 1
name = "made-up"
[[staffed]]
name = "team"
shifts = ["Mon-Sun 12:00-20:00"]
[[candidate]]
name = "mornings"
shifts = ["Mon-Sun 06:00-12:00"]
"""
COLUMNS = ("id", "received", "dispatched", "arrived", "cleared", "type", "area", "asked", "came",
           "ended")  # fmt: skip
START = dt.date(2025, 1, 6)


def write(
    folder: Path,
    *,
    days: int = 140,
    per_hour: float = 0.1,
    study: str = STUDY,
    skip: tuple[int, int] = (0, 0),
    seed: int = 3,
    slower: float = 1.0,
) -> tuple[Path, Path, Path]:
    """Study, data and map: Poisson calls, twice as many from noon to eight, two areas 3 to 1.

    Requests come for 0.8 of calls from noon to eight and for 0.2 of others; a team comes for 0.9
    of requests then, and for none else. `skip` = days without any call. `slower` multiplies the
    minutes of the second half.
    """
    rng = np.random.default_rng(seed)
    rows: list[list[str]] = []
    for day in range(days):
        for hour in range(24):
            if skip[0] <= day < skip[1]:
                continue
            on = 12 <= hour < 20
            for _ in range(rng.poisson(per_hour * (2 if on else 1))):
                midnight = dt.datetime.combine(START + dt.timedelta(days=day), dt.time())
                at = midnight + dt.timedelta(minutes=60 * hour + float(rng.uniform(0, 60)))
                rows.append(_row(rng, len(rows), at, on, slower if day >= days / 2 else 1.0))
    paths = (folder / "study.toml", folder / "calls.csv", folder / "map.toml")
    paths[0].write_text(study, encoding="utf-8")
    paths[2].write_text(MAP, encoding="utf-8")
    with paths[1].open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return paths


def _row(
    rng: np.random.Generator, number: int, at: dt.datetime, on: bool, slower: float
) -> list[str]:
    asked = rng.random() < (0.8 if on else 0.2)
    came = asked and on and rng.random() < 0.9
    word = "hospital" if rng.random() < 0.3 else "home"
    steps = [at]
    for minutes in (rng.uniform(1, 5), rng.uniform(5, 20), rng.uniform(20, 90)):
        steps.append(steps[-1] + dt.timedelta(minutes=float(minutes) * slower))
    times = [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in steps]
    if not came:
        times[1:] = ["", "", ""]
    area = "north" if rng.random() < 0.75 else "south"
    yes_no = ["y" if asked else "n", "y" if came else "n"]
    return [str(number), *times, "crisis", area, *yes_no, word if came else ""]
