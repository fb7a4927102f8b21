"""Published evaluations that no example names, by protocols written from the documentation."""

import warnings

import pytest

from tests.evaluation.effects.scene import Desk, public_data

DONORS = """
[outcome]
name = "rate"
description = "the share of people registered as organ donors"
kind = "number"
[comparison]
description = "26 states that kept their question"
treated = ["California"]
start = 4
[method]
name = "difference-in-differences"
"""
VOUCHERS = """
[outcome]
name = "got"
description = "people who fetched their result"
kind = "yes-no"
[periods]
missing = "leave-out"
[comparison]
description = "people whose voucher was worth nothing"
treated = ["1"]
[[covariates]]
name = "age"
[method]
name = "randomized"
cluster = "village"
"""
BANKS = """
[outcome]
name = "banks"
description = "banks in business"
kind = "number"
series = ["bib6", "bib8"]
[periods]
unit = "year"
[comparison]
description = "the district of the other reserve bank"
by = "unit"
treated = ["bib6"]
start = 1931
[method]
name = "difference-in-differences"
"""
WATER = """
[outcome]
name = "deaths"
description = "deaths from cholera for 10,000 people"
kind = "number"
[periods]
unit = "year"
[comparison]
description = "the companies that kept their water"
treated = ["Lambeth + Others"]
start = 1854
[method]
name = "difference-in-differences"
"""


def shipped(desk: Desk, name: str) -> None:
    """A data set of the package causaldata, as the file that a newcomer would save."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        causaldata = pytest.importorskip("causaldata")
        getattr(causaldata, name).load_pandas().data.to_csv(desk.data, index=False)


def test_californias_organ_donors(desk: Desk) -> None:
    # Kessler and Roth 2014; Huntington-Klein, The Effect, ch. 18: -0.022 (0.006).
    shipped(desk, "organ_donations")
    columns = 'unit = "State"\ntime = "Quarter_Num"\noutcome.rate = "Rate"\n'
    result = desk.write(DONORS, columns).run().result
    assert result["estimate"] == pytest.approx(-0.0225, abs=5e-5)
    assert result["diagnostics"]["regression"]["standard_error"] == pytest.approx(0.0061, abs=5e-5)
    # One treated state: that error is not what is believed.
    assert result["p"] > 0.1


def test_vouchers_for_a_result(desk: Desk) -> None:
    # Thornton 2008: any voucher raised the share who came by 45 percentage points.
    shipped(desk, "thornton_hiv")
    columns = (
        'group = "any"\noutcome.got = "got"\ncovariate.village = "villnum"\ncovariate.age = "age"\n'
    )
    result = desk.write(VOUCHERS, columns).run().result
    assert result["estimate"] == pytest.approx(0.45, abs=0.005)
    assert any("not assigned" in line for line, _ in result["diagnostics"]["flow"])
    # More of those without money are without an outcome: it is no longer told as a trial.
    assert result["rank"] == 4
    assert any("(p below 0.001)" in line for line in result["words"])


def test_banks_in_the_great_depression(desk: Desk) -> None:
    # Angrist and Pischke, Mastering 'Metrics, ch. 5: 20.5 banks by the years 1929 to 1934.
    columns = (
        'time = "year"\noutcome.bib6 = "bib6"\noutcome.bib8 = "bib8"\n'
        'covariate.month = "month"\ncovariate.day = "day"\n'
    )
    desk.write(BANKS, columns)
    text = desk.protocol.read_text(encoding="utf-8").replace(
        "[stopping]",
        'where = [{ name = "month", is = ["7"] }, { name = "day", is = ["1"] }]\n[stopping]',
    )
    desk.protocol.write_text(text, encoding="utf-8")
    result = desk.run(data=public_data("banks.csv")).result
    assert result["estimate"] == pytest.approx(20.5, abs=1e-9)
    assert result["interval"] is None
    assert "Comparison units: 1" in result["too_little_data"]


def test_the_water_of_london(desk: Desk) -> None:
    # Snow 1855; The Effect, ch. 18: (84.9 - 130.1) - (146.6 - 134.9) = -56.9.
    shipped(desk, "snow")
    columns = 'unit = "supplier"\ntime = "year"\noutcome.deaths = "deathrate"\n'
    result = desk.write(WATER, columns).run().result
    assert result["estimate"] == pytest.approx(-56.9, abs=0.05)


def test_a_map_named_as_no_map_may_be_is_told_how(desk: Desk) -> None:
    desk.write(DONORS, 'time = "t"\n', "t\n1")
    text = desk.map.read_text(encoding="utf-8").replace('name = "study"', 'name = "my_study"')
    desk.map.write_text(text, encoding="utf-8")
    assert "small letters, digits and hyphens" in desk.run().sentence
