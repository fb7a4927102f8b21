"""What a desk may enter, when a dropped caller may be given up, and which place is a known one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from tandem.calls.questions import SAFETY
from tandem.kernel.refusals import Refused

# Where a contact is born decides whose it is: practice.md 3.
DISPATCH_CHANNELS = ("911", "988", "officer", "patrol")
CRISIS_CHANNELS = ("crisis_line", "988", "walk_in", "provider", "school")
PARTIES = ("first_party", "second_party", "third_party")
LINES = ("voice", "text", "rtt", "vrs")
STEPS = {
    "call_back": ("reached", "no_answer", "voicemail", "busy", "wrong_number"),
    "locate": ("found", "asked_carrier", "not_found"),
    "relay_acknowledged": ("told",),
    "pre_alert": ("told",),
    "closed": ("declined_ineligible", "abandoned", "handled_by_phone", "entered_in_error"),
}
OUTCOMES = STEPS["closed"]
CONTACT_STEPS = {"call_back": STEPS["call_back"]}
CONTACT_OUTCOMES = (
    "settled_by_phone",
    "seen_in_person",
    "handed_to_dispatch",
    "connected_to_service",
    "caller_ended",
    "not_reached",
    "entered_in_error",
)

# Answers about danger that go along when the crisis desk is asked for a worker. A warrant is a
# criminal-justice fact: its worker reads of it, cut, when she is on the case.
PUSHED = tuple(code for code in SAFETY if code != "warrant_or_mandatory_arrest")
COUNTERS = ("phone", "telehealth", "later", "meet")


class CalledBackTooSeldom(Refused):
    """The line dropped: call back first, or close this call in another way than as abandoned."""

    code = "called_back_too_seldom"


def check_may_be_abandoned(*, dropped: bool, call_backs: int, needed: int) -> None:
    """Refuse the word *abandoned* for a dropped caller whom nobody called back often enough."""
    if dropped and call_backs < needed:
        raise CalledBackTooSeldom


# -- places ----------------------------------------------------------------------------------------

_SHORT = {
    "street": "st",
    "avenue": "ave",
    "av": "ave",
    "road": "rd",
    "drive": "dr",
    "boulevard": "blvd",
    "court": "ct",
    "place": "pl",
    "lane": "ln",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "highway": "hwy",
    "parkway": "pkwy",
}
_CROSSING = re.compile(r"\s*(?:&|@|/|\band\b|\bat\b)\s*", re.IGNORECASE)
_HOUSE = re.compile(r"^\d+[a-z]?(?:-\d+)?\s+(?=\S)", re.IGNORECASE)
_ASIDE = re.compile(r",.*$|\s+(?:apt|unit|#)\s*\S+$", re.IGNORECASE)


def _plain(name: str) -> str:
    words = re.findall(r"[a-z0-9']+", name.lower())
    return " ".join(_SHORT.get(word, word) for word in words)


@dataclass(frozen=True)
class Place:
    """How a typed place stands to the city's street names: a mark, never a refusal."""

    state: str  # known | unknown | free: nothing that looks like a street
    suggestions: tuple[str, ...] = ()


class Streets:
    """The city's own street names, from a file that the program names."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
        self._by_plain = {_plain(name): name for name in self.names}

    def place(self, text: str) -> Place:
        """Whether each street of an address or a crossing is one of the city's."""
        if not text.strip() or not self.names:
            return Place("free")
        found = [self._street(part) for part in _CROSSING.split(text.strip()) if part.strip()]
        if all(state == "known" for state, _near in found):
            return Place("known")
        near = tuple(dict.fromkeys(name for _state, names in found for name in names))
        return Place("unknown" if near else "free", near)

    def _street(self, part: str) -> tuple[str, list[str]]:
        bare = _ASIDE.sub("", part.strip())
        wholes = [_plain(bare), _plain(_HOUSE.sub("", bare))]
        if any(whole in self._by_plain for whole in wholes):
            return "known", []
        near = difflib.get_close_matches(wholes[-1], self._by_plain, n=3, cutoff=0.7)
        return "unknown", [self._by_plain[name] for name in near]
