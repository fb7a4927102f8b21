"""The fixed words, where they may be sent, and how often. Plain values."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

# All that ever leaves: no name, place, kind, number or link, whoever reads it over a shoulder.
WORDS = {"en": "New activity. Open to view.", "es": "Nueva actividad. Abra para ver."}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
LONGEST_ENDPOINT = 1000
_POINT, _SECRET = 65, 16  # bytes of a P-256 point and of a subscription's secret (RFC 8291)
_UNCOMPRESSED = 4
_HTTPS = 443
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
_US_NUMBER = re.compile(r"[0-9]{10}")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GIVEN_OUT = ipaddress.IPv6Network("2000::/3")  # all of IPv6 that is handed out for the internet
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# A name whose last part begins with a letter: no way of writing an address in numbers has one.
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z]){_LABEL}")
_LONGEST_NAME = 253
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Cause(StrEnum):
    """What somebody has to learn of; the words that leave are the same of each."""

    ASSIGNED = "assigned"  # sent, and not acknowledged
    CHANGE = "change"  # of danger or place on one's call, and not tapped
    EMERGENCY = "emergency"  # of somebody on the same call, and not tapped
    TAKEN_BACK = "taken_back"  # whom a phone told that they are sent, and who is sent no more


# What the person's own tap ends; an acknowledgment or "Seen" of the change ends the others.
TAPPED = frozenset({Cause.EMERGENCY, Cause.TAKEN_BACK})


class Channel(StrEnum):
    """By what a phone is told."""

    PUSH = "push"
    SMS = "sms"


class Outcome(StrEnum):
    """How one message ended."""

    SENT = "sent"  # the push service or the gateway took it
    GONE = "gone"  # there is no such device any more
    STOPPED = "stopped"  # the number's owner said STOP, or nobody has it
    REFUSED = "refused"  # it would be refused again
    EXPIRED = "expired"
    OVER = "over"  # acknowledged, taken back or off duty before it left


class Unreached(StrEnum):
    """Why a desk reads that somebody is not reached on their phone."""

    NO_PHONE = "no_phone"  # no device and no number
    FAILED = "failed"  # nothing that was tried was taken
    UNSEEN = "unseen"  # taken, and not acknowledged in time


@dataclass(frozen=True)
class Steps:
    """How soon each step of the ladder comes, by the program in force."""

    text: timedelta  # after the push
    desk: timedelta  # after which an assignment not acknowledged is the desk's
    expire: timedelta
    texts_a_minute: int


@dataclass(frozen=True)
class Answer:
    """What a push service or a gateway said: a status, and how long it asks to be left alone."""

    status: int  # 0: it did not answer
    wait: float | None = None  # seconds


def wait_after(tries: int, answer: Answer) -> timedelta:
    """How long until the next try: doubling, and at least as long as asked for, within bounds."""
    own = min(_FIRST_WAIT * 2 ** (max(tries, 1) - 1), _LONGEST_WAIT)
    asked = min(answer.wait or 0.0, _LONGEST_WAIT)
    return timedelta(seconds=max(own, asked))


_TAKEN = frozenset({200, 201, 202, 204})
_NOT_THERE = frozenset({404, 410})
# Ours to mend (a wrong key, a wrong secret, an overloaded service): tried until it expires.
_LATER = frozenset({0, 401, 403, 408, 425, 429})


def outcome_of(channel: Channel, status: int) -> Outcome | None:
    """How a message ended with this status; None where it is to be tried again."""
    if status in _TAKEN:
        return Outcome.SENT
    if channel is Channel.PUSH and status in _NOT_THERE:
        return Outcome.GONE
    if channel is Channel.SMS and status == 410:  # noqa: PLR2004 (gone: STOP, or nobody's number)
        return Outcome.STOPPED
    # A wrong address of the gateway is the operator's mistake, not the number's.
    if status in _LATER or status >= 500 or status in _NOT_THERE:  # noqa: PLR2004 (its own fault)
        return None
    return Outcome.REFUSED


def is_outside(address: Address) -> bool:
    """Whether an address is somewhere on the public internet, also where it wraps another one."""
    inner: Address = address
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        elif address not in _GIVEN_OUT:
            return False
        inner = wrapped or address
    return all(one.is_global and not one.is_multicast for one in (address, inner))


def may_be_told(endpoint: str, *, loopback: bool = False) -> bool:
    """Whether a browser's word for its push service is one that we would ever connect to.

    https on its own port, by a name; never an address in numbers. What the name stands for is
    looked at when it is connected to. With `loopback` the machine itself is allowed besides.
    """
    try:
        parts = urlsplit(endpoint)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return False
    if len(endpoint) > LONGEST_ENDPOINT or not endpoint.isascii() or not endpoint.isprintable():
        return False
    if (
        parts.username is not None
        or parts.password is not None
        or parts.fragment
        or " " in endpoint
        or "[" in parts.netloc
    ):
        return False
    if loopback and host in LOOPBACK:
        return parts.scheme in {"http", "https"}
    if parts.scheme != "https" or port not in {None, _HTTPS}:
        return False
    return len(host) <= _LONGEST_NAME and _NAME.fullmatch(host) is not None


def unpacked(text: str) -> bytes:
    """Base64url without padding, as browsers write it; empty where it is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def packed(raw: bytes) -> str:
    """The same the other way."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def are_keys(p256dh: str, auth: str) -> bool:
    """Whether these have the form of a subscription's public key and secret."""
    point = unpacked(p256dh)
    return len(point) == _POINT and point[0] == _UNCOMPRESSED and len(unpacked(auth)) == _SECRET


def number_of(typed: str) -> str | None:
    """A telephone number as E.164 from what somebody typed; ten digits are a US number."""
    kept = re.sub(r"[\s().\-/]", "", typed)
    if _US_NUMBER.fullmatch(kept):
        kept = f"+1{kept}"
    return kept if _E164.fullmatch(kept) else None
