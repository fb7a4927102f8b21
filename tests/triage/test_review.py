"""The review draw and what it tells; expected figures are worked by hand or by simulation."""

import datetime as dt
import json
import random
from collections import Counter
from pathlib import Path

import pytest
from scipy.stats import binomtest

from tandem.triage.review import (
    Answer,
    Drawn,
    Plan,
    agreement,
    draw_day,
    estimate_missed,
    read_answers,
)
from tandem.triage.review.estimate import NotCounted

PLAN = Plan(threshold=0.5, random_per_week=20, most_high_per_day=5)
DAY = dt.date(2026, 7, 1).toordinal()


def _day(low: int = 200, high: int = 8) -> list[Drawn]:
    calls = [Drawn(f"low-{n}", 0.01 + 0.002 * (n % 200), team_sent=False) for n in range(low)]
    calls += [Drawn(f"high-{n}", 0.9, team_sent=False) for n in range(high)]
    return [*calls, Drawn("sent-1", 0.95, team_sent=True), Drawn("sent-2", 0.01, team_sent=True)]


def test_a_week_has_all_its_random_draws_and_no_call_that_the_team_was_sent_to() -> None:
    drawn = [item for day in range(7) for item in draw_day(_day(), PLAN, day=DAY + day, seed=1)]
    count = Counter(item.stratum for item in drawn)
    assert count == {"random": 20, "high": 7 * 5}
    assert not [item for item in drawn if item.call.startswith("sent")]
    assert all((item.stratum == "high") == item.call.startswith("high") for item in drawn)


def test_weights_give_the_stratum_back() -> None:
    drawn = draw_day(_day(), PLAN, day=DAY, seed=3)
    for stratum, size in (("high", 8), ("random", 200)):
        weights = [item.weight for item in drawn if item.stratum == stratum]
        assert sum(weights) == pytest.approx(size)


def test_the_list_shows_neither_score_nor_reason_and_is_mixed() -> None:
    drawn = draw_day(_day(), PLAN, day=DAY, seed=5)
    assert all(set(item.shown()) == {"call", "twice"} for item in drawn)
    orders = {
        tuple(item.stratum for item in draw_day(_day(), PLAN, day=DAY, seed=seed))
        for seed in range(20)
    }
    assert len(orders) > 1


def test_the_draw_repeats_by_its_seed_whatever_the_order_of_the_calls() -> None:
    calls = _day()
    again = sorted(calls, key=lambda call: call.call[::-1])
    assert draw_day(calls, PLAN, day=DAY, seed=9) == draw_day(again, PLAN, day=DAY, seed=9)
    assert draw_day(calls, PLAN, day=DAY, seed=9) != draw_day(calls, PLAN, day=DAY, seed=10)


def test_about_a_tenth_is_read_twice() -> None:
    drawn = [item for seed in range(300) for item in draw_day(_day(), PLAN, day=DAY, seed=seed)]
    share = sum(item.twice for item in drawn) / len(drawn)
    # Three standard errors of a share of 0.1 in about 2,300 draws.
    assert share == pytest.approx(0.1, abs=0.02)


def test_few_calls_are_all_listed() -> None:
    drawn = draw_day([Drawn("only", 0.2, team_sent=False)], PLAN, day=DAY, seed=1)
    assert [(item.call, item.weight) for item in drawn] == [("only", 1.0)]
    assert draw_day([], PLAN, day=DAY, seed=1) == []


@pytest.mark.parametrize(
    "calls",
    [
        [Drawn("a", 0.1, team_sent=False)] * 2,
        [Drawn("a", 1.5, team_sent=False)],
        [Drawn("a", float("nan"), team_sent=False)],
    ],
)
def test_a_bad_list_draws_nothing(calls: list[Drawn]) -> None:
    with pytest.raises(ValueError, match="nothing was drawn"):
        draw_day(calls, PLAN, day=DAY, seed=1)


