"""Reads a time as a format of strptime writes it; quickly where the format is made of numbers.

A table has millions of times, and strptime takes most of what a row costs. Whatever the quick way
does not read is left to strptime: both always say the same.
"""

import datetime as dt
import functools
import re
from dataclasses import dataclass

_NUMBERS = {"Y": r"(\d{4})", "y": r"(\d\d)", "p": "([AaPp][Mm])"}
_NUMBERS |= dict.fromkeys("mdHIMS", r"(\d\d?)")
_DATES = (["Y", "d", "m"], ["d", "m", "y"])
_CLOCKS: tuple[list[str], ...] = (
    [],
    ["H", "M"],
    ["H", "M", "S"],
    ["I", "M", "p"],
    ["I", "M", "S", "p"],
)
_TOKEN = re.compile(r"%(?P<part>.)|(?P<text>[^%]+)", re.DOTALL)
# As POSIX and strptime read two digits of a year.
_PIVOT, _NOON = 69, 12


@dataclass(frozen=True)
class _Quick:
    """A format of numbers: its pattern, and which number each group is."""

    pattern: re.Pattern[str]
    parts: str

    def read(self, text: str) -> dt.datetime | None:
        """The time; none where the text is written otherwise. Raises ValueError for no time."""
        found = self.pattern.fullmatch(text)
        if found is None:
            return None
        told = dict(zip(self.parts, found.groups(), strict=True))
        year = int(told["Y"]) if "Y" in told else int(told["y"])
        if "y" in told:
            year += 1900 if year >= _PIVOT else 2000
        hour = int(told.get("H", 0))
        if "I" in told:
            hour = int(told["I"])
            if not 1 <= hour <= _NOON:
                raise ValueError(text)
            hour = hour % _NOON + (_NOON if told["p"] in ("PM", "pm", "Pm", "pM") else 0)
        minute, second = int(told.get("M", 0)), int(told.get("S", 0))
        return dt.datetime(year, int(told["m"]), int(told["d"]), hour, minute, second)  # noqa: DTZ001


@functools.lru_cache(maxsize=256)
def _quick(shape: str) -> _Quick | None:
    """The quick way for a format, where it has one: numbers that something stands between."""
    parts, pattern, ended = "", "", True
    for token in _TOKEN.finditer(shape):
        part, text = token["part"], token["text"]
        if text:
            if any(map(str.isdecimal, text)):
                return None
            pattern += r"\s+".join(map(re.escape, re.split(r"\s+", text)))
            ended = True
            continue
        if part not in _NUMBERS or part in parts or not ended:
            return None
        parts, pattern, ended = parts + part, pattern + _NUMBERS[part], False
    date = sorted(part for part in parts if part in "Yymd")
    clock = sorted(part for part in parts if part not in "Yymd")
    if date not in _DATES or clock not in _CLOCKS:
        return None
    return _Quick(re.compile(pattern, re.ASCII), parts)


def read_time(text: str, shape: str) -> dt.datetime | None:
    """What a text means by a format of strptime; none where it is not written so."""
    quick = _quick(shape)
    try:
        if quick is not None and (found := quick.read(text)) is not None:
            return found
        return dt.datetime.strptime(text, shape)  # noqa: DTZ007 — the map names the zone
    except ValueError:
        return None


@functools.lru_cache(maxsize=256)
def has_hour(shape: str) -> bool:
    """Whether a format says more than a day."""
    return any(mark in shape for mark in ("%H", "%I", "%c"))
