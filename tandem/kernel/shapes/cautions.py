"""The page of standing cautions: drafts, what waits, what stands, and how they lie by area."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class CautionLine:
    """A caution or a draft of one."""

    key: str
    words: str
    about: str  # an address, a person on file
    source: str
    seen_on: str
    by: str
    days: int
    until: str = ""
    sources: int = 1
    checked: str = ""
    unfit: list[str] = field(default_factory=list)  # the words that keep a draft from being sent
    approve_url: str = ""
    end_url: str = ""
    send_url: str = ""


@dataclass
class AreaLine:
    """How many cautions stand in an area, beside how many calls came from it."""

    area: str
    standing: int
    expired: int
    never_checked: int
    calls: int
    per_thousand: str


@dataclass
class CautionsPage:
    """Everything a role may do with cautions."""

    url: str
    drafts: list[CautionLine]
    waiting: list[CautionLine]
    standing: list[CautionLine]
    areas: list[AreaLine] | None  # the supervisor's list
    sources: list[Any] = field(default_factory=list)
    place: str = ""
    file: str = ""
