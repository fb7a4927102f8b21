"""Writes rules of advice as the text that their reader reads: what a person edits a copy of."""

import json
from collections.abc import Iterable

from tandem.kernel.advice import CONDITIONS, AdviceRule, AdviceRules


def as_toml(rules: AdviceRules) -> str:
    """The section `advice`, without comments; reading it gives rules of the same version."""
    parts = ["[advice]", f"stays_inside = {_list(rules.stays_inside)}", "", "[advice.on]"]
    parts += [f"{who} = {_text(how)}" for who, how in rules.on]
    for danger in rules.safety:
        parts += ["", "[[advice.safety]]", f"danger = {_text(danger.name)}"]
        parts.append(f"questions = {_list(danger.questions)}")
    for rule in rules.rules:
        parts += ["", "[[advice.rules]]", *_rule(rule)]
    return "\n".join(parts) + "\n"


def _rule(rule: AdviceRule) -> Iterable[str]:
    yield f"id = {_text(rule.id)}"
    if rule.otherwise:
        yield "otherwise = true"
    lists = {name: getattr(rule, name) for name in CONDITIONS}
    lists |= {"first": rule.first, "with": rule.go_with}
    lists |= {"by_phone": rule.by_phone, "tell": rule.tell}
    yield from (f"{name} = {_list(words)}" for name, words in lists.items() if words)
    if rule.clinician:
        yield f"clinician = {_text(rule.clinician)}"
    yield f"reason = {_text(rule.reason)}"
    yield f"authority = {_text(rule.authority)}"


def _text(words: str) -> str:
    # What JSON escapes, TOML escapes alike; it wants the delete sign escaped besides.
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(_text(word) for word in words)}]"
