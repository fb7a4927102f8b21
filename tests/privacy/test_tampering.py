"""A superuser who edits, deletes, cuts or truncates the trail is found, and the place is named."""

import pytest

from tests.harness import product
from tests.proof.trail import tampering


@pytest.mark.slow
@pytest.mark.logins
def test_every_way_of_tampering_with_the_trail_is_found_and_named() -> None:
    with product("trail") as running:
        ways = tampering(running)
    assert {way.name for way in ways if not (way.found and way.named)} == set(), ways
    assert len(ways) == 6
