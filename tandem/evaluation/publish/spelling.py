"""One thing under two spellings would be two things to the attack: a new one is asked about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tandem.evaluation.publish.sentences import PublishError, say
from tandem.evaluation.publish.table import Table, one_space

# What a word names: a series ("", its name) or a value of a dimension.
Word = tuple[str, str]


def check_spelling(table: Table, old: Sequence[Mapping[str, Any]]) -> None:
    """Refuse words that an earlier release wrote with other capitals. Raises PublishError."""
    before: dict[Word, set[str]] = {}
    for release in old:
        for kind, word in _words_of(release["subject"], release["cells"], release["within"]):
            before.setdefault((kind, _folded(word)), set()).add(word)
    own = [{"at": dict(c.at), "measure": c.measure, "population": c.population}
           for c in table.cells]  # fmt: skip
    for kind, word in _words_of(table.subject, own, table.within):
        known = before.get((kind, _folded(word)))
        if known and word not in known:
            raise PublishError(say("spelled", new=word, old=min(known)))


def _folded(word: str) -> str:
    return one_space(word).casefold()


def _words_of(
    subject: str,
    lines: Sequence[Mapping[str, Any]],
    within: Mapping[str, Mapping[str, str]],
) -> Iterator[Word]:
    yield "", subject
    for line in lines:
        for name in (line["measure"], line["population"]):
            if name:
                yield "", str(name)
        for dimension, value in line["at"].items():
            yield "dimension", str(dimension)
            yield _folded(dimension), str(value)
    for dimension, pairs in within.items():
        for value, wider in pairs.items():
            yield _folded(dimension), value
            yield _folded(dimension), wider
