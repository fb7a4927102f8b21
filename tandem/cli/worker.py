"""The worker's process: ends what was left open, rings again, counts days, keeps printed boards."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import psycopg

from tandem.calls.silence import Silence
from tandem.directory.rostered import Turns
from tandem.dispatch.leaving import end_what_was_left, mend_units
from tandem.encounters.tallying import Counting
from tandem.intake.ringing import hurry_requests, ring_again, ring_alerts, waits_of
from tandem.interop.cad.files.expiry import remove_old
from tandem.interop.cad.files.samples import remove_old_samples
from tandem.kernel.instance import Instance
from tandem.kernel.logs import JsonLines
from tandem.kernel.program import Program
from tandem.kernel.versions import program_in_force
from tandem.paging import pager
from tandem.safety.climbing import climb_emergencies
from tandem.safety.telling import remind_to_tell
from tandem.safety.visiting import watch_visits
from tandem.safety.watching import times_of, watch_over
from tandem.storage.pruning import prune

log = logging.getLogger("tandem.worker")
# Seconds. With the two of the push process this keeps a removal within five.
LOOK_EVERY, PRUNE_EVERY = 1.0, 60.0
LOST_PAUSE = 0.5
# What is asked of a starting product first is its pages.
PRINT_WAITS, PRINT_AGAIN = 5.0, 2.0
PAGER_ENDS = 2.0


def run() -> None:
    """Work until told to stop; a lost database is waited for."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    instance = Instance.find()
    printer = threading.Thread(target=_print, args=(instance, stop), daemon=True)
    printer.start()
    phones = pager.begin(instance, stop)
    while not stop.is_set():
        try:
            with psycopg.connect(instance.dsn("worker"), autocommit=True) as connection:
                _work(instance, connection, stop)
        except psycopg.OperationalError as wrong:
            log.warning("waiting for the database: %s", type(wrong).__name__)
            stop.wait(LOST_PAUSE)
    phones.join(timeout=PAGER_ENDS)


def _work(
    instance: Instance,
    connection: psycopg.Connection[tuple[object, ...]],
    stop: threading.Event,
) -> None:
    pruned = -PRUNE_EVERY
    program, silence, counting = program_in_force(instance), Silence(), Counting()
    turns = Turns()
    while not stop.is_set():
        sessions, duties = end_what_was_left(connection)
        if sessions or duties:
            log.info("ended %d sessions and %d duties of removed people", sessions, duties)
        mended = mend_units(connection)
        if any(mended):
            log.info("units: %d pairs made or ended, %d own periods ended", *mended)
        waits = waits_of(program)
        if rung := ring_again(connection, after=waits.transfer):
            log.info("rang again for %d callers not taken", rung)
        hurried = hurry_requests(connection, waits)
        if any(hurried):
            log.info("requests for a worker: %d climbed, %d rang again, %d ended", *hurried)
        _keep_safe(connection, program)
        silence.tell(connection, program.feed)
        turns.tell(connection, instance, datetime.now(UTC))
        counting.go_on(instance)
        if time.monotonic() - pruned > PRUNE_EVERY:
            pruned = time.monotonic()
            program = program_in_force(instance)
            if removed := prune(connection):
                log.info("removed %d rows past their time", removed)
            if removed := remove_old(instance, days=program.feed.rejects_days):
                log.info("removed %d files of rejected rows past their time", removed)
            if removed := remove_old_samples(instance):
                log.info("removed %d samples of maps past their time", removed)
        stop.wait(LOOK_EVERY)


def _keep_safe(connection: psycopg.Connection[tuple[object, ...]], program: Program) -> None:
    """The ladders of those who go or may: emergencies, checks, assignments, what they were told."""
    alerted = ring_alerts(connection, waits_of(program))
    if any(alerted):
        log.info("told before being sent: %d rang again, %d climbed", *alerted)
    if climbed := climb_emergencies(connection, program.safety):
        log.info("an emergency was not acknowledged: %d desks", climbed)
    told = watch_over(connection, times_of(program))
    if any(visits := watch_visits(connection, times_of(program).check_climb)):
        log.info("visits: %d rang, %d climbed, %d ended", *visits)
    if any(owed := remind_to_tell(connection, timedelta(seconds=program.intake.tell_seconds))):
        log.info("to be told by the desk: %d rang, %d ended", *owed)
    if any(told):
        log.info("checks and assignments: %d rang, %d climbed, %d ended", *told)


def _print(instance: Instance, stop: threading.Event) -> None:
    """Keep each desk's printable board; beside the rest, so that no alarm waits for a drawing."""
    if stop.wait(PRINT_WAITS):
        return
    import django

    django.setup()
    from tandem.board.printing import EVERY, keep_boards, tell_prints

    while not stop.is_set():
        began, kept = time.monotonic(), False
        try:
            keep_boards(instance)
            tell_prints(instance)
            kept = True
        except Exception as wrong:
            # A file says its own time; the alarms of this process matter more.
            log.warning("the printable boards are not kept: %s", type(wrong).__name__)
        wait = EVERY if kept else PRINT_AGAIN
        stop.wait(max(0.1, wait - (time.monotonic() - began)))


if __name__ == "__main__":
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    run()
