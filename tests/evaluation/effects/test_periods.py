"""Whatever a file writes for a time becomes a period, or is refused."""

import datetime as dt

import pytest

from tandem.evaluation.effects.periods import (
    PeriodError,
    first_day,
    is_date,
    name_of,
    read_period,
)


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("1989", "year", "1989"),
        ("1989.0", "year", "1989"),
        ("1989-05-17", "year", "1989"),
        ("2005-03", "month", "2005-03"),
        ("200503", "month", "2005-03"),
        ("2005m3", "month", "2005-03"),
        ("2005/3", "month", "2005-03"),
        ("2005-03-31 23:59:00-05:00", "month", "2005-03"),
        ("1969.25", "quarter", "1969-Q2"),
        ("1969Q2", "quarter", "1969-Q2"),
        ("1969-04-01", "quarter", "1969-Q2"),
        ("2024-02-29", "day", "2024-02-29"),
        ("20240229", "day", "2024-02-29"),
        ("2024-W09", "week", "2024-02-26"),
        ("2024-02-29", "week", "2024-02-26"),
    ],
)
def test_dates_become_periods(text: str, unit: str, expected: str) -> None:
    assert name_of(read_period(text, unit), unit, dates=is_date(text, unit)) == expected


def test_plain_numbers_stay_numbers() -> None:
    for unit in ("number", "month", "day", "quarter", "week"):
        assert read_period("37", unit) == 37
        assert not is_date("37", unit)


def test_formats_are_taken_alone() -> None:
    assert read_period("03/2005", "month", ("%m/%Y",)) == 2005 * 12 + 2
    with pytest.raises(PeriodError, match="is not written as"):
        read_period("2005-03", "month", ("%m/%Y",))


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("soon", "month"),
        ("2005-13", "month"),
        ("nan", "day"),
        ("1.5", "day"),
        ("2005-01", "number"),
    ],
)
def test_what_is_no_period_is_refused(text: str, unit: str) -> None:
    with pytest.raises(PeriodError):
        read_period(text, unit)


@pytest.mark.parametrize("unit", ["year", "quarter", "month", "week", "day"])
def test_neighboring_days_lie_in_the_same_or_the_next_period(unit: str) -> None:
    day = dt.date(2023, 12, 20)
    for offset in range(400):
        text, after = ((day + dt.timedelta(offset + k)).isoformat() for k in (0, 1))
        step = read_period(after, unit) - read_period(text, unit)
        assert step in (0, 1)
        begins = (
            first_day(read_period(after, unit), unit) == dt.date.fromisoformat(after).toordinal()
        )
        assert begins == (step == 1)
