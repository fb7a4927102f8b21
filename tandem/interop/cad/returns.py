"""Cuts returns of criminal-justice queries out of what a source sends, before any of it is kept.

Dispatchers paste answers about warrants, criminal history, licenses and plates into remarks. Such a
line must reach no table, file, log or screen. Plain Python: no database, and nothing is written.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tandem.interop.cad.return_signs import (
    CODED,
    DECIDES,
    ERRAND,
    FIELD,
    HARD,
    HINTS,
    LABEL,
    MAYBE,
    NUMBERED,
    TELLABLE,
    TIGHT,
    TIGHT_FIELD,
    TIGHT_NUMBER,
    TIGHT_WORDS,
    TOLD,
    TOLD_WEIGHS,
)
from tandem.kernel.maps.line_shapes import Shape, compile_shape

Shapes = Sequence[Shape]
# A longer line is a flattened narrative: its sentences are judged one by one.
_LONG = 240
_LONGEST_PIECE = 2_000
_FEW_FIELDS = 2
_TIGHT_FROM = 16
_MANY_WORDS = 4
# Lines of at most so many signs and words, so many of them below each other.
_SHORT, _FEW_WORDS = 32, 3
_LONGEST_WORD = 24
_NAMES_A_RETURN = re.compile(r"(?i)nic|oln|fbi(_?no)?|sid|ncic\w*|warrants?")

# Letters of other alphabets that look like ours, and marks that look like a slash or a hyphen.
_LOOKALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеорсухіѕ"  # noqa: RUF001 (that is the point)
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"  # noqa: RUF001
    "‐‑‒–—−∕⁄╱",  # noqa: RUF001
    "ABESIJKMHOPCTYXAEOPCYXISABEZHIKMNOPTYX------///",
)
# Capitals that are written small: no normal form makes letters of them.
_SMALL_CAPITALS = str.maketrans("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "ABCDEFGHIJKLMNOPQRSTUVWYZ")
_PERCENT = re.compile(r"%(?=[0-9A-Fa-f]{2})")
_FEW_PERCENTS = 2
# What follows is shown from right to left: it is read backwards too.
_TURNED = ("\u202e", "\u2067", "\u202b")
_APART = re.compile(r"(?<![A-Z0-9])(?:[A-Z][ .\-_*]){2,}[A-Z](?![A-Z0-9])")
_BREAKS = re.compile(r"\r\n?|[\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_SENTENCE = re.compile(r"(?<=[.;|])\s+|\s{3,}|\s+(?://+|\*\*+|\|+)\s+")
_ORDINARY = re.compile(
    r"(?<![A-Z])(?:IS|WAS|ARE|HAS|HAVE|HE|SHE|THEY|THE|IN|AT|TO|AND|WITH|FROM|CALLER|RP|SUBJ|SUBJECT|"
    r"UNIT|UNITS|NOT|WILL|FOR|HIS|HER|MALE|FEMALE|SAYS|ENROUTE|EN|SCENE|OUT|CALLED|CALL)(?![A-Z])"
)
_UNFINISHED = re.compile(
    r"(?:[/:,;#=&-]|(?<![A-Z])(?:ON|FOR|OF|RE|NAM|NAME|HIT|RESP|RESPONSE|RETURN|RTN|PERSON|DOB|WANTED|"
    r"WARRANTS?|NIC|OLN|SID|FBI|ORI|PLATE|TO|OWNER|R/O|NO|NEG|CHECK|NUMBER|IS|SHOWS|CLASS|STATUS))$"
)
_PART = re.compile(
    r"^[A-Z'-]{3,}, ?[A-Z]+(?: [A-Z])?\.?(?: -)?$"
    r"|(?<![A-Z0-9])(?:[A-Z]{3} ?\d{4}|\d{3} ?[A-Z]{3})(?![A-Z0-9])"
    # A number of five places or more, but no telephone's.
    r"|(?<![A-Z0-9-])(?!(?:\d{3}[- ]){1,2}\d{4}(?!\d))(?!\d{10}(?!\d))"
    r"(?=[A-Z/-]*\d)(?=[A-Z0-9/-]*\d[A-Z/-]*\d[A-Z/-]*\d)[A-Z0-9/-]{5,}"
)


def plainly(text: str) -> str:
    """The text as signs read it: capitals, plain digits, one blank, letters not set apart."""
    if "%" in text and len(_PERCENT.findall(text)) >= _FEW_PERCENTS:
        text = unquote(text)
    if not text.isascii():
        text = text.translate(_SMALL_CAPITALS)
        text = unicodedata.normalize("NFKC", text).translate(_LOOKALIKE)
        text = "".join(_plain(mark) for mark in unicodedata.normalize("NFKD", text))
    text = " ".join(text.upper().split())
    text = re.sub(r" ?/ ?", "/", text.replace("\x00", "").replace("\\", "/"))
    return _APART.sub(lambda found: re.sub(r"[ .\-_*]", "", found[0]), text)


def _plain(mark: str) -> str:
    if mark.isascii():
        return mark
    digit = unicodedata.decimal(mark, None)
    if digit is not None:
        return str(digit)
    kind = unicodedata.category(mark)
    return "" if kind in ("Cf", "Mn", "Me") else " " if kind[0] in "ZC" else mark


def weigh(line: str, shapes: Shapes = ()) -> int:
    """How much a line looks like a return; from DECIDES on it is cut."""
    found = _weigh(plainly(line), shapes)
    return found if line.isascii() else max(found, _weigh_turned(line, shapes))


def _weigh_turned(line: str, shapes: Shapes) -> int:
    """The same of a line that a mark shows from right to left: then it was written backwards."""
    if not any(mark in line for mark in _TURNED):
        return 0
    return _weigh_long(plainly(line[::-1]), shapes)


def _weigh(plain: str, shapes: Shapes) -> int:
    if any(shape.search(plain) for shape in shapes):
        return DECIDES
    if not _may_hold_signs(plain):
        return 0
    if len(plain) >= _TIGHT_FROM and " " not in plain and _is_tight_return(plain):
        return DECIDES
    if HARD.search(_without_errands(plain)):
        return DECIDES
    fields = len(set(FIELD.findall(plain)))
    labels = len(set(LABEL.findall(plain)))
    if fields >= _FEW_FIELDS or labels >= _FEW_FIELDS + 1:
        return DECIDES
    plain = _without_errands(plain)
    coded = fields + (labels > 1) + 2 * CODED.count(plain)
    told = 2 * TELLABLE.count(plain) + HINTS.count(plain)
    if told and (said := TOLD.search(plain)):
        # What stands behind the sentence in which somebody told something is judged by itself.
        rest = re.split(r"[,;.-]", plain[said.end() :], maxsplit=1)[1:]
        behind = _weigh(rest[0].strip(), ()) if rest else 0
        return max(coded + max(told - TOLD_WEIGHS, 0), behind)
    return coded + told


def _is_tight_return(plain: str) -> bool:
    """Whether a long line without a single blank holds what only a return holds."""
    fields = len(set(TIGHT_FIELD.findall(plain)))
    words = len(set(TIGHT_WORDS.findall(plain))) + 2 * bool(TIGHT_NUMBER.search(plain))
    return fields >= _FEW_FIELDS or words >= _MANY_WORDS or bool(TIGHT.search(plain))


def _may_hold_signs(plain: str) -> bool:
    """Quickly: most lines and nearly all codes, names and places hold none."""
    return "/" in plain or any(map(plain.__contains__, MAYBE)) or bool(NUMBERED.search(plain))


def _without_errands(plain: str) -> str:
    return ERRAND.sub(" ", plain)


@functools.lru_cache(maxsize=4096)
def is_returning_word(word: str, shapes: Shapes) -> bool:
    """The same of a member's name or a kind of call: few words, asked again with each message."""
    return is_return(word, shapes)


