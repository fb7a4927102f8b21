"""A text cut into words with their places, sentences and commas; offsets are in code points."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Apostrophes: typed, typographic, and UTF-8 that was once read as cp1252.
_APOSTROPHE = "(?:['\u2019\u2018\u00b4`]|\u00e2\u20ac\u2122)"
_LETTERS = r"(?:[^\W\d_]|[\u0300-\u036f])+"
_WORD = re.compile(
    r"(?P<clock>(?<!\d)\d{1,2}:\d{2}(?::\d{2})?(?!\d))"
    r"|(?P<caliber>(?<![\w.])\.\d{2,3}(?![\w.]))"
    r"|(?P<code>\d+(?:[-/.\u2010\u2011]\d+)+[a-z]?\b)"
    r"|(?P<dotted>(?<![^\W_])(?:[a-z]\.){2,}[a-z]?(?![^\W_]))"
    r"|(?P<slash>(?<![^\W_])(?:[a-z]{1,3}/[a-z]{1,3}(?![^\W_])|w/))"
    r"|(?P<word>" + _LETTERS + r"(?:" + _APOSTROPHE + _LETTERS + r")*)"
    r"|(?P<number>\d+)"
    r"|(?P<end>[.;!?|]+|\u2026|//+|\n\s*\n|\s-{1,3}\s|--+|[\u2013\u2014])"
    r"|(?P<comma>[,:()\[\]\n\"\u201c\u201d&+*]|\s/\s)",
    re.IGNORECASE,
)
_APOSTROPHES = re.compile(_APOSTROPHE)
# A period behind one of these shortens a word and ends nothing.
_SHORTENED = frozenset(
    [
        "subj",
        "poss",
        "ofc",
        "off",
        "dr",
        "st",
        "ave",
        "apt",
        "approx",
        "adv",
        "unk",
        "hx",
        "mr",
        "mrs",
        "ms",
        "sgt",
        "dep",
        "lt",
        "cpl",
        "capt",
        "det",
        "susp",
        "neg",
        "pos",
        "veh",
        "med",
        "meds",
        "fem",
        "cont",
        "inc",
        "req",
        "info",
        "alc",
        "intox",
        "psych",
        "hosp",
        "resp",
        "sr",
        "jr",
        "vs",
        "def",
    ]
)
_PARTS_OF_SLASHES = re.compile(r"[^/]+")


@dataclass(slots=True)
class Tokens:
    """The words of a text as parallel lists; `sentence` and `comma` say how they hang together."""

    words: list[str]
    starts: list[int]
    ends: list[int]
    sentence: list[int]
    comma: list[bool]

    def __len__(self) -> int:
        return len(self.words)


@lru_cache(maxsize=65536)
def normal(word: str) -> str:
    """Lower case, no accents, one kind of apostrophe.

    >>> normal("MUÑECA")
    'muneca'
    """
    if word.isascii():
        return word.lower().replace("`", "'")
    plain = _APOSTROPHES.sub("'", word)
    folded = unicodedata.normalize("NFKD", plain.casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def cut(text: str, slashes: frozenset[str]) -> Tokens:
    """Cut a text; `slashes` are the shorthand words that keep their slash, such as `h/o`."""
    tokens = Tokens([], [], [], [], [])
    sentence = 0
    comma = False
    for piece in _WORD.finditer(text):
        kind = piece.lastgroup
        if kind == "comma":
            comma = True
            continue
        if kind == "end":
            shortened = piece.group() == "." and tokens.words and tokens.words[-1] in _SHORTENED
            if not shortened:
                sentence += 1
                comma = False
            continue
        if kind == "clock":
            sentence += 1
            continue
        whole = normal(piece.group())
        if kind == "dotted":
            whole = whole.replace(".", "")
        if kind == "slash" and whole not in slashes:
            for part in _PARTS_OF_SLASHES.finditer(piece.group()):
                start = piece.start() + part.start()
                _add(tokens, normal(part.group()), start, start + len(part.group()), sentence)
                tokens.comma.append(comma)
                comma = False
            continue
        _add(tokens, whole, piece.start(), piece.end(), sentence)
        tokens.comma.append(comma)
        comma = False
    return tokens


def _add(tokens: Tokens, word: str, start: int, end: int, sentence: int) -> None:
    tokens.words.append(word)
    tokens.starts.append(start)
    tokens.ends.append(end)
    tokens.sentence.append(sentence)
