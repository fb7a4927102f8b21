"""Which people-role may perform which act, as the policy file says; there is no second table."""

import functools
import tomllib
from pathlib import Path

from tandem.privacy.policy.load import policy


@functools.cache
def _acts() -> dict[str, frozenset[str]]:
    path = Path(__file__).parent / "policy" / "acts.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: frozenset(act["roles"]) for name, act in table.items()}


def may(role: str, act: str) -> bool:
    """Whether the role may; an act that the policy does not name is nobody's."""
    return role in _acts().get(act, frozenset())


def needs_second(role: str) -> bool:
    """Whether giving the role takes two administrators; so does one that the policy omits."""
    known = policy().roles.get(role)
    return known is None or not known.given_by_one