def is_return(line: str, shapes: Shapes = ()) -> bool:
    """Whether one line, alone, looks like a return."""
    return weigh(line, shapes) >= DECIDES


@dataclass(frozen=True)
class Cut:
    """What is left of something, and how many lines of it were not kept."""

    kept: Any
    lines: int


def cut_lines(lines: Sequence[str], shapes: Shapes = (), *, apart: bool = False) -> list[bool]:
    """For each line whether it must go; lines beside each other are judged together.

    `apart` says that the lines are remarks of their own rather than lines of one text: then a line
    without any sign of its own never goes for its neighbor's sake.
    """
    plain = [plainly(line) for line in lines]
    weights = [
        _weigh_long(text, shapes)
        if line.isascii()
        else max(_weigh_long(text, shapes), _weigh_turned(line, shapes))
        for text, line in zip(plain, lines, strict=True)
    ]
    gone = [weight >= DECIDES for weight in weights]
    for first, behind in _broken_small(plain):
        if _weigh(" ".join(plain[first:behind]), shapes) >= DECIDES:
            gone[first:behind] = [True] * (behind - first)
    for first, second in zip(range(len(plain)), range(1, len(plain)), strict=False):
        if not (gone[first] and gone[second]) and _straddles(plain, weights, first, shapes):
            gone[first] = gone[second] = True
    _take_neighbors(plain, weights, gone, apart=apart)
    return gone


