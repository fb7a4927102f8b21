"""A small city of invented calls, as a file and its map, for the tests of learning."""

from __future__ import annotations

import csv
import datetime as dt
import random
from pathlib import Path

MAP = """\
version = 1
name = "small-city"
[file]
format = "csv"
zone = "America/Chicago"
[key]
columns = ["id"]
[times.received]
column = "received"
formats = ["%Y-%m-%d %H:%M"]
[times.dispatched]
column = "assigned"
formats = ["%Y-%m-%d %H:%M"]
[times.updated]
column = "written"
formats = ["%Y-%m-%d %H:%M"]
[columns]
call_type = "type"
location = "address"
area = "beat_number"
disposition = "ended"
[remarks.text]
column = "remarks"
class = "D5"
[label]
column = "crisis"
positive = ["Y"]
exclude = ["?"]
[triage]
group = "language"
[triage.answers]
weapon = "weapon_answer"
[triage.remarks]
text = "updated"
[exclude]
columns = ["closing"]
"""
COLUMNS = [
    "id",
    "received",
    "assigned",
    "written",
    "type",
    "address",
    "beat_number",
    "ended",
    "remarks",
    "crisis",
    "weapon_answer",
    "closing",
    "language",
    "callback",
    "names",
    "neutral",
]
TYPES = ("THEFT", "DISTURBANCE", "WELFARE CHECK", "SUICIDAL SUBJECT", "TRAFFIC STOP")
CHANCE = (0.01, 0.08, 0.2, 0.85, 0.002)


def write_map(folder: Path, text: str = MAP) -> str:
    """The map as a file; its path."""
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def write_calls(folder: Path, *, months: int = 4, per_month: int = 400, seed: int = 1) -> str:
    """Calls whose crises depend on type and hour; the columns that must be refused tell more."""
    chance = random.Random(seed)  # noqa: S311 (invented data, not a secret)
    path = folder / "calls.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(months * per_month):
            day = dt.datetime(2025, 1 + number // per_month, 1 + number % 28)  # noqa: DTZ001
            when = day + dt.timedelta(minutes=chance.randrange(24 * 60))
            place = chance.randrange(len(TYPES))
            night = when.hour >= 20 or when.hour < 4
            crisis = chance.random() < min(0.95, CHANCE[place] * (2 if night else 1))
            late = number % 3 == 0
            written = when + dt.timedelta(minutes=40 if late else 1)
            remarks = "RP SAYS HE WANTS TO DIE" if crisis and late else "CALLER WILL MEET OFFICER"
            writer.writerow(
                [
                    number,
                    when.strftime("%Y-%m-%d %H:%M"),
                    (when + dt.timedelta(minutes=5)).strftime("%Y-%m-%d %H:%M"),
                    written.strftime("%Y-%m-%d %H:%M"),
                    TYPES[place],
                    f"{100 + chance.randrange(900)} OAK ST",
                    f"B{number % 3}",
                    "ADVISED",
                    remarks,
                    "Y" if crisis else "N",
                    chance.choice(["yes", "no", "Not Known", ""]),
                    "MENTAL" if crisis else "OTHER",
                    chance.choice(["en", "es"]),
                    f"608-555-{number % 10000:04d}",
                    f"{chance.choice(['Ann', 'Bo', 'Cy'])} Sample{chr(97 + number % 26)}",
                    "a7" if crisis else "b3",
                ]
            )
    return str(path)
