"""The page that builds a map from a sample."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class MapColumn:
    """One column of the sample, with what it says in the first rows."""

    field: str
    name: str
    samples: list[str]
    chosen: str = ""


@dataclass
class MapRow:
    """One row of the sample as a call."""

    line: int
    at: str
    key: str
    type: str
    place: str
    status: str


@dataclass
class MapReject:
    """One row that would be rejected: its line and the reason, never its words."""

    line: int
    reason: str


@dataclass
class MapTrial:
    """What would become of the sample."""

    rows: int
    accepted: int
    rejected: int
    unmapped: int
    suspect: int
    shown: list[Any] = field(default_factory=list)  # MapRow
    rejects: list[Any] = field(default_factory=list)  # MapReject


@dataclass
class MapBuilder:
    """Map builder: before a sample was given, there are no columns."""

    url: str
    kept: list[str]
    shipped: list[str]
    name: str = ""
    zone: str = ""
    times: str = ""
    sample: str = ""
    choices: list[Any] = field(default_factory=list)  # Option
    columns: list[Any] = field(default_factory=list)  # MapColumn
    trial: Any = None  # MapTrial
    text: str = ""
