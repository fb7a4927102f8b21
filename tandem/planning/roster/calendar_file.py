"""Reads shifts out of an iCalendar file (RFC 5545): series, exceptions, moved ones and zones."""

import datetime as dt
import math
import zoneinfo
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice, takewhile
from typing import Any

import icalendar
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

from tandem.planning.roster.month import Shift
from tandem.planning.study import Unusable

NEVER_A_SHIFT = ("SECONDLY", "MINUTELY", "HOURLY")
# Some five centuries of days: a series that has begun so many times is made to hang its reader.
MOST_BEGINS = 200_000
AT_MOST_ONCE = (
    "SUMMARY", "UID", "STATUS", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"
)  # fmt: skip
# A day without a time takes out, or ends with, everything that begins on it.
LAST_MOMENT = dt.time(23, 59, 59)
HOURS = 24


def shifts_of_calendar(
    name: str, raw: bytes, zone: str, span: tuple[dt.datetime, dt.datetime]
) -> Iterator[tuple[Shift, str]]:
    """Shifts in local time of `zone`, each with the words for where it stands.

    SUMMARY is the person. A series repeats at the clock of its own zone; one of it that was moved
    or called off (RECURRENCE-ID) replaces the one of the series. Events without a zone are local.

    Args:
        span: first and last moment at which a repeated shift may begin.

    Raises:
        Unusable: what is no calendar, and what in one cannot be followed.
    """
    # Zones that a calendar defines itself would otherwise stand for those of the next one too.
    icalendar.use_zoneinfo()  # type: ignore[no-untyped-call]
    try:
        calendar = icalendar.Calendar.from_ical(raw)
    except ValueError:
        raise Unusable(f"{name} is not a calendar by RFC 5545. No roster was made.") from None
    events = [_Event(event, name, zoneinfo.ZoneInfo(zone)) for event in calendar.walk("VEVENT")]
    replaced = defaultdict(set)
    for event in events:
        if event.replaces:
            replaced[event.uid].add(event.replaces)
    for event in events:
        if event.cancelled:
            continue
        for begin in event.begins(span):
            moment = event.local(begin)
            if event.replaces or moment not in replaced[event.uid]:
                shift = Shift(event.person, moment, event.local(event.end_of(begin)))
                yield shift, event.where


