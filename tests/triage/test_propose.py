"""The score may only add: every rule, every score from 0 to 1, every standing plan."""

import dataclasses
import itertools

import pytest

from tandem.triage import propose
from tandem.triage.propose import GATE, RULES, Advice, Plan, Signs, advise, apply
from tandem.triage.reader import Reading, SafetyCue
from tandem.triage.types import default_reader

SCORES = [None, *(step / 1000 for step in range(1001))]
PLANS = [
    Plan(
        sent=frozenset(sent),
        priority=priority,
        open=is_open,
        considered=considered,
        gate=dict.fromkeys(GATE, answer) if answer else {},
    )
    for sent in ((), ("police",), ("ems",), ("police", "ems"))
    for priority in (1, 2, 3, 4)
    for is_open in (True, False)
    for considered in (True, False)
    for answer in ("", "yes", "no", "asked, not known", "not asked")
]
CUES = tuple(SafetyCue(cue, 0, 1) for names in GATE.values() for cue in names)
SUICIDE = default_reader().read("SUICIDE THREAT")
THEFT = default_reader().read("THEFT")
UNREAD = Reading(None, ("not_read: empty",), (), ())


def _assert_only_added(plan: Plan, advice: Advice) -> None:
    after = apply(plan, advice)
    assert after.sent == plan.sent
    assert after.priority == plan.priority
    assert after.open == plan.open
    assert after.contacts == plan.contacts
    assert after.cautions == plan.cautions
    assert after.considered >= plan.considered
    for question, answer in (plan.gate or {}).items():
        assert (after.gate or {})[question] in (answer, "possible")
        if answer == "yes":
            assert (after.gate or {})[question] == "yes"


def test_no_rule_at_any_score_takes_anything_away() -> None:
    proposed = {
        advise(Signs(score, threshold, types, narratives), rules)
        for score in SCORES
        for threshold in (0.0, 0.5, 1.0)
        for types in (None, SUICIDE, THEFT)
        for narratives in ((), (UNREAD,), (Reading(0.9, (), (), CUES),))
        for rules in _every_choice_of_rules()
    }
    assert len(proposed) > 8
    for advice, plan in itertools.product(proposed, PLANS):
        _assert_only_added(plan, advice)


def _every_choice_of_rules() -> list[tuple[str, ...]]:
    names = list(RULES)
    return [one for size in range(len(names) + 1) for one in itertools.combinations(names, size)]


def test_a_higher_score_never_proposes_less() -> None:
    fired = [
        advise(Signs(score, threshold=0.4)).consider_team for score in SCORES if score is not None
    ]
    assert fired == sorted(fired)
    assert set(fired) == {True, False}


def test_one_rule_cannot_silence_another() -> None:
    alone = advise(Signs(types=SUICIDE))
    with_low_score = advise(Signs(0.0, 0.5, SUICIDE, (Reading(0.0, (), (), ()),)))
    assert alone.consider_team
    assert with_low_score.consider_team


def test_advice_has_no_words_for_anything_else() -> None:
    fields = {field.name for field in dataclasses.fields(Advice)}
    assert fields == {"consider_team", "because", "possible", "unread"}
    verbs = {name for name in vars(propose) if callable(getattr(propose, name))}
    assert not {name for name in verbs if "close" in name or "cancel" in name or "caution" in name}


def test_every_safety_cue_opens_its_question_and_a_no_does_not_hold_against_it() -> None:
    for question, names in GATE.items():
        for name in names:
            advice = advise(Signs(narratives=(Reading(0.1, (), (), (SafetyCue(name, 0, 1),)),)))
            assert advice.possible == (question,)
            assert (apply(Plan(gate={question: "no"}), advice).gate or {})[question] == "possible"


def test_a_text_without_cues_opens_and_closes_nothing() -> None:
    advice = advise(Signs(narratives=(Reading(0.0, (), (), ()),)))
    gate = {"weapon": "yes", "violence": "asked, not known"}
    assert apply(Plan(gate=gate), advice).gate == gate


def test_what_was_not_read_is_said() -> None:
    assert advise(Signs(narratives=(UNREAD,))).unread
    assert not advise(Signs(narratives=(Reading(0.0, (), (), ()),))).unread


@pytest.mark.parametrize("score", [0.0, 0.5, 1.0])
def test_without_a_model_the_score_rule_is_silent(score: float) -> None:
    assert not RULES["score"](Signs(None, score))
