"""The review draw: which calls a supervisor reads today, and what is missed by their answers."""

from tandem.triage.review.draw import Drawn, Listed, Plan, draw_day
from tandem.triage.review.estimate import Answer, agreement, estimate_missed, read_answers

__all__ = [
    "Answer",
    "Drawn",
    "Listed",
    "Plan",
    "agreement",
    "draw_day",
    "estimate_missed",
    "read_answers",
]
