"""The law in force, as every page and report asks for it."""

from __future__ import annotations

import time
from datetime import date, datetime

from django.utils import timezone

from tandem.directory.facts import program
from tandem.kernel.instance import Instance
from tandem.kernel.pack import Pack, parse_pack, shipped_pack
from tandem.kernel.versions import in_force

_LOOK_AGAIN = 30.0  # seconds: a newly loaded version shows soon, and no page reads a file
_held: tuple[float, date, Pack] | None = None


def pack(now: datetime | None = None) -> Pack:
    """The law that the program runs under today."""
    global _held  # noqa: PLW0603 (one copy per process)
    today, clock = timezone.localdate(now), time.monotonic()
    if _held is None or _held[1] != today or clock - _held[0] > _LOOK_AGAIN:
        code = program(now).pack
        stored = in_force(Instance.find(), f"packs/{code}", today)
        path = stored.path if stored else shipped_pack(code, today)
        if path is None:
            raise RuntimeError(f"no law of the code {code} is in force")
        _held = (clock, today, parse_pack(path.read_bytes()))
    return _held[2]
