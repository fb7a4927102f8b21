"""The facts of the program in force, as every page and act asks for them."""

from __future__ import annotations

import time
from datetime import date, datetime

from django.utils import timezone

from tandem.kernel.instance import Instance, checkout
from tandem.kernel.program import Program, parse_program
from tandem.kernel.versions import in_force

_LOOK_AGAIN = 30.0  # seconds: a newly loaded version shows soon, and no page reads a file
_held: tuple[float, date, Program] | None = None


def program(now: datetime | None = None) -> Program:
    """The version that holds today; before any was loaded, the file that the product ships."""
    global _held  # noqa: PLW0603 (one copy per process)
    today = timezone.localdate(now)
    clock = time.monotonic()
    if _held is None or _held[1] != today or clock - _held[0] > _LOOK_AGAIN:
        stored = in_force(Instance.find(), "program", today)
        path = stored.path if stored else checkout() / "program.toml"
        _held = (clock, today, parse_program(path.read_bytes()))
    return _held[2]
