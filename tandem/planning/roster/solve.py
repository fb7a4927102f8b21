"""Fills what is open in a month with OR-Tools CP-SAT, and says how far from the best it may be."""

import math
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ortools.sat.python import cp_model

from tandem.planning.roster.constraints import Model
from tandem.planning.roster.kept import Kept
from tandem.planning.roster.month import Month, Roster
from tandem.planning.roster.second import Begun, start

Say = Callable[[float, float, float], None]
SECONDS = 60.0
# The share of the time that may go into finding a roster to begin from, and a bound.
START_SHARE = 0.35
# A solution this close to its bound is not searched further: a tenth of what is promised.
CLOSE_ENOUGH = 1e-4
ALONE = "CP-SAT"
# The search is given so much even where building the model took all the time.
LEAST_SECONDS = 0.5
# Every value is a whole number; a bound proven in floating point may lie this much below one.
ROUNDING = 1e-2


@dataclass
class Solved:
    """What came out: the roster, its value, and the bound that no roster can pass.

    `status` is `optimal`, `feasible`, `infeasible` or `unknown`; `gap` = (bound - value) / bound.
    `relax` = the fewest rules to give up where no roster keeps them all, in words.
    `fewest` = whether it is proven that no smaller set does.
    `stopped` = by Ctrl-C, before the time was over.
    `proven_by` = who proved the bound: CP-SAT alone, or below what another had proven before.
    """

    status: str
    roster: Roster | None
    value: float
    bound: float
    seconds: float
    relax: list[str] = field(default_factory=list)
    fewest: bool = True
    stopped: bool = False
    proven_by: str = ALONE

    @property
    def gap(self) -> float | None:
        if self.roster is None:
            return None
        return max(0.0, self.bound - self.value) / max(abs(self.bound), 1e-9)


class _Watch(cp_model.CpSolverSolutionCallback):
    """Keeps every better roster, and tells how far the search is."""

    def __init__(self, built: Model, kept: Kept | None, say: Say | None) -> None:
        super().__init__()
        self.built, self.kept, self.say = built, kept, say

    def on_solution_callback(self) -> None:
        """A roster that is better than all before."""
        if self.kept:
            self.kept.save(self.built.chosen(self.value), self.best_objective_bound)
        if self.say:
            self.say(self.wall_time, self.objective_value, self.best_objective_bound)


def solve(
    month: Month,
    *,
    seconds: float = SECONDS,
    workers: int = 2,
    seed: int = 1,
    keep: Path | None = None,
    say: Say | None = None,
    alone: bool = False,
) -> Solved:
    """The month's roster of highest value that keeps every rule, with its proven gap.

    HiGHS finds a roster to begin from and proves a bound, CP-SAT searches below that bound and
    proves its own. Ctrl-C in the search ends it with the best roster so far.

    Args:
        alone: CP-SAT proves the bound by itself, as a judge of the other's.
        seconds: wall time after which the best roster so far is taken.
        keep: a folder for that roster and its bound: the next search begins from both.
        say: hears the search's seconds, the value of each better roster, and its bound.
    """
    began = time.monotonic()

    def spent() -> float:
        return time.monotonic() - began

    built = Model(month)
    value = sum(weight * literal for weight, literal in built.value)
    built.model.maximize(value)
    kept = Kept(keep, month) if keep else None
    before = kept.load() if kept else None
    begun = Begun(*before) if before else start(month, seconds * START_SHARE)
    chosen = begun.chosen
    worth = built.hint(chosen) if chosen else -math.inf
    bounded = not alone and _bound(built, value, begun, worth)
    left = max(seconds - spent(), LEAST_SECONDS)
    solver = _solver(left, workers, seed)
    if chosen:
        # What is left to do is to prove: these two work on the bound.
        solver.parameters.subsolvers.extend(("max_lp", "reduced_costs"))
    status = _interruptible(solver, built.model, _Watch(built, kept, say))
    if status == cp_model.INFEASIBLE and bounded:
        # The two models do not agree on this month: only a bound of its own holds.
        return solve(month, seconds=left, workers=workers, seed=seed, say=say, alone=True)
    if status == cp_model.INFEASIBLE:
        return Solved("infeasible", None, 0.0, 0.0, spent(), *relax(month, seconds, seed))
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Solved("unknown", None, 0.0, 0.0, spent())
    if kept:
        kept.save(built.chosen(solver.value), solver.best_objective_bound)
    solved = Solved(
        "optimal" if status == cp_model.OPTIMAL else "feasible",
        built.roster(solver.value),
        solver.objective_value,
        solver.best_objective_bound,
        spent(),
        proven_by=f"{'an earlier run' if before else 'HiGHS'} and {ALONE}" if bounded else ALONE,
    )
    early = solver.wall_time < left - LEAST_SECONDS
    return replace(solved, stopped=early and (solved.gap or 0.0) > CLOSE_ENOUGH)


