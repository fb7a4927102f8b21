"""Posts and shifts: the covering program against trying everything, and the simulated choice."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from tandem.cli.__main__ import main
from tandem.planning.posts import place_teams


def _by_trying(
    demand: np.ndarray, near: np.ndarray, on: np.ndarray, teams: int, busy: float
) -> float:
    """Daskin's expected coverage, 1 - busy^k of every demand with k teams in reach, maximized."""
    sites = list(itertools.product(range(near.shape[0]), range(on.shape[0])))
    best = 0.0
    for chosen in itertools.combinations_with_replacement(sites, teams):
        value = 0.0
        for period, place in np.ndindex(demand.shape):
            reach = sum(near[post, place] and on[shift, period] > 0 for post, shift in chosen)
            value += demand[period, place] * (1 - busy**reach)
        best = max(best, value)
    return best


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("busy", [0.1, 0.5])
def test_the_program_finds_what_trying_every_placement_finds(seed: int, busy: float) -> None:
    rng = np.random.default_rng(seed)
    demand = rng.uniform(0, 3, (3, 4))
    near = rng.random((3, 4)) < 0.5
    on = (rng.random((2, 3)) < 0.7).astype(float)
    placed, covered, gap = place_teams(demand, near, on, 3, busy)
    assert placed.sum() == 3
    assert covered == pytest.approx(_by_trying(demand, near, on, 3, busy), rel=2e-4)
    assert gap <= 1e-4


SCENARIO = """version = 1
name = "two towns"
[[place]]
name = "east"
at = [30, 0]
[[place]]
name = "west"
at = [0, 0]
[[post]]
name = "desert"
at = [15, 20]
[[team]]
name = "only"
post = "desert"
shifts = ["Mon-Sun 08:00-16:00"]
[travel]
by = "straight"
kmh = 60
[[demand]]
group = "all"
places = {west = 0.9, east = 0.1}
calls_per_week = 20
[[disposition]]
name = "closed"
on_scene = 30
[run]
weeks = 8
replications = 30
target_minutes = 10
[desk]
patience = 60
"""


def test_the_best_post_carries_a_probability(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    words = ["plan", "posts", str(path), "--by", "in_time_share", "--json"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    # Nine in ten calls come from the west, and nothing else is within ten minutes of it.
    best = told["measures"]["best"]
    chosen = next(
        one for one in told["measures"]["proposals"] if one["scenario"] == best["scenario"]
    )
    assert [team["post"] for team in chosen["teams"]] == ["at west"]
    assert best["probability"] > 0.99
    assert told["gap"] <= 1e-4
    assert sum(best["probabilities"].values()) == pytest.approx(1)
    shifts = ["--shift", "Mon-Sun 08:00-20:00", "--teams", "2"]
    assert main([*words, *shifts]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {hours for name, hours in told["measures"]["team_hours_a_week"].items()} == {56, 168}
    assert any("other team-hours" in sentence for sentence in told["warnings"])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--shift", "noon to six"], "is no shift such as"),
        (["--teams", "0"], "no team in person to place"),
        (["--minutes", "0.0", "--by", "beauty"], "is no measure"),
    ],
)
def test_posts_that_cannot_be_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], words: str
) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    assert main(["plan", "posts", str(path), *more]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
