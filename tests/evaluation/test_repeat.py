"""Repeat contacts against the printed results of R survival and sums done by another route."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tandem.evaluation.repeat import (
    SENTENCES,
    Person,
    RepeatError,
    cause_specific,
    fine_gray,
    fit_cox,
    fit_recurrent,
    incidence,
    make_rows,
    mean_count,
)
from tandem.evaluation.repeat.competing import weigh
from tests.evaluation.bladder import patients

NAMES = ("rx", "size", "number")
BLADDER = [
    Person(str(number), end, tuple(events), covariates=facts)
    for number, facts, end, events in patients()
]
# R survival 2.35, tests/finegray.R: fourteen persons, what came first and when.
TIME = [1, 2, 3, 4, 4, 4, 5, 5, 6, 8, 8, 9, 10, 12]
CAUSE = [1, 2, 0, 1, 0, 0, 2, 1, 0, 0, 2, 0, 1, 0]
X = [5, 4, 3, 1, 2, 1, 1, 2, 2, 4, 6, 1, 2, 0]


def test_the_table_has_the_rows_of_the_published_one() -> None:
    # R survival: 340 rows in `bladder`, 112 events; 178 rows in `bladder2`.
    assert sum(4 for _ in BLADDER) == 340
    assert sum(len(one.events) for one in BLADDER) == 112
    assert fit_recurrent(BLADDER, NAMES, kind="ag", most=4).rows == 178
    assert fit_recurrent(BLADDER, NAMES, kind="wlw", most=4).rows == 340


def test_andersen_gill_as_r_survival_prints_it() -> None:
    """R survival tests/bladder.Rout.save: Breslow ties, cluster(id)."""
    fit = fit_recurrent(BLADDER, NAMES, kind="ag", ties="breslow", most=4)
    printed = [(-0.45979, 0.19996, 0.25801), (-0.04256, 0.06903, 0.07555)]
    printed += [(0.17164, 0.04733, 0.06131)]
    for term, (coefficient, error, robust) in zip(fit.terms, printed, strict=True):
        assert term.coefficient == pytest.approx(coefficient, abs=5e-6)
        assert term.error == pytest.approx(error, abs=5e-6)
        assert term.robust_error == pytest.approx(robust, abs=5e-6)
    intervals = [(0.3808, 1.047), (0.8264, 1.111), (1.0528, 1.339)]
    for term, interval in zip(fit.terms, intervals, strict=True):
        assert term.interval == pytest.approx(interval, abs=5e-4)
    assert [term.p for term in fit.terms] == pytest.approx([0.07474, 0.57317, 0.00512], abs=5e-6)


def test_wei_lin_weissfeld_as_table_5_prints_it() -> None:
    """Wei, Lin and Weissfeld (1989), table 5 and equation 3.2, as in the same file."""
    fit = fit_recurrent(BLADDER, NAMES, kind="wlw", ties="breslow", most=4)
    rx = [term for term in fit.terms if term.name == "rx"]
    assert [term.order for term in rx] == [1, 2, 3, 4]
    printed = [-0.5176209, -0.6194404, -0.6998771, -0.6507935]
    assert [term.coefficient for term in rx] == pytest.approx(printed, abs=5e-8)
    matrix = [
        [0.09455501, 0.06017669, 0.0567733, 0.0437777],
        [0.06017669, 0.13242834, 0.1301156, 0.1160420],
        [0.05677331, 0.13011557, 0.1723588, 0.1590865],
        [0.04377770, 0.11604200, 0.1590865, 0.2398112],
    ]
    assert fit.robust[::3, ::3] == pytest.approx(np.array(matrix), abs=5e-8)
    errors = [term.error for term in fit.terms[:3]]
    assert errors == pytest.approx([0.316, 0.101, 0.076], abs=5e-4)


def test_prentices_first_and_second_stage_as_r_survival_prints_them() -> None:
    """The same file, fit1p, fit2pa, fit2pb: one order of contact at a time, no entry time."""
    second = [
        one for one in BLADDER if one.events and (len(one.events) > 1 or one.end > one.events[0])
    ]
    table = [[one.covariates[name] for name in NAMES] for one in second]
    stop = [one.events[1] if len(one.events) > 1 else one.end for one in second]
    happened = [len(one.events) > 1 for one in second]
    gap = [end - one.events[0] for end, one in zip(stop, second, strict=True)]
    assert len(second) == 46
    total = fit_cox(make_rows(stop, happened, table), ties="breslow")
    assert total.coefficients == pytest.approx([-0.42421, -0.12503, 0.00199], abs=5e-6)
    assert total.errors == pytest.approx([0.4022, 0.1171, 0.0938], abs=5e-5)
    between = fit_cox(make_rows(gap, happened, table), ties="breslow")
    assert between.coefficients == pytest.approx([-0.25911, -0.11636, -0.00571], abs=5e-6)


@pytest.mark.parametrize(
    ("kind", "coefficient", "robust"),
    # An independent Efron fit of the same models, worked out before this one was written.
    [("pwp_total", -0.33349, 0.20479), ("pwp_gap", -0.27900, 0.21562)],
)
def test_prentice_williams_peterson(kind: str, coefficient: float, robust: float) -> None:
    fit = fit_recurrent(BLADDER, NAMES, kind=kind, most=4)
    assert fit.terms[0].coefficient == pytest.approx(coefficient, abs=5e-6)
    assert fit.terms[0].robust_error == pytest.approx(robust, abs=5e-6)


def _slow_likelihood(
    beta: float, rows: list[tuple[float, float, bool, float, float]], *, efron: bool
) -> float:
    """The partial likelihood written out as in the papers, one event time after another."""
    total = 0.0
    for time in {stop for _, stop, event, _, _ in rows if event}:
        tied = [(x, w) for _, stop, event, x, w in rows if event and stop == time]
        at_risk = sum(w * math.exp(beta * x) for a, b, _, x, w in rows if a < time <= b)
        gone = sum(w * math.exp(beta * x) for x, w in tied)
        mean = sum(w for _, w in tied) / len(tied)
        total += sum(w * beta * x for x, w in tied)
        for number in range(len(tied)):
            share = number / len(tied) if efron else 0.0
            total -= mean * math.log(at_risk - share * gone)
    return total


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_any_rows_reach_the_maximum_of_the_written_out_likelihood(ties: str) -> None:
    rng = np.random.default_rng(4)
    rows = []
    for _ in range(70):
        start = float(rng.integers(0, 6))
        stop = start + float(rng.integers(1, 8))
        rows.append(
            (start, stop, bool(rng.random() < 0.6), float(rng.normal()), float(rng.uniform(0.3, 2)))
        )
    begin, end, event, x, w = zip(*rows, strict=True)
    fit = fit_cox(make_rows(end, event, x, start=begin, weights=w), ties=ties)
    best = float(fit.coefficients[0])
    at = _slow_likelihood(best, rows, efron=ties == "efron")
    assert at == pytest.approx(fit.log_likelihood[1], abs=1e-9)
    for step in (-1e-3, 1e-3):
        assert _slow_likelihood(best + step, rows, efron=ties == "efron") < at
    curve = [_slow_likelihood(best + k * 1e-3, rows, efron=ties == "efron") for k in (-1, 0, 1)]
    second = (curve[0] - 2 * curve[1] + curve[2]) / 1e-6
    assert fit.covariance[0, 0] == pytest.approx(-1 / second, rel=1e-4)


def test_the_robust_error_is_that_of_leaving_persons_out() -> None:
    """Lin and Wei's sandwich is the first step of a jackknife over persons: close to it."""
    fit = fit_recurrent(BLADDER, ("rx",), kind="ag", ties="breslow", most=4)
    left_out = [
        fit_recurrent(BLADDER[:n] + BLADDER[n + 1 :], ("rx",), kind="ag", ties="breslow", most=4)
        .terms[0]
        .coefficient
        for n in range(len(BLADDER))
    ]
    jackknife = math.sqrt(sum((b - fit.terms[0].coefficient) ** 2 for b in left_out))
    assert fit.terms[0].robust_error == pytest.approx(jackknife, rel=0.05)