def _bound(built: Model, value: cp_model.LinearExprT, begun: Begun, worth: float) -> bool:
    """No roster passes what was proven of the same month: the search need not prove it again."""
    # What its own roster passes was never a bound.
    if not begun.chosen or not math.isfinite(begun.bound) or worth > begun.bound + ROUNDING:
        return False
    built.model.add(value <= math.floor(begun.bound + ROUNDING))
    return True


def _interruptible(
    solver: cp_model.CpSolver, model: cp_model.CpModel, watch: _Watch | None = None
) -> "cp_model.CpSolverStatus":
    """Solve; at Ctrl-C the search ends with the best so far, and Python's own way is put back.

    CP-SAT's own handler is one thread's: the kernel may hand the signal to another, which dies.
    """
    if threading.current_thread() is not threading.main_thread():
        return solver.solve(model, watch)
    solver.parameters.catch_sigint_signal = False
    heard, bell = socket.socketpair()
    bell.setblocking(False)
    over = threading.Event()

    def wait() -> None:
        # A search that is about to begin hears nothing yet: say it until it has ended.
        pressed = heard.recv(1)
        while pressed and not over.wait(0.05):
            solver.stop_search()

    waiting = threading.Thread(target=wait, daemon=True)
    before = signal.signal(signal.SIGINT, lambda *_: None)
    rung = signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False)
    waiting.start()
    try:
        return solver.solve(model, watch)
    finally:
        over.set()
        signal.set_wakeup_fd(rung)
        signal.signal(signal.SIGINT, before)
        bell.close()
        waiting.join()
        heard.close()


def relax(month: Month, seconds: float = SECONDS, seed: int = 1) -> tuple[list[str], bool]:
    """The fewest rules whose giving up lets a roster exist, in words; False: perhaps not fewest."""
    built = Model(month, soft=True)
    kept = [rule.kept for rule in built.rules.values() if rule.kept is not None]
    built.model.maximize(sum(kept))
    solver = _solver(seconds, 2, seed)
    # The fewest is a whole number: near it is not it.
    solver.parameters.relative_gap_limit = 0.0
    status = _interruptible(solver, built.model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return [], False
    given_up = [
        rule.words
        for rule in built.rules.values()
        if rule.kept is not None and not solver.value(rule.kept)
    ]
    return given_up, status == cp_model.OPTIMAL


def _solver(seconds: float, workers: int, seed: int) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed
    # All rules into the linear relaxation, and cuts on it: a month waits for its bound, and the
    # dozen cuts that close most of the gap are found at the root or never.
    solver.parameters.linearization_level = 2
    solver.parameters.max_cut_rounds_at_level_zero = 30
    solver.parameters.max_num_cuts = 20_000
    solver.parameters.root_lp_iterations = 100_000
    solver.parameters.relative_gap_limit = CLOSE_ENOUGH
    return solver


def changes(month: Month, roster: Roster) -> Iterator[str]:
    """Published shifts that the roster no longer holds; each owner has said yes."""
    held = set(roster.shifts)
    for shift in month.published():
        if shift not in held:
            yield f"{shift.person}: {shift.start:%Y-%m-%d %H:%M} is taken off, as they agreed"
