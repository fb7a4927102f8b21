"""The part of a map that says where the times of a call stand and how they are written."""

import contextlib
import dataclasses
import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tandem.kernel.strict_toml import Section

# How sources say that nobody wrote a time. A text without any letter or digit, such as `--` or
# `__/__/____`, says it as well.
UNRECORDED = frozenset(
    re.findall(
        r"\S+",
        """
        blank empty missing n.a. n/a n\\a na nan nat nil no none notapplicable notavailable
        notentered notknown notrecorded notset notstarted null pending tba tbd undefined unk unkn
        unknown unrecorded unspecified
        """,
    )
)
TIMES = (
    "occurred",
    "received",
    "dispatched",
    "en_route",
    "on_scene",
    "contact",
    "cleared",
    "updated",
)


@dataclass(frozen=True)
class TimeColumn:
    """One time of the call and how the source writes it."""

    # A date and a time in two columns are read as one text, joined by a space.
    columns: tuple[str, ...]
    formats: tuple[str, ...]
    on_gap: str
    on_fold: str
    midnight: str
    # Those of its columns that another time of the map is made of as well.
    shared: frozenset[str] = frozenset()
    # Further texts by which this source says that nobody wrote a time.
    missing: frozenset[str] = frozenset()

    @property
    def column(self) -> str:
        """Its column in a sentence."""
        return " and ".join(self.columns)


def says_nothing(text: str, missing: frozenset[str] = frozenset()) -> bool:
    """Whether a cell says that no time was recorded; `missing` are further texts, as `plain`."""
    if plain(text) in missing:
        return True
    letters = re.sub(r"[\s()\[\]{}<>\"'#_*-]", "", text.casefold())
    return letters in UNRECORDED or not any(map(str.isalnum, letters))


def plain(text: str) -> str:
    """A text without its case and further blanks."""
    return " ".join(text.casefold().split())


def read_times(section: Section, missing: Sequence[str] = ()) -> dict[str, TimeColumn]:
    """The times of a map, by our names; a fault is noted where a format is no whole date."""
    unrecorded = frozenset(map(plain, missing))
    times = {}
    for name, part in section.named(of=TIMES):
        times[name] = TimeColumn(
            columns=_time_columns(part),
            formats=part.texts("formats"),
            on_gap=part.text("on_gap", "forward", of=("forward", "reject")),
            on_fold=part.text("on_fold", "first", of=("first", "second", "reject")),
            midnight=part.text("midnight", "kept", of=("kept", "unrecorded")),
            missing=unrecorded,
        )
        for index, shape in enumerate(times[name].formats):
            if not is_whole_date(shape):
                part.fault(f"The format {shape!r} holds no whole date.", "formats", index)
        if not times[name].formats:
            part.fault("`formats` names no format.", "formats")
        check_formats(part, times[name].formats)
        part.close()
    if not times:
        section.fault("A map needs at least one time: `[times.received]` or another.")
    used = Counter(column for time in times.values() for column in time.columns)
    return {
        name: dataclasses.replace(time, shared=frozenset(c for c in time.columns if used[c] > 1))
        for name, time in times.items()
    }


def is_whole_date(shape: str) -> bool:
    """Whether a format of strptime holds a year and a day."""
    return bool(re.search("%[YyGc]", shape) and re.search("%[dDjc]", shape))


def check_formats(part: Section, formats: tuple[str, ...]) -> None:
    """Note a fault for each format that no text can be read by."""
    for index, shape in enumerate(formats):
        try:
            # An empty text fits no format; only what is wrong with the format itself counts.
            with contextlib.suppress(ValueError):
                dt.datetime.strptime("", shape)  # noqa: DTZ007 (the map names the zone)
        except re.error:
            said = f"The format {shape!r} names the same part of a time twice."
            part.fault(said, "formats", index)


def _time_columns(part: Section) -> tuple[str, ...]:
    if isinstance(part.values.get("column"), list):
        part.asked.add("column")
        part.fault("Several columns are named by `columns`.", "column")
        return ()
    if "columns" not in part:
        return (part.text("column"),)
    if part.text("column", ""):
        part.fault("Either `column` or `columns` says where the time stands.", "column")
    columns = part.texts("columns")
    if not columns:
        part.fault("`columns` names no column.", "columns")
    return columns
