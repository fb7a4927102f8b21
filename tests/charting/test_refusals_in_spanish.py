"""What the form engine refuses is said in the reader's language, whatever the desk changed."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.utils import translation

import tandem.forms
from tandem.board.fault_words import SENTENCES, fault_in_words, refusal_in_words
from tandem.forms import editing
from tandem.forms.definition import Definition
from tandem.forms.faults import FormRefused
from tandem.forms.shipped import shipped_form

FOLDER = Path(tandem.forms.__file__).parent
PLAN = shipped_form("response-plan")
Change = Callable[[Definition], Definition]


def said_in(path: Path) -> Iterator[str]:
    """Every sentence of a module that is no docstring, with a word where a value goes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {id(v) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for v in n.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            inner.add(id(node.value))
    for node in ast.walk(tree):
        if id(node) in inner:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = node.value
        elif isinstance(node, ast.JoinedStr):
            parts = [v.value if isinstance(v, ast.Constant) else "x7" for v in node.values]
            words = "".join(str(part) for part in parts)
        else:
            continue
        if re.fullmatch(r"[A-Z].* .*\.", words):
            yield words


@pytest.mark.parametrize("module", ["editing.py", "checking.py"])
def test_every_sentence_of_a_change_has_its_spanish(module: str) -> None:
    said = list(said_in(FOLDER / module))
    assert said
    with translation.override("es"):
        assert [one for one in said if fault_in_words(one) == one] == []


CHANGES: dict[str, Change] = {
    "no such question": lambda form: editing.rename(form, "nothing", "x", ""),
    "empty words": lambda form: editing.rename(form, "services", " ", ""),
    "long words": lambda form: editing.rename(form, "services", "x" * 5_000, ""),
    "a script": lambda form: editing.rename(form, "services", "<script>x</script>", ""),
    "a script in Spanish": lambda form: editing.rename(form, "services", "x", "<b>x</b>"),
    "long Spanish": lambda form: editing.rename(form, "services", "x", "x" * 5_000),
    "unseen": lambda form: editing.rename(form, "services", "a\u202eb", ""),
    "no kind": lambda form: editing.add(form, kind="spell", text="x"),
    "no answers": lambda form: editing.add(form, kind="choice", text="x"),
    "an answer twice": lambda form: editing.add(form, kind="choice", text="x", answers="a\na"),
    "a script as answer": lambda form: editing.add(form, kind="choice", text="x", answers="<i>a"),
    "long answer": lambda form: editing.add(form, kind="choice", text="x", answers="a" * 900),
    "into no heading": lambda form: editing.add(form, kind="text", text="x", into="services"),
    "empty": lambda form: editing.add(form, kind="text", text=""),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_the_desk_can_ask_for_is_refused_in_spanish(name: str) -> None:
    with pytest.raises(FormRefused) as refused:
        CHANGES[name](PLAN)
    english = refusal_in_words(refused.value)
    assert english == str(refused.value)
    with translation.override("es"):
        spanish = refusal_in_words(refused.value)
    for fault in refused.value.faults:
        assert fault.sentence not in spanish, fault.sentence


def test_no_sentence_of_the_list_is_left_in_english() -> None:
    with translation.override("es"):
        assert [one for one in SENTENCES if translation.gettext(one) == one] == []


def test_what_nobody_listed_is_said_as_it_is() -> None:
    assert fault_in_words("Something else.") == "Something else."
