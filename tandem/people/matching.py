"""Whether two records may mean one person: names, birth, slips of keys. Plain Python, no judge.

It proposes and never decides: a person looks, a steward merges. Equity facts are no input.
"""

from __future__ import annotations

import functools
import itertools
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from pathlib import Path

_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "ð": "d"})
_LONG = 7  # letters: in a shorter name one slip makes another name
_MOST_PARTS = 6
_ESTIMATE_YEARS = 10


class Verdict(StrEnum):
    """What a records steward would say of two records."""

    MATCH = "match"
    POSSIBLE = "possible"
    NO = "no"


@dataclass(frozen=True)
class Birth:
    """What is known of a birth: a day, a year, or an age in a year and how wide it is meant."""

    day: date | None = None
    year: int | None = None
    spread: int = 0  # years to either side of `year`


@dataclass(frozen=True)
class Known:
    """What a record knows of a person: every name they go by, and their birth."""

    names: tuple[str, ...]
    birth: Birth = Birth()


@dataclass(frozen=True)
class Judged:
    """The verdict, a reason in a code, and how near the two are (higher is nearer)."""

    verdict: Verdict
    reason: str
    score: int


class _Alike(IntEnum):
    NO = 0
    INITIAL = 1
    NEAR = 2
    SAME = 3


class _Names(IntEnum):
    NONE = 0
    SINGLE = 1  # one name alone, which the other has too
    FAMILY = 2  # the family name alone is shared
    GIVEN = 3  # a given name is shared, the rest is not
    CLOSE = 4
    FULL = 5


class _Born(IntEnum):
    AGAINST = 0
    UNKNOWN = 1
    FITS = 2
    SLIP = 3
    SAME_NEW_YEAR = 4  # the day that many refugees were given
    SAME = 5


@dataclass(frozen=True)
class Name:
    """A name in lower letters without accents, its suffix apart; the family name's place."""

    parts: tuple[str, ...]
    suffix: str = ""
    family: int = -1


@functools.cache
def _table() -> tuple[Mapping[str, frozenset[int]], frozenset[str], frozenset[str]]:
    """Groups of each known name, the clan names, and the words for nobody."""
    raw = tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))
    groups: dict[str, set[int]] = {}
    lines = [*raw["given"], *raw["family"], *raw["clan"]]
    for number, line in enumerate(lines):
        for word in line.split():
            groups.setdefault(word, set()).add(number)
    clans = frozenset(word for line in raw["clan"] for word in line.split())
    known = {word: frozenset(numbers) for word, numbers in groups.items()}
    return known, clans, frozenset(raw["nobody"])


def groups_of(part: str) -> frozenset[int]:
    """The numbers of the groups of names that this one stands in."""
    return _table()[0].get(part, frozenset())


def fold(text: str) -> str:
    """Lower letters without accents; apostrophes close up, all else is a space."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[\W_]+", " ", re.sub(r"['’ʼ`.]", "", plain)).split())  # noqa: RUF001


@functools.lru_cache(maxsize=20_000)
def name_of(text: str) -> Name:
    """A name as written, in either order, taken apart."""
    before, comma, after = text.partition(",")
    if comma and fold(after) not in _SUFFIXES:
        text = f"{after} {before}"
    words = fold(text).split()[: _MOST_PARTS + 1]
    suffix = next((word for word in words if word in _SUFFIXES), "")
    parts = tuple(word for word in words if word not in _SUFFIXES)[:_MOST_PARTS]
    _, clans, nobody = _table()
    if not [part for part in parts if part not in nobody] or parts in {
        ("john", "doe"),
        ("jane", "doe"),
    }:
        return Name(())
    first = len(parts) > 1 and parts[0] in clans and parts[-1] not in clans
    return Name(parts, suffix, 0 if first else len(parts) - 1)


_SOUNDS = (
    (r"sch|sh|sz", "s"),
    (r"ph|v", "f"),
    (r"ck|ch|kh|q", "k"),
    (r"th|dt|d", "t"),
    (r"gh", ""),
    (r"c(?=[eiy])", "s"),
    (r"g(?=[ei])", "j"),
    (r"c", "k"),
    (r"z", "s"),
    (r"x", "ks"),
    (r"(?<!^)[aeiouyhw]", ""),
)


@functools.lru_cache(maxsize=50_000)
def sound_of(part: str) -> str:
    """The consonants as they are heard, doubles once, with the first letter kept."""
    heard = part
    for pattern, instead in _SOUNDS:
        heard = re.sub(pattern, instead, heard)
    return re.sub(r"(.)\1+", r"\1", heard)


def slips(one: str, other: str, most: int = 3) -> int:
    """How many keys were missed, doubled, exchanged or swapped with the next; `most`+1 if more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, right in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


