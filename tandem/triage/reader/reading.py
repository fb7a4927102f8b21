"""Reads one text: a score, the phrases behind it with what surrounds them, and safety cues."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from tandem.triage.reader import context, language
from tandem.triage.reader.lexicon import Group, Lexicon, shipped
from tandem.triage.reader.patterns import Hit, find
from tandem.triage.reader.people import People
from tandem.triage.reader.spelling import Speller
from tandem.triage.reader.tables import CodeTable
from tandem.triage.reader.tokens import Tokens, cut
from tandem.triage.reader.vocabulary import Vocabulary

THRESHOLD = 0.5
NOT_READ = "not_read"
NO_CUE = "no_cue"
NOT_ASKED = "still_to_ask"

# How much of its weight a sign keeps. Denied keeps nothing; a condition does not end with a date.
HISTORY = {
    "dated": {"condition": 0.5, "state": 0.4, "event": 0.4, "setting": 0.3},
    "known": {"condition": 0.64, "state": 0.6, "event": 0.52, "setting": 0.4},
}
SUPPOSED = {"": 1.0, "might": 0.85, "unknown": 0.5, "supposed": 0.35}
PERSON = {"subject": 1.0, "caller": 1.0, "relative": 0.3, "other": 0.4, "officer": 0.2}
WEAK = 0.45
EXPLAINED = 0.5
# What is over or only supposed does not reach the threshold alone, however much of it there is.
OVER_AT_MOST = 0.42
_NO_CONTEXT = frozenset({"crisis", "safety", "ignore", "not_crisis"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """One phrase that the score rests on; `start` and `end` are code points of the text."""

    start: int
    end: int
    text: str
    cue: str
    negated: bool
    who: str
    when: str
    hypothetical: bool


@dataclass(frozen=True, slots=True)
class SafetyCue:
    """A phrase that opens the safety gate as "possible"; nothing here ever closes it."""

    cue: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in one text.

    `score` is from 0 to 1, or None where the text was not read. `unknown` says in words, each led
    by its kind and a colon, what the reading leaves open: `not_read`, `no_cue`, `still_to_ask`.
    """

    score: float | None
    unknown: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    safety: tuple[SafetyCue, ...]

    @property
    def was_read(self) -> bool:
        """Whether the text could be read at all."""
        return self.score is not None

    @property
    def says_nothing(self) -> bool:
        """Whether the reader says nothing either way: not read, or no phrase it knows."""
        return self.score is None or not self.evidence

    def as_json(self) -> dict[str, Any]:
        """The contract's shape."""
        return {
            "score": None if self.score is None else round(self.score, 4),
            "unknown": list(self.unknown),
            "evidence": [asdict(piece) for piece in self.evidence],
            "safety": [asdict(cue) for cue in self.safety],
        }


@lru_cache(maxsize=1)
def _vocabulary() -> Vocabulary:
    lexicon = shipped()
    return Vocabulary(lexicon, Speller(lexicon.spelled, lexicon.never_corrected))


def read(text: str | None, tables: CodeTable | None = None) -> Reading:
    """Read one narrative or remark.

    `tables` is a center's own code table, laid over the shipped one. None, an empty text, and a
    text in another language give a reading that says "not read"; nothing is ever raised.
    """
    whole = text or ""
    refusal = language.too_long(whole)
    if refusal:
        return _not_read(refusal)
    lexicon = shipped()
    tokens = cut(whole, lexicon.slashes)
    symbols = _vocabulary().symbols(tokens, whole)
    legible = language.legibility(whole, tokens, symbols, lexicon)
    hits = find(lexicon.root, symbols, tokens.sentence, tokens.comma)
    codes = (tables or CodeTable.shipped()).codes
    reading = _judge(whole, tokens, symbols, hits, lexicon, codes)
    if legible.why is None:
        return reading
    return _not_read(legible.why, reading)


def _not_read(why: str, beside: Reading | None = None) -> Reading:
    """Not read, yet a safety cue that stands in it all the same is not thrown away."""
    safety = beside.safety if beside else ()
    return Reading(None, (f"{NOT_READ}: {why}",), (), safety)


@dataclass(frozen=True, slots=True)
class _Sign:
    """A hit with what it stands for, whether it came from a phrase or from a code."""

    hit: Hit
    cue: str
    weight: float
    kind: str
    unless: tuple[str, ...] = ()
    instead: str = ""
    fades: bool = False


def _judge(
    text: str,
    tokens: Tokens,
    symbols: list[tuple[str, ...]],
    hits: list[Hit],
    lexicon: Lexicon,
    codes: dict[str, dict[str, Any]],
) -> Reading:
    groups = lexicon.groups
    ignored = [hit for hit in hits if groups[hit.group].role == "ignore"]
    explained = [hit for hit in hits if groups[hit.group].role == "not_crisis"]
    crisis, safety = _signs(hits, symbols, groups, ignored)
    crisis = [sign for sign in crisis if not _inside(sign.hit, explained)]
    for sign in _coded(tokens, codes, ignored):
        (crisis if sign.weight else safety).append(sign)
    around = [hit for hit in hits if groups[hit.group].role not in _NO_CONTEXT]
    marks = context.sort_marks(text, tokens, around, [sign.hit for sign in crisis + safety], groups)
    people = People(marks, symbols, around)
    evidence, score = _weigh(text, marks, people, _outermost(crisis))
    cues, open_questions = _safety(marks, safety)
    unknown = list(open_questions)
    if not evidence:
        unknown.insert(0, f"{NO_CUE}: no phrase of the lexicon; that is no sign of its absence")
    return Reading(score, tuple(unknown), evidence, cues)


