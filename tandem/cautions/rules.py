"""How long warnings stand, which words a standing caution may not hold, and what confirms it.

Plain Python. A hazard reported on a call takes every word; a standing caution names behavior, never
a diagnosis or a score.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

LONGEST_HAZARD = timedelta(hours=24)
USUAL_DAYS = 90
MOST_DAYS = 1096  # three years
SOURCES = ("officer_saw", "report", "other_agency", "caller")
ANSWERS = ("holds", "not", "not_seen")

_DIAGNOSES = (
    r"schizo\w*",
    r"bi-?polar\w*",
    r"psycho(?:sis|tic|path\w*)?",
    r"manic\b|mania\b",
    r"borderline|bpd",
    r"ptsd",
    r"depress(?:ed|ion|ive)",
    r"anxiety disorder",
    r"autis\w*|asperger\w*|asd",
    r"dement\w*|alzheimer\w*",
    r"add\b|adhd",
    r"ocd",
    r"delusional|paranoi\w*",
    r"mental(?:ly)? (?:ill\w*|health|patient|case)|mhp?\b(?= (?:subject|patient|issues))|edp",
    r"51\.?15|chapter(?:ed)?|committed",
    r"alcoholic|addict\w*|junkie|meth ?head|drunk",
    r"hiv\w*|aids|hep(?:atitis)?[ -]?[abc]",
    r"crazy|insane|psych|nuts\b|lunatic|retard\w*",
)
_SCORES = (
    r"(?:risk|threat|danger|lethality)(?: level| score)?(?: is| of|:)? ?(?:\d+|high|low|medium)",
    r"\bscore[ds]?\b",
    r"\b(?:phq|c-?ssrs|gaf|audit|dast)[- ]?\d*\b",
    r"\b\d+ ?/ ?10\b",
    r"\blevel \d\b",
)
_UNFIT = re.compile(rf"\b(?:{'|'.join(_DIAGNOSES)})|{'|'.join(_SCORES)}", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """Where a caution or a check of it comes from."""

    kind: str
    ref: str  # a report's number, or who saw it


def is_hazard_current(at: datetime, *, call_is_open: bool, now: datetime) -> bool:
    """A hazard stands while its call does, 24 hours at most, by the server's clock."""
    return call_is_open and now - at < LONGEST_HAZARD


def unfit_words(text: str) -> list[str]:
    """The diagnoses, labels and scores in a text, as written, each once."""
    return list(dict.fromkeys(found.group(0).strip() for found in _UNFIT.finditer(text)))


def expires(on: date, days: int) -> date:
    """The last day: 90 days unless said otherwise, three years at most."""
    return on + timedelta(days=min(max(days, 1), MOST_DAYS))


def is_caution_current(*, approved: bool, ended: bool, expires_on: date, today: date) -> bool:
    """Whether it may be shown as standing: approved, not ended, not expired."""
    return approved and not ended and today <= expires_on


def confirmed_by(sources: Iterable[Source]) -> int:
    """How many sources say so: one source that repeats itself counts once."""
    return len({(one.kind, " ".join(one.ref.casefold().split())) for one in sources})
