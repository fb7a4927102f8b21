"""What each word of a text may stand for: itself, shorthand, a class, a prefix, a misspelling."""

from collections import OrderedDict
from dataclasses import dataclass, field

from tandem.triage.reader.lexicon import Lexicon
from tandem.triage.reader.spelling import Speller
from tandem.triage.reader.tokens import Tokens

MOST_KNOWN = 50_000
ADULT = 18
_YEARS = frozenset(["yo", "y/o", "yoa", "yof", "yom", "yr", "yrs", "year", "years", "yrold"])
# Suicidal ideation in capitals; in Spanish the same letters say yes or if.
_IDEATION = frozenset({"si", "s/i"})
# Homicidal ideation in capitals beside a denial or the other shorthand; alone it is a greeting.
_HOMICIDAL = "hi"
_BESIDE_HOMICIDAL = _IDEATION | {"no", "neg", "denies", "denied", "or", "nor", "and", "without"}
_FIRST_YEAR, _LAST_YEAR = 1930, 2099
# A short number before a street's name counts something else: "2 men in the street".
_HOUSE_NUMBER = (3, 5)
_TELEPHONE = (911, 988, 211)


@dataclass(slots=True)
class Vocabulary:
    """Looks words up, and remembers the last `MOST_KNOWN` of them."""

    lexicon: Lexicon
    speller: Speller
    _known: OrderedDict[str, tuple[str, ...]] = field(default_factory=OrderedDict)
    _prefix_lengths: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self._prefix_lengths = tuple(sorted({len(stem) for stem in self.lexicon.prefixes}))

    def symbols(self, tokens: Tokens, text: str) -> list[tuple[str, ...]]:
        """For each of n tokens what it may stand for, in the terms of the phrases."""
        found = [self.of(word) for word in tokens.words]
        for place, word in enumerate(tokens.words):
            if word.isdigit():
                found[place] += self._of_number(tokens, place)
            elif word in _IDEATION and _as_shorthand(
                tokens, place, text, self.lexicon.spanish - self.lexicon.english
            ):
                found[place] += ("?SI",)
            elif word == _HOMICIDAL and _beside_ideation(tokens, place, text):
                found[place] += ("?HI",)
        return found

    def of(self, word: str) -> tuple[str, ...]:
        """What one word may stand for, wherever it stands."""
        known = self._known.get(word)
        if known is None:
            known = self._look_up(word)
            self._known[word] = known
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return known

    def _look_up(self, word: str) -> tuple[str, ...]:
        plain = self.lexicon.shorthand.get(word, word)
        forms = list(self.lexicon.twins.get(plain, (plain,)))
        if plain.endswith(("'s", "s'")):
            stem = plain[:-2]
            forms += [*self.lexicon.twins.get(stem, (stem,)), "?owner"]
        found: list[str] = []
        known = False
        for form in forms:
            found.append(form)
            found += self.lexicon.classes.get(form, ())
            known = known or form in self.lexicon.words or form in self.lexicon.read
            for length in self._prefix_lengths:
                if length <= len(form) and form[:length] in self.lexicon.prefixes:
                    found.append(f"{form[:length]}*")
        if plain in self.lexicon.codes:
            found.append("?code")
        if not known:
            meant = self.speller.meant(plain.replace("'", ""))
            if meant is not None:
                found += self._look_up(meant)
            elif plain.isalpha() and len(plain) > 1 and len(found) == len(forms):
                found.append("?name")
        return tuple(dict.fromkeys(found))

    @staticmethod
    def _of_number(tokens: Tokens, place: int) -> tuple[str, ...]:
        number = int(tokens.words[place][:9])
        found = ["?number"]
        length = len(tokens.words[place])
        if _HOUSE_NUMBER[0] <= length <= _HOUSE_NUMBER[1] and number not in _TELEPHONE:
            found.append("?housenumber")
        if _FIRST_YEAR <= number <= _LAST_YEAR:
            found.append("?year")
        after = tokens.words[place + 1] if place + 1 < len(tokens) else ""
        if number < ADULT:
            found.append("?underage")
            if tokens.comma[place] and _ends_there(tokens, place):
                found.append("?minorage")
        if number < ADULT and after in _YEARS and _means_age(tokens, place + 1):
            found.append("?minor")
        return tuple(found)


def _means_age(tokens: Tokens, place: int) -> bool:
    """`12 yo` is an age; `12 years` is one only with `old` behind it."""
    if tokens.words[place] in ("year", "years", "yr", "yrs"):
        return place + 1 < len(tokens) and tokens.words[place + 1] in ("old", "olds")
    return True


def _ends_there(tokens: Tokens, place: int) -> bool:
    """`nephew, 6, is …`: a number between two commas behind a person is an age."""
    after = place + 1
    return (
        after >= len(tokens)
        or tokens.comma[after]
        or tokens.sentence[after] != tokens.sentence[place]
    )


def _as_shorthand(tokens: Tokens, place: int, text: str, spanish: frozenset[str]) -> bool:
    if not text[tokens.starts[place] : tokens.ends[place]].isupper():
        return False
    around = tokens.words[max(0, place - 2) : place] + tokens.words[place + 1 : place + 3]
    return not any(word in spanish and len(word) > 1 for word in around)


def _beside_ideation(tokens: Tokens, place: int, text: str) -> bool:
    if text[tokens.starts[place] : tokens.ends[place]] != _HOMICIDAL.upper() or not place:
        return False
    return tokens.words[place - 1] in _BESIDE_HOMICIDAL
