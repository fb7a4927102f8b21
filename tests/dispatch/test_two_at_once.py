"""Two dispatchers who send one unit at once: one wins, the other reads who was first and when."""

import pytest

from tests.harness import product
from tests.proof.dispatch import two_at_once


@pytest.mark.slow
@pytest.mark.logins
def test_of_two_dispatchers_at_once_exactly_one_wins_and_the_other_is_told() -> None:
    with product("two") as running:
        tally = two_at_once(running, rounds=20)
    assert not tally.odd
    assert (tally.one_won, tally.loser_told) == (20, 20)
