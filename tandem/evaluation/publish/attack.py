"""The attack: what anyone can work out from all published numbers together, by linear programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tandem.evaluation.publish.lattice import Lattice, Quantity, Target
from tandem.evaluation.publish.sentences import PublishError, say
from tandem.kernel.disclosure import SMALLEST

_SLACK = 1e-6
_JOINT_ROUNDS = 20
_INFEASIBLE = 2


class Contradiction(PublishError):
    """The published numbers cannot all be true."""


@dataclass(frozen=True)
class Solved:
    """A number of 1 to 10 that follows from what is public, and from which numbers it follows."""

    target: Target
    low: float
    high: float
    by: tuple[int, ...]  # places in the lattice's list of quantities


def attack(
    lattice: Lattice,
    quantities: Sequence[Quantity],
    targets: Sequence[Target] | None = None,
    *,
    most: int | None = None,
) -> list[Solved]:
    """Every target whose feasible values all lie within 1 to 10.

    The attacker knows every shown number (a rounded one to its interval), that parts are no
    larger than their wholes, and that what is not shown is at least 1. Without `targets`, all
    that the lattice knows of; it stops when `most` are solved. Raises Contradiction, PublishError.

    Source of the criterion: CMS cell size suppression policy (1 to 10 barred, also if derivable);
    the intervals are those of Fischetti and Salazar (2000), disclosure of cells in linked tables.
    """
    wanted = lattice.targets(quantities) if targets is None else list(targets)
    return _System(lattice, quantities).solve(wanted, most) if wanted else []


def settle(
    quantities: Sequence[Quantity],
    *,
    part_of: Mapping[str, str],
    within: Mapping[str, Mapping[str, str]],
    open_ended: Iterable[tuple[str, str]],
) -> Lattice:
    """The lattice of the strongest attacker whose beliefs the numbers allow.

    He takes the listed parts of a whole to be all of it; where the numbers forbid that, only of
    those wholes that no table shows to hold more; then of none. Raises Contradiction.
    """
    for believed in ((), tuple(open_ended), None):
        lattice = Lattice(quantities, part_of=part_of, within=within, open_ended=believed)
        try:
            _System(lattice, quantities).program(np.zeros(len(lattice.series) * lattice.pieces))
        except Contradiction:
            continue
        return lattice
    raise Contradiction(say("contradicts_itself"))


class _System:
    """The rows of the linear program, and its answers."""

    def __init__(self, lattice: Lattice, quantities: Sequence[Quantity]) -> None:
        from scipy import sparse

        self.quantities = quantities
        self.width = len(lattice.series) * lattice.pieces
        rows: list[int] = []
        columns: list[int] = []
        for number, quantity in enumerate(quantities):
            held = lattice.variables(quantity.series, quantity.at)
            rows += [number] * len(held)
            columns += held.tolist()
        shape = len(quantities), self.width
        self.sums = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
        exact = [n for n, q in enumerate(quantities) if q.high == q.low]
        above = [n for n, q in enumerate(quantities) if q.high != q.low]
        below = [n for n, q in enumerate(quantities) if q.high is not None and q.high != q.low]
        self.exact, self.above, self.below = exact, above, below
        self.a_eq = self.sums[exact] if exact else None
        self.b_eq = np.array([quantities[n].low for n in exact], dtype=float) if exact else None
        blocks = [-self.sums[above], self.sums[below], self._parts(lattice)]
        self.a_ub = sparse.vstack([block for block in blocks if block.shape[0]] or blocks[:1])
        limits = [-quantities[n].low for n in above] + [quantities[n].high or 0 for n in below]
        self.b_ub = np.zeros(self.a_ub.shape[0])
        self.b_ub[: len(limits)] = limits
        largest = max((q.high or q.low for q in quantities), default=0)
        self.most = 100.0 * (largest + SMALLEST)

    def _parts(self, lattice: Lattice) -> Any:
        from scipy import sparse

        blocks = []
        for part, whole in sorted(lattice.part_of.items()):
            one = sparse.identity(lattice.pieces, format="csr")
            block = sparse.lil_matrix((lattice.pieces, self.width))
            for name, sign in ((part, 1.0), (whole, -1.0)):
                start = lattice.series.index(name) * lattice.pieces
                block[:, start : start + lattice.pieces] = sign * one
            blocks.append(block.tocsr())
        return sparse.vstack(blocks) if blocks else sparse.csr_matrix((0, self.width))

    def program(self, objective: npt.NDArray[np.float64], wanted: Any = None) -> Any:
        """Minimize; raises Contradiction where nothing fits.

        With `wanted`, each of its targets counts for its weight up to 11 and no further: one
        program then frees many targets at once.
        """
        from scipy import sparse
        from scipy.optimize import linprog

        a_ub, b_ub, a_eq, top = self.a_ub, self.b_ub, self.a_eq, np.full(self.width, self.most)
        if wanted is not None:
            extra = wanted.shape[0]
            a_ub = sparse.bmat([[a_ub, None], [-wanted, sparse.identity(extra)]], format="csr")
            b_ub = np.concatenate([b_ub, np.zeros(extra)])
            if a_eq is not None:
                a_eq = sparse.hstack([a_eq, sparse.csr_matrix((a_eq.shape[0], extra))], "csr")
            top = np.concatenate([top, np.full(extra, float(SMALLEST))])
        result = linprog(
            objective,
            A_ub=a_ub,
            b_ub=b_ub,
            A_eq=a_eq,
            b_eq=self.b_eq,
            bounds=np.column_stack([np.zeros(len(top)), top]),
            method="highs",
        )
        if result.status == _INFEASIBLE:
            raise Contradiction(say("contradicts_itself"))
        if result.x is None:
            raise PublishError(say("solver", why=str(result.message)))
        return result

    def solve(self, targets: list[Target], most: int | None) -> list[Solved]:
        """Each target's feasible interval, where it lies within 1 to 10."""
        wanted = self._objectives(targets)
        pending = np.ones(len(targets), dtype=bool)

        def note(values: npt.NDArray[np.float64]) -> bool:
            before = int(pending.sum())
            reached = wanted @ values[: self.width]
            pending[(reached >= SMALLEST - _SLACK) | (reached < 1 - _SLACK)] = False
            return int(pending.sum()) < before

        self._jointly(wanted, pending, note)
        found: list[Solved] = []
        for number in np.flatnonzero(pending):
            if len(found) == most:
                break
            if not pending[number]:
                continue
            row = wanted[number].toarray().ravel()
            upper = self.program(-row)
            note(upper.x)
            if not pending[number]:
                continue
            # What is not shown is at least 1: only what nobody listed may still be zero.
            low = 1.0
            if targets[number].release is None:
                lower = self.program(row)
                note(lower.x)
                low = lower.fun
            if pending[number]:
                found.append(Solved(targets[number], low, -upper.fun, self._binding(upper)))
        return found

    def _jointly(
        self,
        wanted: Any,
        pending: npt.NDArray[np.bool_],
        note: Callable[[npt.NDArray[np.float64]], bool],
    ) -> None:
        """Free as many targets as a few programs can, down to zero and up to 11."""
        rng = np.random.default_rng(1)
        note(self.program(np.zeros(self.width)).x)
        for _ in range(2):
            if pending.any():
                note(self.program(wanted.T @ (pending * rng.uniform(0.5, 1.5, len(pending)))).x)
        for _ in range(_JOINT_ROUNDS):
            open_now = np.flatnonzero(pending)
            if not len(open_now):
                return
            gains = -rng.uniform(0.5, 1.5, len(open_now))
            objective = np.concatenate([np.zeros(self.width), gains])
            if not note(self.program(objective, wanted[open_now]).x):
                return

    def _objectives(self, targets: list[Target]) -> Any:
        from scipy import sparse

        rows: list[int] = []
        columns: list[int] = []
        signs: list[float] = []
        for number, target in enumerate(targets):
            rows += [number] * (len(target.plus) + len(target.minus))
            columns += [*target.plus, *target.minus]
            signs += [1.0] * len(target.plus) + [-1.0] * len(target.minus)
        return sparse.csr_matrix((signs, (rows, columns)), shape=(len(targets), self.width))

    def _binding(self, result: Any) -> tuple[int, ...]:
        """The shown numbers that hold the value down: their prices are not zero."""
        priced = []
        if self.exact:
            priced += [
                number
                for number, price in zip(self.exact, result.eqlin.marginals, strict=True)
                if abs(price) > _SLACK
            ]
        if self.below:
            start = len(self.above)
            prices = result.ineqlin.marginals[start : start + len(self.below)]
            priced += [
                n for n, price in zip(self.below, prices, strict=True) if abs(price) > _SLACK
            ]
        return tuple(priced)
