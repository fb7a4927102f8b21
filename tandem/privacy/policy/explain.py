"""Answers “why can I not see this”: the rule that decides, its authority and what it obliges to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tandem.privacy.policy.model import Policy, Rule

NOT_YET = "not yet: Tandem has no mechanism for it, so it is denied until then"


class UnknownWord(ValueError):
    """A role, class or purpose that the policy does not know."""


def explain(policy: Policy, role: str, data: str, purpose: str) -> dict[str, Any]:
    """The first rule that fits, else the cell of the matrix, else no.

    `built` says whether Tandem can do today what the law allows.
    """
    _known("role", role, {**policy.roles, **policy.parties})
    _known("data class", data, policy.classes)
    purpose = _purpose(policy, purpose)
    cell = policy.cells.get((data, role))
    built = cell is not None and cell.built
    for rule in policy.rules:
        if _fits(rule, role, data, purpose):
            allowed = rule.effect.startswith("allow")
            waiting = [NOT_YET] if allowed and not built else []
            duties = [*rule.obligations, *waiting]
            return _answer(rule.effect, rule.number, rule.authority, duties, built and allowed)
    if cell is None:
        return _answer("deny", "default", "policy", [], False)
    duties = [policy.obligations[name] for name in cell.obligations]
    if cell.layer == "not yet":
        duties.append(NOT_YET)
    effect = f"allow {cell.effect}" if built else "deny"
    return _answer(effect, f"{data} {role}: {cell.effect}", cell.authority, duties, built)


def _known(what: str, word: str, words: Iterable[str]) -> None:
    if word not in set(words):
        raise UnknownWord(f"Unknown {what} “{word}”. Known: {', '.join(words)}.")


def _purpose(policy: Policy, said: str) -> str:
    """The purpose whose every word was said; of several the most particular."""
    words = set(re.findall(r"[a-z]+", said.lower()))
    found = [name for name in policy.purposes if words.issuperset(name.split("_"))]
    if not found:
        raise UnknownWord(f"Unknown purpose “{said}”. Known: {', '.join(policy.purposes)}.")
    return max(found, key=lambda name: (name.count("_"), len(name)))


def _fits(rule: Rule, role: str, data: str, purpose: str) -> bool:
    return all(
        word in words or "any" in words
        for word, words in ((data, rule.data), (role, rule.who), (purpose, rule.purposes))
    )


def _answer(
    effect: str, rule: int | str, authority: str, obligations: list[str], built: bool
) -> dict[str, Any]:
    return {
        "effect": effect,
        "rule": rule,
        "authority": authority,
        "obligations": obligations,
        "built": built,
    }
