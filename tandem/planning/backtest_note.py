"""The note of a backtest that lies beside a scenario, and how a result carries it."""

import json
from pathlib import Path
from typing import Any

NOTE = "backtest.json"
DO_NOT_USE = "do not use"
USABLE = "usable"
NONE = "no backtest"
UNTESTED = (
    "This scenario carries no backtest: nobody compared the engine with a history of this place."
)


def backtest_beside(scenario: Path) -> tuple[dict[str, Any] | None, list[str]]:
    """The backtest that lies beside a scenario, and the sentence that a result has to carry.

    A scenario without one carries the sentence that it was never compared with anything.
    """
    try:
        text = (scenario.parent / NOTE).read_text(encoding="utf-8")
        told = json.loads(text, parse_constant=_no_number)
        sentence, verdict = str(told["sentence"]), told["verdict"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None, [UNTESTED]
    if verdict not in (USABLE, DO_NOT_USE):
        return None, [sentence if verdict == NONE else UNTESTED]
    return told, [sentence] if sentence else []


def _no_number(word: str) -> float:
    raise ValueError(word)


def passed(result: dict[str, Any]) -> list[str]:
    """The words that a result has passed the backtest of which history, if it has."""
    told = result["backtest"]
    if not told or told["verdict"] != USABLE:
        return []
    return [f"Backtest beside it passed: {told.get('history', 'of an unnamed history')}."]


def carrying(result: dict[str, Any], scenario: Path) -> dict[str, Any]:
    """The result of a scenario with its backtest, and the warning not to use it where it failed."""
    told, sentences = backtest_beside(scenario)
    return result | {"backtest": told, "warnings": [*result["warnings"], *sentences]}