class _Event:
    """One event; `start` and all that `begins` gives are times on the clock of its own zone."""

    def __init__(self, event: icalendar.Component, name: str, zone: zoneinfo.ZoneInfo) -> None:
        self.event, self.zone = event, zone
        self.person = str(event.get("SUMMARY", "")).strip()
        self.where = f"{name}, event of {self.person!r}"
        self.uid = str(event.get("UID", id(event)))
        self.cancelled = str(event.get("STATUS", "")).upper() == "CANCELLED"
        for part, why in event.errors:
            raise self.refused(f"is not as RFC 5545 says in {part}: {why}")
        for part in AT_MOST_ONCE:
            if isinstance(event.get(part), list):
                raise self.refused(f"says {part} more than once")
        if "EXRULE" in event:
            raise self.refused("leaves out by a rule (EXRULE), which is not read: give EXDATE")
        begin, end, duration = event.get("DTSTART"), event.get("DTEND"), event.get("DURATION")
        times = [part.dt for part in (begin, end) if part is not None]
        if begin is None or not (end or duration) or not all(map(_has_time, times)):
            raise self.refused("has no beginning and end with a time")
        if begin.dt.tzinfo is None and "TZID" in begin.params:
            raise self.refused(f"is in the zone {begin.params['TZID']}, which nobody knows")
        self.own = begin.dt.tzinfo
        self.start: dt.datetime = begin.dt.replace(tzinfo=None)
        self.length: dt.timedelta = duration.dt if end is None else self._on(end.dt) - self.start
        again = event.get("RECURRENCE-ID")
        if again is not None and "RANGE" in again.params:
            raise self.refused(
                "changes this and all later ones of a series, which is not read: end the series "
                "there and begin another"
            )
        self.replaces = self.local(self._on(again.dt)) if again is not None else None

    def refused(self, words: str) -> Unusable:
        return Unusable(f"{self.where} {words}. No roster was made.")

    def local(self, moment: dt.datetime) -> dt.datetime:
        """A time on the event's own clock as the roster's zone tells it."""
        if self.own is None:
            return moment
        try:
            return moment.replace(tzinfo=self.own).astimezone(self.zone).replace(tzinfo=None)
        except OverflowError:
            raise self.refused("lies outside the calendar") from None

    def end_of(self, begin: dt.datetime) -> dt.datetime:
        """When one that begins then ends."""
        try:
            return begin + self.length
        except OverflowError:
            raise self.refused("lies outside the calendar") from None

    def _on(self, moment: dt.date) -> dt.datetime:
        """Any time of the event on its own clock; a day alone is at the time it begins."""
        if not isinstance(moment, dt.datetime):
            return dt.datetime.combine(moment, self.start.time())
        if moment.tzinfo is None:
            return moment
        return moment.astimezone(self.own or self.zone).replace(tzinfo=None)

    def begins(self, span: tuple[dt.datetime, dt.datetime]) -> list[dt.datetime]:
        """When it begins: once, or as often as it is repeated within the span."""
        found = {self.start, *self._dates("RDATE")}
        rule = self.event.get("RRULE")
        if rule is not None:
            found |= set(self._repeated(rule, span))
        return sorted(found - set(self._dates("EXDATE")))

    def _repeated(self, rule: Any, span: tuple[dt.datetime, dt.datetime]) -> list[dt.datetime]:
        if isinstance(rule, list):
            raise self.refused("repeats by two rules at once: make two events of it")
        rule = icalendar.vRecur(rule)
        if {str(word).upper() for word in rule.get("FREQ", [])} & set(NEVER_A_SHIFT):
            raise self.refused("repeats more often than daily, which no shift does")
        times = [len(rule.get(part, [0])) for part in ("BYHOUR", "BYMINUTE", "BYSECOND")]
        if math.prod(times) > HOURS:
            raise self.refused("repeats more often than hourly, which no shift does")
        if rule.get("INTERVAL", [1])[0] < 1:
            raise self.refused("repeats not as RFC 5545 says")
        # Own clock and roster's differ by less than a day; what lies outside is cut off later.
        first, last = span[0] - dt.timedelta(days=1), span[1] + dt.timedelta(days=1)
        until = [self._until(word) for word in rule.pop("UNTIL", [])]
        if "COUNT" not in rule or until:
            rule["UNTIL"] = min([*until, last])
        try:
            repeated = rrulestr(rule.to_ical().decode(), dtstart=self.start)
            begins = takewhile(lambda begin: begin <= last, islice(repeated, MOST_BEGINS + 1))
            counted = list(begins)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
            raise self.refused("repeats not as RFC 5545 says") from None
        if len(counted) > MOST_BEGINS:
            raise self.refused(f"has begun more than {MOST_BEGINS:,} times: let it begin later")
        return [begin for begin in counted if begin >= first]

    def _until(self, end: dt.date) -> dt.datetime:
        if isinstance(end, dt.datetime):
            return self._on(end)
        return dt.datetime.combine(end, LAST_MOMENT)

    def _dates(self, part: str) -> Iterator[dt.datetime]:
        """The times that RDATE adds or EXDATE takes out."""
        given = self.event.get(part, [])
        for several in given if isinstance(given, list) else [given]:
            for one in several.dts:
                if isinstance(one.dt, tuple):
                    raise self.refused(f"has times of their own length in {part}: give them "
                                       "as events of their own")  # fmt: skip
                yield self._on(one.dt)


def _has_time(moment: dt.date) -> bool:
    return isinstance(moment, dt.datetime)
