"""Draws the day's review list: high scorers that nobody sent the team to, and some of the others.

A score that learns only from its own alarms never hears of what it misses; a random draw of the
calls it passed over, with its weights, is what tells. The list contacts nobody and shows no score:
whoever reads it must not know which call is there for which reason.
"""

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

HIGH, RANDOM = "high", "random"
DAYS_A_WEEK = 7
READ_TWICE = 10


@dataclass(frozen=True)
class Plan:
    """How much is read.

    Attributes:
        threshold: from here on a score is high.
        random_per_week: calls drawn at random among the others; 20 by default.
        most_high_per_day: no more high scorers than a supervisor can read; the others of that day
            are drawn from, so each keeps a weight.
        read_twice: one in so many is read by two people; 10 by default.
    """

    threshold: float
    random_per_week: int = 20
    most_high_per_day: int = 20
    read_twice: int = READ_TWICE


@dataclass(frozen=True)
class Drawn:
    """One call of the day as the draw sees it: its key, its score, whether the team was sent."""

    call: str
    score: float
    team_sent: bool


@dataclass(frozen=True)
class Listed:
    """One call of the draw, with what is kept but not shown.

    Attributes:
        call: its key; the only field that `shown` gives out, with `twice`.
        stratum: `high` or `random`.
        weight: how many calls of its stratum and day it stands for (the inverse of its chance).
        twice: whether a second person reads it as well.
    """

    call: str
    stratum: str
    weight: float
    twice: bool

    def shown(self) -> dict[str, str | bool]:
        """What the reader of the list sees: neither score, stratum nor weight."""
        return {"call": self.call, "twice": self.twice}


class NotDrawn(ValueError):
    """Nothing was drawn; the message says why, in one sentence."""


def read_day(path: Path) -> list[Drawn]:
    """The day's calls from JSON Lines; raises NotDrawn with the first line that is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise NotDrawn(f"{path} cannot be read ({error.strerror}); nothing was drawn.") from None
    except UnicodeDecodeError:
        raise NotDrawn(f"{path} is no text in UTF-8; nothing was drawn.") from None
    calls = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found = Drawn(**json.loads(line))
        except (ValueError, TypeError):
            found = None
        if found is None or not _is_call(found):
            raise NotDrawn(
                f"{path}, line {number}: a call has call (its key), score (0 to 1) and team_sent"
                " (true, false), and nothing else; nothing was drawn."
            )
        calls.append(found)
    return calls


def _is_call(found: Drawn) -> bool:
    return (
        isinstance(found.call, str)
        and bool(found.call)
        and isinstance(found.score, int | float)
        and not isinstance(found.score, bool)
        and isinstance(found.team_sent, bool)
    )


def draw_day(calls: Iterable[Drawn], plan: Plan, *, day: int, seed: int) -> list[Listed]:
    """The review list of one day, mixed.

    Args:
        calls: the day's calls that may be reviewed; those the team was sent to are left out.
        plan: how much is read.
        day: the day's ordinal (`date.toordinal()`); the week's draw is spread over its days.
        seed: kept with the list, so that the draw can be repeated and checked.

    Raises NotDrawn for a key that stands twice or a score outside 0 to 1.
    """
    waiting = [call for call in calls if not call.team_sent]
    keys = [call.call for call in waiting]
    if len(set(keys)) != len(keys):
        raise NotDrawn("A call stands twice in the day's list; nothing was drawn.")
    if any(not 0 <= call.score <= 1 for call in waiting):
        raise NotDrawn("A score lies outside 0 to 1; nothing was drawn.")
    # The order in which calls come in must not decide who is drawn.
    waiting.sort(key=lambda call: call.call)
    chance = random.Random(f"{seed}/{day}")  # noqa: S311 (a draw to repeat, not a secret)
    high = [call.call for call in waiting if call.score >= plan.threshold]
    others = [call.call for call in waiting if call.score < plan.threshold]
    picked = [
        *_pick(high, plan.most_high_per_day, HIGH, chance),
        *_pick(others, _share_of_week(plan.random_per_week, day), RANDOM, chance),
    ]
    chance.shuffle(picked)
    return [
        Listed(call, stratum, weight, twice=chance.randrange(plan.read_twice) == 0)
        for call, stratum, weight in picked
    ]


def _pick(
    calls: Sequence[str], most: int, stratum: str, chance: random.Random
) -> list[tuple[str, str, float]]:
    count = min(most, len(calls))
    return [(call, stratum, len(calls) / count) for call in chance.sample(calls, count)]


def _share_of_week(per_week: int, day: int) -> int:
    """So many of the week's draws fall on this day that each week has all of them."""
    place = day % DAYS_A_WEEK
    return per_week * (place + 1) // DAYS_A_WEEK - per_week * place // DAYS_A_WEEK
