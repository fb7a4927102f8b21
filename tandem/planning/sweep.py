"""Runs many replications of many scenarios: in this process, on local processes, or on a cluster.

Dask carries the work, `TANDEM_DASK=tcp://…` names a cluster. A piece of work depends on nothing
but its scenario, its seed and its number, so a killed worker's pieces are done again elsewhere
and the answer is the same for any number of workers. With a folder to keep pieces in, a run that
was stopped goes on where it was.
"""

import hashlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from zipfile import BadZipFile
from zlib import error

import numpy as np

from tandem.planning.compiled import FOLDER
from tandem.planning.model import Plan, compile_plan, weekly_calls
from tandem.planning.scenario import Scenario, ScenarioError
from tandem.planning.simulate import Gathering, Piece, Result, Runner, Sums, cells_of, pieces

# Below this many calls one process is done before others have started.
CALLS_FOR_ONE = 6_000_000
PIECES_PER_TASK = 5
# A task is given to so many workers that die before it is thought to be the one that kills.
MOST_DEATHS = 20
CLUSTER = "TANDEM_DASK"
FORMAT = 1

Say = Callable[[int, int], None]


@dataclass(frozen=True)
class Task:
    """Some pieces of one scenario."""

    scenario: int
    parts: tuple[tuple[int, int], ...]

    @property
    def replications(self) -> int:
        return sum(count for _, count in self.parts)


def sweep(
    scenarios: list[Scenario],
    *,
    seed: int,
    replications: int,
    workers: int | None = None,
    keep: Path | None = None,
    say: Say | None = None,
) -> list[Result]:
    """Every scenario on the same days, `replications` times.

    `workers` is a number of local processes; None chooses by the size of the work. Raises
    ScenarioError for a scenario that cannot be run and for a cluster that does not answer.
    """
    plans = [compile_plan(scenario) for scenario in scenarios]
    shelves = [Shelf(keep, scenario, seed) for scenario in scenarios]
    gatherings = [Gathering() for _ in scenarios]
    open_tasks: list[Task] = []
    for i, (shelf, gathering) in enumerate(zip(shelves, gatherings, strict=True)):
        kept = shelf.load(replications, plans[i])
        for piece in kept:
            gathering.take(piece)
        open_tasks += _tasks(i, replications, {piece.first for piece in kept})
    total = replications * len(scenarios)
    finished = total - sum(task.replications for task in open_tasks)
    if say and finished:
        say(finished, total)
    for task, made in _carry_out(scenarios, plans, open_tasks, seed, workers):
        for piece in made:
            gatherings[task.scenario].take(piece)
        shelves[task.scenario].save(made)
        finished += task.replications
        if say:
            say(finished, total)
    return [gathered.result(plan, seed) for gathered, plan in zip(gatherings, plans, strict=True)]


def _tasks(scenario: int, replications: int, found: set[int]) -> list[Task]:
    missing = [part for part in pieces(replications) if part[0] not in found]
    return [
        Task(scenario, tuple(missing[at : at + PIECES_PER_TASK]))
        for at in range(0, len(missing), PIECES_PER_TASK)
    ]


def _carry_out(
    scenarios: list[Scenario],
    plans: list[Plan],
    tasks: list[Task],
    seed: int,
    workers: int | None,
) -> Iterator[tuple[Task, list[Piece]]]:
    calls = sum(
        weekly_calls(plans[task.scenario]) * scenarios[task.scenario].weeks * task.replications
        for task in tasks
    )
    address = os.environ.get(CLUSTER, "")
    if workers is None and not address:
        workers = 1 if calls < CALLS_FOR_ONE else (os.cpu_count() or 1)
    if not tasks:
        return
    if workers == 1 and not address:
        runners: dict[int, Runner] = {}
        for task in tasks:
            runner = runners.setdefault(task.scenario, Runner(plans[task.scenario]))
            yield task, [runner.piece(seed, *part) for part in task.parts]
        return
    with cluster(address, workers or 1) as client:
        yield from _with_dask(client, scenarios, tasks, seed)


def _with_dask(
    client: Any, scenarios: list[Scenario], tasks: list[Task], seed: int
) -> Iterator[tuple[Task, list[Piece]]]:
    from distributed import KilledWorker, as_completed

    def send(task: Task) -> Any:
        # Not pure: two runs must not share a result that one of them cancels.
        return client.submit(
            work, scenarios[task.scenario], seed, task.parts, pure=False, retries=MOST_DEATHS
        )

    open_futures = {send(task): task for task in tasks}
    waiting = as_completed(list(open_futures), loop=client.loop)
    for future in waiting:
        task = open_futures.pop(future)
        failure = future.exception()
        if isinstance(failure, KilledWorker):
            again = send(task)
            open_futures[again] = task
            waiting.add(again)
            continue
        if failure is not None:
            raise failure
        yield task, future.result()


