"""What a desk may enter, and when a dropped caller may be given up."""

from __future__ import annotations

from tandem.calls.questions import SAFETY
from tandem.kernel.advice import TELL
from tandem.kernel.refusals import Refused

# Where a contact is born decides whose it is: practice.md 3.
DISPATCH_CHANNELS = ("911", "988", "officer", "patrol")
CRISIS_CHANNELS = ("crisis_line", "988", "walk_in", "provider", "school")
PARTIES = ("first_party", "second_party", "third_party")
LINES = ("voice", "text", "rtt", "vrs")
# Whom the advice names and a dispatcher tells; a veterans' line is offered, nobody owes it a word.
TO_TELL = ("ems", "cps", "tactical", "supervisor")
# Kept by the acts themselves, never entered.
NOT_ENTERED = frozenset({"closed", "pre_alert", "tell_due", "tell_over"})
STEPS = {
    "call_back": ("reached", "no_answer", "voicemail", "busy", "wrong_number"),
    "locate": ("found", "asked_carrier", "not_found"),
    "relay_acknowledged": ("told",),
    "pre_alert": ("due",),  # by itself, when a line dropped: the team is to be told
    "told": (*TELL, "cru"),  # by phone or radio, whom the advice or a dropped line names
    # By themselves, as the advice changes: whom this desk is to tell, and whom not any more.
    "tell_due": TO_TELL,
    "tell_over": TO_TELL,
    "closed": ("declined_ineligible", "abandoned", "handled_by_phone", "entered_in_error"),
}
OUTCOMES = STEPS["closed"]
CONTACT_STEPS = {
    "call_back": STEPS["call_back"],
    "told": TELL,
    "note": ("noted",),
    "interpreter": ("needed", "line_rung", "arrived", "not_available", "not_needed"),
}
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


INTERPRETER_STATES = ("needed", "line_rung", "arrived", "not_available", "not_needed")
INTERPRETERS = ("line", "vri", "in_person", "staff", "family", "child")
RELATIVES = ("family", "child")


class NoFamilyInterpreter(Refused):
    """No relative and no child interprets. If life is in danger, tick it and send again."""

    code = "no_family_interpreter"


def check_interpreter(how: str, *, life_threat: bool) -> None:
    """Refuse a relative as interpreter, but where life is in danger."""
    if how in RELATIVES and not life_threat:
        raise NoFamilyInterpreter


def language_needed(language: str, line: str) -> str:
    """The language that a caller needs an interpreter for; empty: none that was said."""
    if language.strip():
        return language.strip()
    return "ASL" if line == "vrs" else ""


class CalledBackTooSeldom(Refused):
    """The line dropped: call back first, or close this call in another way than as abandoned."""

    code = "called_back_too_seldom"


def check_may_be_abandoned(*, dropped: bool, call_backs: int, needed: int) -> None:
    """Refuse the word *abandoned* for a dropped caller whom nobody called back often enough."""
    if dropped and call_backs < needed:
        raise CalledBackTooSeldom
