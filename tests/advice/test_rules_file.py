"""Rules are read strictly and refused whole; no file can leave the police out unasked."""

from collections.abc import Callable

import pytest

from tandem.kernel.advice import FLOOR, parse_advice
from tandem.kernel.instance import checkout
from tandem.kernel.program import parse_program
from tandem.kernel.strict_toml import FileRefused


def _text() -> str:
    text = (checkout() / "program.toml").read_text(encoding="utf-8")
    return text[text.index("[advice]") :]


def _without(condition: str, question: str) -> str:
    """The rules with one question left out of one condition."""
    place = _text().index(condition)
    head, tail = _text()[:place], _text()[place:]
    return head + tail.replace(f'"{question}",', "", 1)


def _refused(text: str) -> str:
    with pytest.raises(FileRefused) as refusal:
        parse_advice(text.encode())
    return str(refusal.value)


def test_the_shipped_rules_are_read_with_their_version() -> None:
    rules = parse_advice(_text().encode())
    assert rules.version == parse_advice((_text() + "# a word\n").encode()).version
    changed = _text().replace('tell = ["cps"]', 'tell = ["cps", "supervisor"]')
    assert parse_advice(changed.encode()).version != rules.version


def test_a_program_file_of_before_has_no_rules() -> None:
    text = (checkout() / "program.toml").read_text(encoding="utf-8")
    assert parse_program(text[: text.index("[advice]")].encode()).advice is None


@pytest.mark.parametrize("question", FLOOR)
def test_a_route_without_police_must_ask_every_danger(question: str) -> None:
    assert f"`all_no` lacks {question}" in _refused(_without("all_no = [", question))


@pytest.mark.parametrize("condition", ["none_yes = [\n", "none_not_known = [\n"])
def test_what_a_route_without_police_leaves_unasked_it_bars_otherwise(condition: str) -> None:
    assert "`all_no` lacks delirium_signs" in _refused(_without(condition, "delirium_signs"))


def test_a_team_that_is_named_as_on_has_hours() -> None:
    text = (checkout() / "program.toml").read_text(encoding="utf-8")
    with pytest.raises(FileRefused, match="The team 'Ambulance' has no hours"):
        parse_program(text.replace('ems = "always"', 'ems = "Ambulance"').encode())


def _edit(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (_edit('id = "child"', 'id = "violence"'), "stands twice"),
        (_edit('first = ["phone", "mobile_crisis"]', 'first = ["phone", "patrol"]'), "falls back"),
        (_edit('tell = ["cps"]', 'tell = ["everybody"]'), "must be one of"),
        (_edit('any_yes = ["shots_or_hostage"]', ""), "mark it `otherwise`"),
        (_edit('"attempt_in_progress", ', ""), "No rule sends EMS"),
        (_edit('first = ["ems_and_patrol", ', "first = ["), "No rule sends EMS"),
        (
            _edit('nothing_known"\notherwise = true', 'nothing_known"\nany_yes = ["intoxicated"]'),
            "when nothing was asked",
        ),
        (_edit('questions = ["violence_now"]', "questions = []"), "`safety` lacks"),
        (_edit('clinician = "staged"', 'clinician = "alone"'), "must be one of"),
        (_edit('ems = "always"', 'ems = "signed_on"'), "Nobody signs on as 'ems'"),
        (_edit('ems = "always"', 'army = "always"'), "Unknown key `army`"),
        (_edit("reason =", "reasons ="), "Unknown key `reasons`"),
        (lambda text: text.replace("[advice", "[advise"), "The table `advice` is missing"),
    ],
)
def test_a_faulty_file_is_refused_with_its_reason(edit: Callable[[str], str], said: str) -> None:
    assert said in _refused(edit(_text()))


def test_a_new_danger_must_be_asked_before_the_police_are_left_out() -> None:
    rule = '[[advice.rules]]\nid = "drunk"\nany_yes = ["intoxicated"]\nfirst = ["patrol"]\n'
    said = _refused(f'{_text()}\n{rule}reason = "Drunk."\nauthority = "policy"\n')
    assert "`all_no` lacks intoxicated" in said
