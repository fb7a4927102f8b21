"""`make proof ONLY=shift` in short: four calls by keyboard alone; and what would be noticed."""

import pytest

from tests.journeys.stage import Stage
from tests.proof.shift import ASSIGN, NOTE, STATUS, differences, work
from tests.proof.shift_plan import CREWS, drawn, expected


def test_a_short_shift_by_keyboard_ends_as_it_must(stage: Stage) -> None:
    for who in [*(who for crew in CREWS.values() for who in crew), "crisis-worker-2"]:
        stage.leave(who)
    worked = work(
        stage.product,
        stage.chromium,
        seed=1,
        calls=4,
        signed=lambda who: stage.browser(who).cookies,
    )
    for who in [who for crew in CREWS.values() for who in crew]:
        stage.leave(who)
    assert worked.differences == []
    assert worked.pointed == 0
    for what, limit in (("assign", ASSIGN), ("status", STATUS), ("note", NOTE)):
        assert worked.most(what) <= limit, what
    assert worked.most("assign") > 0


@pytest.mark.parametrize("seed", range(3))
def test_a_lost_act_would_be_noticed(seed: int) -> None:
    whole = expected(drawn(seed, 40))
    assert differences(whole, expected(drawn(seed, 40))) == []
    for place, act in enumerate(drawn(seed, 40).acts):
        # What a later act needs is missed by that act already.
        if act.what in ("call", "assign", "assign and back", "ask", "accept", "status and back"):
            continue
        shift = drawn(seed, 40)
        del shift.acts[place]
        assert differences(whole, expected(shift)), act


def test_one_seed_draws_one_shift() -> None:
    assert drawn(1, 40) == drawn(1, 40)
    assert drawn(1, 40) != drawn(2, 40)
