"""Changing a form: ids stay, old answers still fit their version, what would break is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tandem.forms import editing
from tandem.forms.answering import Answer, asked_items, check_answers
from tandem.forms.faults import FormRefused
from tandem.forms.shipped import CODES, shipped_form

FORM = shipped_form("linkage")


def _order(form: object) -> list[str]:
    return [item.link_id for item in form.items]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("version", "following"), [("1.0", "1.1"), ("1.9", "1.10"), ("3", "3.1"), ("1.2.3", "1.2.4")]
)
def test_a_version_is_followed_by_the_next(version: str, following: str) -> None:
    assert editing.next_version(version) == following


def test_a_question_is_added_renamed_moved_required_and_retired() -> None:
    form = editing.add(FORM, kind="choice", text="Ride home?", answers="Yes | Sí\nNo")
    added = form.items[-1]
    assert (added.link_id, added.options[0].display_es) == ("ride_home", "Sí")
    form = editing.rename(form, "ride_home", "Was a ride home found?", "¿Hubo cómo volver?")
    form = editing.require(form, "ride_home", needed=True)
    form = editing.move(form, "ride_home", up=True)
    assert _order(form)[-2:] == ["ride_home", "hours_until"]
    form = editing.retire(form, "ride_home", retired=True)
    assert "ride_home" not in {item.link_id for item in asked_items(form, {})}
    form = replace(form, version=editing.next_version(FORM.version))
    assert editing.successor_faults(FORM, form) == []
    assert editing.changes(FORM, form) == [("added", "Was a ride home found?")]


def test_ids_are_never_used_twice() -> None:
    once = editing.add(FORM, kind="string", text="Ride home?")
    retired = editing.retire(once, "ride_home", retired=True)
    again = editing.add(retired, kind="string", text="Ride home?")
    assert again.items[-1].link_id == "ride_home_2"


def test_a_group_is_added_and_filled() -> None:
    form = editing.add(FORM, kind="group", text="Way home")
    form = editing.add(form, kind="boolean", text="Was it safe?", into="way_home")
    assert [item.link_id for item in form.items[-1].items] == ["way_home-words", "was_it_safe"]


def test_what_would_break_the_form_is_refused_with_a_sentence() -> None:
    wrong: list[Callable[[], object]] = [
        lambda: editing.rename(FORM, "needed", "Is it <script>needed</script>?", ""),
        lambda: editing.rename(FORM, "needed", " ", ""),
        lambda: editing.rename(FORM, "ghost", "x", ""),
        lambda: editing.move(FORM, "ghost", up=True),
        lambda: editing.retire(FORM, "needed", retired=True),
        lambda: editing.add(FORM, kind="choice", text="Which?", answers=""),
        lambda: editing.add(FORM, kind="attachment", text="Photo"),
        lambda: editing.add(FORM, kind="string", text="x", into="needed"),
        lambda: editing.add(FORM, kind="choice", text="x", answers="Yes\nyes"),
    ]
    for change in wrong:
        with pytest.raises(FormRefused) as refusal:
            change()
        assert refusal.value.faults[0].sentence.endswith(".")


def test_a_form_that_drops_or_turns_an_item_cannot_follow() -> None:
    newer = replace(FORM, version="1.1")
    dropped = replace(newer, items=newer.items[1:])
    assert "is gone" in editing.successor_faults(FORM, dropped)[0].sentence
    turned = replace(newer, items=(replace(newer.items[0], kind="string", options=()),))
    assert any("another kind" in one.sentence for one in editing.successor_faults(FORM, turned))
    assert "must come after" in editing.successor_faults(FORM, FORM)[0].sentence


@pytest.mark.parametrize("code", CODES)
def test_answers_of_an_old_version_still_fit_it_after_every_change(code: str) -> None:
    old = shipped_form(code)
    first = next(item for item, _ in old.walk() if item.kind == "choice" and not item.conditions)
    answers = {first.link_id: Answer((first.options[0].code,))}
    new = editing.rename(old, first.link_id, "Other words", "Otras palabras")
    assert check_answers(old, answers).faults == ()
    assert check_answers(new, answers).faults == ()
    assert old.by_id()[first.link_id].text == first.text
