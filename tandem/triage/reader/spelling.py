"""Typing errors in the words that matter: one slip, two in long words, never a real word."""

from collections.abc import Iterable

LONG = 9
SHORTEST = 5
LONGEST = 20


def deletions(word: str) -> set[str]:
    """The word itself and every word with one letter left out."""
    return {word} | {word[:place] + word[place + 1 :] for place in range(len(word))}


class Speller:
    """Finds the word that was meant, by shared deletions (after Garbe's symmetric delete)."""

    def __init__(self, words: Iterable[str], never: frozenset[str]) -> None:
        self._never = never
        self._index: dict[str, list[str]] = {}
        for word in words:
            keys = deletions(word)
            if len(word) >= LONG:
                keys |= {twice for once in list(keys) for twice in deletions(once)}
            for key in keys:
                self._index.setdefault(key, []).append(word)

    def meant(self, word: str) -> str | None:
        """The listed word that this one is a misspelling of; None if there is none, or several.

        >>> Speller(["suicidal"], frozenset()).meant("suicdial")
        'suicidal'
        """
        if not SHORTEST - 1 <= len(word) <= LONGEST or word in self._never or not word.isalpha():
            return None
        keys = deletions(word)
        if len(word) >= LONG - 1:
            keys |= {twice for once in list(keys) for twice in deletions(once)}
        near: dict[str, int] = {}
        for key in keys:
            for candidate in self._index.get(key, ()):
                if candidate not in near:
                    near[candidate] = slips(word, candidate)
        allowed = {
            candidate: far
            for candidate, far in near.items()
            if far <= (2 if len(candidate) >= LONG and candidate[0] == word[0] else 1)
            and (
                candidate[0] == word[0] or candidate[1:3] == word[1:3] or word[1:2] == candidate[:1]
            )
            and abs(len(candidate) - len(word)) <= far
        }
        if not allowed:
            return None
        least = min(allowed.values())
        best = sorted(candidate for candidate, far in allowed.items() if far == least)
        return best[0]


def slips(left: str, right: str) -> int:
    """Letters left out, put in or swapped (Damerau 1964); a wrong letter counts by its key.

    A letter for its neighbor on the keyboard, or a vowel for a vowel, is one slip, any other two:
    so most real words stay themselves.
    """
    before: list[int] = []
    row = list(range(len(right) + 1))
    for down, letter in enumerate(left, start=1):
        older, before, row = before, row, [down] + [0] * len(right)
        for across, other in enumerate(right, start=1):
            exchange = before[across - 1] + _wrong_key(letter, other)
            row[across] = min(before[across] + 1, row[across - 1] + 1, exchange)
            swapped = (
                down > 1 and across > 1 and letter == right[across - 2] and left[down - 2] == other
            )
            if swapped:
                row[across] = min(row[across], older[across - 2] + 1)
    return row[-1]


def _wrong_key(letter: str, other: str) -> int:
    if letter == other:
        return 0
    near = {letter, other} <= _VOWELS or other in _NEIGHBORS.get(letter, "")
    return 1 if near else 2


_VOWELS = frozenset("aeiouy")
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _neighbors() -> dict[str, str]:
    """The keys around each key of an American keyboard, and sounds often written for another."""
    found = {"c": "sk", "k": "c", "s": "cz", "z": "s", "f": "v"}
    for row, keys in enumerate(_KEYS):
        for place, key in enumerate(keys):
            around = keys[max(0, place - 1) : place] + keys[place + 1 : place + 2]
            for other in (row - 1, row + 1):
                if 0 <= other < len(_KEYS):
                    shift = 0 if other < row else -1
                    start = max(0, place + shift)
                    around += _KEYS[other][start : place + shift + 2]
            found[key] = found.get(key, "") + around
    return found


_NEIGHBORS = _neighbors()
