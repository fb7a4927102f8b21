"""State tables: which state usually follows which. They guide; they never refuse the truth."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

S = TypeVar("S", bound=StrEnum)


def usually_follows(table: Mapping[S, frozenset[S]], now: S, then: S) -> bool:
    """Whether the table expects `then` after `now`; an unexpected step is recorded and marked."""
    return then in table[now]


def choices(states: type[StrEnum]) -> list[tuple[str, str]]:
    """Django's form of an enum."""
    return [(state.value, state.value.replace("_", " ")) for state in states]
