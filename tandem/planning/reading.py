"""Reads the values that scenario files are made of: numbers, distributions, times of the week."""

import math
import re
import sys
from collections.abc import Collection

from tandem.kernel.strict_toml import Section
from tandem.planning.scenario import FOREVER, WEEK_HOURS, WEEK_MINUTES, Duration, Window

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WHEN = re.compile(
    r"(?P<first>[A-Z][a-z]{2})(?:-(?P<last>[A-Z][a-z]{2}))?"
    r" (?P<h0>\d\d):(?P<m0>\d\d)-(?P<h1>\d\d):(?P<m1>\d\d)"
)
DAY_MINUTES = 1440
MANY = 1e9
WAYS = ("fixed", "exponential", "mean", "uniform", "quantiles")


def real(
    section: Section,
    key: str,
    default: float | None = None,
    *,
    low: float = 0.0,
    high: float = MANY,
) -> float:
    """A number between two bounds, both included."""
    section.asked.add(key)
    if key not in section.values:
        if default is None:
            section.fault(f"`{key}` is missing.")
        return default or 0.0
    value = section.values[key]
    if not is_number(value):
        section.fault(f"`{key}` must be a number.", key)
        return default or low
    if not low <= value <= high:
        section.fault(f"`{key}` is {value:g}; it must lie between {low:g} and {high:g}.", key)
    # What is refused anyway must divide nothing by zero before all faults are told.
    return float(min(max(value, low), high))


def is_number(value: object) -> bool:
    """A finite number that a computer can hold; true and false are none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    # Compared, not converted: a whole number of a file may have thousands of digits.
    return -sys.float_info.max <= value <= sys.float_info.max


def reals(section: Section, key: str, sizes: Collection[int]) -> tuple[float, ...]:
    """A list of numbers of one of the sizes."""
    section.asked.add(key)
    value = section.values.get(key)
    words = " or ".join(str(size) for size in sizes)
    if not isinstance(value, list) or len(value) not in sizes:
        section.fault(f"`{key}` must be a list of {words} numbers.", key)
        return ()
    if not all(is_number(item) for item in value):
        section.fault(f"`{key}` holds something that is not a number.", key)
        return ()
    if not all(abs(item) <= MANY for item in value):
        section.fault(f"`{key}` holds a number beyond {MANY:g}.", key)
        return ()
    return tuple(float(item) for item in value)


def duration(section: Section, key: str, default: Duration | None = None) -> Duration:
    """Minutes: a number, "forever", or a table that names one distribution."""
    section.asked.add(key)
    if key not in section.values:
        if default is None:
            section.fault(f"`{key}` is missing.")
        return default or Duration()
    value = section.values[key]
    if value == "forever":
        return FOREVER
    if is_number(value):
        if value < 0:
            section.fault(f"`{key}` is {value:g}; a duration is not negative.", key)
        if value > MANY:
            section.fault(f"`{key}` is {value:g} minutes; the most is {MANY:g}.", key)
        return Duration("fixed", min(float(value), MANY))
    if not isinstance(value, dict):
        section.fault(f'`{key}` must be minutes, "forever", or a table of a distribution.', key)
        return Duration()
    return _distribution(Section(section.document, value, (*section.path, key)))


def _distribution(table: Section) -> Duration:
    found = [way for way in WAYS if way in table.values]
    if len(found) != 1:
        table.fault(f"Say exactly one of {', '.join(WAYS)} for a distribution of minutes.")
        return Duration()
    way = found[0]
    made = Duration()
    if way == "mean":
        mean, cv = real(table, "mean"), real(table, "cv", high=20)
        if mean > 0 and cv > 0:
            # Lognormal by its mean and coefficient of variation: sd of the log squared = ln(1+cv²).
            spread = math.log1p(cv * cv)
            made = Duration("lognormal", math.log(mean) - spread / 2, math.sqrt(spread))
        else:
            made = Duration("fixed", mean)
    elif way == "uniform":
        pair = reals(table, "uniform", (2,))
        if pair and not 0 <= pair[0] <= pair[1]:
            table.fault("`uniform` must be two numbers, the smaller first, neither negative.")
        made = Duration("uniform", pair[0], pair[1]) if pair else made
    elif way == "quantiles":
        made = Duration("empirical", quantiles=_quantiles(table))
    else:
        made = Duration(way, real(table, way))
    table.close()
    return made


def _quantiles(table: Section) -> tuple[float, ...]:
    value = table.values["quantiles"]
    size = len(value) if isinstance(value, list) else 0
    found = reals(table, "quantiles", (max(size, 2),))
    if found and (found[0] < 0 or list(found) != sorted(found)):
        table.fault("`quantiles` must rise and must not be negative.")
        return ()
    return found


def windows(section: Section, key: str) -> tuple[Window, ...]:
    """Times of the week: "24/7", or a list such as ["Mon-Fri 12:00-21:00", "Sat 20:00-04:00"]."""
    section.asked.add(key)
    value = section.values.get(key, [])
    if value == "24/7":
        return (Window(0.0, float(WEEK_MINUTES)),)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        section.fault(f'`{key}` must be "24/7" or a list such as ["Mon-Fri 12:00-21:00"].', key)
        return ()
    made: list[Window] = []
    for item in value:
        parsed = parse_when(item)
        if parsed is None:
            form = "Mon-Fri 12:00-21:00"
            section.fault(f"`{key}` holds {item!r}, which is not of the form {form!r}.", key)
        else:
            made.extend(parsed)
    return tuple(made)


def parse_when(words: str) -> list[Window] | None:
    """One stretch for each day named; an end not after its start lies on the next day."""
    found = WHEN.fullmatch(words)
    if not found or found["first"] not in DAYS or (found["last"] or "Mon") not in DAYS:
        return None
    begin = int(found["h0"]) * 60 + int(found["m0"])
    end = int(found["h1"]) * 60 + int(found["m1"])
    minutes_ok = int(found["m0"]) < 60 and int(found["m1"]) < 60  # noqa: PLR2004
    if begin >= DAY_MINUTES or end > DAY_MINUTES or not minutes_ok:
        return None
    if end <= begin:
        end += DAY_MINUTES
    first = DAYS.index(found["first"])
    last = DAYS.index(found["last"]) if found["last"] else first
    count = (last - first) % 7 + 1
    days = [(first + step) % 7 for step in range(count)]
    return [Window(float(d * DAY_MINUTES + begin), float(d * DAY_MINUTES + end)) for d in days]


def shares(section: Section, key: str, of: Collection[str]) -> dict[str, float]:
    """A table of shares by name; they must add up to 1."""
    table = section.section(key)
    found = {name: real(table, name, high=1.0) for name in table.values if name in of}
    table.close()
    if found and abs(sum(found.values()) - 1.0) > 1e-6:  # noqa: PLR2004
        section.fault(f"The shares of `{key}` add up to {sum(found.values()):g}, not to 1.", key)
    return found


def point(section: Section, key: str) -> tuple[float, float]:
    """A pair of coordinates."""
    pair = reals(section, key, (2,))
    return (pair[0], pair[1]) if pair else (0.0, 0.0)


def spread_rates(profile: tuple[float, ...]) -> tuple[float, ...]:
    """A profile of 24 hours is every day's; one of 168 is the week's."""
    return profile * 7 if len(profile) * 7 == WEEK_HOURS else profile
