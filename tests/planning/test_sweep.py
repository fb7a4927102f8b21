"""Sweeps: any number of workers, killed or stopped on the way, the same answer."""

import errno
import io
import os
import signal
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tandem.planning.scenario import ScenarioError
from tandem.planning.simulate import simulate
from tandem.planning.sweep import CLUSTER, fingerprint, sweep
from tandem.planning.tally import MEASURES
from tests.planning.worlds import known_city, random_scenario

SCENARIOS = [known_city(5_000, "24/7"), random_scenario(2)]


@pytest.fixture
def two_workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A cluster of two processes that sweeps find by its address."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address="127.0.0.1:0",
        memory_limit=0,
        silence_logs=50,
    ) as cluster:
        monkeypatch.setenv(CLUSTER, cluster.scheduler_address)
        yield cluster


def kill_one(cluster: Any, stop: threading.Event, killed: list[int]) -> None:
    """Kill a worker at once in the middle of its work, as a machine that loses power would."""
    if not stop.wait(0.5):
        worker = next(iter(cluster.workers.values()))
        killed.append(worker.process.pid)
        os.kill(killed[0], signal.SIGKILL)


@pytest.mark.slow
def test_a_killed_worker_changes_nothing(two_workers: Any) -> None:
    stop = threading.Event()
    killed: list[int] = []
    killer = threading.Thread(target=kill_one, args=(two_workers, stop, killed))
    killer.start()
    try:
        found = sweep(SCENARIOS, seed=4, replications=200)
    finally:
        stop.set()
        killer.join()
    assert killed
    for scenario, result in zip(SCENARIOS, found, strict=True):
        alone = simulate(scenario, seed=4, replications=200)
        assert result.as_json() == alone.as_json()
        assert np.array_equal(result.headline, alone.headline, equal_nan=True)


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    def stop_halfway(done: int, total: int) -> None:
        if done * 2 >= total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(SCENARIOS, seed=4, replications=200, workers=1, keep=tmp_path, say=stop_halfway)
    kept = len(list(tmp_path.glob("*.npz")))
    assert 0 < kept < 40
    told: list[int] = []
    found = sweep(
        SCENARIOS,
        seed=4,
        replications=200,
        workers=1,
        keep=tmp_path,
        say=lambda done, _: told.append(done),
    )
    assert told[0] == kept * 10
    for scenario, result in zip(SCENARIOS, found, strict=True):
        assert result.as_json() == simulate(scenario, seed=4, replications=200).as_json()


def test_two_runs_at_once_share_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The other run keeps the same piece between this one's writing and its moving.
    move = Path.replace
    other: list[Path] = []

    def meanwhile(self: Path, target: Path) -> Path:
        if not other:
            other.append(target)
            sweep(SCENARIOS[:1], seed=4, replications=10, workers=1, keep=tmp_path)
        return move(self, target)

    monkeypatch.setattr(Path, "replace", meanwhile)
    (found,) = sweep(SCENARIOS[:1], seed=4, replications=10, workers=1, keep=tmp_path)
    assert other
    assert found.as_json() == simulate(SCENARIOS[0], seed=4, replications=10).as_json()
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]


@pytest.mark.parametrize("left", [b"", b"half a fi", None])
def test_a_damaged_piece_is_made_again(left: bytes | None, tmp_path: Path) -> None:
    (whole,) = sweep(SCENARIOS[:1], seed=4, replications=20, workers=1, keep=tmp_path)
    first, *_ = sorted(tmp_path.glob("*.npz"))
    content = first.read_bytes()
    first.write_bytes(content[: len(content) // 2] if left is None else left)
    (found,) = sweep(SCENARIOS[:1], seed=4, replications=20, workers=1, keep=tmp_path)
    assert found.as_json() == whole.as_json()
    assert first.read_bytes() == content


@pytest.mark.parametrize(
    "changed",
    [
        {"headline": np.full((10, len(MEASURES)), np.nan)},
        {"headline": np.zeros(3)},
        {"headline": np.array(5.0)},
        {"headline": np.array(["a"] * 10)},
        {"headline": np.zeros((10, len(MEASURES)), complex)},
        {"cells_mean": np.zeros((1, 1))},
        {"cells_count": np.full((27, len(MEASURES)), np.nan)},
        {"cells_squares": np.full((27, len(MEASURES)), -1.0)},
        {"cells_mean": np.full((27, len(MEASURES)), 3.0)},
    ],
)
def test_a_forged_piece_is_made_again(changed: dict[str, Any], tmp_path: Path) -> None:
    (whole,) = sweep(SCENARIOS[:1], seed=4, replications=20, workers=1, keep=tmp_path)
    first, *_ = sorted(tmp_path.glob("*.npz"))
    with np.load(first) as kept:
        columns = dict(kept)
    assert columns["cells_mean"].shape == (27, len(MEASURES))
    np.savez(first, **(columns | changed))
    (found,) = sweep(SCENARIOS[:1], seed=4, replications=20, workers=1, keep=tmp_path)
    assert found.as_json() == whole.as_json()


def test_a_piece_that_says_it_is_as_large_as_a_disk_is_made_again(tmp_path: Path) -> None:
    (whole,) = sweep(SCENARIOS[:1], seed=4, replications=20, workers=1, keep=tmp_path)
    first, *_ = sorted(tmp_path.glob("*.npz"))
    head = io.BytesIO()
    shape = {"descr": "<f8", "fortran_order": False, "shape": (10**15,)}
    np.lib.format.write_array_header_1_0(head, shape)
    with np.load(first) as kept:
        names = list(kept)
    with zipfile.ZipFile(first, "w") as forged:
        for name in names:
            forged.writestr(f"{name}.npy", head.getvalue())
    (found,) = sweep(SCENARIOS[:1], seed=4, replications=20, workers=1, keep=tmp_path)
    assert found.as_json() == whole.as_json()


def test_a_folder_that_takes_no_more_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(ScenarioError, match=r"Nothing more can be kept in .*: No space left"):
        sweep(SCENARIOS[:1], seed=4, replications=20, workers=1, keep=tmp_path)
    assert not list(tmp_path.iterdir())


def test_pieces_of_another_scenario_are_not_taken() -> None:
    changed = replace(SCENARIOS[0], rule="least-busy")
    assert fingerprint(changed) != fingerprint(SCENARIOS[0])


def test_a_cluster_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CLUSTER, "nonsense://nowhere")
    with pytest.raises(ScenarioError, match="No Dask cluster answers at nonsense"):
        sweep(SCENARIOS, seed=1, replications=20)


def test_memory_does_not_grow_with_replications() -> None:
    import tracemalloc

    scenario = known_city(5_000, "24/7")
    simulate(scenario, replications=20)
    peaks = []
    for replications in (50, 500):
        tracemalloc.start()
        simulate(scenario, replications=replications)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # What may grow is the row of 17 measures of each replication.
    assert peaks[1] - peaks[0] < 450 * 17 * 8 * 4
