"""The board on paper, as one of the two desks has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tandem.kernel.shapes.frame import Moment


@dataclass
class PrintedBoard:
    """Everything that a print of a desk's board holds."""

    desk: str  # dispatch | crisis
    at: Moment
    day: str
    ribbon: str  # demonstration | evaluation | ""
    by: str = ""  # who printed it; empty on the copy that the server keeps
    pending: list[Any] = field(default_factory=list)  # CallRow
    active: list[Any] = field(default_factory=list)  # CallRow
    units: list[Any] = field(default_factory=list)  # UnitGroup
    requests: list[Any] = field(default_factory=list)  # AskedWorker
    transfers: list[Any] = field(default_factory=list)  # TransferLine
    workers: list[Any] = field(default_factory=list)  # WorkerLine
    contacts: list[Any] = field(default_factory=list)  # ContactRow, of who prints
    away: list[Any] = field(default_factory=list)  # AwayLine
    silent: list[Any] = field(default_factory=list)  # FeedState
    print_url: str = ""
    desk_url: str = ""
