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
class MapCode:
    """One code of a column whose meaning is asked for."""

    field: str
    code: str
    chosen: str
    guessed: bool = False  # nobody has said it yet


@dataclass
class MapCodes:
    """The codes of one column, and what each may mean."""

    column: str
    kind: str  # column:status | unit_status | column:priority
    options: list[Any]  # Option
    codes: list[Any]  # MapCode

    @property
    def guessed(self) -> bool:
        """Whether the meaning of any of them was only guessed."""
        return any(one.guessed for one in self.codes)


@dataclass
class MapBuilder:
    """Map builder: before a sample was given, there are no columns."""

    url: str
    kept: list[str]
    shipped: list[str]
    name: str = ""
    zone: str = ""
    times: str = ""
    sample_key: str = ""  # opens the sample that is kept sealed for an hour
    is_part: bool = False  # the file goes on behind the sample
    rows: int = 0  # of the sample
    choices: list[Any] = field(default_factory=list)  # Option
    columns: list[Any] = field(default_factory=list)  # MapColumn
    codes: list[Any] = field(default_factory=list)  # MapCodes
    trial: Any = None  # MapTrial
    text: str = ""
