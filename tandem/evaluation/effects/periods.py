"""Turns whatever a file writes for a time into whole periods that can be counted and compared."""

import datetime as dt
import math
import re

UNITS = ("number", "year", "quarter", "month", "week", "day")
SEASONS = {"quarter": 4.0, "month": 12.0, "week": 52.1775, "day": 7.0}
_QUARTER = re.compile(r"(\d{4})[ -]?[Qq]([1-4])")
_MONTH = re.compile(r"(\d{4})[-/]?[Mm]?(\d{1,2})")
_DIGITS = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)?")
_WEEK = re.compile(r"\d{4}-?W\d{2}")
_EPOCH_MONDAY = dt.date(1970, 1, 5).toordinal()
PER_YEAR = {"quarter": 4, "month": 12}


class PeriodError(Exception):
    """The text is no period of that unit."""


def read_period(text: str, unit: str, formats: tuple[str, ...] = ()) -> int:
    """The number of the period in which a time lies.

    `number` and plain numbers stay as they are (1989, or 1 to 59); a date becomes years, quarters
    or months since year 0, days since year 1, or weeks (Monday to Sunday) since 1970.
    Quarters and months are also read from 1969.25, 1989Q1, 1989-01 and 1989m1.
    Raises PeriodError.
    """
    text = text.strip()
    for shape in formats:
        try:
            return _of_day(dt.datetime.strptime(text, shape).date(), unit)  # noqa: DTZ007
        except ValueError:
            continue
    if formats:
        raise PeriodError(f"{text!r} is not written as {' or '.join(formats)}")
    if is_date(text, unit):
        return _of_text(text, unit)
    number = float(text)
    if not math.isfinite(number):
        raise PeriodError(f"{text!r} is no {unit}")
    if number.is_integer():
        return int(number)
    raise PeriodError(f"{text!r} is no whole {unit}")


def is_date(text: str, unit: str) -> bool:
    """Whether the text names a day, month or quarter of the calendar rather than a plain number."""
    text = text.strip()
    if _DIGITS.fullmatch(text) and unit in ("quarter", "month", "week", "day"):
        return True
    try:
        number = float(text)
    except ValueError:
        return True
    return unit in PER_YEAR and math.isfinite(number) and not number.is_integer()


def _of_text(text: str, unit: str) -> int:
    try:
        if unit in PER_YEAR:
            return round(float(text) * PER_YEAR[unit]) if "." in text else _of_calendar(text, unit)
    except ValueError:
        pass
    return _of_calendar(text, unit)


def _of_calendar(text: str, unit: str) -> int:
    if found := _QUARTER.fullmatch(text):
        return _of_day(dt.date(int(found[1]), int(found[2]) * 3 - 2, 1), unit)
    try:
        if _WEEK.fullmatch(text):
            return _of_day(dt.date.fromisoformat(f"{text}-1"), unit)
        if (found := _DIGITS.fullmatch(text)) and found[3]:
            return _of_day(dt.date(int(found[1]), int(found[2]), int(found[3])), unit)
        if found := _MONTH.fullmatch(text):
            return _of_day(dt.date(int(found[1]), int(found[2]), 1), unit)
        return _of_day(dt.datetime.fromisoformat(text).date(), unit)
    except ValueError:
        raise PeriodError(f"{text!r} is no {unit}, no whole number and no ISO date") from None


def _of_day(day: dt.date, unit: str) -> int:
    if unit == "year":
        return day.year
    if unit == "quarter":
        return day.year * 4 + (day.month - 1) // 3
    if unit == "month":
        return day.year * 12 + day.month - 1
    if unit == "week":
        return (day.toordinal() - _EPOCH_MONDAY) // 7
    if unit == "day":
        return day.toordinal()
    raise PeriodError(f"{day} is a date: say in [periods] which `unit` a period has")


def first_day(period: int, unit: str) -> int:
    """The first day of a period of the calendar, as the number of the day."""
    if unit == "year":
        return dt.date(period, 1, 1).toordinal()
    if unit == "quarter":
        return dt.date(period // 4, period % 4 * 3 + 1, 1).toordinal()
    if unit == "month":
        return dt.date(period // 12, period % 12 + 1, 1).toordinal()
    return period * 7 + _EPOCH_MONDAY if unit == "week" else period


def name_of(period: float, unit: str, *, dates: bool) -> str:
    """The period in words; a period of a file that only counts stays its number."""
    number = int(period)
    if not dates or unit in ("number", "year"):
        return str(number)
    if unit == "quarter":
        return f"{number // 4}-Q{number % 4 + 1}"
    if unit == "month":
        return f"{number // 12}-{number % 12 + 1:02d}"
    ordinal = number if unit == "day" else number * 7 + _EPOCH_MONDAY
    return dt.date.fromordinal(ordinal).isoformat()