def test_the_estimate_by_hand() -> None:
    # 20 reviews of weight 10 each, 2 yes, 17 no, 1 unclear: 2/19 of 200 calls.
    answers = [Answer(f"c{n}", "random", 10.0, "no", "a") for n in range(17)]
    answers += [Answer(f"y{n}", "random", 10.0, "yes", "a") for n in range(2)]
    answers += [Answer("u", "random", 10.0, "unclear", "a")]
    answers += [Answer("h", "high", 1.0, "yes", "a"), Answer("y0", "random", 10.0, "no", "b")]
    found = estimate_missed(answers)
    assert (found["reviewed"], found["unclear"], found["stands_for"]) == (19, 1, 200.0)
    assert found["share"] == pytest.approx(2 / 19, abs=1e-5)
    assert found["missed"] == pytest.approx(200 * 2 / 19, abs=0.05)
    wilson = binomtest(2, 19).proportion_ci(method="wilson")
    assert found["interval"] == pytest.approx([wilson.low, wilson.high], abs=1e-5)
    assert found["share_if_unclear"] == [0.1, 0.15]


def test_unequal_weights_widen_the_interval() -> None:
    even = [Answer(f"c{n}", "random", 10.0, "yes" if n < 4 else "no", "a") for n in range(40)]
    uneven = [
        Answer(f"c{n}", "random", 1.0 if n % 2 else 19.0, "yes" if n < 4 else "no", "a")
        for n in range(40)
    ]
    spans = [found[1] - found[0] for found in (_interval(even), _interval(uneven))]
    assert spans[1] > spans[0]


def _interval(answers: list[Answer]) -> list[float]:
    found: list[float] = estimate_missed(answers)["interval"]
    return found


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    chance = random.Random(1)  # noqa: S311 (a simulation, not a secret)
    held = 0
    for _ in range(400):
        truth = [chance.random() < 0.1 for _ in range(1000)]
        picked = chance.sample(range(1000), 80)
        answers = [
            Answer(str(n), "random", 1000 / 80, "yes" if truth[n] else "no", "a") for n in picked
        ]
        low, high = _interval(answers)
        held += low <= sum(truth) / 1000 <= high
    assert 0.92 <= held / 400 <= 0.99


def test_agreement_by_hand() -> None:
    # Cohen's own kind of table: 10 both yes, 5 both no, 3 yes/no, 2 no/yes; po 0.75, pe 0.53.
    table = [("yes", "yes")] * 10 + [("no", "no")] * 5 + [("yes", "no")] * 3 + [("no", "yes")] * 2
    answers = [
        Answer(f"c{n}", "random", 1.0, said, reader)
        for n, pair in enumerate(table)
        for reader, said in zip("ab", pair, strict=True)
    ]
    found = agreement([*answers, Answer("alone", "random", 1.0, "yes", "a")])
    expected = (13 * 12 + 7 * 8) / 400
    assert (found["read_twice"], found["agreed"]) == (20, 0.75)
    assert found["kappa"] == pytest.approx((0.75 - expected) / (1 - expected), abs=1e-4)


def test_agreement_without_any_variety_has_no_kappa() -> None:
    answers = [Answer(f"c{n}", "random", 1.0, "no", who) for n in range(5) for who in "ab"]
    assert agreement(answers)["kappa"] is None


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        json.dumps({"call": "a"}),
        json.dumps(
            {"call": "a", "stratum": "random", "weight": 0.1, "answer": "yes", "reader": "a"}
        ),
        json.dumps(
            {"call": "a", "stratum": "random", "weight": 2, "answer": "maybe", "reader": "a"}
        ),
    ],
)
def test_a_bad_review_is_one_sentence_with_its_line(tmp_path: Path, line: str) -> None:
    good = {"call": "a", "stratum": "random", "weight": 2.0, "answer": "yes", "reader": "a"}
    path = tmp_path / "reviews.jsonl"
    path.write_text(json.dumps(good) + "\n\n" + line + "\n", encoding="utf-8")
    with pytest.raises(NotCounted, match="line 3"):
        read_answers(path)


def test_nothing_reviewed_is_no_estimate() -> None:
    with pytest.raises(NotCounted):
        estimate_missed([Answer("a", "random", 1.0, "unclear", "a")])
    with pytest.raises(NotCounted):
        agreement([])
