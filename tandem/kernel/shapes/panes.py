"""A desk's panes as one person wants them, and what happened at the desk lately."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tandem.kernel.shapes.frame import Moment, Timer


@dataclass
class Panes:
    """Order, density and what stands open; `drawn` is the one that a narrow desk shows."""

    lists: list[str] = field(default_factory=lambda: ["pending", "active"])
    side: list[str] = field(default_factory=lambda: ["detail", "units", "requests"])
    shown: list[str] = field(default_factory=lambda: ["detail", "units", "requests"])
    may_fold: list[str] = field(default_factory=list)
    density: str = ""  # "" | dense | roomy
    drawn: str = "detail"
    view_url: str = ""  # where a change is kept
    lately_url: str = ""  # closed and activity are fetched when somebody opens them


def crisis_panes() -> Panes:
    """As the crisis desk's come."""
    return Panes(["asked", "callers", "contacts"], ["workers"], ["workers"])


@dataclass
class ClosedLine:
    """A call or a contact that ended lately."""

    number: str
    what: str
    place: str
    at: Moment
    url: str = ""
    who: str = ""


@dataclass
class ActivityLine:
    """Something that happened at a desk, beside the number it happened to."""

    number: str
    event: Any  # CallEvent
    url: str = ""


@dataclass
class Lately:
    """The two panes that look back; none where a pane is not open."""

    closed: list[ClosedLine] | None = None
    activity: list[ActivityLine] | None = None


@dataclass
class MapPoint:
    """An open call on a desk's map; without a point it stands in the table alone."""

    key: str
    number: str
    place: str
    state: str
    lat: float | None
    lon: float | None
    units: list[str]
    timer: Timer | None
    url: str = ""
    precision: str = "unknown"  # address | crossing | block | area | unknown: what the words name


@dataclass
class MapPost:
    """Where a free unit waits by the program's file; nobody says that it is there."""

    callsign: str
    post: str
    lat: float | None
    lon: float | None


@dataclass
class DeskMap:
    """The map beside a desk, and the table that says the same; no points while it is put away."""

    points: list[MapPoint] | None = None
    map_url: str = ""
    ground_url: str = ""
    tiles: str = ""  # an address with {z} {x} {y}; empty: no server is asked
    credit: str = ""
    kind: str = "raster"  # of the tiles: raster | vector
    zooms: tuple[int, int] | None = None  # of the tiles, where known
    bounds: tuple[float, float, float, float] | None = None  # west, south, east, north, degrees
    unreadable: bool = False  # a file of tiles is named and draws nothing
    posts: list[MapPost] = field(default_factory=list)
