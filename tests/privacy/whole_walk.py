"""The walk of the canaries as all of the cast, at every address; too long for every day.

`make proof ONLY=canaries` runs it; the shorter form beside it is part of `make test`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.intake.worlds import DUTY
from tests.privacy.test_canaries_walked import (
    OFFICERS,
    WORKERS,
    Lives,
    alone,
    compared,
    joint,
    lives,
)

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
__all__ = ["alone", "joint", "lives"]
REST = ("dispatcher", "administrator", "trainer", "analyst", "chief", "provider", "facility-nurse")


@pytest.mark.parametrize("side", ["county", "police"])
def test_nothing_of_a_side_reaches_any_other_login(
    lives: Lives, side: str, record_property: Callable[[str, object], None]
) -> None:
    """Each side's life, looked for by everybody who is not of it."""
    others = OFFICERS if side == "county" else WORKERS
    life = lives.county if side == "county" else lives.police
    found = compared(lives, (*others, *REST), life, whole=True)
    differing = [what for what in found.differing if what != DUTY]
    record_property(side, (len(found.got), len(differing)))
    assert differing == []
