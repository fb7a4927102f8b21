"""A whole story with canaries in every text: none shows in a log, the trail or the news."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse

from tandem.calls.models import Call
from tandem.dispatch.models import Member
from tandem.kernel.logs import JsonLines
from tandem.privacy.models import AuditIntake
from tandem.storage.models import Outbox
from tests.conftest import Persona
from tests.interop.conftest import Source, event
from tests.interop.conftest import source as source  # noqa: PLC0414 (a fixture of the feed)
from tests.scene import CRU_1, browser_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
CANARY = "Zyxolotl"


class Kept(logging.Handler):
    """Every log line, rendered as the product writes it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(JsonLines())

    def emit(self, record: logging.LogRecord) -> None:
        """Render and keep."""
        self.lines.append(self.format(record))


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Lines of every logger of ours and Django's, from debug up, queries apart."""
    handler = Kept()
    loggers = [
        logging.getLogger(name)
        for name in ("", "django.request", "django.security", "django.server", "tandem")
    ]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    yield handler.lines
    for logger, level in zip(loggers, before, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


def word(name: str) -> str:
    """A canary that says where it was planted."""
    return f"{CANARY}-{name}"


def call_arrives(source: Source) -> Call:
    """A call whose every text is a canary, and events that are refused."""
    place = {"text": word("place"), "area": word("area")}
    sent = event(
        external_id=word("id"),
        call_type=word("type"),
        location=place,
        remarks=[{"text": word("remark")}],
        strange=word("member"),
        disposition=word("disposition"),
    )
    source.post([sent, {**sent, "status": word("status")}, word("text"), {word("key"): 1}])
    source.post(f'{{"external_id": {word("broken")}'.encode())
    source.post(sent, token=word("token"))
    return Call.objects.get(feed_id=source.feed.pk)


def desk_acts(cast: dict[str, Persona], call: Call) -> None:
    """Notes, statuses and mistakes at the desk."""
    desk = browser_of(cast["dispatcher"])
    desk.get("/desk/", {"call": word("query")})
    desk.post(f"/desk/{call.pk}/assign/", {"unit": word("unit")})
    desk.post(f"/desk/{call.pk}/assign/", {"unit": "CRU 1", "act_id": word("act")})
    desk.post(f"/desk/{call.pk}/note/", {"text": word("note")})
    desk.post(f"/desk/{call.pk}/note/", {"text": word("note") + "\x00"})
    form = {"unit": "CRU1", "state": word("state"), "how_known": word("how")}
    desk.post(f"/desk/{call.pk}/status/", form)
    desk.get(f"/no/such/{word('path')}/")


def lane_acts(browser: Any, lane: str, key: uuid.UUID) -> None:
    """Draft, person, axes, signature and amendment of one profession, with mistakes."""

    def post(what: str, **form: Any) -> None:
        browser.post(reverse(f"board:{lane}_{what}", args=[key]), form)

    browser.get(reverse("board:encounter", args=[key]))
    post("draft", text=word("draft"), sequence=word("sequence"))
    post("draft", text=word("draft"), sequence="1")
    post("person", name=word("name"), age=word("age"))
    post("person", name=word("name"), age="34", age_known="said")
    post("axis", axis=word("axis"), value=word("value"))
    post("axis", axis="contact", value=word("value"))
    post("amend", text=word("early"), reason=word("early"))
    post("sign", text=word("signed"))
    post("sign", text=word("twice"))
    post("amend", text=word("amended"), reason=word("reason"))
    browser.get(reverse("board:encounter", args=[key]))


def office_acts(cast: dict[str, Persona]) -> None:
    """Feeds, staff and roles, with mistakes."""
    office = browser_of(cast["administrator"])
    office.post("/feeds/", {"source": word("source"), "agency": word("agency")})
    office.post("/staff/", {"login": word("login"), "display_name": "", "short_name": ""})
    office.post("/staff/roles/", {"staff": word("staff"), "agency": word("x"), "role": word("y")})
    for persona in ("police-custodian", "county-custodian"):
        browser_of(cast[persona]).get("/audit/", {"act": word("act"), "from": word("day")})


def test_no_canary_of_a_whole_story_is_logged(
    source: Source,
    cast: dict[str, Persona],
    logged: list[str],
    capfd: pytest.CaptureFixture[str],
    trail: Callable[[], list[str]],
) -> None:
    officer, worker = browser_of(cast["cru-officer"]), browser_of(cast["crisis-worker"])
    for browser in (officer, worker):
        browser.post("/sign-in/", {"name": word("user"), "password": word("password")})
        browser.post("/duty/on/", {"unit": word("unit")})
    for browser in (browser_of(cast["cru-officer"]), browser_of(cast["crisis-worker"])):
        browser.post("/duty/on/", {"unit": str(CRU_1)})
    call = call_arrives(source)
    desk_acts(cast, call)
    member = Member.objects.filter(encounter__call_id=call.pk).first()
    assert member is not None
    lane_acts(browser_of(cast["cru-officer"]), "police", member.encounter_id)
    lane_acts(browser_of(cast["crisis-worker"]), "crisis", member.encounter_id)
    office_acts(cast)
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM encounters_clinicalnoteversion")
        assert cursor.fetchone() == (2,)

    assert not [line for line in logged if CANARY in line]
    out, err = capfd.readouterr()
    assert CANARY not in out + err
    # The trail and the news of the story hold keys and codes.
    for row in AuditIntake.objects.values():
        assert CANARY not in json.dumps(row, default=str), row["act"]
    for news in Outbox.objects.values():
        assert CANARY not in json.dumps(news, default=str)
    assert {"police_note.signed", "clinical_note.amended", "call.noted"} <= set(trail())


def test_a_log_line_tells_an_error_by_type_and_place() -> None:
    handler = Kept()
    log = logging.getLogger("tandem.of-this-test")
    log.addHandler(handler)
    log.propagate = False
    try:
        int(word("value"))
    except ValueError:
        log.exception("an act failed: %s", word("argument"))
    line = json.loads(handler.lines[0])
    assert CANARY not in handler.lines[0]
    assert (line["error"], line["level"]) == ("ValueError", "error")
    assert "test_logs.py" in line["where"]
