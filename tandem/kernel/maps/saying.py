"""Sentences with facts in them: English for files and consoles, said anew where a page is not."""

from typing import Any


class Saying(str):
    """An English sentence that still knows its words and its facts apart."""

    __slots__ = ("facts", "words")

    words: str
    facts: dict[str, Any]

    def __new__(cls, words: str, **facts: Any) -> "Saying":
        """`words` holds a place `%(name)s` for each fact."""
        said = super().__new__(cls, words % facts)
        said.words, said.facts = words, facts
        return said