@functools.lru_cache(maxsize=200_000)
def _alike(one: str, other: str) -> _Alike:
    if one == other:
        return _Alike.SAME
    if len(one) == 1 or len(other) == 1:
        return _Alike.INITIAL if one[0] == other[0] else _Alike.NO
    ours, theirs = groups_of(one), groups_of(other)
    if ours & theirs:
        return _Alike.SAME
    # Two names that are both well known and do not stand for each other are two names.
    are_two = bool(ours and theirs)
    heard, far = sound_of(one), slips(one, other)
    sounds_same = heard == sound_of(other)
    if not are_two and sounds_same and len(heard) > 2:  # noqa: PLR2004
        return _Alike.SAME
    if not are_two and far == 1 and min(len(one), len(other)) >= _LONG:
        return _Alike.SAME
    begins_alike = one[:2] == other[:2] and far <= 3  # noqa: PLR2004
    if far == 1 or (sounds_same and one[0] == other[0]) or begins_alike:
        return _Alike.NEAR
    return _Alike.NO


def _joined(name: Name) -> Iterable[Name]:
    """The name itself, and with two neighboring syllables written as one."""
    yield name
    for at in range(len(name.parts) - 1):
        if 1 in {len(name.parts[at]), len(name.parts[at + 1])}:
            continue  # an initial is no syllable
        parts = (*name.parts[:at], name.parts[at] + name.parts[at + 1], *name.parts[at + 2 :])
        if len(parts) > 1:
            yield Name(parts, name.suffix, 0 if name.family == 0 else len(parts) - 1)


def _compare(one: Name, other: Name) -> tuple[_Names, int]:
    """How two names are alike, and how many of their parts."""
    if not one.parts or not other.parts:
        return _Names.NONE, 0
    if one.suffix and other.suffix and one.suffix != other.suffix:
        return _Names.NONE, 0
    found = max(
        (_compare_parts(a, b) for a, b in itertools.product(_joined(one), [other])),
        default=(_Names.NONE, 0),
    )
    if found[0] < _Names.FULL and len(other.parts) > 2:  # noqa: PLR2004
        found = max(found, *(_compare_parts(one, b) for b in _joined(other)))
    return found


def _compare_parts(one: Name, other: Name) -> tuple[_Names, int]:
    pairs = sorted(
        (
            (_alike(a, b), -abs(i - j), i, j)
            for i, a in enumerate(one.parts)
            for j, b in enumerate(other.parts)
        ),
        reverse=True,
    )
    left, right = set(range(len(one.parts))), set(range(len(other.parts)))
    kinds: list[_Alike] = []
    shared: list[tuple[int, int]] = []
    for kind, _, i, j in pairs:
        if kind and i in left and j in right:
            left.discard(i)
            right.discard(j)
            kinds.append(kind)
            if kind is _Alike.SAME:
                shared.append((i, j))
    return _names_level(one, other, kinds, shared, whole=not left or not right), len(shared)


def _names_level(
    one: Name, other: Name, kinds: list[_Alike], shared: list[tuple[int, int]], *, whole: bool
) -> _Names:
    if not shared:
        return _Names.NONE
    fewest = min(len(one.parts), len(other.parts))
    if fewest == 1:
        both = len(one.parts) == len(other.parts) and not groups_of(one.parts[0])
        return _Names.CLOSE if both else _Names.SINGLE
    if whole and len(shared) > 1 and _Alike.NEAR not in kinds:
        return _Names.FULL
    if whole:
        return _Names.CLOSE
    only_family = all(i == one.family and j == other.family for i, j in shared)
    return _Names.FAMILY if only_family else _Names.GIVEN


