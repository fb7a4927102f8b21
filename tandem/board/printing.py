"""The printable board of each desk: as a page, and as a file that is there when the server is not.

A file holds what every member of that desk may read and nothing that is sealed: of a contact of
the crisis desk, which only who works on it may read, it holds nothing.
"""

from __future__ import annotations

import logging
import uuid
import zoneinfo
from dataclasses import replace
from datetime import datetime

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format

from tandem.board.crisis import crisis_desk_of
from tandem.board.kept import STAMP, SUFFIX, folder_of, forget_told, taken_prints
from tandem.board.queries import desk_of
from tandem.directory.desks import Desk, desks_of_programs
from tandem.directory.models import Staff
from tandem.identity.chrome import moment_of
from tandem.kernel.instance import Instance, acting_as, checkout, service_account
from tandem.kernel.shapes import PrintedBoard
from tandem.privacy import audit
from tandem.storage.standing import Standing, opened, standing_as

log = logging.getLogger("tandem.printing")
# Half of what a print may be old: one that fails is tried again in time.
EVERY = 25.0
# Who reads for each desk's file: a contact that only its worker may read is not in it.
_ROLES = {"dispatch": "TC", "crisis": "MCW"}
_LANGUAGE = "en"
_SIDES = {"dispatch": "dispatch", "crisis": "county"}


def file_name_of(desk: Desk) -> str:
    """dispatch-CODE.html; letters and digits of the code alone."""
    plain = "".join(sign for sign in desk.code if sign.isalnum() and sign.isascii())
    return f"{desk.desk}-{plain.lower() or desk.agency_id}{SUFFIX}"


def printed_of(standing: Standing, *, by: str = "", ribbon: str = "") -> PrintedBoard:
    """The board of a dispatcher or of a crisis worker, as they may see it now."""
    now = timezone.now()
    board = PrintedBoard(
        desk="dispatch" if standing.role == "TC" else "crisis",
        at=moment_of(now),
        day=date_format(timezone.localtime(now), "D, M j, Y"),
        ribbon=ribbon,
        by=by,
    )
    if board.desk == "dispatch":
        _add_dispatch(board, standing, now)
    else:
        _add_crisis(board, standing)
    return board


def _add_dispatch(board: PrintedBoard, standing: Standing, now: datetime) -> None:
    desk = desk_of(standing, now=now)
    board.pending, board.active = desk.pending, desk.active
    board.units, board.away = desk.units, desk.away
    board.requests, board.transfers = desk.requests, desk.transfers
    board.silent = [feed for feed in desk.feeds if feed.state == "silent"]


def _add_crisis(board: PrintedBoard, standing: Standing) -> None:
    desk = crisis_desk_of(standing)
    board.requests, board.transfers = [*desk.asked, *desk.answered], desk.transfers
    board.workers, board.contacts = desk.workers, desk.contacts
    board.away, board.silent = desk.away, desk.silent


# -- files -----------------------------------------------------------------------------------------


def drawn(desk: Desk) -> str:
    """One desk's board as a whole document that needs no server, no script and no other file."""
    eyes = desk.seen_as(_ROLES[desk.desk])
    with (
        timezone.override(zoneinfo.ZoneInfo(desk.zone)),
        translation.override(_LANGUAGE),
        standing_as(eyes),
        opened(),
    ):
        ribbon = "demonstration" if desk.is_demo else "evaluation"
        board = printed_of(eyes, ribbon=ribbon)
        # Beside the document there is no file when the server is away.
        sheet = (checkout() / "ui/pages/print_board.css").read_text(encoding="utf-8")
        return render_to_string(
            "pages/print_file.html",
            {
                "board": board,
                "sheet": f"<style>{sheet}</style>",
                "stamp": STAMP,
                "lang": _LANGUAGE,
                "zone": desk.zone,
            },
        )


def keep_boards(instance: Instance) -> int:
    """Replace each desk's file by what is true now, each whole or not at all; how many."""
    folder = folder_of(instance)
    with acting_as(service_account()):
        folder.mkdir(mode=0o700, exist_ok=True)
    kept = 0
    for desk in desks_of_programs():
        instance.write_private(folder / file_name_of(desk), drawn(desk))
        kept += 1
    return kept


def _staff_called(name: str, desk: Desk) -> uuid.UUID | None:
    """The one whom a console's name means, as the desk reads its staff."""
    eyes = desk.seen_as(_ROLES[desk.desk])
    with standing_as(eyes), opened():
        called = Staff.objects.filter(program_id=desk.program_id, short_name__iexact=name)
        found = list(called.values_list("pk", flat=True)[:2])
    return found[0] if name and len(found) == 1 else None


def tell_prints(instance: Instance) -> int:
    """Count on the trail what was printed at the console meanwhile, each with its true time.

    A note goes when all of it is on the trail: who is killed before tells it again, and both rows
    bear the one id of that print.
    """
    taken = taken_prints(instance)
    if not taken:
        return 0
    whose = {file_name_of(desk): desk for desk in desks_of_programs()}
    told = 0
    for one in taken:
        desk = whose.get(one.file)
        if desk is None:
            continue
        who = _staff_called(one.by, desk)
        agency = replace(desk.seen_as(""), login="worker", role="", staff_id=who)
        with standing_as(agency), opened():
            audit.write(
                "board.printed",
                subject="board",
                subject_id=None,
                happened_at=one.at,
                reason=f"{desk.desk}_console",
                how_known="said" if who else "",
                side=_SIDES[desk.desk],
                act_id=one.id,
            )
        told += 1
    forget_told(instance)
    return told
