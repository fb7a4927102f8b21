"""Whatever a browser sends, a page answers with a sentence: never with a fault of ours."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tandem.dispatch.models import Response
from tests.conftest import Persona
from tests.scene import browser_of, member_of, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
ODD = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "-1",
    "0",
    "1e9",
    "9" * 30,
    "9" * 5_000,
    "²",
    "x" * 60_000,
    "é😀",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    str(uuid.UUID(int=0)),
    "not-a-uuid",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "../../etc/passwd",
]
ODDEST = ["", "a\x00b", "-1", "9" * 30, "9" * 5_000, "x" * 60_000, "²", "é😀"]


@pytest.fixture
def sent(cast: dict[str, Persona]) -> Response:
    """A pair on a call."""
    return send_pair(cast)


def fields_of(sent: Response, persona: Persona) -> list[tuple[str, str, dict[str, str]]]:
    """Persona, address and a form that would do; every field of it is then made odd in turn."""
    key, call = [sent.encounter_id], [sent.call_id]

    def lane(code: str, what: str, **form: str) -> tuple[str, str, dict[str, str]]:
        return who[code], reverse(f"board:{code}_{what}", args=key), form

    who = {"police": "cru-officer", "crisis": "crisis-worker"}
    forms = [
        ("dispatcher", reverse("board:assign", args=call), {"unit": "CRU 2", "act_id": ""}),
        (
            "dispatcher",
            reverse("board:status", args=call),
            {"unit": "CRU 1", "state": "en_route", "how_known": "radio", "known": "radio"},
        ),
        ("dispatcher", reverse("board:note", args=call), {"text": "words", "how_known": "phone"}),
        (
            "cru-officer",
            reverse("board:step", args=[member_of(sent, persona).pk]),
            {"state": "en_route", "how_known": "in_person"},
        ),
        ("cru-officer", reverse("board:sign_on"), {"unit": ""}),
        ("cru-officer", reverse("board:sign_off"), {"reason": "end"}),
        ("administrator", reverse("board:feeds"), {"source": "s", "agency": ""}),
        (
            "administrator",
            reverse("board:staff"),
            {"login": "new", "display_name": "New", "short_name": "N."},
        ),
        (
            "administrator",
            reverse("board:membership_give"),
            {"staff": "", "agency": "", "role": "PO"},
        ),
    ]
    for code in who:
        forms += [
            lane(code, "draft", text="words", sequence="1"),
            lane(code, "person", name="N", age="30", age_known="said", may_be_minor="on"),
            lane(code, "axis", axis="contact", value="unknown"),
            lane(code, "amend", text="words", reason="why"),
        ]
    return forms


def test_no_form_breaks_a_page(cast: dict[str, Persona], sent: Response, officer: Persona) -> None:
    browsers: dict[str, Client] = {}
    broken = []
    for persona, path, form in fields_of(sent, officer):
        client = browsers.setdefault(persona, browser_of(cast[persona]))
        for name in form:
            for odd in ODDEST:
                answer = client.post(path, {**form, name: odd})
                if answer.status_code not in {200, 302, 403, 404, 409}:
                    broken.append((path.split("/")[-2], name, odd[:12], answer.status_code))
    assert broken == []


@pytest.mark.parametrize(
    ("persona", "page", "names"),
    [
        ("dispatcher", "desk", ["call"]),
        ("dispatcher", "desk_fragments", ["call", "regions", "keys"]),
        ("police-custodian", "audit", ["from", "to", "act", "outcome", "skip"]),
        ("cru-officer", "report", ["from", "to"]),
        ("crisis-supervisor", "report", ["from", "to"]),
        ("analyst", "why", ["data"]),
    ],
)
def test_no_address_breaks_a_page(
    cast: dict[str, Persona], persona: str, page: str, names: list[str]
) -> None:
    client = browser_of(cast[persona])
    broken = []
    for name in names:
        for odd in (odd[:3_000] for odd in ODD):
            answer = client.get(reverse(f"board:{page}"), {name: odd})
            if answer.status_code not in {200, 404, 409}:
                broken.append((name, odd[:12], answer.status_code))
            assert "<script>alert" not in answer.content.decode()
    assert broken == []


@pytest.mark.parametrize(
    ("persona", "lane"), [("cru-officer", "police"), ("crisis-worker", "crisis")]
)
def test_a_report_taken_without_the_form_it_stands_on_is_refused(
    cast: dict[str, Persona], sent: Response, persona: str, lane: str
) -> None:
    path = reverse(f"board:{lane}_sign", args=[sent.encounter_id])
    answer = browser_of(cast[persona]).post(path, {"text": "words", "take": "0"})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    "name", ["tandem_said", "tandem_theme", "django_language", "tandem_device"]
)
def test_no_cookie_breaks_a_page(cast: dict[str, Persona], name: str) -> None:
    client: Any = browser_of(cast["cru-officer"])
    for odd in ("", "x" * 3_000, "a:b:c", "..", "é"):
        client.cookies[name] = odd
        assert client.get("/my-calls/").status_code == 200
        assert client.get("/sign-in/").status_code == 200


def test_a_draft_that_was_not_kept_is_not_called_saved(
    cast: dict[str, Persona], sent: Response
) -> None:
    client = browser_of(cast["cru-officer"])
    path = reverse("board:police_draft", args=[sent.encounter_id])
    for sequence in ("", "0", "-5", "x"):
        answer = client.post(path, {"text": "words", "sequence": sequence})
        assert answer.status_code == 409, sequence
    answer = client.post(path, {"text": "words", "sequence": "1"})
    assert answer.json()["sequence"] == 1
    # A save that came late is not an error: what is stored is newer.
    late = client.post(path, {"text": "older", "sequence": "1"})
    assert (late.status_code, late.json()["sequence"]) == (200, 1)