def _born(one: Birth, other: Birth) -> _Born:
    if one.day and other.day:
        return _days(one.day, other.day)
    ours = one.day.year if one.day else one.year
    theirs = other.day.year if other.day else other.year
    if ours is None or theirs is None:
        return _Born.UNKNOWN
    return _Born.FITS if abs(ours - theirs) <= one.spread + other.spread else _Born.AGAINST


def _days(one: date, other: date) -> _Born:
    if one == other:
        new_year = (one.month, one.day) == (1, 1)
        return _Born.SAME_NEW_YEAR if new_year else _Born.SAME
    exchanged = (one.year, one.month, one.day) == (other.year, other.day, other.month)
    slip = slips(f"{one:%Y%m%d}", f"{other:%Y%m%d}") == 1
    return _Born.SLIP if exchanged or slip else _Born.AGAINST


def judge(one: Known, other: Known) -> Judged:
    """What a steward would say of two records; every name of the one against every of the other."""
    born = _born(one.birth, other.birth)
    names, shared = max(
        (_compare(name_of(a), name_of(b)) for a in one.names for b in other.names),
        default=(_Names.NONE, 0),
    )
    verdict = _verdict(names, born)
    score = 100 * names + 10 * shared + born
    return Judged(verdict, f"{names.name}_{born.name}".lower(), score)


def _verdict(names: _Names, born: _Born) -> Verdict:
    if born is _Born.AGAINST or names is _Names.NONE:
        return Verdict.NO
    if names is _Names.FULL:
        return Verdict.MATCH if born is _Born.SAME else Verdict.POSSIBLE
    if names is _Names.CLOSE:
        return Verdict.POSSIBLE
    # One shared half of a name says something only together with the very day.
    if names in {_Names.GIVEN, _Names.SINGLE} and born is _Born.SAME:
        return Verdict.POSSIBLE
    return Verdict.NO


def birth_of(text: str) -> Birth:
    """A birth as typed: `1983-03-07`, `1983`, or `~43@2026` for an age in a year; else unknown."""
    if found := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text.strip()):
        try:
            return Birth(day=date(*map(int, found.groups())))
        except ValueError:
            return Birth()
    if re.fullmatch(r"\d{4}", text.strip()):
        return Birth(year=int(text))
    if found := re.fullmatch(r"~(\d{1,3})@(\d{4})", text.strip()):
        return birth_by_age(int(found[1]), int(found[2]), how="estimated")
    return Birth()


def birth_by_age(age: int, year: int, *, how: str) -> Birth:
    """The years in which somebody of this age was born; a said or estimated age reaches wider."""
    return Birth(year=year - age, spread={"known": 1, "said": 2}.get(how, _ESTIMATE_YEARS))


def search_keys(known: Known) -> tuple[set[str], set[str]]:
    """What a person can be found by, as plain words to be hashed: narrow keys, then wide ones."""
    narrow: set[str] = {f"day {known.birth.day}"} if known.birth.day else set()
    wide: set[str] = set()
    for written in known.names:
        whole = name_of(written)
        for name in _joined(whole):
            narrow |= _pairs(name)
        if whole.parts:
            narrow.add("letters " + " ".join(sorted("".join(sorted(p)) for p in whole.parts)))
        for part in whole.parts:
            wide |= {f"sound {sound_of(part)}", f"begins {part[:3]}"}
            wide |= {f"group {number}" for number in groups_of(part)}
    return narrow, wide


def _pairs(name: Name) -> set[str]:
    found: set[str] = set()
    for one, other in itertools.combinations(name.parts, 2):
        found.add("sounds " + " ".join(sorted((sound_of(one), sound_of(other)))))
        found.add("begin " + " ".join(sorted((one[:3], other[:3]))))
        for left in _called(one):
            for right in _called(other):
                found.add("called " + " ".join(sorted((left, right))))
    return found


def _called(part: str) -> list[str]:
    return [str(number) for number in groups_of(part)] or [sound_of(part)]
