"""What surrounds a sign: denied, earlier, only supposed, asked and not known (after NegEx/ConText).

The method follows Chapman et al. 2001 and Harkema et al. 2009: marks with a reach, ended by the
sentence or by a turn of it. Words and reaches are our own (`lexicon/context.toml`).
"""

import re
from dataclasses import dataclass, field

from tandem.triage.reader.lexicon import Group
from tandem.triage.reader.patterns import Hit
from tandem.triage.reader.tokens import Tokens

WEAPONS = frozenset({"weapon_present", "weapon_access", "weapon_brandished", "edged_weapon"})
_VERB_TO_WEAPON = 2
_END = r"(?=\s*(?:[.,;/|)\]\n]|$|[A-Za-z /]{1,25}[:?]))"
_ANSWERED_NO = re.compile(
    r"\s*[?:=(\-\u2013]+\s*(?:no|n|neg|negative|none|nope|nil|denied|denies|false|ninguna?)\b"
    + _END,
    re.IGNORECASE,
)
_NOT_KNOWN = re.compile(
    r"\s*[?:=(\-\u2013]+\s*(?:unk|unkn|unknown|not known|unsure|u/k|\?+|na|n/a|not asked)(?!\w)"
    + _END,
    re.IGNORECASE,
)
_LIST_WORDS = frozenset({"or", "nor", "and", "o", "ni", "y", "any"})
_LIST_WINDOW = 5
# A verb or a person behind a comma opens a clause of its own; so does a verb behind shorthand for
# what was denied ("DENIES SI HAS GUN"). The last list says that a thing is there.
_OPENS_CLAUSE = frozenset(
    [
        "has",
        "have",
        "had",
        "is",
        "are",
        "was",
        "were",
        "he",
        "she",
        "they",
        "there",
        "i",
        "owns",
        "keeps",
        "holding",
        "carrying",
        "armed",
        "took",
        "takes",
        "left",
        "says",
        "said",
        "tiene",
        "hay",
        "esta",
        "son",
    ]
)
_DENIED_FIRST = frozenset(
    [
        "si",
        "hi",
        "suicidal",
        "homicidal",
        "ideation",
        "ideations",
        "thoughts",
        "intent",
        "plan",
        "harm",
        "self",
    ]
)
_AFFIRMS = frozenset(
    [
        "present",
        "nearby",
        "inside",
        "upstairs",
        "downstairs",
        "there",
        "asleep",
        "here",
        "visible",
        "in",
        "at",
        "on",
        "presente",
    ]
)
_GOING_ON = frozenset({"since", "for", "desde", "past"})


@dataclass(slots=True)
class Marks:
    """The context phrases of one text, by what they do and by sentence."""

    text: str
    tokens: Tokens
    groups: list[Group]
    by_role: dict[tuple[str, int], list[Hit]] = field(default_factory=dict)
    roles: set[str] = field(default_factory=set)
    stops: set[int] = field(default_factory=set)

    def near(self, role: str, sign: Hit) -> list[Hit]:
        """The marks of one role in the sentence of a sign."""
        return self.by_role.get((role, self.tokens.sentence[sign.first]), [])

    def add(self, role: str, mark: Hit) -> None:
        self.roles.add(role)
        self.by_role.setdefault((role, self.tokens.sentence[mark.first]), []).append(mark)
        if role == "stop":
            self.stops.add(mark.first)

    def stopped(self, first: int, last: int) -> bool:
        """Whether the sentence turns strictly between two tokens."""
        return any(place in self.stops for place in range(first + 1, last))

    def commas(self, first: int, last: int) -> int:
        """Commas between two tokens, the one before the last included."""
        return sum(self.tokens.comma[place] for place in range(first + 1, last + 1))

    def together(self, left: int, right: int) -> bool:
        """Whether two tokens stand in one sentence."""
        return self.tokens.sentence[left] == self.tokens.sentence[right]

    def plain(self, first: int, last: int) -> bool:
        """One sentence, and neither comma nor turn between two tokens."""
        return (
            self.together(first, last)
            and not self.commas(first, last)
            and not self.stopped(first, last)
        )


def sort_marks(
    text: str, tokens: Tokens, hits: list[Hit], signs: list[Hit], groups: list[Group]
) -> Marks:
    """Sort the context hits.

    A mark that is part of a longer sign, or of a phrase that only looks like one, marks nothing.
    """
    marks = Marks(text, tokens, groups)
    within = _covered([sign for sign in signs if sign.last > sign.first])
    pseudo = _covered([hit for hit in hits if groups[hit.group].role == "pseudo"])
    real = _covered([hit for hit in hits if groups[hit.group].role == "not_hypothetical"])
    spared = {
        "negate_before": pseudo | within,
        "negate_after": pseudo | within,
        "hypothetical_before": real,
        "might": real,
        "history_before": within,
        "history_after": within,
    }
    for hit in hits:
        role = groups[hit.group].role
        if hit.first not in spared.get(role, ()):
            marks.add(role, hit)
    return marks


def _covered(hits: list[Hit]) -> set[int]:
    return {place for hit in hits for place in range(hit.first, hit.last + 1)}