def test_mean_count_by_hand() -> None:
    """Three persons: contacts at 1 and 3; at 2, gone at 2.5; none, from 1.5 on."""
    people = [Person("a", 4, (1, 3)), Person("b", 2.5, (2,)), Person("c", 4, start=1.5)]
    curve = mean_count(people)
    assert curve.times.tolist() == [1, 2, 3]
    assert curve.at_risk.tolist() == [2, 3, 2]
    assert curve.mean == pytest.approx([1 / 2, 1 / 2 + 1 / 3, 1 / 2 + 1 / 3 + 1 / 2])
    # At 1: a has 1 - 1/2 over 2, b has 0 - 1/2 over 2.
    assert curve.variance[0] == pytest.approx(0.25**2 + 0.25**2)
    # At 2: a 0.25 - (1/3)/3, b -0.25 + (2/3)/3, c -(1/3)/3.
    by_hand = (0.25 - 1 / 9) ** 2 + (-0.25 + 2 / 9) ** 2 + (1 / 9) ** 2
    assert curve.variance[1] == pytest.approx(by_hand)
    assert "0.83" in curve.sentence(2.2)


def test_mean_count_without_censoring_is_the_mean_of_counts() -> None:
    rng = np.random.default_rng(2)
    counts = rng.poisson(2, 40)
    people = [
        Person(str(n), 10, tuple(sorted(rng.uniform(0.01, 9.9, k).tolist())))
        for n, k in enumerate(counts)
    ]
    curve = mean_count(people)
    assert curve.mean[-1] == pytest.approx(counts.mean())
    assert curve.variance[-1] == pytest.approx(counts.var() / 40)


