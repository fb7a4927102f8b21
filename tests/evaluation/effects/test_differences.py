"""Difference-in-differences against published figures, and what is said when few are treated."""

import itertools
import re
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tandem.evaluation.effects.assignment import Panel
from tandem.evaluation.effects.saturated import saturated
from tests.evaluation.effects.scene import PROTOCOLS, Desk, public_data

COLUMNS = """
unit = "unit"
time = "year"
group = "group"
outcome.y = "y"
"""
PROTOCOL = """
[outcome]
name = "y"
description = "the outcome"
kind = "number"
[periods]
unit = "year"
[comparison]
description = "the other units"
treated = ["t"]
start = 2005
[method]
name = "difference-in-differences"
"""
STAGGERED = """
[outcome]
name = "employment"
description = "log of teen employment"
kind = "number"
[periods]
unit = "year"
[comparison]
description = "counties never treated"
group_holds = "first-period"
[method]
name = "callaway-santanna"
"""
MPDTA = """
unit = "countyreal"
time = "year"
group = "first.treat"
outcome.employment = "lemp"
covariate.population = "lpop"
"""


def panel(units: int, treated: int, *, effect: float = 0.0, seed: int = 1, years: int = 10) -> str:
    rng = np.random.default_rng(seed)
    rows = ["unit,year,group,y"]
    for unit in range(units):
        level = rng.normal(0, 3)
        for year in range(2000, 2000 + years):
            own = unit < treated
            value = level + rng.normal() + effect * (own and year >= 2005)
            rows.append(f"u{unit},{year},{'t' if own else 'c'},{value!r}")
    return "\n".join(rows)


@pytest.fixture
def mpdta(desk: Desk) -> Desk:
    moderndid = pytest.importorskip("moderndid")
    moderndid.load_mpdta().write_csv(desk.data)
    return desk


def test_callaway_santanna_is_as_in_r(mpdta: Desk) -> None:
    # R package did, vignette data mpdta: att_gt and aggte without covariates.
    result = mpdta.write(STAGGERED, MPDTA).run().result
    told = result["diagnostics"]["aggregates"]
    assert result["estimate"] == pytest.approx(-0.0399512751551763, abs=1e-10)
    assert told["simple"]["standard_error"] == pytest.approx(0.0120340127701854, abs=1e-10)
    assert told["dynamic"]["estimate"] == pytest.approx(-0.0772398214573151, abs=1e-10)
    assert told["group"]["estimate"] == pytest.approx(-0.0310182822287484, abs=1e-10)
    assert result["diagnostics"]["cohorts"] == {"2004": 20, "2006": 40, "2007": 131}


def test_sun_abraham_agrees_since_the_start(mpdta: Desk) -> None:
    # R's fixest sunab on the same data: periods 0 to 3 since the start.
    mpdta.write(STAGGERED.replace("callaway-santanna", "sun-abraham"), MPDTA)
    rows = mpdta.run().result["diagnostics"]["by_periods_since_start"]
    late = [row["estimate"] for row in rows if row["since"] >= 0]
    assert late == pytest.approx([-0.019932, -0.050957, -0.137259, -0.100811], abs=1e-6)


@pytest.mark.parametrize(("seed", "units", "starts"), [(1, 30, (3, 5, 7)), (2, 80, (4, 9))])
def test_sun_abraham_is_the_saturated_regression(seed: int, units: int, starts: Any) -> None:
    pyfixest = pytest.importorskip("pyfixest")
    rng = np.random.default_rng(seed)
    start = rng.choice([*starts, np.inf], size=units)
    start[: 2 * len(starts) + 2] = [*starts, *starts, np.inf, np.inf]
    times = np.arange(1.0, 13.0)
    y = rng.normal(size=(units, 12)).cumsum(axis=1) + rng.normal(size=(units, 1))
    own = saturated(Panel([str(k) for k in range(units)], times, y, start))
    first = np.where(np.isfinite(start), start, 0).astype(int)
    table = pd.DataFrame({
        "unit": np.repeat(np.arange(units), 12), "t": np.tile(times.astype(int), units),
        "first": np.repeat(first, 12), "y": y.ravel(),
    })  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pyfixest.event_study(
            table, yname="y", idname="unit", tname="t", gname="first", estimator="saturated"
        )
    names = [re.search(r"::(-?[\d.]+):.*::([\d.]+)$", str(one)) for one in theirs._coefnames]
    keys = [(float(one[2]), float(one[1])) for one in names if one]
    places = [keys.index(key) for key in zip(own.cohort, own.since, strict=True)]
    assert len(keys) == len(places)
    assert own.coefficient == pytest.approx(np.asarray(theirs._beta_hat)[places], abs=1e-8)
    expected = np.asarray(theirs._vcov)[np.ix_(places, places)]
    assert np.abs(own.covariance - expected).max() < 1e-8


