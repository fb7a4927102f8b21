"""The month solver, the checker and the second program, on months small enough to judge by hand."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tandem.planning.roster.checker import broken_rules
from tandem.planning.roster.generated import month_of
from tandem.planning.roster.kept import Kept
from tandem.planning.roster.month import Month, Person, Roster, Rules, Shift, Slot, Wish
from tandem.planning.roster.second import Begun, start
from tandem.planning.roster.solve import solve

FIRST = dt.date(2026, 3, 2)
DAY = Slot("day", dt.time(8), 480, (10,))
NIGHT = Slot("night", dt.time(23), 480, (7,))


def _month(days: int = 3, slots: tuple[Slot, ...] = (DAY,), **limits: object) -> Month:
    people = tuple(
        Person(name, side, dt.date(2010 + place, 1, 1))
        for place, (name, side) in enumerate((("o1", "police"), ("o2", "police"), ("c1", "county")))
    )
    rules = {side: Rules(side, side, **limits) for side in ("police", "county")}  # type: ignore[arg-type]
    return Month("m", FIRST, FIRST + dt.timedelta(days=days - 1), people, rules, slots, fairness=0)


def _best_by_hand(month: Month) -> int:
    """Every roster there is, judged by the checker alone."""
    starts = [
        slot.on(day, person.name)
        for person in month.people
        for day in month.days
        for slot in month.slots
    ]
    best = -1
    for picked in itertools.product((0, 1), repeat=len(starts)):
        shifts = tuple(shift for shift, on in zip(starts, picked, strict=True) if on)
        if broken_rules(month, Roster(shifts)):
            continue
        value = 0
        for day, slot in itertools.product(month.days, month.slots):
            police, county = (
                sum(
                    shift.day == day and shift.slot == slot.name
                    for shift in shifts
                    for person in month.of(side)
                    if person.name == shift.person
                )
                for side in ("police", "county")
            )
            value += sum(slot.values[: min(police, county)])
        best = max(best, value)
    return best


@pytest.mark.parametrize(
    ("slots", "limits"),
    [
        ((DAY,), {"most_days": 2, "in_days": 3}),
        ((DAY, NIGHT), {"rest": 11.0, "nights": 1}),
        ((DAY, NIGHT), {"rest": 11.0, "shifts": (1, 2)}),
        ((DAY,), {"hours": 16.0, "period": 28}),
    ],
)
def test_the_solver_finds_what_trying_every_roster_finds(
    slots: tuple[Slot, ...], limits: dict[str, object]
) -> None:
    month = _month(3 if len(slots) == 1 else 2, slots, **limits)
    solved = solve(month, seconds=20)
    assert solved.roster is not None
    assert solved.status == "optimal"
    assert not broken_rules(month, solved.roster)
    assert solved.value == pytest.approx(100 * _best_by_hand(month))
    assert solved.bound == pytest.approx(solved.value)


def test_a_published_shift_is_never_moved_without_its_owners_yes() -> None:
    begin = dt.datetime.combine(dt.date(2026, 3, 3), dt.time(5))
    held = Shift("o1", begin, begin + dt.timedelta(hours=2))
    month = replace(_month(), fixed=(held,))
    solved = solve(month, seconds=10)
    assert solved.roster is not None
    assert held in solved.roster.shifts
    gone = Roster(tuple(shift for shift in solved.roster.shifts if shift != held))
    assert any("published shift" in rule for rule in broken_rules(month, gone))
    agreed = replace(month, movable=frozenset({("o1", held.day)}))
    assert not broken_rules(agreed, Roster(tuple(solve(agreed, seconds=10).roster.shifts)))  # type: ignore[union-attr]


def test_the_checker_names_every_rule_that_a_hand_made_roster_breaks() -> None:
    month = replace(
        _month(8, (DAY, NIGHT), rest=11.0, most_days=5, nights=1, weekends=1, shifts=(0, 6)),
        leave=frozenset({("o1", FIRST)}),
    )
    shifts = [DAY.on(FIRST + dt.timedelta(days=step), "o1") for step in range(7)]
    shifts += [NIGHT.on(FIRST + dt.timedelta(days=step), "c1") for step in (0, 1)]
    shifts.append(DAY.on(FIRST + dt.timedelta(days=1), "c1"))
    found = "\n".join(broken_rules(month, Roster(tuple(shifts))))
    for words in (
        "o1 is on leave on 2026-03-02",
        "o1 works 7 days in the 7",
        "o1 has 7 shifts, not 0 to 6",
        "o1 has 2 weekend shifts, at most 1",
        "c1 has 2 night shifts, at most 1",
        "c1 rests 1 of 11 hours",
    ):
        assert words in found


def test_a_month_that_cannot_be_names_the_fewest_rules_to_give_up() -> None:
    month = replace(
        _month(3, (replace(DAY, at_least=1),), shifts=(0, 3)),
        leave=frozenset({("c1", FIRST)}),
    )
    solved = solve(month, seconds=10)
    assert solved.status == "infeasible"
    # Either the one clinician comes back, or there is no team that day: one rule, not two.
    assert solved.fewest
    assert len(solved.relax) == 1
    assert solved.relax[0] in (
        "c1 is on leave on 2026-03-02",
        "at least 1 team(s) on day on 2026-03-02",
    )


def test_a_stopped_search_goes_on_from_what_it_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    month = _month(6, (DAY, NIGHT), rest=11.0, most_days=4)
    whole = solve(month, seconds=20, keep=tmp_path)
    (kept,) = tmp_path.iterdir()
    # The same in whatever order a set is told.
    assert Kept(tmp_path, replace(month, leave=frozenset())).path == kept

    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("tandem.planning.roster.solve.start", never)
    again = solve(month, seconds=20, keep=tmp_path)
    assert (again.value, again.bound) == (whole.value, whole.bound)
    assert again.roster is not None
    assert not broken_rules(month, again.roster)
    monkeypatch.undo()
    # Another rule is another month; and what cannot be read is begun anew.
    other = _month(6, (DAY, NIGHT), rest=11.0, most_days=3)
    assert not Kept(tmp_path, other).path.exists()
    kept.write_text('{"bound": 1', encoding="utf-8")
    assert solve(month, seconds=20, keep=tmp_path).value == whole.value


def test_a_bound_below_every_roster_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    month = _month(6, (DAY, NIGHT), rest=11.0, most_days=4)
    right = solve(month, seconds=20)

    def wrong(*_: object) -> Begun:
        begun = start(month, 20)
        return replace(begun, bound=-1e9)

    monkeypatch.setattr("tandem.planning.roster.solve.start", wrong)
    solved = solve(month, seconds=20)
    assert (solved.status, solved.value, solved.bound) == ("optimal", right.value, right.value)
    assert not solved.relax


def test_highs_is_asked_beside_the_thread_that_hears_ctrl_c(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    month = _month(6, (DAY, NIGHT), rest=11.0, most_days=4)
    over = threading.Event()

    def never(*_: object, **__: object) -> None:
        assert threading.current_thread() is not threading.main_thread()
        os.kill(os.getpid(), signal.SIGINT)
        over.wait()

    monkeypatch.setattr("tandem.planning.roster.second.milp", never)
    # A shell that starts the tests in the background makes them deaf to Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            solve(month, seconds=20)
    finally:
        signal.signal(signal.SIGINT, before)
        over.set()


def test_a_bound_that_its_own_roster_passes_is_not_believed(tmp_path: Path) -> None:
    month = _month(6, (DAY, NIGHT), rest=11.0, most_days=4)
    right = solve(month, seconds=20, keep=tmp_path)
    (kept,) = tmp_path.iterdir()
    told = json.loads(kept.read_text(encoding="utf-8"))
    # Other rosters lie below it, so that the search alone would not notice.
    kept.write_text(json.dumps(told | {"bound": right.value - 50}), encoding="utf-8")
    solved = solve(month, seconds=20, keep=tmp_path)
    assert (solved.value, solved.bound, solved.proven_by) == (right.value, right.value, "CP-SAT")


def test_who_proved_the_bound_is_told(tmp_path: Path) -> None:
    month = _month(6, (DAY, NIGHT), rest=11.0, most_days=4)
    assert solve(month, seconds=20, keep=tmp_path).proven_by == "HiGHS and CP-SAT"
    assert solve(month, seconds=20, keep=tmp_path).proven_by == "an earlier run and CP-SAT"
    assert solve(month, seconds=20, alone=True).proven_by == "CP-SAT"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"bound": 1e300, "chosen": []}',
        f'{{"bound": 1{"0" * 400}, "chosen": []}}',
        '{"bound": NaN, "chosen": []}',
    ],
)
def test_a_kept_roster_that_cannot_be_is_not_taken(text: str, tmp_path: Path) -> None:
    kept = Kept(tmp_path, _month(6, (DAY, NIGHT), rest=11.0, most_days=4))
    kept.path.write_text(text, encoding="utf-8")
    assert kept.load() is None


def test_wishes_skills_and_on_call_are_kept() -> None:
    people = (
        Person("o1", "police", FIRST),
        Person("o2", "police", FIRST, skills=("spanish",)),
        Person("c1", "county", FIRST),
        Person("c2", "county", FIRST),
    )
    rules = {side: Rules(side, side, rest=8.0, on_call=2) for side in ("police", "county")}
    month = Month(
        "m", FIRST, FIRST + dt.timedelta(days=2), people, rules,
        (replace(DAY, skill="spanish"),), wishes=(Wish("c1", FIRST, weight=5),),
        on_call={"county": 1}, fairness=0,
    )  # fmt: skip
    solved = solve(month, seconds=10)
    assert solved.roster is not None
    assert not broken_rules(month, solved.roster)
    assert all(DAY.on(day, "o2") in solved.roster.shifts for day in month.days)
    assert DAY.on(FIRST, "c1") not in solved.roster.shifts
    assert len(solved.roster.on_call) == 3
    # Three teams of 10, and the wish costs nothing: the other one works that day.
    assert solved.value == 3000


@pytest.mark.parametrize(("officers", "clinicians"), [(2, 3), (4, 4), (8, 6)])
def test_two_solvers_models_agree_on_every_size_and_the_checker_finds_nothing(
    officers: int, clinicians: int
) -> None:
    month = month_of(3, officers, clinicians, days=8)
    solved = solve(month, seconds=20, workers=2)
    assert solved.roster is not None
    assert not broken_rules(month, solved.roster)
    begun = start(month, 20)
    slots = {slot.name: slot for slot in month.slots}
    roster = Roster(tuple(slots[slot].on(day, name) for name, day, slot in begun.chosen if slot))
    assert not broken_rules(month, roster)
    alone = solve(month, seconds=20, workers=2, alone=True)
    assert alone.value <= solved.bound
    assert solved.value <= min(alone.bound, begun.bound)
    assert solved.gap is not None
    assert solved.gap <= 0.001
