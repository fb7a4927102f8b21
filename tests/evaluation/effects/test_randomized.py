"""A randomized rollout: counts, intention to treat, and when the draw cannot be believed."""

import warnings

import numpy as np
import pytest

from tests.evaluation.effects.scene import Desk

PROTOCOL = """
[outcome]
name = "y"
description = "the outcome"
kind = "number"
[comparison]
description = "not assigned to it"
[method]
name = "randomized"
"""
COLUMNS = 'group = "arm"\noutcome.y = "y"\n'


def test_lalonde_is_as_published(desk: Desk) -> None:
    # LaLonde's experiment, Dehejia and Wahba's sample: 1794.34, HC2 671.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        causaldata = pytest.importorskip("causaldata")
        causaldata.nsw_mixtape.load_pandas().data.to_csv(desk.data, index=False)
    result = desk.write(PROTOCOL, 'group = "treat"\noutcome.y = "re78"\n').run().result
    assert result["estimate"] == pytest.approx(1794.34, abs=0.01)
    assert result["diagnostics"]["standard_error"] == pytest.approx(671.0, abs=0.05)
    assert result["rank"] == 1
    assert "caused" in result["words"][0]


def test_an_experiment_with_other_controls_is_no_experiment(desk: Desk) -> None:
    # LaLonde's point: the treated beside a survey's people are not groups by chance.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        causaldata = pytest.importorskip("causaldata")
        own = causaldata.nsw_mixtape.load_pandas().data
        other = causaldata.cps_mixtape.load_pandas().data
    rows = ["arm,y,age,educ"]
    for table, arm in ((own[own["treat"] == 1], 1), (other, 0)):
        rows += [f"{arm},{r.re78},{r.age},{r.educ}" for r in table.itertuples()]
    terms = '[[covariates]]\nname = "age"\n[[covariates]]\nname = "educ"\n'
    columns = COLUMNS + 'covariate.age = "age"\ncovariate.educ = "educ"\n'
    result = desk.write(PROTOCOL + terms, columns, "\n".join(rows)).run().result
    assert result["rank"] == 4
    assert not any("caused" in line for line in result["words"])


def trial(n: int, lost: int = 0) -> str:
    rng = np.random.default_rng(6)
    rows = ["arm,y,eligible,received,person,site"]
    for k in range(n):
        arm = k % 2
        y = "" if arm and k < 2 * lost else f"{rng.normal() + arm:.6f}"
        row = (arm, y, "yes" if k % 10 else "no", "yes" if arm and k % 4 else "no")
        rows.append(",".join(str(cell) for cell in (*row, k // 2, k % 8 // 2 * 2 + arm)))
    return "\n".join(rows)


def test_the_counts_are_those_of_the_file(desk: Desk) -> None:
    # By hand: 100 records, every tenth (all in arm 0) not eligible, 3 without outcome in arm 1.
    columns = COLUMNS + 'covariate.eligible = "eligible"\ncovariate.received = "received"\n'
    protocol = PROTOCOL + 'eligible = "eligible"\nreceived = "received"\n'
    result = desk.write(protocol, columns, trial(100, lost=3)).run().result
    counts = result["diagnostics"]["consort"]
    assert (counts["assessed"], counts["not_eligible"]) == (100, 10)
    assert counts["groups"]["program"] == {
        "assigned": 50, "received": 50, "received_unknown": 0, "without_outcome": 3, "analyzed": 47,
    }  # fmt: skip
    assert counts["groups"]["comparison"]["analyzed"] == 40
    assert result["n"] == 87


def test_losing_one_group_more_takes_the_word_caused_away(desk: Desk) -> None:
    result = desk.write(PROTOCOL, COLUMNS, trial(200, lost=30)).run().result
    assert result["rank"] == 4
    assert not any("caused" in line for line in result["words"])


def test_clusters_widen_the_interval_as_statsmodels_has_it(desk: Desk) -> None:
    statsmodels = pytest.importorskip("statsmodels.api")
    columns = COLUMNS + 'covariate.site = "site"\n'
    text = trial(200)
    result = desk.write(PROTOCOL + 'cluster = "site"\n', columns, text).run().result
    cells = [line.split(",") for line in text.splitlines()[1:]]
    y = np.array([float(row[1]) for row in cells])
    x = statsmodels.add_constant(np.array([float(row[0]) for row in cells]))
    sites = np.array([int(row[5]) for row in cells])
    fit = statsmodels.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": sites})
    assert result["diagnostics"]["standard_error"] == pytest.approx(fit.bse[1], rel=1e-9)


def test_a_ratio_and_an_odds_ratio_are_those_of_the_table(desk: Desk) -> None:
    # By hand: 30 of 100 against 20 of 100; ratio 1.5, odds ratio 30 * 80 / (70 * 20).
    rows = ["arm,y"]
    for arm, events in ((1, 30), (0, 20)):
        rows += [f"{arm},{int(k < events)}" for k in range(100)]
    text = PROTOCOL.replace('"number"', '"yes-no"') + 'effect = "ratio"\n'
    result = desk.write(text, COLUMNS, "\n".join(rows)).run().result
    assert result["estimate"] == pytest.approx(1.5)
    told = result["diagnostics"]["odds_ratio"]
    assert told["estimate"] == pytest.approx(2400 / 1400)
    assert "no clear difference" in result["words"][0].lower()


def test_covariates_that_most_records_lack_check_nothing(desk: Desk) -> None:
    rng = np.random.default_rng(6)
    rows = ["arm,y,age"]
    for number in range(80):
        age = f"{rng.normal(40, 9):.1f}" if number % 3 == 0 else ""
        rows.append(f"{number % 2},{rng.normal():.3f},{age}")
    text = PROTOCOL.replace("[method]", '[[covariates]]\nname = "age"\n[method]')
    columns = COLUMNS + 'covariate.age = "age"\n'
    result = desk.write(text, columns, "\n".join(rows)).run().result
    (found,) = [one for one in result["assumptions"] if "no more than chance" in one["name"]]
    assert found["state"] == "not checkable"
    assert "53 of 80 records lack one" in found["sentence"]
