"""Which numbers of a table must not be shown, so that none of 1 to 10 can be worked out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tandem.evaluation.publish.attack import Solved, attack
from tandem.evaluation.publish.lattice import Lattice, Quantity
from tandem.kernel.disclosure import SMALLEST

_AT_ONCE, _TOLD = 6, 20
PRIMARY_FLOOR = 1  # a number that is not shown is above zero, and anyone may know that


def is_small(count: int | None) -> bool:
    """Whether a count is one of 1 to 10."""
    return count is not None and 0 < count < SMALLEST


def hide(quantity: Quantity) -> Quantity:
    """The same number, not shown."""
    return replace(quantity, low=PRIMARY_FLOOR, high=None)


def protect(
    lattice: Lattice, shown: Sequence[Quantity], *, release: int, withhold: bool
) -> tuple[list[Quantity], list[Solved]]:
    """Hide numbers of `release` until the attack finds none of its own; what it still finds.

    The small ones fall first (primary), then, for each number that the attack solves, the
    smallest number above zero of those it solves it by (complementary). With `withhold` also for
    the numbers that older releases hide. What followed without this release is not its doing.
    """
    current = list(shown)
    mine = [n for n, q in enumerate(current) if q.release == release]
    for number in mine:
        if is_small(current[number].low):
            current[number] = hide(current[number])
    _along_lines(lattice, current, release)
    _never_alone(current, mine)
    before = [q for q in current if q.release != release]
    targets = lattice.targets(current)
    own = [t for t in targets if withhold or t.release in (None, release)]
    while solved := attack(lattice, current, own, most=_AT_ONCE):
        known = {s.target for s in attack(lattice, before, [s.target for s in solved])}
        own = [t for t in own if t not in known]
        fresh = [s for s in solved if s.target not in known]
        broken = sum(_break(current, found, release) for found in fresh)
        if fresh and not broken:
            return current, fresh
    # Hiding more only frees, so the older releases' numbers are asked once, at the end.
    rest = [t for t in targets if t.release not in (None, release)]
    solved = attack(lattice, current, rest, most=_TOLD)
    known = {s.target for s in attack(lattice, before, [s.target for s in solved])}
    return current, [s for s in solved if s.target not in known]


def _along_lines(lattice: Lattice, current: list[Quantity], release: int) -> None:
    """Complementary suppression line by line: what the linear programs would find one by one.

    In a line whose total is shown, the largest value that a number not shown can have is what is
    left of the total when the others are 1: above 10, or one more number falls.
    """
    sums = list(lattice.sums(release))
    changed = True
    while changed:
        changed = False
        for whole, parts in sums:
            fallen = [n for n in parts if current[n].hidden]
            if not fallen or current[whole].hidden:
                continue
            top = current[whole].high or 0
            left = top - sum(current[n].low for n in parts if n not in fallen)
            if left - len(fallen) + 1 >= SMALLEST:
                continue
            rest = [n for n in parts if n not in fallen and current[n].low > 0]
            smallest = min(rest, key=lambda n: (current[n].low, n)) if rest else whole
            current[smallest] = hide(current[smallest])
            changed = True


def _break(current: list[Quantity], found: Solved, release: int) -> bool:
    """Hide the smallest number of this release by which the target was solved.

    A target for which something was hidden in this round already is left to the next.
    """
    if any(current[n].hidden for n in found.by):
        return True
    candidates = [n for n in found.by if current[n].release == release and current[n].low > 0]
    if not candidates:
        return False
    smallest = min(candidates, key=lambda n: (current[n].low, len(current[n].at), n))
    current[smallest] = hide(current[smallest])
    return True


def _never_alone(current: list[Quantity], mine: list[int]) -> None:
    """A single number not shown is known to be small: the next smallest goes with it."""
    hidden = [n for n in mine if current[n].hidden]
    rest = sorted((current[n].low, n) for n in mine if current[n].low > 0 and n not in hidden)
    if len(hidden) == 1 and rest:
        current[rest[0][1]] = hide(current[rest[0][1]])
