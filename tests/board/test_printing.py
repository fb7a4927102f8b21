"""The board on paper: who printed it is said and counted, and a copy is there without a server."""

from __future__ import annotations

import re
import shutil
import stat
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tandem.board import printing
from tandem.board.kept import OLDEST, STAMP, folder_of, kept_boards, take_print
from tandem.cautions.services import report_hazard
from tandem.cli import worker
from tandem.cli.__main__ import main
from tandem.intake.sealed import ContactFacts
from tandem.intake.services.crisis import open_contact
from tandem.kernel.instance import Instance, InstanceError, acting_as, service_account
from tandem.kernel.refusals import TrailUnavailable
from tandem.privacy import audit
from tandem.privacy.models import AuditIntake
from tests.conftest import Persona
from tests.scene import browser_of, open_call, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
CANARY = "Zyxolotl"


@pytest.fixture
def instance(installation: Instance) -> Iterator[Instance]:
    """The tests' own, without any board of an earlier test."""
    with acting_as(service_account()):
        shutil.rmtree(folder_of(installation), ignore_errors=True)
    yield installation
    with acting_as(service_account()):
        shutil.rmtree(folder_of(installation), ignore_errors=True)


def a_night(cast: dict[str, Persona]) -> None:
    """One pair sent, one call that waits with a hazard, one contact of the crisis desk."""
    now, desk, crisis = timezone.now(), cast["dispatcher"], cast["crisis-worker-2"]
    send_pair(cast, at=now)
    report_hazard(desk.doing(at=now), open_call(desk, number=430, at=now).pk, "knife in hand")
    facts = ContactFacts(words=CANARY, place=CANARY, caller=CANARY)
    open_contact(crisis.doing(at=now), uuid.uuid4(), channel="crisis_line", facts=facts, answers=[])


def test_a_look_is_not_counted_and_a_print_is(
    cast: dict[str, Persona], trail: Callable[[], list[str]]
) -> None:
    client = browser_of(cast["dispatcher"])
    page = client.get("/desk/print/").content.decode()
    assert 'data-printed="no"' in page
    assert "board.printed" not in trail()
    page = client.post("/desk/print/").content.decode()
    assert 'data-printed="yes"' in page
    assert re.search(rf"Printed by {cast['dispatcher'].short_name} at \d\d:\d\d:\d\d", page)
    row = AuditIntake.objects.get(act="board.printed")
    assert (row.reason, row.staff_id) == ("dispatch", cast["dispatcher"].staff_id)


def test_a_print_of_the_desks_own_page_is_counted_with_its_true_time(
    cast: dict[str, Persona],
) -> None:
    client, now = browser_of(cast["crisis-worker"]), timezone.now()
    away = now - timedelta(minutes=40)
    for told in (away.isoformat(), (now + timedelta(days=1)).isoformat(), "no time", ""):
        act_id = str(uuid.uuid4())
        for _again in range(2):
            assert client.post("/printed/", {"act_id": act_id, "at": told}).status_code == 200
    rows = list(AuditIntake.objects.filter(act="board.printed").order_by("happened_at"))
    assert [row.reason for row in rows] == ["crisis"] * 4
    assert rows[0].happened_at == away
    assert all(row.happened_at >= now for row in rows[1:])


def test_each_desks_copy_holds_what_that_desk_may_see(
    cast: dict[str, Persona], instance: Instance
) -> None:
    a_night(cast)
    assert printing.keep_boards(instance) == 2
    dispatch, crisis = (folder_of(instance) / name for name in _names(instance))
    for path in (dispatch, crisis):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        text = path.read_text(encoding="utf-8")
        assert CANARY not in text
        assert "Demonstration, figures invented, not affiliated" in text
        # One document: it loads nothing and runs nothing.
        assert not re.search(r"<script|<link|src=|@import|url\(", text)
    shown = dispatch.read_text(encoding="utf-8")
    assert all(word in shown for word in ("0417", "0430", "Riverside Park", "knife in hand"))
    other = crisis.read_text(encoding="utf-8")
    assert not [word for word in ("0430", "Riverside Park", "knife in hand") if word in other]
    assert cast["crisis-worker"].short_name in other


