"""An outcome that never varies, follows a straight rule, or stands again among the covariates."""

import json
from collections.abc import Callable

import numpy as np
import pytest

from tests.evaluation.effects.scene import Desk

RECORDS = """
[outcome]
name = "y"
description = "days in custody"
kind = "number"
[comparison]
description = "the others"
treated = ["1"]
[[covariates]]
name = "x"
[method]
name = "inverse-probability-weighting"
"""
PANEL = """
[outcome]
name = "y"
description = "the rate"
kind = "number"
[periods]
unit = "year"
[comparison]
description = "the other units"
treated = ["1"]
start = 2005
[method]
name = "difference-in-differences"
"""
SERIES = """
[outcome]
name = "y"
description = "events"
kind = "count"
[comparison]
description = "the course before"
start = 25
[method]
name = "interrupted-time-series"
"""
COLUMNS = 'group = "g"\noutcome.y = "y"\ncovariate.x = "x"\n'
UNITS = 'unit = "u"\ntime = "t"\ngroup = "g"\noutcome.y = "y"\n'
METHODS = ("inverse-probability-weighting", "overlap-weighting", "matching", "randomized")


Reading = Callable[[int, float, float], float]


def records(outcome: Reading) -> str:
    """Eighty records of two groups; `outcome` is made of group, covariate and chance."""
    rng = np.random.default_rng(4)
    lines = ["g,y,x"]
    for number in range(80):
        x, chance = (round(float(one), 3) for one in rng.random(2))
        lines.append(f"{number % 2},{outcome(number % 2, x, chance)},{x}")
    return "\n".join(lines)


@pytest.mark.parametrize("method", METHODS)
def test_an_outcome_that_never_varies(method: str, desk: Desk) -> None:
    text = RECORDS.replace(METHODS[0], method)
    sentence = desk.write(text, COLUMNS, records(lambda g, x, r: 3)).run().sentence
    assert "Every value of `y` is 3: nothing can be compared" in sentence


def test_a_series_that_never_varies(desk: Desk) -> None:
    rows = "t,y\n" + "\n".join(f"{k},7" for k in range(1, 49))
    sentence = desk.write(SERIES, 'time = "t"\noutcome.y = "y"\n', rows).run().sentence
    assert "Every value of `y` is 7" in sentence
    # Rows that are counted are one each; what varies is how many there are.
    text = SERIES.replace('kind = "count"', 'kind = "count"\ncombine = "sum"')
    rows = "t,y\n" + "\n".join(f"{k},1" for k in range(1, 49) for _ in range(9 + k * 7 % 5))
    assert desk.write(text, 'time = "t"\noutcome.y = "y"\n', rows).run().result["n"] == 48


@pytest.mark.parametrize("method", METHODS[:3])
def test_an_outcome_that_its_group_gives_away(method: str, desk: Desk) -> None:
    text = RECORDS.replace(METHODS[0], method)
    result = desk.write(text, COLUMNS, records(lambda g, x, r: 5 * g)).run().result
    assert result["estimate"] == pytest.approx(5)
    assert result["interval"] is None
    assert result["p"] is None
    assert "nothing is left to chance" in result["too_little_data"]
    assert "5 higher; neither interval nor p can be given" in result["words"][0]


def test_a_panel_on_a_straight_line(desk: Desk) -> None:
    rows = ["u,t,g,y"]
    rows += [f"u{u},{t},{u % 2},{t + 2 * u}" for u in range(20) for t in range(2000, 2010)]
    result = desk.write(PANEL, UNITS, "\n".join(rows)).run().result
    assert result["interval"] is None
    assert "nothing is left to chance" in result["too_little_data"]


def test_a_count_too_large_to_be_one(desk: Desk) -> None:
    rows = "t,y\n" + "\n".join(f"{k},{10**30 if k == 5 else 5 + k % 3}" for k in range(1, 49))
    sentence = desk.write(SERIES, 'time = "t"\noutcome.y = "y"\n', rows).run().sentence
    assert "Line 6: the count `y` is 1e+30" in sentence


@pytest.mark.parametrize(
    "copy", [lambda g, x, r: x, lambda g, x, r: x * 2 + 1, lambda g, x, r: round(x * 1000)]
)
def test_a_covariate_that_is_the_outcome(copy: Reading, desk: Desk) -> None:
    sentence = desk.write(RECORDS, COLUMNS, records(copy)).run().sentence
    assert "The covariate `x` goes with the outcome `y` in every record" in sentence


def test_a_category_that_is_the_outcome(desk: Desk) -> None:
    text = RECORDS.replace('name = "x"', 'name = "x"\nkind = "category"')
    lines = records(lambda g, x, r: int(r * 4)).splitlines()
    named = [lines[0]]
    for line in lines[1:]:
        group, value, _ = line.split(",")
        named.append(f"{group},{value},level-{value}")
    sentence = desk.write(text, COLUMNS, "\n".join(named)).run().sentence
    assert "The covariate `x` goes with the outcome `y` in every record" in sentence


def test_a_covariate_that_only_resembles_it_stays(desk: Desk) -> None:
    result = desk.write(RECORDS, COLUMNS, records(lambda g, x, r: x + r / 100)).run().result
    assert result["n"] == 80


def test_units_that_differ_in_spelling_alone(desk: Desk) -> None:
    rng = np.random.default_rng(3)
    rows = ["u,t,g,y"]
    for unit in ["North", "north", "South", "East", "West", "Hill"]:
        head = f"{int(unit == 'North')}"
        rows += [f"{unit},{t},{head},{rng.random():.3f}" for t in range(2000, 2010)]
    result = desk.write(PANEL, UNITS, "\n".join(rows)).run().result
    assert any("'North' and 'north'" in line for line in result["warnings"])


def test_a_thousand_is_written_out(desk: Desk) -> None:
    rng = np.random.default_rng(3)
    rows = ["u,t,g,y"]
    for u in range(30):
        for t in range(2000, 2010):
            rows.append(f"u{u},{t},{u % 2},{rng.random() + 999.9 * (u % 2) * (t > 2004):.3f}")
    result = desk.write(PANEL, UNITS, "\n".join(rows)).run().result
    assert "1,000 higher" in result["words"][0]
    assert "e+" not in json.dumps(result["words"])
