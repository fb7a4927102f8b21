"""Takes whole files in: counts every record once, lists what could not be taken, says how far."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from tandem.interop.cad.event import Read, Unreadable
from tandem.interop.cad.files.rejects import RejectsFile
from tandem.interop.cad.files.rows import LIVE_WITHIN, Wanted, latest, rejected, to_read
from tandem.interop.cad.services import Result
from tandem.kernel.maps import (
    Map,
    MapError,
    Record,
    Reject,
    Row,
    files_of,
    open_source,
    read_source,
    to_rows,
)

BATCH = 1_000
SAY_EVERY = 2.0  # seconds
_COUNTED = (
    "rows",
    "accepted",
    "new",
    "updated",
    "duplicates",
    "stale",
    "rejected",
    "skipped_by_date",
    "incidents",
    "unmapped",
    "suspect_times",
    "remarks_cut",
)
_OUTCOMES = {"new": "new", "updated": "updated", "duplicate": "duplicates", "stale": "stale"}
MOST_CODES = 50
MOST_REJECTS = 20

Keep = Callable[[list[Read], int], list[Result]]
Source = Path | BinaryIO


@dataclass
class Sums:
    """What the contract counts; every record is in exactly one of its kinds."""

    count: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    listed: list[Reject] = field(default_factory=list)  # the first, told without the row's words
    listed_all: int = 0

    def put(self, reject: Reject) -> None:
        """Note one that goes to the file of rejects; a dry run has no such file."""
        self.listed_all += 1
        if len(self.listed) < MOST_REJECTS:
            self.listed.append(replace(reject, raw=""))

    def add(self, other: Sums) -> None:
        """Add another file's."""
        self.count.update(other.count)
        self.codes.update(other.codes)
        self.listed_all += other.listed_all

    def as_json(self) -> dict[str, Any]:
        """In the contract's order."""
        return {name: self.count[name] for name in _COUNTED}


# Not frozen, as the row it is made of.
@dataclass(slots=True)
class Waiting:
    """A record that can stand and waits for its batch."""

    item: Read
    line: int
    number: int
    raw: str


@dataclass
class FileRun:
    """Files on their way in: the batches run on from one file into the next."""

    source_map: Map
    wanted: Wanted
    keep: Keep
    list_reject: Callable[[Reject], None]
    say: Callable[[str], None]
    copies: Counter[str]
    sums: Sums = field(default_factory=Sums)
    # Reads on while a batch is being committed; without one each batch is waited for.
    ahead: Executor | None = None
    _under_way: Future[list[Result]] | None = None
    _sent: list[Waiting] = field(default_factory=list)
    _batch: list[Waiting] = field(default_factory=list)
    _rejected_since: int = 0
    _began: float = field(default_factory=time.monotonic)
    _said: float = field(default_factory=time.monotonic)

    def take(self, source: Source) -> None:
        """Every record of the file; each thousand is committed before the next is begun."""
        last: list[Record] = []
        # A file is opened as whoever gave the command. The thread that stores for root changes its
        # account for moments, and with it that of the whole process.
        self._settle()
        with open_source(source, self.source_map) as text:
            _, records = read_source(text, self.source_map)
            for row in to_rows(_noted(records, last), self.source_map, self.copies):
                self.sums.count["rows"] += 1
                if isinstance(row, Reject):
                    self._reject(row)
                else:
                    self._take_row(row, last[0].raw)
                if len(self._batch) >= BATCH:
                    self._flush()
                self._say_how_far()

    def finish(self) -> None:
        """Commit what is left."""
        self._flush()
        self._settle()

    def _take_row(self, row: Row, raw: str) -> None:
        count = self.sums.count
        if not self.wanted.takes(row, self.source_map):
            count["skipped_by_date"] += 1
            return
        try:
            item = to_read(row, self.source_map, self.wanted)
        except Unreadable as wrong:
            self._reject(rejected(row, raw, wrong))
            return
        count["accepted"] += 1
        count["suspect_times"] += bool(row.suspects)
        count["unmapped"] += bool(row.unmapped)
        count["remarks_cut"] += item.not_kept
        self.sums.codes.update(row.values[ours] for ours in row.unmapped)
        self._batch.append(Waiting(item, row.line, row.number, raw))

    def _reject(self, reject: Reject) -> None:
        if not self.sums.count["rejected"]:
            self._settle()  # the file of rejects is opened: as above
        self.sums.count["rejected"] += 1
        self._rejected_since += 1
        self._list(reject)

    def _flush(self) -> None:
        if not self._batch and not self._rejected_since:
            return
        self._settle()
        items, rejected_since = [waiting.item for waiting in self._batch], self._rejected_since
        self._sent, self._batch, self._rejected_since = self._batch, [], 0
        if self.ahead is None:
            self._count(self.keep(items, rejected_since))
        else:
            self._under_way = self.ahead.submit(self.keep, items, rejected_since)

    def _settle(self) -> None:
        """Wait for the batch that is under way."""
        if self._under_way is not None:
            under_way, self._under_way = self._under_way, None
            self._count(under_way.result())

    def _count(self, results: list[Result]) -> None:
        for waiting, result in zip(self._sent, results, strict=True):
            self.sums.count[_OUTCOMES[result.outcome]] += 1
            self.sums.count["incidents"] += result.outcome == "new"
            if result.reason:
                # Counted as a duplicate and listed: somebody has to decide which one is true.
                self._list(
                    Reject(waiting.line, waiting.number, result.reason, "conflict", waiting.raw)
                )

    def _list(self, reject: Reject) -> None:
        self.sums.put(reject)
        self.list_reject(reject)

    def _say_how_far(self) -> None:
        now = time.monotonic()
        if now - self._said >= SAY_EVERY:
            self._said = now
            rows = self.sums.count["rows"]
            rate = rows / (now - self._began)
            self.say(f"{rows:,} rows, {rate:,.0f} a second.")


