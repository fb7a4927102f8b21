"""Twenty generated months, 8 + 6 people, on two cores: the proven gap, and a second solver's bound.

The second solver is HiGHS in a process of its own, and its own build: it and OR-Tools cannot be
loaded into one. As the roster's bound comes from HiGHS too (through SciPy), CP-SAT without that
bound has to bracket it as well.
"""

from __future__ import annotations

import json
import subprocess
import sys

from tandem.planning.roster.checker import broken_rules
from tandem.planning.roster.generated import month_of
from tandem.planning.roster.solve import solve
from tests.bench.rows import Rows

MONTHS = 20
SECONDS = 60.0
# Building the model and ending the search take part of the minute too.
SPARE = 1.0
ALONE_SECONDS = 15.0
GOOD, FAIR = 0.001, 0.005


def measure(rows: Rows) -> None:
    """Solve every month; each row says how many kept the promise."""
    months = list(range(1, MONTHS + 1))
    gaps, times, broken, bracketed = [], [], 0, 0
    for number in months:
        month = month_of(number)
        solved = solve(month, seconds=SECONDS - SPARE, workers=2, seed=number)
        gaps.append(1.0 if solved.gap is None else solved.gap)
        times.append(solved.seconds)
        broken += 1 if solved.roster is None else len(broken_rules(month, solved.roster))
        value, bound = second_bound(number)
        alone = solve(month, seconds=ALONE_SECONDS, workers=2, seed=number, alone=True)
        around = ((value, bound), (alone.value, alone.bound))
        bracketed += all(
            low <= solved.bound + 1 and solved.value <= high + 1 for low, high in around
        )
        print(
            f"    month {number}: gap {gaps[-1]:.4%}, {times[-1]:.1f} s, {solved.value:.0f} "
            f"to {solved.bound:.0f}; second solver {value:.0f} to {bound:.0f}; "
            f"CP-SAT alone {alone.value:.0f} to {alone.bound:.0f}",
            flush=True,
        )
    n = len(months)
    good = sum(gap <= GOOD for gap in gaps)
    fair = sum(gap <= FAIR for gap in gaps)
    rows.add("roster months with a gap of at most 0.1 %", good, "months", at_least=18, n=n)
    rows.add("roster months with a gap of at most 0.5 %", fair, "months", at_least=n, n=n)
    rows.add("roster month, longest", max(times), "s", at_most=SECONDS, n=n)
    rows.add("rules broken in all rosters, by the checker", broken, "rules", at_most=0, n=n)
    rows.add("rosters that a second solver brackets", bracketed, "months", at_least=n, n=n)


def second_bound(number: int) -> tuple[float, float]:
    """HiGHS's value and bound on a generated month, from a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.planning_second", str(number)],
        check=True,
        capture_output=True,
        text=True,
    )
    value, bound = json.loads(ran.stdout)
    return float(value), float(bound)