def test_incidence_by_hand() -> None:
    curve = incidence(TIME, CAUSE, 1)
    # Still free: 13/14 after 1, 12/14 after 2, then 3 is censored and 11 are at risk at 4.
    free = [1, 13 / 14, 12 / 14, 12 / 14 * 10 / 11]
    expected = [1 / 14, 1 / 14, 1 / 14 + free[2] / 11]
    assert curve.share[:3] == pytest.approx(expected)
    at_five = expected[2] + free[3] * 1 / 8
    assert curve.share[list(curve.times).index(5)] == pytest.approx(at_five)


def test_incidence_without_censoring_is_a_share_with_its_binomial_variance() -> None:
    rng = np.random.default_rng(8)
    causes = rng.choice([1, 2], 60, p=[0.3, 0.7])
    curve = incidence(rng.permutation(60) + 1.0, causes, 1)
    share = (causes == 1).mean()
    assert curve.share[-1] == pytest.approx(share)
    assert curve.variance[-1] == pytest.approx(share * (1 - share) / 60)
    both = curve.share[-1] + incidence(rng.permutation(60) + 1.0, causes, 2).share[-1]
    assert both == pytest.approx(1.0)


def test_fine_gray_weights_are_those_of_r_survival() -> None:
    """tests/finegray.R: the curve of censoring is 11/12, 8/10, 5/6, 3/4, 2/3 at 3, 4, 6, 8, 9."""
    left = np.cumprod([1, 11 / 12, 8 / 10, 5 / 6, 3 / 4, 2 / 3])
    rows = weigh(TIME, CAUSE, 1)
    at = {4.0: left[1], 5.0: left[2], 10.0: left[5], 1.0: 1.0}
    for time, weight in at.items():
        own = [
            w
            for row, a, b, w in zip(rows.row, rows.start, rows.stop, rows.weight, strict=True)
            if row == 1 and a < time <= b
        ]
        assert own == pytest.approx([weight])
    last = {
        row: w
        for row, b, w in zip(rows.row, rows.stop, rows.weight, strict=True)
        if b == 12 and row in (6, 10)
    }
    assert last == pytest.approx({6: 5 / 12, 10: 1 / 2})


def test_fine_gray_rows_reproduce_the_curve() -> None:
    """As R survival checks it: one minus the weighted survival curve is the incidence."""
    rows = weigh(TIME, CAUSE, 1)
    curve = incidence(TIME, CAUSE, 1)
    free = 1.0
    for time in (1, 4, 5, 10):
        inside = (rows.start < time) & (time <= rows.stop)
        hit = inside & (rows.stop == time) & np.array(rows.event)
        free *= 1 - rows.weight[hit].sum() / rows.weight[inside].sum()
        assert 1 - free == pytest.approx(curve.share[list(curve.times).index(time)])


