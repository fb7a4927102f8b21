"""Who counts as on is said by the program's file; nobody who is not named there ever is."""

from tandem.advice.staffing import staffed_now
from tests.advice.shipped import RULES

ALWAYS_ON = {"ems", "tactical", "on_call_cps"}


def test_hours_and_sign_on_decide_and_nobody_else_is_on() -> None:
    night = staffed_now(RULES, signed_on=(), works=lambda team: False)
    assert night == ALWAYS_ON
    day = staffed_now(RULES, signed_on={"cru_pair"}, works=lambda team: team == "Crisis desk")
    assert day == ALWAYS_ON | {"cru_pair", "crisis_phone"}
    # The dispatch desk does not know of a mobile crisis worker: the crisis desk sends that one.
    every = staffed_now(RULES, signed_on={"mobile_crisis", "patrol"}, works=lambda team: True)
    assert every == ALWAYS_ON | {"patrol", "crisis_phone", "supervisor"}
