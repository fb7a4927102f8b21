"""What cannot be used is one sentence and exit 2; nothing is guessed."""

import pytest

from tests.evaluation.effects.scene import Desk

SERIES = """
[outcome]
name = "y"
description = "events"
kind = "count"
[periods]
unit = "month"
[comparison]
description = "the course before"
start = 25
[method]
name = "interrupted-time-series"
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
by = "unit"
treated = ["a"]
start = 2005
[method]
name = "difference-in-differences"
"""
TIME = 'time = "t"\noutcome.y = "y"\n'
UNITS = 'unit = "u"\ntime = "t"\noutcome.y = "y"\n'


def months(skip: int = 0, value: str = "40") -> str:
    rows = [f"{k},{value if k != 30 or value != '40' else 41}" for k in range(1, 37) if k != skip]
    return "t,y\n" + "\n".join(rows)


def years(first: int = 2000, *, drop: str = "", extra: str = "") -> str:
    rows = [f"{u},{t},{len(u) + t % 3}" for u in "abcdef" for t in range(first, 2010)]
    return "u,t,y\n" + "\n".join(row for row in rows if not row.startswith(drop or "-")) + extra


def test_missing_periods(desk: Desk) -> None:
    sentence = desk.write(SERIES, TIME, months(skip=12)).run().sentence
    assert "Periods missing from the series: 1, the first after 11." in sentence
    sentence = desk.write(PANEL, UNITS, years(drop="c,2004")).run().sentence
    assert "'c' without the period 2004" in sentence


def test_a_period_that_no_unit_has(desk: Desk) -> None:
    rows = "\n".join(row for row in years().splitlines() if ",2003," not in row)
    assert "No unit has the period after 2002" in desk.write(PANEL, UNITS, rows).run().sentence
    text = PANEL.replace('unit = "year"', 'unit = "year"\nmissing = "leave-out"')
    result = desk.write(text, UNITS, rows).run().result
    assert any("No unit has the period after 2002" in line for line in result["warnings"])


def test_missing_periods_are_left_out_where_the_protocol_says_so(desk: Desk) -> None:
    text = SERIES.replace('unit = "month"', 'unit = "month"\nmissing = "leave-out"')
    result = desk.write(text, TIME, months(skip=12)).run().result
    assert result["n"] == 35
    assert any("missing from the series and left out: 1" in line for line in result["warnings"])


def test_duplicated_units(desk: Desk) -> None:
    sentence = desk.write(PANEL, UNITS, years(extra="\nb,2003,9")).run().sentence
    assert "'b' has more than one row for the period 2003, on lines" in sentence


def test_no_time_before(desk: Desk) -> None:
    assert "no period before" in desk.write(PANEL, UNITS, years(2005)).run().sentence
    text = SERIES.replace("start = 25", "start = 1")
    assert "no period before 1" in desk.write(text, TIME, months()).run().sentence


def test_nothing_after_the_start(desk: Desk) -> None:
    text = SERIES.replace("start = 25", "start = 99")
    assert "ends with 36" in desk.write(text, TIME, months()).run().sentence


def test_all_zeros(desk: Desk) -> None:
    assert "Every value of `y` is 0" in desk.write(SERIES, TIME, months(value="0")).run().sentence


def test_text_in_numbers(desk: Desk) -> None:
    rows = months().replace("7,40", "7,forty")
    sentence = desk.write(SERIES, TIME, rows).run().sentence
    assert "Line 8: the outcome `y` is 'forty', which is not a number" in sentence


def test_a_time_that_cannot_be_read(desk: Desk) -> None:
    rows = months().replace("\n7,", "\nsoon,")
    assert "Line 8: the time 'soon'" in desk.write(SERIES, TIME, rows).run().sentence


def test_a_negative_count(desk: Desk) -> None:
    assert (
        "a count is a whole number" in desk.write(SERIES, TIME, months(value="-1")).run().sentence
    )


def test_the_outcome_as_covariate(desk: Desk) -> None:
    text = SERIES + '[[covariates]]\nname = "y"\n'
    sentence = desk.write(text, TIME, months()).run().sentence
    assert "`y` is the outcome and cannot be a covariate" in sentence
    sentence = desk.write(SERIES, TIME + 'covariate.z = "y"\n', months()).run().sentence
    assert "it can be one" in sentence
    sentence = desk.write(SERIES, 'time = "t"\ncovariate.y = "y"\n', months()).run().sentence
    assert "map's covariate" in sentence


def test_one_treated_unit_never_shows_the_regression_alone(desk: Desk) -> None:
    result = desk.write(PANEL, UNITS, years()).run().result
    assert result["diagnostics"]["inference"] == "randomization"
    assert any("one treated unit" in line for line in result["warnings"])
    assert result["interval"] is None


def test_a_name_that_the_map_lacks(desk: Desk) -> None:
    text = SERIES + '[[covariates]]\nname = "weather"\n'
    assert "no covariate `weather`" in desk.write(text, TIME, months()).run().sentence
    text = SERIES.replace('name = "y"', 'name = "z"')
    assert "its outcomes: y" in desk.write(text, TIME, months()).run().sentence


def test_a_treated_unit_that_the_file_lacks(desk: Desk) -> None:
    text = PANEL.replace('"a"', '"z"')
    assert "holds nobody under 'z'" in desk.write(text, UNITS, years()).run().sentence


def test_a_file_or_protocol_that_is_not_there(desk: Desk) -> None:
    desk.write(SERIES, TIME)
    assert "There is no file" in desk.run().sentence
    desk.protocol.unlink()
    assert "cannot be read" in desk.run().sentence


def test_a_treatment_that_ends(desk: Desk) -> None:
    text = PANEL.replace(
        'by = "unit"\ntreated = ["a"]\nstart = 2005', 'group_holds = "treated-now"'
    )
    rows = ["u,t,y,g"]
    rows += [
        f"{u},{t},{t % 4},{int(u == 'a' and t == 2005)}" for u in "abcd" for t in range(2000, 2009)
    ]
    sentence = desk.write(text, UNITS + 'group = "g"\n', "\n".join(rows)).run().sentence
    assert "'a' stops being treated" in sentence


@pytest.mark.parametrize("method", ["callaway-santanna", "sun-abraham"])
def test_a_staggered_method_without_groups(desk: Desk, method: str) -> None:
    text = PANEL.replace("difference-in-differences", method)
    outcome = desk.write(text, 'time = "t"\noutcome.y = "y"\n', years()).run()
    assert "needs a column `unit`" in outcome.sentence