def _broken_small(plain: list[str]) -> list[tuple[int, int]]:
    """Runs of three and more lines of a few words each: what is written so was broken."""
    short = [0 < len(text) <= _SHORT and text.count(" ") < _FEW_WORDS for text in plain]
    found, first = [], 0
    for place in range(len(plain) + 1):
        if place < len(plain) and short[place]:
            continue
        if place - first >= _FEW_WORDS:
            found.append((first, place))
        first = place + 1
    return found


def _weigh_long(plain: str, shapes: Shapes) -> int:
    if len(plain) <= _LONGEST_PIECE:
        return _weigh(plain, shapes)
    step = _LONGEST_PIECE - 200
    pieces = (plain[start : start + _LONGEST_PIECE] for start in range(0, len(plain), step))
    return max(_weigh(piece, shapes) for piece in pieces)


def _straddles(plain: list[str], weights: list[int], first: int, shapes: Shapes) -> bool:
    """Whether two lines are a return only together: one was broken into two."""
    before, after = plain[first][-_LONG:], plain[first + 1][:_LONG]
    if not before or not after:
        return False
    both_hint = min(weights[first], weights[first + 1]) >= 1
    hinted = both_hint and DECIDES < sum(weights[first : first + 2]) < 2 * DECIDES - 1
    alone = max(weights[first], weights[first + 1]) < DECIDES
    for joined in (f"{before} {after}", f"{before}{after}"):
        if _weigh(joined, shapes) >= DECIDES and (
            (alone and hinted) or _crosses(joined, len(before), shapes)
        ):
            return True
    return False


def _crosses(joined: str, at: int, shapes: Shapes) -> bool:
    """Whether a sign stands across the break."""
    if any(shape.crosses(joined, at) for shape in shapes):
        return True
    for sign in (HARD, FIELD, *CODED.each, *TELLABLE.each):
        for found in sign.finditer(joined):
            if found.start() < at < found.end():
                return True
    return False


def _take_neighbors(plain: list[str], weights: list[int], gone: list[bool], *, apart: bool) -> None:
    """A return goes on below and begins above: what is plainly part of it goes with it."""
    for place in range(1, len(plain)):
        if gone[place - 1] and not gone[place]:
            gone[place] = _goes_on(plain[place - 1], plain[place], weights[place], apart=apart)
    for place in range(len(plain) - 2, -1, -1):
        if gone[place + 1] and not gone[place]:
            gone[place] = _is_part(plain[place], weights[place])
    for place in range(1, len(plain) - 1):
        if gone[place - 1] and gone[place + 1] and not apart:
            gone[place] = gone[place] or not _ORDINARY.search(plain[place])


def _goes_on(before: str, line: str, weight: int, *, apart: bool) -> bool:
    if _is_part(line, weight):
        return True
    unfinished = not apart and bool(_UNFINISHED.search(before))
    return unfinished and bool(line) and not _ORDINARY.search(line)


def _is_part(line: str, weight: int) -> bool:
    """Whether a line beside a return is plainly a piece of it: a name, a number, a sign."""
    if not line or _ORDINARY.search(line):
        return False
    return weight >= 1 or bool(_PART.search(line))


