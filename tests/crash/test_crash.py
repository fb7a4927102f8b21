"""`make crash` in short: each kind of process killed once, both controls with one seed."""

import pytest

from tests.crash import breaks
from tests.crash.kills import KINDS, Unit
from tests.crash.run import run
from tests.crash.viewers import judge
from tests.harness import product

NEWS = [(1, frozenset("a")), (2, frozenset("b")), (3, frozenset("ac"))]


def test_a_frame_that_leaves_a_key_out_is_a_miss() -> None:
    whole = judge([(0, "hello", []), (2, "changed", ["a", "b"]), (3, "changed", ["a", "c"])], NEWS)
    assert (whole.missed, whole.backwards, whole.resets) == (0, 0, 0)
    assert judge([(0, "hello", []), (2, "changed", ["b"]), (3, "changed", ["a", "c"])], NEWS).missed
    assert judge([(0, "hello", []), (2, "changed", ["a", "b"])], NEWS).missed == 2
    assert judge([(0, "hello", []), (3, "reset", [])], NEWS).missed == 0
    assert judge([(0, "hello", []), (2, "changed", ["a", "b"]), (1, "x", [])], NEWS).backwards == 1


@pytest.mark.slow
@pytest.mark.logins
def test_nothing_is_lost_doubled_or_out_of_order_when_everything_is_killed() -> None:
    with product("crash") as running:
        unit = Unit.of(running)
        outcome = run(running, unit, events=1_000, kills=len(KINDS), seed=7)
        unit.stop()
    found = outcome.found
    assert outcome.wrong == 0, found.examples
    assert not outcome.ledger.faults
    assert (found.cursors_wrong, found.untrailed) == (0, 0)
    assert [(j.missed, j.backwards) for j in found.streams] == [(0, 0)] * len(found.streams)
    assert found.audit_ok, found.examples
    assert {kind for kind, _ in outcome.recoveries} == set(KINDS)


@pytest.mark.slow
@pytest.mark.logins
def test_the_comparison_notices_a_weakened_product() -> None:
    with product("break") as running:
        unit = Unit.of(running)
        breaks.weaken(running, unit, "async_commit")
        assert breaks.run_one(running, unit, "async_commit", seed=3).found.lost > 0
        breaks.weaken(running, unit, "no_key")
        assert breaks.run_one(running, unit, "no_key", seed=3).found.doubled > 0
        unit.stop()
