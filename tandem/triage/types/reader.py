"""Reads one call type: its words, what they stand for, the kinds they speak for, and how sure."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tandem.triage.types.spelling import Speller

FOLDER = Path(__file__).parent
TIERS = {"sure": 0.97, "likely": 0.75, "hint": 0.3}
# How far a word may be trusted that is not written as the lexicon has it.
TRUST = {"word": 1.0, "short": 0.98, "inside": 0.95, "misspelled": 0.85, "cut": 0.8}
# Below this a kind is not told.
TOLD_FROM = 0.5
# Words so plain that they count inside a longer one: "ATTSUICIDE".
PLAIN_INSIDE = ("SUICID", "OVERDOS", "PSYCH", "CRISIS", "WELFARE")
# A type is a short text; what is longer was not meant as one.
LONGEST_TYPE = 400
MOST_WORDS = 100_000
OTHER = "other"

_WORD = re.compile(r"[A-Z0-9]+")
# A number joined to a word: "EDP1", "27SUICIDE".
_NUMBERED = re.compile(r"\d*([A-Z]{3,})\d*")
# Halves of two words written as one must have this many letters.
HALF = 3
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Evidence(NamedTuple):
    """One place in the type that speaks for a kind.

    Attributes:
        token: the words as the type writes them.
        kind: the kind they speak for.
        pattern: the lexicon's pattern.
        how: `word`, `short`, `inside`, `misspelled` or `cut`; `map` where the map's table says so.
        weight: 0..1, how much it says alone.
    """

    token: str
    kind: str
    pattern: str
    how: str
    weight: float

    def as_json(self) -> dict[str, str | float]:
        """The shape that `tandem triage map-types --json` prints."""
        return {
            "token": self.token,
            "kind": self.kind,
            "pattern": self.pattern,
            "how": self.how,
            "weight": round(self.weight, 3),
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """What a type says: its kinds, surest first, each with its score from 0 to 1."""

    kinds: tuple[str, ...]
    scores: dict[str, float]
    evidence: tuple[Evidence, ...]

    @property
    def score(self) -> float:
        """How sure the surest kind is; 0 where no word was recognized."""
        return max((self.scores[kind] for kind in self.kinds if kind in self.scores), default=0.0)


@dataclass(frozen=True, slots=True)
class _Pattern:
    kind: str
    tier: str
    symbols: tuple[str, ...]
    written: str


class _Hit(NamedTuple):
    pattern: _Pattern
    first: int
    last: int
    how: str


# What one word stands for: the lexicon's words and stems, and how each was recognized.
Symbols = dict[str, str]


@dataclass(frozen=True, slots=True)
class _Known:
    """A word met before: what it stands for, and the patterns that can begin with it."""

    symbols: Symbols
    alone: tuple[tuple[_Pattern, str], ...]
    opening: tuple[_Pattern, ...]


@dataclass
class TypeReader:
    """The lexicon, ready to read; build it once, reading is cheap and has no side effects."""

    patterns: dict[str, list[_Pattern]]
    stems: frozenset[str]
    short: dict[str, str]
    speller: Speller
    wide: dict[str, tuple[str, ...]]
    known: dict[str, _Known] = field(default_factory=dict)
    joined: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def read(self, text: str) -> Reading:
        """The kinds of one type; `("other",)` with score 0 where no word is known."""
        shown = unicodedata.normalize("NFKC", text[:LONGEST_TYPE])
        spread = _CAMEL.sub(" ", shown).upper()
        written = _WORD.findall(spread.replace("'", ""))
        words = [part for word in written for part in self._parts(word)]
        hits = self._hits([self._look_up(word) for word in words])
        found: dict[str, list[Evidence]] = {}
        taken = {
            (hit.pattern.kind, place)
            for hit in hits
            if hit.pattern.tier == "not"
            for place in range(hit.first, hit.last + 1)
        }
        # The longest and surest first, and each word speaks once for a kind.
        for hit in sorted(hits, key=_strength) if len(hits) > 1 else hits:
            kind = hit.pattern.kind
            places = [(kind, place) for place in range(hit.first, hit.last + 1)]
            if hit.pattern.tier != "not" and taken.isdisjoint(places):
                taken.update(places)
                found.setdefault(kind, []).append(_evidence(hit, words))
        return self._reading(found)

    def _reading(self, found: dict[str, list[Evidence]]) -> Reading:
        scores: dict[str, float] = {}
        for kind, pieces in found.items():
            doubt = 1.0
            # A word that stands twice says no more than once.
            for weight in {piece.pattern: piece.weight for piece in pieces}.values():
                doubt *= 1 - weight
            scores[kind] = 1 - doubt
        for wide, narrow in self.wide.items():
            within = max((scores.get(kind, 0.0) for kind in narrow), default=0.0)
            if within >= TOLD_FROM:
                scores[wide] = max(scores.get(wide, 0.0), within)
        told = [kind for kind, score in scores.items() if score >= TOLD_FROM]
        told.sort(key=lambda kind: -round(scores[kind], 6))
        evidence = tuple(piece for pieces in found.values() for piece in pieces)
        return Reading(
            kinds=tuple(told) or (OTHER,),
            scores={kind: round(score, 4) for kind, score in scores.items()},
            evidence=evidence,
        )

    def _look_up(self, word: str) -> _Known:
        found = self.known.get(word)
        if found is None:
            symbols = self._recognize(word)
            patterns = [
                (pattern, how)
                for symbol, how in symbols.items()
                for pattern in self.patterns.get(symbol, ())
            ]
            found = _Known(
                symbols,
                tuple((pattern, how) for pattern, how in patterns if len(pattern.symbols) == 1),
                tuple(pattern for pattern, _ in patterns if len(pattern.symbols) > 1),
            )
            # A file of nothing but serial numbers must not fill the memory.
            if len(self.known) < MOST_WORDS:
                self.known[word] = found
        return found

    def _parts(self, word: str) -> tuple[str, ...]:
        """Two known words that stand as one, "WELCHK"; any other word stays itself."""
        if word in self.known:
            return (word,)
        parts = self.joined.get(word)
        if parts is None:
            parts = self._halves(word) or (word,)
            if len(self.joined) < MOST_WORDS:
                self.joined[word] = parts
        return parts

    def _halves(self, word: str) -> tuple[str, ...]:
        if not word.isalpha() or word in self.speller.never or self._recognize(word):
            return ()
        for size in range(HALF, len(word) - HALF + 1):
            parts = (word[:size], word[size:])
            if all(part in self.speller.words or part in self.short for part in parts):
                return parts
        return ()

    def _recognize(self, word: str) -> Symbols:
        found = self._written(word)
        plural = word.endswith("S") and len(word) > HALF
        numbered = _NUMBERED.fullmatch(word)
        if not found and plural:
            found = self._written(word[:-1])
        if not found and numbered and numbered[1] != word:
            found = self._recognize(numbered[1])
        if not found:
            for stem in PLAIN_INSIDE:
                if stem in word:
                    found |= dict.fromkeys(self._plain(stem), "inside")
        # A stem that says something only beside other words does not settle what the word is.
        settled = word in self.speller.words or word in self.short or self._alone(found)
        if not settled:
            for meant, how in self.speller.meant(word):
                found = dict.fromkeys(self._plain(meant), how) | found
        return found

    def _alone(self, symbols: Symbols) -> bool:
        return any(
            len(pattern.symbols) == 1
            for symbol in symbols
            for pattern in self.patterns.get(symbol, ())
        )

    def _written(self, word: str) -> Symbols:
        found: Symbols = {}
        if word in self.short:
            for symbol in self._plain(self.short[word]):
                found[symbol] = "short"
        for symbol in self._plain(word):
            found[symbol] = "word"
        return found

    def _plain(self, word: str) -> Iterator[str]:
        if word in self.speller.words or word in self.patterns:
            yield word
        for size in range(2, len(word) + 1):
            stem = word[:size] + "*"
            if stem in self.stems:
                yield stem

    def _hits(self, words: list[_Known]) -> list[_Hit]:
        hits = []
        for first, here in enumerate(words):
            hits += [_Hit(pattern, first, first, how) for pattern, how in here.alone]
            for pattern in here.opening:
                span = words[first : first + len(pattern.symbols)]
                hows = [
                    there.symbols[wanted]
                    for wanted, there in zip(pattern.symbols, span, strict=False)
                    if wanted in there.symbols
                ]
                if len(hows) == len(pattern.symbols):
                    how = min(hows, key=lambda one: TRUST[one])
                    hits.append(_Hit(pattern, first, first + len(hows) - 1, how))
        return hits


def _strength(hit: _Hit) -> tuple[int, float]:
    weight = TIERS.get(hit.pattern.tier, 0.0) * TRUST[hit.how]
    return (hit.first - hit.last, -weight)


def _evidence(hit: _Hit, words: list[str]) -> Evidence:
    return Evidence(
        token=" ".join(words[hit.first : hit.last + 1]),
        kind=hit.pattern.kind,
        pattern=hit.pattern.written,
        how=hit.how,
        weight=TIERS[hit.pattern.tier] * TRUST[hit.how],
    )


@cache
def default_reader() -> TypeReader:
    """The reader with the lexicon that ships; built once for the process."""
    lexicon = tomllib.loads((FOLDER / "lexicon.toml").read_text(encoding="utf-8"))
    words = tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))
    patterns: dict[str, list[_Pattern]] = {}
    vocabulary: set[str] = set(words["forms"]["words"])
    stems: set[str] = set()
    for kind, tiers in lexicon["kinds"].items():
        for tier, listed in tiers.items():
            for written in listed:
                symbols = tuple(written.split())
                built = _Pattern(kind, tier, symbols, written)
                patterns.setdefault(symbols[0], []).append(built)
                stems.update(symbol for symbol in symbols if symbol.endswith("*"))
                vocabulary.update(symbol for symbol in symbols if not symbol.endswith("*"))
    return TypeReader(
        patterns=patterns,
        stems=frozenset(stems),
        short=dict(words["short"]),
        speller=Speller(vocabulary, frozenset(words["never"]["words"])),
        wide={wide: tuple(narrow) for wide, narrow in lexicon["wide"].items()},
    )
