"""The rules that ship, and calls in few words."""

import dataclasses
from collections.abc import Mapping

from tandem.advice.rules import Advice, Answers, advise
from tandem.kernel.advice import STAFF, AdviceRules
from tandem.kernel.instance import checkout
from tandem.kernel.program import parse_program

EVERYBODY = frozenset(STAFF)


def shipped_rules() -> AdviceRules:
    """The rules of the program file that ships."""
    rules = parse_program((checkout() / "program.toml").read_bytes()).advice
    assert rules is not None
    return rules


RULES = shipped_rules()


def without(rule_id: str, rules: AdviceRules = RULES) -> AdviceRules:
    """The same rules with one switched off; no reader would accept some of these."""
    kept = tuple(rule for rule in rules.rules if rule.id != rule_id)
    assert len(kept) == len(rules.rules) - 1
    return dataclasses.replace(rules, rules=kept)


def told(
    answers: Mapping[str, str],
    staffed: frozenset[str] = EVERYBODY,
    rules: AdviceRules = RULES,
    jurisdiction: str = "city",
) -> Advice:
    """The advice for these answers, everything else not asked."""
    return advise(rules, Answers(answers, jurisdiction=jurisdiction), staffed)
