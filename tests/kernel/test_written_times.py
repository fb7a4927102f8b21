"""The quick way of reading a time says what strptime says, for every format and every text."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from tandem.kernel.maps.builder import COMMON_TIMES
from tandem.kernel.maps.written_times import has_hour, read_time

ODD = ("%m/%d/%y %I:%M", "%d.%m.%Y %H.%M", "%Y%m%d", "%b %d %Y", "%Y-%m-%d %H:%M:%S.%f", "%y/%d/%m")
HARD = (
    "2026-02-30 10:00:00",
    "0000-01-01 00:00:00",
    "2026-13-01 10:00",
    "3/1/26 12:00 AM",
    "3/1/26 12:00 PM",
    "3/1/26 13:00 PM",
    "3/1/26 0:30 AM",
    "03/01/68 1:05 pm",
    "03/01/69 1:05 aM",
    "1/1/26  9:05   PM",
    "2026-03-01 24:00",
    "2026-03-01 10:60",
    "2026-03-01 10:00:61",
    "\u0662\u0660\u0662\u0666-\u0660\u0663-\u0660\u0661 10:00",
    "2026-03-01T10:00:00",
    "2026-03-01t10:00:00",
    "2026-3-1 1:2:3",
    " 2026-03-01 10:00",
    "Mar 1 2026",
    "",
    "%",
)


def by_strptime(text: str, shape: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(text, shape)  # noqa: DTZ007 (both sides are local)
    except ValueError:
        return None


def drawn(shape: str) -> list[str]:
    """Texts written by the format itself, and the same with a character changed."""
    rng = random.Random(shape)  # noqa: S311
    found = []
    for _ in range(60):
        at = dt.datetime(1969, 1, 1) + dt.timedelta(seconds=rng.randrange(90 * 365 * 86_400))  # noqa: DTZ001
        text = at.strftime(shape)
        place = rng.randrange(len(text))
        found += [text, text[:place] + rng.choice("0123456789 /:-APTZ") + text[place + 1 :]]
        found.append(text.replace("/0", "/").replace("-0", "-"))
    return found


@pytest.mark.parametrize("shape", [*COMMON_TIMES, *ODD])
def test_both_ways_say_the_same(shape: str) -> None:
    for text in (*HARD, *drawn(shape)):
        assert read_time(text, shape) == by_strptime(text, shape), text


def test_a_format_with_an_hour_is_told_from_a_day() -> None:
    assert [has_hour(shape) for shape in ("%Y-%m-%d", "%Y-%m-%d %H", "%m/%d/%y %I %p")] == [
        False,
        True,
        True,
    ]