def test_two_way_fixed_effects_never_comes_without_its_warning(mpdta: Desk) -> None:
    mpdta.write(STAGGERED.replace("callaway-santanna", "two-way-fixed-effects"), MPDTA)
    result = mpdta.run().result
    assert result["estimate"] == pytest.approx(-0.036549, abs=1e-6)
    assert result["diagnostics"]["standard_error"] == pytest.approx(0.013265, abs=1e-6)
    assert any("wrong sign" in line for line in result["warnings"])
    assert result["rank"] > 2


def test_california_is_as_published(desk: Desk) -> None:
    # Arkhangelsky et al. 2021, table 1: difference-in-differences -27.349.
    desk.protocol.write_bytes((PROTOCOLS / "california-did.toml").read_bytes())
    desk.map.write_bytes((PROTOCOLS / "california-did.map.toml").read_bytes())
    result = desk.run(data=public_data("california_prop99.csv")).result
    assert result["estimate"] == pytest.approx(-27.349, abs=5e-4)
    low, high = result["interval"]
    assert low < 0 < high
    assert result["diagnostics"]["regression"]["p"] < 1e-6
    assert result["p"] > 0.05
    assert any("one treated unit" in line for line in result["warnings"])


def test_the_difference_is_the_difference_of_mean_changes(desk: Desk) -> None:
    # By hand: the treated go from 1 to 6, the others from 2 to 4; 5 - 2 = 3.
    rows = ["unit,year,group,y"]
    for unit, group, before, after in (
        ("a", "t", 1, 6), ("b", "c", 2, 4), ("c", "c", 1, 3), ("d", "c", 3, 5),
    ):  # fmt: skip
        rows += [f"{unit},{year},{group},{before}" for year in range(2000, 2005)]
        rows += [f"{unit},{year},{group},{after}" for year in range(2005, 2008)]
    result = desk.write(PROTOCOL, COLUMNS, "\n".join(rows)).run().result
    assert result["estimate"] == pytest.approx(3, abs=1e-12)
    assert result["interval"] is None
    assert any("No interval" in line for line in result["warnings"])


def test_many_treated_units_get_welchs_interval(desk: Desk) -> None:
    scipy_stats = pytest.importorskip("scipy.stats")
    text = panel(40, 15, effect=0.4, seed=4)
    result = desk.write(PROTOCOL, COLUMNS, text).run().result
    table: dict[str, list[list[float]]] = {}
    for line in text.splitlines()[1:]:
        unit, year, group, value = line.split(",")
        table.setdefault(f"{group}{unit}", [[], []])[int(year) >= 2005].append(float(value))
    changes = {name: np.mean(late) - np.mean(early) for name, (early, late) in table.items()}
    own = [value for name, value in changes.items() if name.startswith("t")]
    other = [value for name, value in changes.items() if name.startswith("c")]
    expected = scipy_stats.ttest_ind(own, other, equal_var=False)
    assert result["p"] == pytest.approx(expected.pvalue, abs=1e-12)
    assert result["interval"] == pytest.approx(list(expected.confidence_interval()), abs=1e-12)


def test_few_treated_are_judged_by_every_other_choice(desk: Desk) -> None:
    # The p counted here by hand over all pairs of ten units.
    text = panel(10, 2, effect=2.0, seed=9)
    result = desk.write(PROTOCOL, COLUMNS, text).run().result
    early: dict[str, list[float]] = {}
    late: dict[str, list[float]] = {}
    for line in text.splitlines()[1:]:
        unit, year, _, value = line.split(",")
        (late if int(year) >= 2005 else early).setdefault(unit, []).append(float(value))
    change = {unit: np.mean(late[unit]) - np.mean(early[unit]) for unit in early}

    def size(pair: tuple[str, ...]) -> float:
        rest = [unit for unit in change if unit not in pair]
        return abs(
            float(np.mean([change[one] for one in pair]) - np.mean([change[one] for one in rest]))
        )

    pairs = list(itertools.combinations(change, 2))
    expected = np.mean([size(pair) >= size(("u0", "u1")) - 1e-12 for pair in pairs])
    assert result["p"] == pytest.approx(expected)
    assert 0 < result["diagnostics"]["wild_bootstrap"]["p"] < 1