def negated(marks: Marks, sign: Hit, cue: str) -> bool:
    """Whether the text says that this sign is not so."""
    if _ANSWERED_NO.match(marks.text, marks.tokens.ends[sign.last]):
        return True
    for mark in marks.near("negate_before", sign):
        if mark.last < sign.first and _denies(marks, mark, sign, cue):
            return True
    return any(
        0 <= mark.first - sign.last - 1 < marks.groups[mark.group].reach
        and not marks.commas(sign.last, mark.first)
        for mark in marks.near("negate_after", sign)
    )


def _denies(marks: Marks, mark: Hit, sign: Hit, cue: str) -> bool:
    group = marks.groups[mark.group]
    away = sign.first - mark.last - 1
    reach = min(group.reach, _VERB_TO_WEAPON) if group.verbal and cue in WEAPONS else group.reach
    if marks.stopped(mark.last, sign.first):
        return False
    if sign.first in marks.stops and away > 0 and marks.tokens.comma[sign.first]:
        return False
    if _begins_anew(marks, mark.last, sign):
        return False
    commas = marks.commas(mark.last, sign.first)
    if not commas:
        return away <= reach
    if not group.lists or away > reach + 2 * commas:
        return False
    return group.name == "denial" or _list_goes_on(marks, mark.last, sign)


def _begins_anew(marks: Marks, first: int, sign: Hit) -> bool:
    """`denies SI, has a gun` and `denies SI, kids present`: behind the comma something is so."""
    words, after = marks.tokens.words, sign.last + 1
    clause = any(
        words[place] in _OPENS_CLAUSE
        and (marks.tokens.comma[place] or words[place - 1] in _DENIED_FIRST)
        for place in range(first + 1, sign.first + 1)
    )
    listed = marks.commas(first, sign.first) and after < len(words)
    return clause or bool(listed and marks.together(sign.last, after) and words[after] in _AFFIRMS)


def _list_goes_on(marks: Marks, first: int, sign: Hit) -> bool:
    """`no weapons, drugs or alcohol`: an `or` behind the comma keeps the list together."""
    words = marks.tokens.words
    stop = min(len(words), sign.last + 1 + _LIST_WINDOW)
    for place in range(first + 1, stop):
        if not marks.together(first, place):
            return False
        if place > sign.last and place in marks.stops:
            return False
        if words[place] in ("or", "nor", "o", "ni"):
            return True
    return False


def not_known(marks: Marks, sign: Hit) -> bool:
    """Whether the text says that nobody knows: the question was asked, or is open."""
    if _NOT_KNOWN.match(marks.text, marks.tokens.ends[sign.last]):
        return True
    for mark in marks.near("not_known", sign):
        if mark.first <= sign.first and sign.last <= mark.last:
            return True
        away = sign.first - mark.last - 1
        if 0 <= away <= marks.groups[mark.group].reach and marks.plain(mark.last, sign.first):
            return True
    return False


def history(marks: Marks, sign: Hit, *, lasting: bool) -> str:
    """Say whether a sign is "dated" (a time that is over), "known" (a history), or "" (now).

    `lasting`: the sign is a condition, which a list of a history goes on naming.
    """
    earlier = [
        mark
        for mark in marks.near("history_before", sign)
        if _was(marks, mark, sign, lasting=lasting) and not _again(marks, mark.last, sign)
    ]
    for mark in marks.near("history_after", sign):
        away = mark.first - sign.last - 1
        reaches = -1 <= away <= marks.groups[mark.group].reach and mark.last > sign.last
        if reaches and marks.plain(sign.last, mark.first) and not _since(marks, mark):
            earlier.append(mark)
    if not earlier:
        return ""
    return "dated" if any(marks.groups[mark.group].verbal for mark in earlier) else "known"


def _since(marks: Marks, mark: Hit) -> bool:
    """`off meds since last week` goes on."""
    return mark.first > 0 and marks.tokens.words[mark.first - 1] in _GOING_ON


def _was(marks: Marks, mark: Hit, sign: Hit, *, lasting: bool) -> bool:
    if mark.first <= sign.first <= mark.last:
        return True
    group = marks.groups[mark.group]
    if not 0 <= sign.first - mark.last - 1 <= group.reach:
        return False
    commas = marks.commas(mark.last, sign.first)
    turned = marks.stopped(mark.last, sign.first)
    if group.verbal:
        opens = mark.first == 0 or not marks.together(mark.first - 1, mark.first)
        return (commas == 0 and not turned) or (opens and commas <= 1)
    return not turned and sign.first not in marks.stops and (lasting or not commas)


def _again(marks: Marks, after: int, sign: Hit) -> bool:
    """Words such as `now` between the earlier time and the sign."""
    return any(
        after < mark.first <= sign.first
        or (mark.first == sign.last + 1 and not marks.tokens.comma[mark.first])
        for mark in marks.near("now", sign)
    )


def hypothetical(marks: Marks, sign: Hit) -> str:
    """Say "supposed" for a condition, question or exercise, "might" for what may yet be, or ""."""
    if "exercise" in marks.roles:
        return "supposed"
    for mark in marks.near("hypothetical_before", sign):
        if 0 <= sign.first - mark.last - 1 <= marks.groups[mark.group].reach:
            return "supposed"
    for mark in marks.near("might", sign):
        away = sign.first - mark.last - 1
        if mark.first == sign.first or 0 <= away <= marks.groups[mark.group].reach:
            return "might"
    return ""