def work(scenario: Scenario, seed: int, parts: tuple[tuple[int, int], ...]) -> list[Piece]:
    """Some pieces of one scenario, in whatever process this is."""
    runner = _runner(Unhashed(scenario, fingerprint(scenario)))
    return [runner.piece(seed, first, count) for first, count in parts]


@dataclass(frozen=True)
class Unhashed:
    """A scenario that is told from others by its fingerprint."""

    scenario: Scenario
    name: str

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unhashed) and other.name == self.name


@lru_cache(maxsize=4)
def _runner(of: Unhashed) -> Runner:
    return Runner(compile_plan(of.scenario))


@contextmanager
def cluster(address: str, workers: int) -> Iterator[Any]:
    """A client of the cluster at an address, or of so many processes of this machine."""
    import logging

    import dask
    from distributed import Client, LocalCluster

    if address:
        try:
            client = Client(address, timeout="10s", set_as_default=False)
        except (OSError, ValueError) as error:
            raise ScenarioError(
                f"No Dask cluster answers at {address} ({error}); nothing was run. "
                f"Start one, or leave {CLUSTER} unset to use this machine."
            ) from None
        with client:
            yield client
        return
    options = {
        "distributed.scheduler.allowed-failures": MOST_DEATHS,
        "distributed.worker.daemon": True,
    }
    with dask.config.set(options):
        with _deaf_to_interrupts():
            local = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                # Dask listens for its own pages even without them: any free port, so that two
                # runs at once do not ask for the same.
                dashboard_address="127.0.0.1:0",
                memory_limit=0,
                # A run that is stopped closes workers in the middle of their talk: nothing to say.
                silence_logs=logging.CRITICAL + 1,
            )
        with local, Client(local, set_as_default=False) as client:
            yield client


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes begun meanwhile leave Ctrl-C to this one, which ends them in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def fingerprint(scenario: Scenario) -> str:
    """Tells one scenario, and the files it names, from another."""
    digest = hashlib.sha256(f"{FORMAT} {FOLDER.name} {scenario!r}".encode())
    travel = scenario.travel
    for name in (travel.file, travel.nodes, travel.arcs, travel.osm):
        if name and Path(name).is_file():
            digest.update(Path(name).read_bytes())
    return digest.hexdigest()[:24]


class Shelf:
    """Where the finished pieces of one scenario and seed are kept, if anywhere."""

    def __init__(self, folder: Path | None, scenario: Scenario, seed: int) -> None:
        self.folder = folder
        self.prefix = f"{fingerprint(scenario)}-{seed}-" if folder else ""
        if folder:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ScenarioError(
                    f"Nothing can be kept in {folder}: {error.strerror}; nothing was run."
                ) from None

    def save(self, made: list[Piece]) -> None:
        """Keep pieces; each file is there whole or not at all. Raises ScenarioError."""
        if not self.folder:
            return
        try:
            for piece in made:
                self._keep(self.folder, piece)
        except OSError as error:
            raise ScenarioError(
                f"Nothing more can be kept in {self.folder}: {error.strerror}. What is there "
                "stays: with room, the same command goes on."
            ) from None

    def _keep(self, folder: Path, piece: Piece) -> None:
        columns = {
            f"{name}_{field.name}": getattr(getattr(piece, name), field.name)
            for name in ("cells", "teams")
            for field in fields(Sums)
        }
        # A name of its own: another run may keep the same piece in the same folder just now.
        with NamedTemporaryFile(dir=folder, suffix=".half", delete=False) as target:
            half = Path(target.name)
            try:
                np.savez(target, headline=piece.headline, **columns)
                target.close()
                half.replace(folder / f"{self.prefix}{piece.first}-{len(piece.headline)}.npz")
            except BaseException:
                half.unlink(missing_ok=True)
                raise

    def load(self, replications: int, plan: Plan) -> list[Piece]:
        """The pieces of this run that are there already, and can be pieces of it."""
        found: list[Piece] = []
        if not self.folder:
            return found
        for first, count in pieces(replications):
            piece = _piece_of(self.folder / f"{self.prefix}{first}-{count}.npz", first)
            # Damaged on the disk, or changed: it is made again, and written over.
            if piece and piece.is_sound(count, cells_of(plan), len(plan.scenario.teams)):
                found.append(piece)
        return found


def _piece_of(path: Path, first: int) -> Piece | None:
    """The piece that a file holds, if it can be read at all."""
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as kept:
            sums = [
                Sums(*(kept[f"{name}_{field.name}"] for field in fields(Sums)))
                for name in ("cells", "teams")
            ]
            return Piece(first, sums[0], sums[1], kept["headline"])
    except (OSError, EOFError, ValueError, KeyError, RuntimeError, MemoryError, BadZipFile, error):
        return None
