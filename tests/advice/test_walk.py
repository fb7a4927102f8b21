"""Every combination of the safety answers: no unknown ever gives less protection than a yes."""

import dataclasses
import itertools
from collections.abc import Iterator

import pytest

from tandem.advice.rules import Answers, advise
from tandem.kernel.advice import ANSWERS, FLOOR, POLICE_FREE, QUESTIONS, STAFF, AdviceRules
from tests.advice.shipped import EVERYBODY, RULES

# The six questions of the four dangers, and two more without whose "no" the police go.
SAFETY = (*FLOOR, "threat_to_named_person", "suicidal_ideation")
# A "yes" or a "not known" to one of these sends the police; the route without them names those
# that were not asked.
SELDOM = (
    "shots_or_hostage",
    "just_ended_assault",
    "delirium_signs",
    "warrant_or_mandatory_arrest",
    "child_alone_or_cps_concern",
    "psychosis_or_disorientation",
    "dementia_or_wandering",
)
UNKNOWN = ("not_known", "not_asked")
Combination = tuple[str, ...]


def police_free(
    rules: AdviceRules, walked: tuple[str, ...], fixed: dict[str, str]
) -> set[Combination]:
    """Every combination of the four answers that gets a route without police."""
    found = set()
    for combination in itertools.product(ANSWERS, repeat=len(walked)):
        answers = {**fixed, **dict(zip(walked, combination, strict=True))}
        if advise(rules, Answers(answers), EVERYBODY).first in POLICE_FREE:
            found.add(combination)
    return found


def less_protected(free: set[Combination]) -> Iterator[Combination]:
    """Combinations where an unknown leaves the police out and a yes would not."""
    for combination in free:
        for place, answer in enumerate(combination):
            certain = (*combination[:place], "yes", *combination[place + 1 :])
            if answer in UNKNOWN and certain not in free:
                yield combination


def softened(question: str) -> AdviceRules:
    """Rules that forgot to ask one question before the police are left out."""
    rules = tuple(
        dataclasses.replace(rule, all_no=tuple(q for q in rule.all_no if q != question))
        for rule in RULES.rules
    )
    return dataclasses.replace(RULES, rules=rules)


def test_no_unknown_gives_less_protection_than_a_yes() -> None:
    free = police_free(RULES, SAFETY, {"wants_support_only": "yes"})
    assert list(less_protected(free)) == []
    assert free == {("no",) * len(SAFETY)}


def test_what_is_seldom_asked_bars_the_route_once_it_is_not_known() -> None:
    fixed = {**dict.fromkeys(SAFETY, "no"), "wants_support_only": "yes"}
    free = police_free(RULES, SELDOM, fixed)
    assert free == set(itertools.product(("no", "not_asked"), repeat=len(SELDOM)))


def test_the_route_without_police_names_what_was_not_asked() -> None:
    answers = {**dict.fromkeys(SAFETY, "no"), "wants_support_only": "yes"}
    assert advise(RULES, Answers(answers), EVERYBODY).unasked == SELDOM
    asked = {**answers, **dict.fromkeys(SELDOM, "no")}
    assert advise(RULES, Answers(asked), EVERYBODY).unasked == ()
    assert advise(RULES, Answers(), EVERYBODY).unasked == ()


@pytest.mark.parametrize("question", SAFETY)
def test_the_walk_finds_a_rule_that_forgot_a_question(question: str) -> None:
    fixed = {**dict.fromkeys(SAFETY, "no"), "wants_support_only": "yes"}
    free = police_free(softened(question), (question, "intoxicated"), fixed)
    assert list(less_protected(free))


def test_without_the_wish_for_support_the_police_are_never_left_out() -> None:
    fixed = dict.fromkeys((*SAFETY, *SELDOM), "no")
    walked = ("wants_support_only", "grief_or_distress", "welfare_check", "intoxicated")
    free = police_free(RULES, walked, fixed)
    assert {combination[0] for combination in free} == {"yes"}


def test_co_response_is_reached_with_nothing_asked() -> None:
    advice = advise(RULES, Answers(), EVERYBODY)
    assert (advice.first, advice.provisional) == ("cru_pair", True)


def test_nobody_is_advised_who_is_not_on() -> None:
    """Every staffing there can be, for calls of every kind."""
    needs = {
        "tactical_and_patrol": "tactical",
        "ems_and_patrol": "ems",
        "cru_pair": "cru_pair",
        "cit_patrol": "cit_officer",
        "mobile_crisis": "mobile_crisis",
        "crisis_line": "crisis_phone",
        "telehealth": "telehealth",
        "ems_staged": "ems",
        "cps": "on_call_cps",
        "tactical": "tactical",
        "supervisor": "supervisor",
    }
    patrol = {"patrol", "cit_officer"}
    workers = {"cru_pair", "mobile_crisis"}
    denied = dict.fromkeys((*SAFETY, *SELDOM), "no")
    calls = [{}, {**denied, "wants_support_only": "yes"}]
    calls += [{question: "yes"} for question in QUESTIONS]
    for size in range(len(STAFF) + 1):
        for on in map(set, itertools.combinations(STAFF, size)):
            for answers in calls:
                advice = advise(RULES, Answers(answers), on)
                words = [advice.first, *advice.go_with, *advice.by_phone, *advice.tell]
                assert not [word for word in words if needs.get(word, "") not in {"", *on}]
                if "patrol" in advice.first or "additional_unit" in words:
                    assert on & patrol
                if any(word.startswith("crisis_worker_") for word in advice.go_with):
                    assert on & workers
                if "crisis_worker_consult" in words:
                    assert on & {"crisis_phone", *workers}
                if advice.first == "phone":
                    assert on & {"crisis_phone", "telehealth"}