def test_fine_gray_maximizes_its_likelihood_written_out() -> None:
    """Fine and Gray (1999), equation 9, with w(t) = G(t-) / G(min(t, T)-) looked up directly."""
    fit = fine_gray(TIME, CAUSE, 1, X, ties="breslow")
    order = sorted({t for t, c in zip(TIME, CAUSE, strict=True) if c == 0})

    def free(before: float) -> float:
        left = 1.0
        for t in order:
            if t < before:
                out = sum(1 for a, c in zip(TIME, CAUSE, strict=True) if a == t and c == 0)
                n = sum(1 for a, c in zip(TIME, CAUSE, strict=True) if a > t or (a == t and c == 0))
                left *= 1 - out / n
        return left

    def score(beta: float) -> float:
        total = 0.0
        for time, cause, x in zip(TIME, CAUSE, X, strict=True):
            if cause != 1:
                continue
            sums = [0.0, 0.0]
            for t, c, other in zip(TIME, CAUSE, X, strict=True):
                weight = 1.0 if t >= time else free(time) / free(t) if c == 2 else 0.0
                for power in (0, 1):
                    sums[power] += weight * math.exp(beta * other) * other**power
            total += x - sums[1] / sums[0]
        return total

    assert score(float(fit.coefficients[0])) == pytest.approx(0, abs=1e-8)


def test_cause_specific_is_a_cox_model_with_the_others_censored() -> None:
    fit = cause_specific(TIME, CAUSE, 2, X)
    direct = fit_cox(make_rows(TIME, [c == 2 for c in CAUSE], X))
    assert fit.coefficients == pytest.approx(direct.coefficients)


def test_a_long_and_a_short_time_scale_give_the_same_ratio() -> None:
    days = [
        Person(p.person, p.end * 30.4, tuple(t * 30.4 for t in p.events), 0.0, p.covariates)
        for p in BLADDER
    ]
    ours = fit_recurrent(BLADDER, NAMES).terms[0]
    assert fit_recurrent(days, NAMES).terms[0].ratio == pytest.approx(ours.ratio)


BAD: list[tuple[list[Person], dict[str, Any], str]] = [
    ([], {}, "no persons"),
    ([Person("a", 5), Person("b", 6)], {}, "no events"),
    ([Person("a", 5), Person("a", 6)], {}, "given twice"),
    ([Person("a", 0)], {}, "end after it begins"),
    ([Person("a", 5, (6,))], {}, "outside the observation"),
    ([Person("a", 5, (2, 2))], {}, "two events"),
    ([Person("a", 5, (2,))], {"names": ("age",)}, "no value for age"),
    ([Person("a", 5, (2,), covariates={"age": "old"})], {"names": ("age",)}, "'old'"),  # type: ignore[dict-item]
    (BLADDER, {"kind": "cox"}, "no such model"),
    (BLADDER, {"ties": "exact"}, "efron or breslow"),
]


@pytest.mark.parametrize(("people", "how", "words"), BAD)
def test_bad_persons_are_one_sentence(
    people: list[Person], how: dict[str, Any], words: str
) -> None:
    with pytest.raises(RepeatError, match=words) as refused:
        fit_recurrent(people, **{"names": NAMES if people is BLADDER else (), **how})
    assert "\n" not in refused.value.sentence


def test_covariates_that_cannot_be_told_apart_and_ratios_without_bound() -> None:
    table = [[p.covariates["rx"], 2 * p.covariates["rx"]] for p in BLADDER]
    stop, event = [p.end for p in BLADDER], [bool(p.events) for p in BLADDER]
    with pytest.raises(RepeatError, match="cannot be told apart"):
        fit_cox(make_rows(stop, event, table))
    with pytest.raises(RepeatError, match="cannot be told apart"):
        fit_cox(make_rows(stop, event, [1.0] * len(stop)))
    with pytest.raises(RepeatError, match="no bound"):
        fit_cox(make_rows(range(1, 21), [1] * 10 + [0] * 10, [1.0] * 10 + [0.0] * 10))


def test_few_events_are_told() -> None:
    fit = fit_recurrent(BLADDER[40:60], NAMES)
    assert fit.too_little_data
    assert any("ten for each" in words for words in fit.warnings)


def test_no_sentence_claims_a_cause() -> None:
    for words in SENTENCES.values():
        lowered = words.lower().replace("{cause", "").replace("of cause", "")
        assert not any(word in lowered for word in ("caus", "because of", "led to", "thanks to"))
