"""Finds the word that a misspelled or cut one was meant to be.

Misspellings are found by deletions in both words, as in W. Garbe's SymSpell (2012), and judged by
the restricted Damerau distance; no dependency has this at the speed that types need.
"""

from collections.abc import Iterator
from itertools import combinations

# A word must be this long to be read with one error, with two, or when it is cut.
ONE_ERROR, TWO_ERRORS, SHORTEST_CUT, LONGEST = 5, 8, 4, 24
CUT_AWAY = 2


class Speller:
    """A vocabulary of words in capitals, and the words that are never corrected."""

    def __init__(self, words: set[str], never: frozenset[str]) -> None:
        self.words = frozenset(words)
        self.never = never
        self.targets = [word for word in self.words if word.isalpha() and len(word) >= ONE_ERROR]
        self.by_deletion: dict[str, set[str]] = {}
        self.by_beginning: dict[str, set[str]] = {}
        for word in self.targets:
            for shape in _deletions(word, _errors(word)):
                self.by_deletion.setdefault(shape, set()).add(word)
            shortest = max(SHORTEST_CUT, (len(word) + 1) // 2)
            for size in range(shortest, len(word) - CUT_AWAY + 1):
                self.by_beginning.setdefault(word[:size], set()).add(word)

    def meant(self, word: str) -> Iterator[tuple[str, str]]:
        """The words that it may stand for, each with `misspelled` or `cut`; none if it is right."""
        if not word.isalpha() or word in self.never or not SHORTEST_CUT <= len(word) <= LONGEST:
            return
        cut = self.by_beginning.get(word, ())
        yield from ((whole, "cut") for whole in sorted(cut))
        if cut or len(word) < ONE_ERROR - 1:
            return
        near: list[tuple[int, str]] = []
        seen: set[str] = set()
        for shape in _deletions(word, 2 if len(word) >= TWO_ERRORS - 1 else 1):
            for target in self.by_deletion.get(shape, ()):
                if target not in seen and target[0] == word[0]:
                    seen.add(target)
                    errors = distance(word, target)
                    if errors <= _errors(target):
                        near.append((errors, target))
        least = min((errors for errors, _ in near), default=0)
        yield from ((target, "misspelled") for errors, target in sorted(near) if errors == least)


def _errors(word: str) -> int:
    return 2 if len(word) >= TWO_ERRORS else 1


def _deletions(word: str, most: int) -> Iterator[str]:
    yield word
    for count in range(1, most + 1):
        for places in combinations(range(len(word)), count):
            yield "".join(letter for at, letter in enumerate(word) if at not in places)


def distance(one: str, other: str) -> int:
    """Restricted Damerau-Levenshtein distance: insert, delete, replace, swap neighbors."""
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        here = [row]
        for column, against in enumerate(other, 1):
            best = min(
                above[column] + 1,
                here[column - 1] + 1,
                above[column - 1] + (letter != against),
            )
            swapped = (
                row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against
            )
            if swapped:
                best = min(best, before[column - 2] + 1)
            here.append(best)
        before, above = above, here
    return above[-1]
