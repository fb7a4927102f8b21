"""What waits for a supervisor: reviews, and response plans to co-sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tandem.kernel.shapes.frame import Moment


@dataclass
class ReviewLine:
    """One review, waiting or done."""

    number: str
    triggers: list[str]  # codes
    by: str  # who stated what called for it
    day: str
    at: Moment
    url: str = ""
    words: str = ""
    done_by: str = ""
    done_at: Moment | None = None


@dataclass
class PlanLine:
    """A signed response plan that waits for a co-signature."""

    number: str
    author: str
    signed_on: str
    due_on: str
    late: bool
    url: str


@dataclass
class ReviewsPage:
    """A supervisor's queue, own side alone."""

    side: str  # police | crisis
    reviews: list[Any]  # ReviewLine
    plans: list[Any] | None  # PlanLine; None on the police side


@dataclass
class ReviewPage:
    """What a supervisor reads before saying what they found."""

    side: str
    line: ReviewLine
    records: list[Any]  # SignedNote of every author
    back_url: str
    done_url: str = ""  # empty once reviewed, and for who wrote it
    typed: Any = None  # TypedForm, until it is reviewed


@dataclass
class PlanPage:
    """A response plan to co-sign."""

    line: PlanLine
    versions: list[Any]  # SignedForm
    back_url: str
    cosign_url: str = ""
