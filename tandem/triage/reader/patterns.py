"""Phrases as a clinician writes them, compiled into one trie over tokens.

The little language of the lexicon: `word`, `word*` (any ending), `@class`, `(a|b c)` (one of
these), `(a)?` (may be left out), `..3` (up to three words between). A phrase never crosses the
end of a sentence, and a gap never crosses a comma.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

MOST_EXPANSIONS = 400
FEWEST_FOR_A_LIST = 2
_PIECE = re.compile(r"\((?P<choice>[^()]*)\)(?P<optional>\?)?|\.\.(?P<gap>\d)|(?P<word>[^\s()]+)")
# Texts are cut at hyphens between letters, so phrases are too.
_HYPHEN = re.compile(r"(?<=[a-z])-(?=[a-z0-9])")
_GAP_PREFIX = ".."
_SPECIAL = frozenset("@?*.")


class PhraseError(ValueError):
    """A phrase of a lexicon that cannot be compiled; the message quotes it."""


@dataclass(slots=True)
class Node:
    """One place in the trie: where each symbol leads, gaps that may follow, groups that end."""

    edges: dict[str, "Node"] = field(default_factory=dict)
    gaps: list[tuple[int, "Node"]] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Choices:
    """The word lists that stand inside phrases, each given one symbol instead of many paths."""

    names: dict[frozenset[str], str] = field(default_factory=dict)

    def symbol(self, words: frozenset[str]) -> str:
        return self.names.setdefault(words, f"@{len(self.names)}")

    def slot(self, choices: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """The same alternatives with all single words drawn together."""
        words = frozenset(
            choice[0] for choice in choices if len(choice) == 1 and not _SPECIAL & set(choice[0])
        )
        if len(words) < FEWEST_FOR_A_LIST:
            return choices
        others = [choice for choice in choices if len(choice) != 1 or choice[0] not in words]
        return [(self.symbol(words),), *others]


def expand(phrase: str, lists: Choices) -> Iterator[tuple[str, ...]]:
    """Every sequence of symbols that a phrase stands for; `lists` gathers its word lists.

    Raises PhraseError for brackets that do not close, for a phrase that is empty, starts or ends
    with a gap, and for one that stands for more than `MOST_EXPANSIONS` sequences.
    """
    phrase = _HYPHEN.sub(" ", phrase)
    slots: list[list[tuple[str, ...]]] = []
    rest = _PIECE.sub("", phrase)
    if rest.strip():
        raise PhraseError(f'the phrase "{phrase}" has brackets that do not close')
    for piece in _PIECE.finditer(phrase):
        if piece["gap"]:
            slots.append([(f"{_GAP_PREFIX}{piece['gap']}",)])
        elif piece["word"]:
            slots.append([(piece["word"],)])
        else:
            choices = lists.slot([tuple(choice.split()) for choice in piece["choice"].split("|")])
            slots.append([*choices, ()] if piece["optional"] else choices)
    count = 1
    for slot in slots:
        count *= len(slot)
    if not slots or count > MOST_EXPANSIONS:
        raise PhraseError(f'the phrase "{phrase}" stands for {count if slots else 0} sequences')
    for chosen in product(*slots):
        flat = tuple(symbol for part in chosen for symbol in part)
        if not flat or flat[0].startswith(_GAP_PREFIX) or flat[-1].startswith(_GAP_PREFIX):
            raise PhraseError(f'the phrase "{phrase}" is empty, or starts or ends with a gap')
        yield flat


def insert(root: Node, symbols: tuple[str, ...], group: int) -> None:
    """Add one sequence; sequences that begin alike share their beginning."""
    node = root
    for symbol in symbols:
        if symbol.startswith(_GAP_PREFIX):
            width = int(symbol[len(_GAP_PREFIX) :])
            known = next((after for most, after in node.gaps if most == width), None)
            if known is None:
                known = Node()
                node.gaps.append((width, known))
            node = known
        else:
            node = node.edges.setdefault(symbol, Node())
    if group not in node.ends:
        node.ends.append(group)


@dataclass(frozen=True, slots=True)
class Hit:
    """One phrase found: tokens `first` to `last` (both inclusive), and its group's number."""

    first: int
    last: int
    group: int


@dataclass(slots=True)
class _Walk:
    """One text while its phrases are followed through the trie."""

    symbols: list[tuple[str, ...]]
    sentence: list[int]
    comma: list[bool]

    def follow(self, node: Node, at: int, best: dict[int, int]) -> None:
        """Note the last token of each group that ends here or further on."""
        for group in node.ends:
            if best.get(group, -1) < at:
                best[group] = at
        after = at + 1
        if after >= len(self.symbols) or self.sentence[after] != self.sentence[at]:
            return
        edges = node.edges
        if edges:
            for symbol in self.symbols[after]:
                if symbol in edges:
                    self.follow(edges[symbol], after, best)
        for width, beyond in node.gaps:
            self._leap(beyond, after, width, best)

    def _leap(self, beyond: Node, after: int, width: int, best: dict[int, int]) -> None:
        here = self.sentence[after]
        edges = beyond.edges
        for place in range(after, min(len(self.symbols), after + width + 1)):
            if self.sentence[place] != here or self.comma[place]:
                return
            for symbol in self.symbols[place]:
                if symbol in edges:
                    self.follow(edges[symbol], place, best)


def find(
    root: Node, symbols: list[tuple[str, ...]], sentence: list[int], comma: list[bool]
) -> list[Hit]:
    """Every phrase in a text of n tokens, the longest per group and first token.

    `symbols[i]` is what token i may stand for, `sentence[i]` the number of its sentence and
    `comma[i]` whether a comma stands before it.
    """
    walk = _Walk(symbols, sentence, comma)
    hits: list[Hit] = []
    edges = root.edges
    for first, starts in enumerate(symbols):
        best: dict[int, int] = {}
        for symbol in starts:
            if symbol in edges:
                walk.follow(edges[symbol], first, best)
        for group, last in best.items():
            hits.append(Hit(first, last, group))
    return hits
