"""Interrupted time series against published figures and against series whose answer is known."""

import math

import numpy as np
import pytest

from tests.evaluation.effects.scene import PROTOCOLS, Desk, public_data

COLUMNS = """
time = "month"
outcome.events = "n"
"""
PROTOCOL = """
[outcome]
name = "events"
description = "events"
kind = "count"
[periods]
unit = "month"
[comparison]
description = "the course before"
start = "2022-01"
[method]
name = "interrupted-time-series"
"""


def series(values: list[float]) -> str:
    months = [f"{2020 + k // 12}-{k % 12 + 1:02d}" for k in range(len(values))]
    rows = (f"{month},{value:g}" for month, value in zip(months, values, strict=True))
    return "month,n\n" + "\n".join(rows) + "\n"


def test_sicily_is_as_published(desk: Desk) -> None:
    # Bernal, Cummins and Gasparrini 2017: the authors' data and specification, run in R.
    desk.protocol.write_bytes((PROTOCOLS / "sicily-its.toml").read_bytes())
    desk.map.write_bytes((PROTOCOLS / "sicily-its.map.toml").read_bytes())
    result = desk.run(data=public_data("sicily-smoking-ban.csv")).result
    assert result["estimate"] == pytest.approx(0.8944, abs=5e-5)
    assert result["interval"] == pytest.approx([0.8647, 0.9251], abs=5e-5)
    assert result["diagnostics"]["dispersion"] == pytest.approx(3.559, abs=5e-4)
    season, binomial = result["sensitivity"][1:]
    assert season["estimate"] == pytest.approx(0.8851, abs=5e-5)
    assert binomial["estimate"] == pytest.approx(0.8842, abs=5e-5)
    assert any("3.56 times" in line for line in result["warnings"])


def test_quasi_poisson_and_newey_west_are_as_published(desk: Desk) -> None:
    # The same source with the season, quasi-Poisson and Newey-West with 3 lags.
    text = (PROTOCOLS / "sicily-its.toml").read_text()
    text = text.replace(
        'family = "poisson"', 'family = "quasi-poisson"\nharmonics = 2\nlags = 3', 1
    )
    desk.protocol.write_text(text)
    desk.map.write_bytes((PROTOCOLS / "sicily-its.map.toml").read_bytes())
    result = desk.run(data=public_data("sicily-smoking-ban.csv")).result
    beside = result["diagnostics"]["intervals_by_errors"]
    assert beside["model"]["interval"] == pytest.approx([0.8394, 0.9332], abs=5e-5)
    assert beside["newey-west"]["interval"] == pytest.approx([0.8481, 0.9236], abs=5e-5)


def test_a_step_without_noise_is_found_exactly(desk: Desk) -> None:
    # By hand: 100 a month, 50 from the 25th on; the ratio is one half.
    values = [100.0] * 24 + [50.0] * 12
    desk.write(PROTOCOL, COLUMNS, series(values))
    result = desk.run().result
    assert result["estimate"] == pytest.approx(0.5, abs=1e-9)
    told = result["diagnostics"]["counterfactual"]
    assert told["difference"] == pytest.approx(-600, abs=1e-6)
    assert result["rank"] == 3


def test_a_bend_without_noise_is_found_exactly(desk: Desk) -> None:
    # By hand: a line that rises by 2 a month, and by 5 from the 25th on.
    values = [10 + 2 * k for k in range(24)] + [10 + 2 * 23 + 5 * k for k in range(1, 13)]
    text = PROTOCOL.replace('"count"', '"number"') + 'change = "slope"\n'
    desk.write(text, COLUMNS, series([float(value) for value in values]))
    result = desk.run().result
    assert result["estimate"] == pytest.approx(3, abs=1e-9)
    assert result["scale"] == "difference per period"


def test_too_short_a_time_before_gives_no_number(desk: Desk) -> None:
    desk.write(
        PROTOCOL.replace("2022-01", "2020-05"), COLUMNS, series([40.0 + k for k in range(20)])
    )
    result = desk.run().result
    assert result["estimate"] is None
    assert result["interval"] is None
    assert "4 periods before the start" in result["too_little_data"]


def test_rows_of_calls_are_counted_and_empty_months_are_zeros(desk: Desk) -> None:
    rng = np.random.default_rng(3)
    rows = ["day,id"]
    expected = 0
    for month in range(36):
        for _ in range(0 if month == 5 else int(rng.poisson(20))):
            rows.append(f"{2020 + month // 12}-{month % 12 + 1:02d}-11,x")
            expected += month >= 24
    text = PROTOCOL.replace('kind = "count"', 'kind = "count"\ncombine = "rows"')
    desk.write(text, 'time = "day"\nevent = "id"\n', "\n".join(rows))
    result = desk.run().result
    assert result["n"] == 36
    assert result["diagnostics"]["counterfactual"]["observed_after"] == expected


def test_an_interval_excludes_one_exactly_when_p_is_small(desk: Desk) -> None:
    rng = np.random.default_rng(11)
    for effect in (1.0, 0.8, 0.55):
        values = [float(rng.poisson(60 * (effect if k >= 24 else 1))) for k in range(48)]
        desk.write(PROTOCOL, COLUMNS, series(values))
        result = desk.run().result
        low, high = result["interval"]
        assert (high < 1 or low > 1) == (result["p"] <= 0.05)
        assert math.log(low) < math.log(result["estimate"]) < math.log(high)


def test_months_in_words_beside_the_year(desk: Desk) -> None:
    names = (
        "January",
        "Feb",
        "March",
        "Apr",
        "May",
        "June",
        "Jul",
        "Aug",
        "Sept",
        "Oct",
        "Nov",
        "Dec",
    )
    rows = ["y,m,n"]
    rows += [f"{2020 + k // 12},{names[k % 12]},{100 if k < 24 else 50}" for k in range(36)]
    columns = 'time = "y"\ncovariate.m = "m"\noutcome.events = "n"\n'
    text = PROTOCOL.replace('unit = "month"', 'unit = "month"\nmonth = "m"')
    result = desk.write(text, columns, "\n".join(rows)).run().result
    assert result["estimate"] == pytest.approx(0.5, abs=1e-9)
    assert "2022-01" in result["estimand"]


def test_an_export_that_ends_in_mid_month_is_said(desk: Desk) -> None:
    days = [f"{2020 + m // 12}-{m % 12 + 1:02d}-{d:02d}" for m in range(36) for d in range(1, 29)]
    text = PROTOCOL.replace('kind = "count"', 'kind = "count"\ncombine = "rows"')
    for last, said in ((28, False), (11, True)):
        kept = [day for day in days if not day.startswith("2022-12") or int(day[-2:]) <= last]
        desk.write(text, 'time = "day"\nevent = "id"\n', "day,id\n" + ",x\n".join(kept) + ",x\n")
        warnings = desk.run().result["warnings"]
        assert any("last period, 2022-12" in line for line in warnings) == said
        assert not any("first period" in line for line in warnings)
