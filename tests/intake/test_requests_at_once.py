"""Two crisis desks and two dispatchers at once, over the running product."""

from collections.abc import Iterator

import pytest

from tests.harness import Product, product
from tests.proof.conflicts import FIRST, MOBILE, PATROL, UNASK, Tally, at_once, stands


@pytest.fixture(scope="module")
def running() -> Iterator[Product]:
    """One product for all rounds."""
    with product("requests") as started:
        yield started


@pytest.mark.slow
@pytest.mark.logins
def test_of_five_acts_at_once_none_is_lost_and_no_unit_is_sent_twice(running: Product) -> None:
    tally = at_once(running, rounds=8)
    assert tally.odd == []
    assert (tally.won, tally.doubled, tally.lost, tally.split) == (8, 0, 0, 0)
    assert tally.losers == tally.told == 24


def test_a_unit_sent_twice_and_an_act_that_is_not_there_are_counted() -> None:
    patrol, mobile = (PATROL, "a", "R. Moss"), (MOBILE, "a", "K. Abara")
    accepted, withdrawn = ("accepted", MOBILE), ("withdrawn", "")
    for asked, running, request, wanted in (
        (FIRST, [patrol, mobile], accepted, (0, 0)),
        (UNASK, [patrol], withdrawn, (0, 0)),
        (FIRST, [patrol, patrol, mobile], accepted, (1, 0)),
        (UNASK, [patrol, mobile], withdrawn, (1, 0)),
        (FIRST, [patrol], accepted, (0, 1)),
        (FIRST, [mobile], accepted, (0, 1)),
        (FIRST, [(PATROL, "b", "R. Moss"), mobile], accepted, (0, 1)),
        (UNASK, [(PATROL, "a", "T. Brandvold")], ("asked", ""), (0, 2)),
    ):
        tally = Tally()
        stands(tally, "a", asked, ("a", "Moss"), running, request)
        assert (tally.doubled, tally.lost) == wanted, (asked, running, request)
