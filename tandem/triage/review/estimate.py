"""What the reviewed draws say: how many crises nobody heard, and how far two readers agree."""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tandem.kernel.maps import MapError
from tandem.triage.learn.measures import NORMAL_95, wilson
from tandem.triage.review.draw import HIGH, RANDOM

YES, NO, UNCLEAR = "yes", "no", "unclear"
ANSWERS = (YES, NO, UNCLEAR)
PAIR = 2


class NotCounted(MapError):
    """The reviews cannot be counted as they are."""


@dataclass(frozen=True)
class Answer:
    """One review: which call, from which stratum, with which weight, what was said, by whom."""

    call: str
    stratum: str
    weight: float
    answer: str
    reader: str


def read_answers(path: Path) -> list[Answer]:
    """Reviews from JSON Lines; raises NotCounted with the first line that is none."""
    answers = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise NotCounted(f"{path} cannot be read: {error}.") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found = Answer(**json.loads(line))
            good = (
                found.answer in ANSWERS
                and found.stratum in (HIGH, RANDOM)
                and math.isfinite(found.weight)
                and found.weight >= 1
            )
        except (ValueError, TypeError):
            good = False
        if not good:
            raise NotCounted(
                f"{path}, line {number}: a review has call, stratum (high, random), weight (1 or"
                " more), answer (yes, no, unclear) and reader. Nothing was counted."
            )
        answers.append(found)
    return answers


def estimate_missed(answers: Iterable[Answer]) -> dict[str, Any]:
    """The share and number of crises among the calls that neither score nor dispatcher picked.

    Each random call stands for as many as its weight says (Horvitz and Thompson, 1952). The
    interval is Wilson's at the effective number of reviews (L. Kish, 1965), so that unequal weights
    widen it. "Unclear" is no answer either way: the bounds with all of them as yes and as no are
    given beside the estimate. Of a call that was read twice the first answer counts.
    """
    first: dict[str, Answer] = {}
    for answer in answers:
        if answer.stratum == RANDOM:
            first.setdefault(answer.call, answer)
    clear = [answer for answer in first.values() if answer.answer != UNCLEAR]
    unclear = [answer for answer in first.values() if answer.answer == UNCLEAR]
    if not clear:
        raise NotCounted("No call of the random draw was answered yes or no yet.")
    weight = sum(answer.weight for answer in clear)
    yes = sum(answer.weight for answer in clear if answer.answer == YES)
    effective = weight**2 / sum(answer.weight**2 for answer in clear)
    share = yes / weight
    low, high = wilson(share * effective, effective)
    every = weight + sum(answer.weight for answer in unclear)
    return {
        "reviewed": len(clear),
        "unclear": len(unclear),
        "stands_for": round(every, 2),
        "share": round(share, 5),
        "interval": [round(low, 5), round(high, 5)],
        "level": 0.95,
        "missed": round(share * every, 1),
        "missed_interval": [round(low * every, 1), round(high * every, 1)],
        "share_if_unclear": [
            round(yes / every, 5),
            round((yes + every - weight) / every, 5),
        ],
        "words": f"about {share * every:.0f} crises ({low * every:.0f} to {high * every:.0f}, 95 %)"
        f" among {every:.0f} calls that nobody picked, from {len(clear)} reviewed at random.",
    }


def missed_from(path: Path) -> dict[str, Any]:
    """The estimate for a model card, from a file of reviews."""
    return estimate_missed(read_answers(path))


def agreement(answers: Sequence[Answer]) -> dict[str, Any]:
    """How far two readers of the same calls agree: share, Cohen's kappa, and the intervals.

    Kappa's interval uses the large-sample variance of J. Cohen (1960). Only the first two different
    readers of a call count. Raises NotCounted where no call was read twice.
    """
    readers: dict[str, dict[str, str]] = defaultdict(dict)
    for answer in answers:
        if len(readers[answer.call]) < PAIR:
            readers[answer.call].setdefault(answer.reader, answer.answer)
    pairs = [tuple(said.values()) for said in readers.values() if len(said) == PAIR]
    if not pairs:
        raise NotCounted("No call was read by two people yet.")
    n = len(pairs)
    same = sum(one == other for one, other in pairs)
    observed = same / n
    expected = sum(
        sum(one == word for one, _ in pairs) * sum(other == word for _, other in pairs) / n**2
        for word in ANSWERS
    )
    low, high = wilson(same, n)
    kappa = interval = None
    if expected < 1:
        kappa = (observed - expected) / (1 - expected)
        half = NORMAL_95 * math.sqrt(observed * (1 - observed) / n) / (1 - expected)
        interval = [round(max(-1.0, kappa - half), 4), round(min(1.0, kappa + half), 4)]
        kappa = round(kappa, 4)
    return {
        "read_twice": n,
        "agreed": round(observed, 4),
        "interval": [round(low, 4), round(high, 4)],
        "kappa": kappa,
        "kappa_interval": interval,
    }
