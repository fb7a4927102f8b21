"""Finds the days on which a rule of a law pack falls in a year. Knows no state and no list."""

import datetime as dt
from dataclasses import dataclass

MONDAY, SUNDAY = 0, 6
KINDS = ("fixed", "nth_weekday", "last_weekday", "day_after_first_monday", "easter")
WEEK = 7


@dataclass(frozen=True)
class DayRule:
    """When a holiday falls: the meaning of the numbers depends on the kind."""

    kind: str
    month: int = 0
    day: int = 0
    weekday: int = 0
    nth: int = 0
    offset: int = 0
    even_years_only: bool = False
    sunday_moves: bool = True

    def in_year(self, year: int) -> dt.date | None:
        """The day in that year; None where the rule has none."""
        if self.even_years_only and year % 2:
            return None
        day = self._plain_day(year)
        # "Whenever any legal holiday falls on Sunday, the succeeding Monday": the statute's words.
        if self.sunday_moves and day.weekday() == SUNDAY:
            return day + dt.timedelta(days=1)
        return day

    def _plain_day(self, year: int) -> dt.date:
        if self.kind == "fixed":
            return dt.date(year, self.month, self.day)
        if self.kind == "easter":
            return easter(year) + dt.timedelta(days=self.offset)
        if self.kind == "last_weekday":
            first = dt.date(year + self.month // 12, self.month % 12 + 1, 1)
            back = (first.weekday() - self.weekday - 1) % WEEK + 1
            return first - dt.timedelta(days=back)
        first = dt.date(year, self.month, 1)
        wanted = MONDAY if self.kind == "day_after_first_monday" else self.weekday
        ahead = (wanted - first.weekday()) % WEEK
        if self.kind == "day_after_first_monday":
            return first + dt.timedelta(days=ahead + 1)
        return first + dt.timedelta(days=ahead + WEEK * (self.nth - 1))


def easter(year: int) -> dt.date:
    """Easter Sunday of the western churches, by the anonymous Gregorian rule."""
    golden = year % 19
    century, in_century = divmod(year, 100)
    leap_centuries, rest = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moon + 15) % 30
    quarter, left = divmod(in_century, 4)
    weekday = (32 + 2 * rest + 2 * quarter - epact - left) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return dt.date(year, month, day + 1)
