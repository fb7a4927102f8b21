"""Written calls whose advice a reader of the gate's description expects: none is under-answered.

The expectations were written before their author saw a rule; `docs/reference/advice.md` says how
the rules did before they were mended by them.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tandem.advice.rules import Advice, Answers, advise
from tandem.kernel.advice import AdviceRules
from tests.advice.shipped import RULES, without

PARTS = ("first", "with", "by_phone", "tell", "clinician", "provisional", "ask_next")
SAME = 0.95


@dataclass(frozen=True)
class Case:
    """One written call: what was answered, who is on, what is expected."""

    id: str
    answers: Answers
    now: frozenset[str]
    expected: dict[str, Any]

    def advice(self, rules: AdviceRules = RULES) -> Advice:
        return advise(rules, self.answers, self.now)

    def differences(self, rules: AdviceRules = RULES) -> list[str]:
        """The parts of the set that are not as expected; the order within a part says nothing."""
        got = self.advice(rules).as_json()
        return [part for part in PARTS if _plain(got[part]) != _plain(self.expected[part])]


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else (value or "")


def _cases() -> list[Case]:
    found = []
    for file in sorted((Path(__file__).parent / "cases").glob("*.toml")):
        for told in tomllib.loads(file.read_text(encoding="utf-8"))["case"]:
            answers = {key: value for key, value in told["answers"].items() if key != "age"}
            age, place = told["answers"].get("age"), told["staffed"].get("jurisdiction", "city")
            heard = Answers(answers, age, told["origin"], place)
            now = frozenset(told["staffed"]["now"])
            found.append(Case(told["id"], heard, now, told["expected"]))
    return found


CASES = _cases()


def under_answered(case: Case, rules: AdviceRules = RULES) -> bool:
    """Whether police or EMS are left out where the reader expects them."""
    advice = case.advice(rules)
    ems_free = not (
        advice.first == "ems_and_patrol" or "ems_staged" in advice.go_with or "ems" in advice.tell
    )
    return (advice.police_free and not case.expected["police_free"]) or (
        ems_free and not case.expected["ems_free"]
    )


def test_there_are_enough_cases_and_each_has_its_own_name() -> None:
    assert len(CASES) >= 80
    assert len({case.id for case in CASES}) == len(CASES)


def test_nobody_is_left_without_police_or_ems_where_they_are_due() -> None:
    assert [case.id for case in CASES if under_answered(case)] == []


def test_the_set_is_the_one_expected() -> None:
    differing = {case.id: case.differences() for case in CASES if case.differences()}
    assert len(differing) <= (1 - SAME) * len(CASES), differing


@pytest.mark.parametrize("rule", [rule.id for rule in RULES.rules])
def test_each_rule_switched_off_makes_a_written_case_fail(rule: str) -> None:
    broken = without(rule)
    assert [case.id for case in CASES if set(case.differences(broken)) - set(case.differences())]


@pytest.mark.parametrize("rule", ["medical", "perhaps_hurt"])
def test_a_call_is_found_under_answered_when_its_rule_is_off(rule: str) -> None:
    assert [case.id for case in CASES if under_answered(case, without(rule))]
