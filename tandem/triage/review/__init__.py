"""The review draw: which calls a supervisor reads today, and what is missed by their answers.

Names are fetched when they are used: the command lists its words without the engine's libraries.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
_HOMES = {
    "Drawn": "draw",
    "Listed": "draw",
    "Plan": "draw",
    "draw_day": "draw",
    "Answer": "estimate",
    "agreement": "estimate",
    "estimate_missed": "estimate",
    "read_answers": "estimate",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
