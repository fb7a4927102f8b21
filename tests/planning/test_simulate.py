"""What the simulation counts, against what can be worked out by hand or from a textbook."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri

from tandem.planning import draws
from tandem.planning.arrays import GAVE_UP, PHONED, REACHED
from tandem.planning.compiled import HERE, SOURCES
from tandem.planning.model import compile_plan
from tandem.planning.scenario import WEEK_HOURS, Duration
from tandem.planning.simulate import (
    Gathering,
    Result,
    Runner,
    duty_minutes,
    pieces,
    rules_of,
    simulate,
    trace,
)
from tandem.planning.tally import BIN, MEASURES
from tests.planning.worlds import known_city, plain_queue, random_scenario

# From the smallest number that the generator gives.
UNIFORMS = np.concatenate([[2.0**-54, 1e-12, 0.5], np.linspace(0.001, 0.999, 1999)])


def test_the_normal_quantile_is_scipys() -> None:
    ours = np.array([draws.normal_quantile(u) for u in UNIFORMS])
    assert np.allclose(ours, ndtri(UNIFORMS), rtol=1e-14, atol=2e-15)


def test_the_generator_is_splitmix64() -> None:
    # First outputs for the seed 1234567, as published with several implementations of SplitMix64.
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    key = np.uint64(1234567)
    for position, value in enumerate(published):
        expected = (float(value >> 11) + 0.5) * 2.0**-53
        assert draws.uniform(key, np.uint64(position)) == expected


def test_arrivals_follow_the_hours_of_the_week() -> None:
    scenario = known_city(50_000, "24/7")
    plan = compile_plan(scenario)
    counts = np.zeros(WEEK_HOURS)
    for replication in range(20):
        at = trace(plan, seed=5, replication=replication)[0].at
        assert (np.diff(at) > 0).all()
        counts += np.bincount((at // 60 % WEEK_HOURS).astype(int), minlength=WEEK_HOURS)
    expected = plan.demands.rate * 52 * 20
    # Poisson: each of 168 counts within 4.5 standard deviations, their chi-square within 4.
    apart = (counts - expected) / np.sqrt(expected)
    assert np.abs(apart).max() < 4.5
    assert abs((apart**2).sum() - WEEK_HOURS) < 4 * np.sqrt(2 * WEEK_HOURS)


def share(result: Result, name: str) -> tuple[float, float]:
    """Value and standard error of a measure over all calls."""
    from tandem.planning.tally import MEASURES

    column = MEASURES.index(name)
    error = result.cells.spread()[0, column] / np.sqrt(result.replications)
    return float(result.cells.mean[0, column]), float(error)


def test_one_team_without_waiting_is_erlangs_loss() -> None:
    # Erlang B for one server and a = 0.5 is a / (1 + a) = 1/3, for any service time.
    for service in (Duration("fixed", 60.0), Duration("exponential", 60.0)):
        queue = plain_queue(per_hour=0.5, servers=1, service=service, patience=Duration())
        value, error = share(simulate(queue, seed=11, replications=200), "patrol_only_gave_up")
        calls = 0.5 * WEEK_HOURS * 52
        assert abs(value / calls - 1 / 3) < 3 * error / calls


def test_two_teams_share_the_load_as_the_textbook_says() -> None:
    # M/M/2 with a = 1: Erlang C = 1/3, mean wait of all = C / (2 mu - lambda) = 20 minutes.
    queue = plain_queue(
        per_hour=1.0,
        servers=2,
        service=Duration("exponential", 60.0),
        patience=Duration("forever"),
    )
    result = simulate(queue, seed=12, replications=300)
    value, error = share(result, "waited_share")
    assert abs(value - 1 / 3) < 3 * error
    wait, error = share(result, "wait_mean")
    assert abs(wait - 20.0) < 3 * error
    busy, error = share(result, "busy_share")
    assert abs(busy - 0.5) < 3 * error


def test_any_order_of_pieces_gives_the_same_answer() -> None:
    scenario = known_city(5_000, "common 8-24")
    plan = compile_plan(scenario)
    forward, backward = Gathering(), Gathering()
    for piece in pieces(30):
        forward.take(Runner(plan).piece(3, *piece))
    for piece in reversed(pieces(30)):
        backward.take(Runner(plan).piece(3, *piece))
    assert forward.result(plan, 3).as_json() == backward.result(plan, 3).as_json()


def test_calls_stay_the_same_when_the_teams_change() -> None:
    few = random_scenario(3)
    many = replace(few, teams=(*few.teams, replace(few.teams[0], name="one more")))
    ours, theirs = (trace(compile_plan(s), seed=9, replication=2)[0] for s in (few, many))
    for name in ours._fields:
        assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name


def test_cells_add_up() -> None:
    scenario = random_scenario(4)
    measures = simulate(scenario, replications=10).as_json()
    for name in ("calls", "reached", "by_phone", "patrol_only_gave_up", "hours_returned"):
        total = measures["overall"][name]["value"]
        for part in ("by_hour", "by_area", "by_group"):
            parts = sum(cell[name]["value"] for cell in measures[part].values())
            assert parts == pytest.approx(total, rel=1e-4), (name, part)


@pytest.mark.parametrize("number", [4, 7, 12])
def test_counts_are_those_of_a_plain_recount(number: int) -> None:
    plan = compile_plan(random_scenario(number))
    counted = dict(zip(MEASURES, Runner(plan).piece(3, 0, 1).cells.mean[0], strict=True))
    hours = Runner(plan).piece(3, 0, 1).cells.mean[1:25]
    calls, _, answers = trace(plan, seed=3, replication=0)
    low, high, target, *_ = rules_of(plan.scenario)
    here = (calls.at >= low) & (calls.at < high)
    in_person, by_phone = (here & (answers.outcome == word) for word in (REACHED, PHONED))
    reached = in_person | by_phone
    response = answers.arrived - calls.at
    wait = answers.sent - calls.at
    assert counted["calls"] == here.sum()
    assert (counted["reached"], counted["by_phone"]) == (in_person.sum(), by_phone.sum())
    asked = (here & (answers.outcome <= GAVE_UP)).sum()
    assert counted["in_time_share"] == pytest.approx((response[reached] <= target).sum() / asked)
    waited = (reached & (wait > 0)).sum() + (here & (answers.outcome == GAVE_UP)).sum()
    assert counted["waited_share"] == pytest.approx(waited / asked)
    assert counted["wait_mean"] == pytest.approx(wait[reached].mean())
    assert counted["response_mean"] == pytest.approx(response[in_person].mean())
    for name, share in (("response_median", 0.5), ("response_p90", 0.9)):
        near = np.quantile(response[in_person], share, method="inverted_cdf")
        assert abs(counted[name] - near) <= BIN, name
    # Team time by hour of the day, minute by minute of each span.
    spent = np.zeros(24)
    for k in np.flatnonzero(reached):
        if plan.crews.whole[answers.team[k]] < 0:
            begun, ended = max(answers.sent[k], low), min(answers.free[k], high)
            for hour in range(int(begun // 60), int(ended // 60) + 1):
                spent[hour % 24] += max(0.0, min(ended, 60 * hour + 60) - max(begun, 60 * hour))
    on_duty = duty_minutes(plan)[1:25]
    for at in np.flatnonzero(on_duty > 0):
        told = hours[at, MEASURES.index("busy_share")]
        assert told == pytest.approx(spent[at] / on_duty[at]), at


def test_every_compiled_source_is_in_the_version_of_the_cache() -> None:
    compiled = {
        path.stem
        for path in HERE.glob("*.py")
        if "import compiled\n" in path.read_text(encoding="utf-8")
    }
    assert compiled <= set(SOURCES)