def test_few_staggered_units_are_judged_by_moved_starts(desk: Desk) -> None:
    rows = ["unit,year,group,y"]
    rng = np.random.default_rng(2)
    starts = {0: 2004, 1: 2006, 2: 2006}
    for unit in range(30):
        for year in range(2000, 2010):
            effect = 3.0 * (unit in starts and year >= starts[unit])
            rows.append(f"u{unit},{year},{starts.get(unit, 0)},{unit + rng.normal() + effect!r}")
    protocol = STAGGERED.replace('"employment"', '"y"')
    result = desk.write(protocol, COLUMNS, "\n".join(rows)).run().result
    told = result["diagnostics"]
    assert told["inference"] == "randomization"
    assert told["randomization"]["estimate"] == pytest.approx(result["estimate"], abs=1e-9)
    low, high = result["interval"]
    assert low < 3 < high
    assert result["p"] < 0.01


def test_treated_now_finds_each_start(desk: Desk) -> None:
    text = PROTOCOL.replace('treated = ["t"]\nstart = 2005', 'group_holds = "treated-now"')
    rows = ["unit,year,group,y"]
    for unit in range(12):
        rows += [
            f"u{unit},{year},{int(unit < 2 and year >= 2003)},{unit + (unit < 2 and year >= 2003)}"
            for year in range(2000, 2006)
        ]
    result = desk.write(text, COLUMNS, "\n".join(rows)).run().result
    assert result["estimate"] == pytest.approx(1, abs=1e-12)
    assert "2003" in result["estimand"]


def test_a_course_apart_before_costs_a_rung(desk: Desk) -> None:
    rng = np.random.default_rng(5)
    rows = ["unit,year,group,y"]
    for unit in range(40):
        for year in range(2000, 2010):
            slope = 1.0 if unit < 20 else 0.0
            value = slope * (year - 2000) + rng.normal()
            rows.append(f"u{unit},{year},{'t' if unit < 20 else 'c'},{value}")
    result = desk.write(PROTOCOL, COLUMNS, "\n".join(rows)).run().result
    assert result["rank"] == 3
    assert any(one["state"] == "failed" for one in result["assumptions"])
    assert "a check on which this design rests failed" in result["words"][0]


def test_treated_units_are_found_by_name_beside_a_group_column(desk: Desk) -> None:
    text = PROTOCOL.replace('treated = ["t"]', 'treated = ["u0"]')
    result = desk.write(text, COLUMNS, panel(30, 1, effect=9.0)).run().result
    assert result["diagnostics"]["treated_units"] == 1
    assert result["p"] == pytest.approx(1 / 30)


def test_a_file_with_a_column_for_each_wave(desk: Desk) -> None:
    # By hand: treated 3 to 8 on average, others 2 to 4; 5 - 2 = 3.
    rows = ["shop,g,before,after"]
    rows += [f"s{k},{int(k < 10)},{3 + k % 2 * 2 - 1},{8 + k % 2 * 2 - 1}" for k in range(10)]
    rows += [f"s{k},{int(k < 10)},{2 + k % 2 * 2 - 1},{4 + k % 2 * 2 - 1}" for k in range(10, 30)]
    text = PROTOCOL.replace('kind = "number"', 'kind = "number"\nwaves = ["before", "after"]')
    text = text.replace('treated = ["t"]\nstart = 2005', 'treated = ["1"]\nstart = 2')
    columns = 'unit = "shop"\ngroup = "g"\noutcome.before = "before"\noutcome.after = "after"\n'
    result = desk.write(text.replace('unit = "year"', ""), columns, "\n".join(rows)).run().result
    assert result["estimate"] == pytest.approx(3, abs=1e-12)
    assert result["n"] == 60
