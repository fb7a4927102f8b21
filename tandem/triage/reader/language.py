"""Whether a text is in a language that is read: English or Spanish, by its everyday words."""

import unicodedata
from dataclasses import dataclass

from tandem.triage.reader.lexicon import Lexicon
from tandem.triage.reader.tokens import Tokens

LONGEST = 50_000
FEWEST_FOREIGN = 2
FEWEST_READ = 0.3
SAMPLE = 4_000
_LATIN = ("LATIN", "FULLWIDTH LATIN", "FEMININE ORDINAL", "MASCULINE ORDINAL")


@dataclass(frozen=True, slots=True)
class Legibility:
    """`why` is None for a text that can be read, else one sentence; `spanish`: mostly Spanish."""

    why: str | None
    spanish: bool = False


def too_long(text: str) -> str | None:
    """The sentence for a text that no narrative is."""
    if len(text) <= LONGEST:
        return None
    return (
        f"the text has {len(text):,} characters, more than the {LONGEST:,} that are read; nothing"
        " was changed: check where one cell ends in the file"
    )


def legibility(
    text: str, tokens: Tokens, symbols: list[tuple[str, ...]], lex: Lexicon
) -> Legibility:
    """Judge a text of n tokens by its letters and its words."""
    if not text.strip():
        return Legibility("the text is empty")
    words = [word for word in tokens.words if not word.isdigit()]
    known_code = any(word in lex.codes for word in tokens.words)
    if not words and not known_code:
        return Legibility("the text has no words, only signs or numbers")
    if _mostly_other_letters(text):
        return Legibility("the text is in letters other than Latin ones")
    distinct = set(words)
    english_or_spanish = len(distinct & lex.read)
    known = english_or_spanish + sum(
        1 for found in symbols if "?name" not in found and not found[0].isdigit()
    )
    if not known and not known_code:
        return Legibility("no word of the text is known, so its language is not")
    name, foreign = max(
        ((name, len(distinct & listed)) for name, listed in lex.unread.items()),
        key=lambda pair: pair[1],
    )
    few = english_or_spanish < len(distinct) * FEWEST_READ
    if foreign >= FEWEST_FOREIGN and (foreign > english_or_spanish or few):
        return Legibility(f"the text seems to be in another language ({name})")
    return Legibility(None, spanish=_spanish(distinct, lex))


def _spanish(distinct: set[str], lex: Lexicon) -> bool:
    return len(distinct & lex.spanish) > len(distinct & lex.english)


def _mostly_other_letters(text: str) -> bool:
    if text.isascii():
        return False
    letters = [letter for letter in text[:SAMPLE] if letter.isalpha()]
    other = sum(
        1
        for letter in letters
        if not letter.isascii() and not unicodedata.name(letter, "").startswith(_LATIN)
    )
    return other * 2 > len(letters)