def _signs(
    hits: list[Hit], symbols: list[tuple[str, ...]], groups: list[Group], ignored: list[Hit]
) -> tuple[list[_Sign], list[_Sign]]:
    crisis: list[_Sign] = []
    safety: list[_Sign] = []
    for hit in hits:
        group = groups[hit.group]
        if group.role not in ("crisis", "safety"):
            continue
        if _inside(hit, ignored) or _names_a_street(hit, symbols):
            continue
        sign = _Sign(
            hit, group.cue, group.weight, group.kind, group.unless, group.instead, group.fades
        )
        (crisis if group.role == "crisis" else safety).append(sign)
    return crisis, safety


def _inside(hit: Hit, ignored: list[Hit]) -> bool:
    return any(other.first <= hit.first and hit.last <= other.last for other in ignored)


def _names_a_street(hit: Hit, symbols: list[tuple[str, ...]]) -> bool:
    """A single word right before `Rd`, `Street` and the like is the street's name."""
    after = hit.last + 1
    return hit.first == hit.last and after < len(symbols) and "@road" in symbols[after]


def _coded(tokens: Tokens, codes: dict[str, dict[str, Any]], ignored: list[Hit]) -> list[_Sign]:
    """The center's codes among the words; one inside an address is a number."""
    found: list[_Sign] = []
    for place, word in enumerate(tokens.words):
        entry = codes.get(word)
        if entry is None:
            continue
        hit = Hit(place, place, -1)
        if _inside(hit, ignored):
            continue
        if "cue" in entry:
            found.append(_Sign(hit, entry["cue"], float(entry["weight"]), "event"))
        found += [_Sign(hit, cue, 0.0, "") for cue in entry.get("safety", ())]
    return found


def _outermost(signs: list[_Sign]) -> list[_Sign]:
    """A sign inside a longer one of the same cue, or the same words twice, is shown once."""
    ordered = sorted(signs, key=lambda sign: (sign.hit.first, -sign.hit.last, -sign.weight))
    kept: list[_Sign] = []
    widest: dict[str, _Sign] = {}
    for sign in ordered:
        over = widest.get(sign.cue)
        if over is not None and sign.hit.last <= over.hit.last and sign.weight <= over.weight:
            continue
        kept.append(sign)
        if over is None or sign.hit.last >= over.hit.last:
            widest[sign.cue] = sign
    return kept


def _weigh(
    text: str, marks: context.Marks, people: People, signs: list[_Sign]
) -> tuple[tuple[Evidence, ...], float]:
    """The evidence in order, and the score: one minus the product of what each cue leaves."""
    explained = "explains" in marks.roles
    evidence: list[Evidence] = []
    strongest: dict[bool, dict[str, float]] = {True: {}, False: {}}
    for sign in signs:
        denied = context.negated(marks, sign.hit, sign.cue)
        earlier = context.history(marks, sign.hit, lasting=sign.kind == "condition")
        supposed = context.hypothetical(marks, sign.hit)
        if context.not_known(marks, sign.hit):
            supposed = supposed or "unknown"
        who = people.who(sign.hit)
        keeps = SUPPOSED[supposed] * PERSON[who]
        if earlier:
            keeps *= HISTORY[earlier][sign.kind]
        if explained and (sign.kind == "setting" or sign.weight < WEAK or sign.fades):
            keeps *= EXPLAINED
        weight = 0.0 if denied else sign.weight * keeps
        side = strongest[earlier == "dated" or supposed == "supposed"]
        side[sign.cue] = max(side.get(sign.cue, 0.0), weight)
        start, end = marks.tokens.starts[sign.hit.first], marks.tokens.ends[sign.hit.last]
        when = "history" if earlier else "now"
        piece = (start, end, text[start:end], sign.cue, denied, who, when, bool(supposed))
        evidence.append(Evidence(*piece))
    over = min(1.0 - _left(strongest[True].values()), OVER_AT_MOST)
    return tuple(evidence), 1.0 - _left(strongest[False].values()) * (1.0 - over)


def _left(weights: Iterable[float]) -> float:
    """What independent signs leave of the doubt: the product of one minus each weight."""
    left = 1.0
    for weight in weights:
        left *= 1.0 - weight
    return left


def _safety(
    marks: context.Marks, signs: list[_Sign]
) -> tuple[tuple[SafetyCue, ...], tuple[str, ...]]:
    """Cues that open the gate, and the questions that a denial or a doubt leaves open."""
    owned = [sign.hit for sign in signs if sign.cue == "weapon_access"]
    found: list[SafetyCue] = []
    reached: dict[str, int] = {}
    unsaid: set[str] = set()
    for sign in sorted(signs, key=lambda each: (each.hit.first, -each.hit.last, each.cue)):
        cue = sign.cue
        if context.negated(marks, sign.hit, cue) or context.not_known(marks, sign.hit):
            unsaid.add(cue)
            continue
        if sign.unless and context.history(marks, sign.hit, lasting=False):
            if not sign.instead:
                continue
            cue = sign.instead
        elif cue == "weapon_present" and _inside(sign.hit, owned):
            continue
        start, end = marks.tokens.starts[sign.hit.first], marks.tokens.ends[sign.hit.last]
        # In order of their starts, a cue lies in an earlier one exactly if it ends no later.
        if reached.get(cue, -1) < end:
            reached[cue] = end
            found.append(SafetyCue(cue, start, end))
    shown = {cue.cue for cue in found}
    questions = tuple(
        f"{NOT_ASKED}: {cue} is denied or not known here, which is no proof of safety"
        for cue in sorted(unsaid - shown)
    )
    return tuple(found), questions
