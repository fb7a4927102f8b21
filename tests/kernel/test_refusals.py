"""A refusal says itself in words, and the catalogs know them."""

import inspect
from collections.abc import Iterator

import tandem.directory.rules  # noqa: F401 (its refusals are looked at)
from tandem.identity.refusals import OWN_WORDS
from tandem.identity.services import SENTENCES
from tandem.kernel.refusals import Refused


def _kinds(kind: type[Refused]) -> Iterator[type[Refused]]:
    for below in kind.__subclasses__():
        yield below
        yield from _kinds(below)


def test_every_refusal_has_words_that_are_translated() -> None:
    kinds: list[type[Refused]] = [Refused, *_kinds(Refused)]
    for kind in kinds:
        package = kind.__module__.split(".")[1:2]
        # An engine answers the person who named the file at the console; no page says its words.
        if package in (["evaluation"], ["planning"], ["triage"]):
            continue
        if kind.__module__.startswith("tandem.") and kind.code not in SENTENCES:
            assert inspect.getdoc(kind) in OWN_WORDS, kind


def test_a_refusal_never_shows_what_python_says() -> None:
    assert str(Refused()) == "This was not carried out."
    assert Refused("CRU 1 was sent.").sentence == "CRU 1 was sent."
