"""What a page showed when it opened, and refusing to replace what it never did. Plain Python."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from tandem.kernel.refusals import OutOfState


class ChangedMeanwhile(OutOfState):
    """Somebody saved something else meanwhile. Both are shown: choose which one goes on."""

    code = "changed_meanwhile"


@dataclass(frozen=True)
class Seen:
    """What a page showed when it opened: its version and, of many values, the writer's own."""

    version: str
    values: tuple[str, ...] = ()


def version_of(*parts: object) -> str:
    """The same for the same parts alone; nobody can read them from it but by guessing whole."""
    told = json.dumps([str(part) for part in parts], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def check_seen(seen: Seen | None, held: str, *, says_the_same: bool) -> None:
    """Refuse to replace what the writer never saw; who says the same replaces nothing."""
    if seen is not None and seen.version != held and not says_the_same:
        raise ChangedMeanwhile


def tapped_as_meant(seen: Seen, held: list[str], tapped: str) -> bool:
    """Of many values: whether the tap's wish holds already, taken from what its page showed."""
    return (tapped in held) is (tapped not in seen.values)
