"""`make proof ONLY=disconnects` and `ONLY=outage` in short, and a push process that forgets."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.crash import breaks
from tests.crash.kills import Unit
from tests.harness import Product, product
from tests.proof import disconnects
from tests.proof.disconnects import cut_off
from tests.proof.outage import SAID_WITHIN, WHOLE_WITHIN, outages

FORGETFUL = disconnects.WRAPPER / "forgetful_push.py"


@pytest.fixture(scope="module")
def running() -> Iterator[Product]:
    """One product for all that is cut off."""
    with product("cuts") as started:
        yield started


@pytest.mark.slow
@pytest.mark.logins
def test_two_hundred_cuts_of_five_boards_miss_nothing(running: Product) -> None:
    whole = cut_off(running, cuts=200, boards=5, rounds=2)
    assert whole.cuts >= 200
    assert (whole.missed, whole.backwards, whole.unequal) == (0, 0, 0)
    assert whole.compared == 10


@pytest.mark.slow
@pytest.mark.logins
@pytest.mark.browser
def test_a_board_says_as_of_stays_still_and_is_whole_again(
    running: Product, chromium: Browser
) -> None:
    for told in outages(running, chromium, rounds=1, chosen=("server",)):
        assert told.good, told
        assert told.said <= SAID_WITHIN, told
        assert told.whole <= WHOLE_WITHIN, told


@pytest.mark.slow
@pytest.mark.logins
def test_a_push_process_that_forgets_is_found(running: Product) -> None:
    unit = Unit.of(running)
    breaks.wrap(unit, FORGETFUL, served_as="replaced_push.py")
    breaks.restart(unit)
    broken = cut_off(running, cuts=20, boards=5, rounds=1)
    unit.stop()
    assert broken.missed > 0
    assert broken.unequal > 0