def _names(instance: Instance) -> list[str]:
    boards = sorted(kept_boards(instance, datetime.now(UTC)), key=lambda one: one.name[0] != "d")
    return [f"{one.name}.html" for one in boards]


def test_a_copy_that_cannot_be_drawn_leaves_the_one_before_whole(
    cast: dict[str, Persona], instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    printing.keep_boards(instance)
    before = [one.text for one in kept_boards(instance, datetime.now(UTC))]
    open_call(cast["dispatcher"], number=431)
    monkeypatch.setattr(printing, "render_to_string", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        printing.keep_boards(instance)
    assert [one.text for one in kept_boards(instance, datetime.now(UTC))] == before


def test_two_turns_fit_in_the_age_that_a_print_may_have() -> None:
    # One that fails is drawn again, and both within the minute that is promised.
    assert printing.EVERY + worker.PRINT_AGAIN < OLDEST


def no_trail(*_told: object, **_more: object) -> None:
    """A database that is not there yet, or a worker that is killed here."""
    raise TrailUnavailable


def test_a_print_at_the_console_says_who_and_is_counted_when_the_server_is_back(
    cast: dict[str, Persona], instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InstanceError, match="none yet"):
        take_print(instance, "dispatch", by="R. Moss", now=datetime.now(UTC))
    printing.keep_boards(instance)
    away = datetime.now(UTC) - timedelta(minutes=5)
    printed = take_print(instance, "dispatch", by="R. <b>Moss", now=away)
    assert STAMP not in printed.text
    local = away.astimezone(ZoneInfo("America/Chicago"))  # the cast's program, whatever machine
    assert f"Printed by R. &lt;b&gt;Moss at {local:%H:%M:%S}" in printed.text
    take_print(instance, "crisis", by="M. Lindqvist", now=away)
    with pytest.raises(InstanceError, match="Say which board"):
        take_print(instance, "chief", by="R. Moss", now=away)
    # A machine that lost its power in the middle of a line.
    with (folder_of(instance) / "taken.jsonl").open("a", encoding="utf-8") as file:
        file.write(
            '[1]\n{"file": "dispatch-x", "by": "", "at": "0001-01-01T00:00:00+23:00", "id": ""}\n'
        )
        file.write('{"file": "disp')
    with monkeypatch.context() as broken:
        broken.setattr(audit, "write", no_trail)
        with pytest.raises(TrailUnavailable):
            printing.tell_prints(instance)
    assert printing.tell_prints(instance) == 2
    assert printing.tell_prints(instance) == 0
    rows = AuditIntake.objects.filter(act="board.printed").order_by("reason")
    told = [(row.reason, row.side, row.happened_at) for row in rows]
    assert told == [("crisis_console", "county", away), ("dispatch_console", "dispatch", away)]
    # The name is one of the staff's, or it stands on the paper alone: the trail holds no names.
    assert [row.staff_id for row in rows] == [cast["crisis-worker"].staff_id, None]
    assert [row.how_known for row in rows] == ["said", ""]


def test_a_print_that_cannot_be_written_is_told_in_a_sentence(
    instance: Instance, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printing.keep_boards(instance)
    words = ["board", "print", "dispatch", "--by", "R. \udcff\u202eMoss", "--to"]
    assert main([*words, str(tmp_path / "none" / "x.html")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert printing.tell_prints(instance) == 0
    open_to_all = tmp_path / "board.html"
    open_to_all.touch(mode=0o644)
    assert main([*words, str(open_to_all)]) == 0
    assert "Printed by R. Moss at" in open_to_all.read_text(encoding="utf-8")
    assert stat.S_IMODE(open_to_all.stat().st_mode) == 0o600
