"""`tandem cad import`: from the words of the command to the contract's object."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.utils import timezone

from tandem.calls.models import Feed
from tandem.interop.cad.console import feed_for_files
from tandem.interop.cad.event import Read
from tandem.interop.cad.files.rejects import RejectsFile
from tandem.interop.cad.files.rows import Wanted
from tandem.interop.cad.files.run import (
    MOST_CODES,
    MOST_REJECTS,
    FileRun,
    Keep,
    Source,
    Sums,
    check_fresh,
    file_name,
    rejects_to,
    sources_of,
)
from tandem.interop.cad.files.store import Trial, store
from tandem.interop.cad.services import Result
from tandem.kernel.instance import Instance
from tandem.kernel.maps import Map, MapError, check_group, find_map

_TURN_SECONDS = 0.0002


@dataclass(frozen=True)
class Order:
    """What was asked for."""

    files: Sequence[str]
    map_name: str
    agency: str = ""
    source: str = ""
    live: bool = False
    # A command that says `live` about old rows is a mistake; a folder may hold both.
    only_fresh: bool = True
    first_day: date | None = None
    last_day: date | None = None
    dry_run: bool = False
    rejects: Path | None = None


def import_files(
    order: Order, *, say: Callable[[str], None], ahead: Executor | None = None
) -> dict[str, Any]:
    """Take the files in; raises MapError, FileTrouble or Refused in words.

    With an executor of one worker the next rows are read while a batch is committed.
    """
    began = time.monotonic()
    source_map = find_map(order.map_name)
    check_for_calls(source_map)
    wanted = Wanted(timezone.now(), order.live, order.first_day, order.last_day)
    with ExitStack() as stack:
        if ahead is not None:
            stack.enter_context(taking_turns())
        groups = [
            stack.enter_context(sources_of(given, source_map, sys.stdin.buffer))
            for given in order.files
        ]
        every = [source for group in groups for source in group]
        # Before anything of any file is written.
        for group in groups:
            check_group(group, source_map)
        if order.live and order.only_fresh:
            check_fresh(every, source_map, wanted)
        feed, agency_code = feed_for_files(
            order.agency, order.source or source_map.name, make=not order.dry_run
        )
        rejects = None
        if order.rejects or not order.dry_run:
            rejects = RejectsFile(
                Instance.find(), agency_code, feed.source, order.rejects, wanted.now
            )
            stack.callback(rejects.close)
        keep = _keeper(order, feed)
        parts: list[tuple[str, Sums]] = []
        copies: Counter[str] = Counter()
        for given, group in zip(order.files, groups, strict=True):
            sums = Sums()
            run = FileRun(source_map, wanted, keep, rejects_to(rejects), say, copies, sums, ahead)
            _take_all(group, run)
            parts.append((file_name(given), sums))
    return _summary(order, source_map, parts, rejects, began)


@contextmanager
def taking_turns() -> Iterator[None]:
    """Let the thread that stores have its turn as soon as the database has answered.

    It asks a dozen times for each batch. By the interpreter's usual turn it would wait longer each
    time for the thread that reads than for the database.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def check_for_calls(source_map: Map) -> None:
    """A map of a study's table describes no calls."""
    if not source_map.times:
        raise MapError(f"The map {source_map.name} names no time of a call: it is for a study.")


def _take_all(sources: Sequence[Source], run: FileRun) -> None:
    for source in sources:
        run.take(source)
    run.finish()


def _keeper(order: Order, feed: Feed) -> Keep:
    if order.dry_run:
        trial = Trial(feed)
        return lambda reads, _rejected: trial.tell(reads, at=timezone.now())

    def keep(reads: list[Read], rejected: int) -> list[Result]:
        return store(feed, reads, rejected=rejected, at=timezone.now())

    return keep


def _summary(
    order: Order,
    source_map: Map,
    parts: Sequence[tuple[str, Sums]],
    rejects: RejectsFile | None,
    began: float,
) -> dict[str, Any]:
    whole = Sums()
    for _, sums in parts:
        whole.add(sums)
    names = [name for name, _ in parts]
    listed = [
        {"file": name, "line": one.line, "kind": one.kind, "reason": one.reason}
        for name, sums in parts
        for one in sums.listed
    ][:MOST_REJECTS]
    summary: dict[str, Any] = {
        "file": names[0] if len(names) == 1 else names,
        "map": source_map.name,
        "dry_run": order.dry_run,
        **whole.as_json(),
        "unmapped_codes": dict(whole.codes.most_common(MOST_CODES)),
        "unmapped_more": max(0, len(whole.codes) - MOST_CODES),
        "rejects": listed,
        "rejects_more": whole.listed_all - len(listed),
        "rejects_file": str(rejects.path) if rejects and rejects.path else None,
        "seconds": round(time.monotonic() - began, 3),
    }
    if len(parts) > 1:
        summary["files"] = [{"file": name, **sums.as_json()} for name, sums in parts]
    return summary