def cut_text(text: str, shapes: Shapes = ()) -> Cut:
    """A text without its returns: whole lines go, of a long line only the sentences."""
    if len(text) <= _LONG and not _BREAKS.search(text):
        short = len(text) <= _LONGEST_WORD and " " not in text
        cut = is_returning_word(text, tuple(shapes)) if short else is_return(text, shapes)
        return Cut("", 1) if cut else Cut(text, 0)
    pieces: list[str] = []
    for line in _BREAKS.split(text):
        pieces += [*_sentences(line), "\n"]
    pieces.pop()
    words = [place for place, piece in enumerate(pieces) if piece.strip()]
    gone = cut_lines([pieces[place] for place in words], shapes)
    if not any(gone):
        return Cut(text, 0)
    for place, cut in zip(words, gone, strict=True):
        if cut:
            pieces[place] = ""
    left = re.sub(r"\n{2,}", "\n", "".join(pieces)).strip("\n")
    return Cut(left, sum(gone))


def _sentences(line: str) -> list[str]:
    """A short line whole; a long one as sentences with what stands between them."""
    if len(line) <= _LONG:
        return [line]
    parts, begin = [], 0
    for found in _SENTENCE.finditer(line):
        parts += [line[begin : found.start()], found[0]]
        begin = found.end()
    return [*parts, line[begin:]]


def cut_value(value: Any, shapes: Shapes = (), *, depth: int = 0) -> Cut:
    """Any member of a message without its returns, names of members included."""
    if isinstance(value, str):
        return cut_text(value, shapes)
    if isinstance(value, list):
        return _cut_list(value, shapes, depth)
    if isinstance(value, dict):
        return _cut_members(value, shapes, depth)
    return Cut(value, 0)


def _cut_list(values: list[Any], shapes: Shapes, depth: int) -> Cut:
    texts = [value if isinstance(value, str) else "" for value in values]
    # A list of texts is a text with a line for each.
    gone = cut_lines(texts, shapes) if any(texts) else [False] * len(values)
    kept, lines = [], sum(gone)
    for value, cut in zip(values, gone, strict=True):
        if not cut:
            inner = cut_value(value, shapes, depth=depth + 1)
            lines += inner.lines
            kept.append(inner.kept)
    return Cut(kept, lines)


def _cut_members(members: dict[str, Any], shapes: Shapes, depth: int) -> Cut:
    """Members are judged one by one, and together as `NAME/value`, as returns write them."""
    kept: dict[str, Any] = {}
    lines = 0
    for name, value in members.items():
        if is_returning_word(name, tuple(shapes)) or (
            isinstance(value, str | int) and _is_named_return(name, value, shapes)
        ):
            lines += 1
            continue
        inner = cut_value(value, shapes, depth=depth + 1)
        kept[name], lines = inner.kept, lines + inner.lines
    flat = {name: v for name, v in kept.items() if isinstance(v, str | int) and v not in ("", None)}
    together = " ".join(f"{name}/{value}" for name, value in flat.items())
    if (
        len(flat) > 1
        and len(together) < _LONGEST_PIECE
        and len(FIELD.findall(plainly(together))) > 1
    ):
        return Cut({n: v for n, v in kept.items() if n not in flat}, lines + len(flat))
    return Cut(kept, lines)


def _is_named_return(name: str, value: str | int, shapes: Shapes) -> bool:
    short = isinstance(value, str | int) and len(str(value)) < _LONG
    return (
        short
        and bool(_NAMES_A_RETURN.fullmatch(name))
        and (bool(str(value).strip()) and value not in (0, False))
    )


def cut_raw(raw: str, shapes: Shapes = ()) -> Cut:
    """A record as it lay in a file: the cells with returns are emptied, their neighbors stay."""
    one_line = not shapes and raw.isascii() and not _BREAKS.search(raw.rstrip("\r\n"))
    # A line without any sign has none in its cells: a bad file has millions of them.
    if one_line and not _may_hold_signs(plainly(raw)):
        return Cut(raw, 0)
    parts = re.split(r"([,;|\t\"<>]+)", raw)
    lines = 0
    for place in range(0, len(parts), 2):
        inner = cut_text(parts[place], shapes)
        parts[place], lines = inner.kept, lines + inner.lines
    whole = cut_text("".join(parts), shapes)
    return Cut(whole.kept, lines + whole.lines)


def compiled(shapes: Iterable[str]) -> Shapes:
    """The patterns of a map's shapes."""
    return tuple(compile_shape(shape) for shape in shapes)