def _noted(records: Iterable[Record | Reject], last: list[Record]) -> Iterator[Record | Reject]:
    """Hold the record at hand: a row does not carry the words it was made of."""
    for record in records:
        if isinstance(record, Record):
            last[:] = [record]
        yield record


@contextlib.contextmanager
def sources_of(given: str, source_map: Map, stdin: BinaryIO) -> Iterator[list[Source]]:
    """The files behind one FILE, readable more than once; standard input is held for it."""
    with contextlib.ExitStack() as stack:
        sources: list[Source] = []
        for path in files_of(given, source_map):
            if path is not None:
                sources.append(path)
                continue
            # Unlinked from the start: nothing of it stays behind, however this ends.
            spool = stack.enter_context(tempfile.SpooledTemporaryFile(max_size=1 << 24))
            while block := stdin.read(1 << 20):
                spool.write(block)
            spool.seek(0)
            sources.append(spool)  # type: ignore[arg-type]
        yield sources


def check_fresh(sources: Iterable[Source], source_map: Map, wanted: Wanted) -> None:
    """Refuse to load as live what did not just happen."""
    newest: datetime | None = None
    for source in sources:
        with open_source(source, source_map) as text:
            _, records = read_source(text, source_map)
            for row in to_rows(records, source_map):
                if isinstance(row, Row) and (newest is None or latest(row) > newest):
                    newest = latest(row)
    if newest is None or wanted.now - newest >= LIVE_WITHIN:
        told = f"is of {newest:%Y-%m-%d %H:%M} UTC" if newest else "has no time"
        raise MapError(
            f"The newest row {told}: only rows of the last 12 hours can be live."
            " Nothing was written. Without --live they are loaded as history."
        )


def file_name(given: str) -> str:
    """How a summary names what it was given."""
    return "standard input" if given == "-" else given


def rejects_to(file: RejectsFile | None) -> Callable[[Reject], None]:
    """Where rejected rows go: a file, or nowhere in a dry run that asked for none."""
    return file.write if file is not None else _forget


def _forget(reject: Reject) -> None:
    """A dry run writes nothing."""
