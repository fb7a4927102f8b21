"""Two crisis desks and two dispatchers on one request at once, over the running product."""

import pytest

from tests.harness import product
from tests.proof.requests import conflicting


@pytest.mark.slow
@pytest.mark.logins
def test_of_three_acts_at_once_one_wins_and_the_others_are_told() -> None:
    with product("requests") as running:
        tally = conflicting(running, rounds=12)
    assert tally.odd == []
    assert (tally.one_won, tally.losers_told, tally.one_encounter) == (12, 12, 12)
