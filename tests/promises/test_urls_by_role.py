"""Every address answers every role, and nobody: open, not your page, or nothing here."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter

from tandem.dispatch.models import Member, Response
from tandem.identity.sessions import LOGIN_OF_ROLE
from tests.conftest import Persona
from tests.promises.conftest import ONE_OF_EACH
from tests.scene import account_of, browser_of, send_patrol

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
RESPONDERS = {"PO", "CRU", "MCW"}
EVERYBODY = set(ONE_OF_EACH)

# Whose page each address is, read by hand from the screens of the design.
PAGES: dict[str, set[str]] = {
    "desk": {"TC"},
    "desk_fragments": {"TC"},
    "desk_presence": {"TC"},
    "unassign": {"TC"},
    "status_undo": {"TC"},
    "differences": {"TC"},
    "assign": {"TC"},
    "status": {"TC"},
    "note": {"TC"},
    "cautions": {"TC", "PO", "CRU"},
    "caution_send": {"TC", "PO", "CRU"},
    "caution_approve": {"CRU"},
    "caution_end": {"CRU"},
    "caution_check": {"PO", "CRU"},
    "persons": {*RESPONDERS, "SUP"},
    "person": {*RESPONDERS, "SUP"},
    "person_fact": {*RESPONDERS, "SUP"},
    "identify": RESPONDERS,
    "stewards": {"PRVP", "PRVC"},
    "persons_merge": {"PRVP", "PRVC"},
    "persons_apart": {"PRVP", "PRVC"},
    "persons_unmerge": {"PRVP", "PRVC"},
    "hazard": {"TC"},
    "print_dispatch": {"TC"},
    "print_crisis": {"MCW", "SUP"},
    "printed": {"TC", "MCW", "SUP"},
    "view": {"TC", "MCW", "SUP"},
    "lately": {"TC", "MCW", "SUP"},
    "map": {"TC", "MCW", "SUP"},
    "map_ground": {"TC", "MCW", "SUP"},
    "map_tile": {"TC", "MCW", "SUP"},
    "wall": {"TC"},
    "wall_list": {"TC"},
    "alarm": {"TC", "MCW", "SUP"},
    "sos": RESPONDERS,
    "emergency": RESPONDERS,
    "emergency_seen": {"TC", "MCW", "SUP"},
    "emergency_end": {"TC", "MCW", "SUP"},
    "change_seen": RESPONDERS,
    "check_ok": {"TC", "SUP", *RESPONDERS},
    "call_ok": {"TC"},
    "overdue_seen": {"TC", "MCW", "SUP"},
    "ask": {"TC"},
    "unask": {"TC"},
    "close": {"TC"},
    "close_numbered": {"TC"},
    "reopen": {"TC"},
    "advice_answer": {"TC"},
    "advice_override": {"TC"},
    "advice_told": {"TC"},
    "on_view": {"PO", "CRU"},
    "interpreter": {"TC"},
    "encounter_interpreter": {"PO", "CRU", "MCW"},
    "place_call": {"TC"},
    "advice_reason": {"TC"},
    "advice_rules": {"TC", "IT"},
    "advice_force": {"TC"},
    "encounter_hazard": RESPONDERS,
    "form": {"MCW"},
    "form_save": {"MCW"},
    "form_sign": {"MCW"},
    "form_amend": {"MCW"},
    "custody": {"PO", "CRU"},
    "custody_note": {"PO", "CRU"},
    "custody_relief": {"PO", "CRU"},
    "custody_take_back": {"PO", "CRU"},
    "crisis_told": {"MCW"},
    "closing": {"PO", "CRU", "MCW"},
    "unsent": {"PO", "CRU", "MCW", "SUP"},
    "unsent_drop": {"PO", "CRU", "MCW", "SUP"},
    "typed": {"PO", "CRU", "MCW"},
    "typed_drop": {"PO", "CRU", "MCW"},
    "crisis_refusal": {"MCW"},
    "reviews": {"CRU", "SUP"},
    "review": {"CRU", "SUP"},
    "plan": {"SUP"},
    "forms": {"SUP"},
    "form_edit": {"SUP"},
    "form_change": {"SUP"},
    "form_drop": {"SUP"},
    "form_force": {"SUP"},
    "alerts": {"SUP"},
    "alerts_list": {"SUP"},
    "alert": {"SUP"},
    "alert_seen": {"SUP"},
    **{
        name: {"TC"}
        for name in (
            "intake",
            "intake_call",
            "intake_caller",
            "intake_answers",
            "relocate",
            "intake_add_caller",
            "intake_step",
            "intake_link",
            "intake_close",
            "transfer_ask",
            "transfer_withdraw",
        )
    },
    **{
        name: {"MCW", "SUP"}
        for name in (
            "crisis",
            "crisis_fragments",
            "crisis_presence",
            "worker_status",
            "worker_status_undo",
            "request_undo",
            "contact_new",
            "contact",
            "contact_facts",
            "contact_person",
            "contact_way",
            "contact_answers",
            "contact_step",
            "contact_override",
            "contact_reason",
            "contact_hand",
            "contact_close",
            "contact_share",
            "transfer_take",
            "request_accept",
            "request_decline",
            "request_counter",
        )
    },
    "audit": {"PRVP", "PRVC"},
    "feeds": {"IT"},
    "maps": {"IT"},
    "feed_mode": {"IT"},
    "feed_revoke": {"IT"},
    "staff": {"IT"},
    "membership_give": {"IT"},
    "membership_end": {"IT"},
    "role_confirm": {"IT"},
    "role_refuse": {"IT"},
    "staff_reset": {"IT"},
    "staff_shut": {"IT"},
    "why": EVERYBODY,
    "report": {"PO", "CRU", "MCW", "SUP", "PRVP", "PRVC"},
    "timeline": {"PO", "CRU", "MCW", "SUP"},
    "report_joint": {"AN", "CH"},
    "report_joint_print": {"AN", "CH"},
    "report_print": {"PO", "CRU", "MCW", "SUP", "PRVP", "PRVC"},
    "duty": RESPONDERS,
    "sign_on": RESPONDERS,
    "sign_off": RESPONDERS,
    "phone_subscribe": RESPONDERS,
    "phone_end": RESPONDERS,
    "page_seen": RESPONDERS,
    "visit_start": {"MCW"},
    "visit_heard": {"MCW", "SUP"},
    "visit_ended": {"MCW", "SUP"},
    "phone_number": RESPONDERS,
    "staff_number": {"IT"},
    "my_calls": RESPONDERS,
    "prealert_seen": {"PO", "CRU"},
    "my_calls_list": RESPONDERS,
    "step": RESPONDERS,
    "scene": RESPONDERS,
    "skills": {"TR"},
    "emergencies": {"TC", "SUP"},
    "skill_end": {"TR"},
    "ask_from_scene": {"PO", "CRU"},
    "scene_undo": {"TC", "SUP", "PO", "CRU", "MCW"},
    "encounter": RESPONDERS,
    "spine": RESPONDERS,
    **{
        f"police_{act}": {"PO", "CRU"}
        for act in ("draft", "choose", "sign", "amend", "person", "axis", "tap", "refusal")
    },
    **{f"crisis_{act}": {"MCW"} for act in ("draft", "choose", "sign", "amend", "person", "axis")},
}
OPEN_TO_ALL = {"home", "sign_in", "code", "enroll", "agency", "sign_out", "preferences"}


def addresses(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    """Every pattern of the product."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry)
        else:
            yield entry


def path_of(name: str, key: uuid.UUID) -> str:
    """The address with this key where it takes one."""
    pattern = next(p for p in addresses() if p.name == name)
    # A number where no record is meant: a tile of the map.
    asked = pattern.pattern.converters.values()
    args = [0 if isinstance(one, IntConverter) else key for one in asked]
    return reverse(f"board:{name}", args=args)


def steady(answer: Any) -> str:
    """A page without what differs each time: the clock, the act's id, the form's token."""
    text = answer.content.decode()
    uuids = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    return re.sub(rf"{uuids}|csrfmiddlewaretoken[^>]*>|\d\d:\d\d(:\d\d)?", "", text)


def test_the_table_names_every_address_and_every_role() -> None:
    ours = {
        p.name for p in addresses() if p.name and p.callback.__module__ != "ninja.openapi.views"
    }
    machine = {"openapi", "openapi-json", "api-root", "post_events", "get_events"}
    assert ours - machine - OPEN_TO_ALL == set(PAGES)
    assert set(ONE_OF_EACH) == set(LOGIN_OF_ROLE)


def test_only_sign_in_and_the_tokens_door_are_open_to_nobody() -> None:
    public = {p.name for p in addresses() if getattr(p.callback, "public", False)}
    unnamed = {p for p in addresses() if not p.name and not getattr(p.callback, "public", False)}
    assert public - {"openapi", "openapi-json", "api-root", "post_events", "get_events", None} == (
        OPEN_TO_ALL
    )
    assert not unnamed


@pytest.mark.parametrize("role", ONE_OF_EACH)
def test_each_role_gets_its_pages_and_403_for_the_rest(
    sent: Response, browser: Callable[[str], Client], role: str
) -> None:
    client = browser(role)
    wrong = []
    for name, roles in PAGES.items():
        for key in (uuid.uuid4(), sent.encounter_id):
            path = path_of(name, key)
            for answer in (client.get(path), client.post(path)):
                mine = {200, 302, 404, 405, 409} if role in roles else {403}
                if answer.status_code not in mine:
                    wrong.append((name, answer.request["REQUEST_METHOD"], answer.status_code))
                if not is_private(answer):
                    wrong.append((name, "headers", answer.status_code))
    assert wrong == []


def is_private(answer: Any) -> bool:
    """Kept by no browser or proxy, and no script or frame of anybody else."""
    policy = answer.headers.get("Content-Security-Policy", "")
    return (
        answer.headers.get("Cache-Control") == "no-store"
        and "default-src 'none'" in policy
        and "frame-ancestors 'none'" in policy
        and "unsafe-inline" not in policy
        and answer.headers.get("X-Content-Type-Options") == "nosniff"
        and answer.headers.get("X-Frame-Options") == "DENY"
        and answer.headers.get("Referrer-Policy") == "same-origin"
    )


def test_the_own_first_page_opens_for_each_role(browser: Callable[[str], Client]) -> None:
    for role in ONE_OF_EACH:
        answer = browser(role).get("/", follow=True)
        assert answer.status_code == 200, role
        assert len(answer.redirect_chain) == 1, role


def test_nobody_is_sent_to_sign_in_from_everywhere() -> None:
    client = Client()
    for name in PAGES:
        for answer in (
            client.get(path_of(name, uuid.uuid4())),
            client.post(path_of(name, uuid.uuid4())),
        ):
            assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/"), name
    for path in ("/", "/sign-in/", "/sign-in/code/", "/sign-in/enroll/", "/sign-in/agency/"):
        answer = client.get(path)
        assert answer.status_code in {200, 302}
        assert is_private(answer), path


def test_health_needs_no_sign_in_and_tells_nothing() -> None:
    client = Client()
    assert client.get("/healthz").json() == {"ok": True}
    assert client.get("/readyz").json() == {"ok": True}


def test_hidden_and_absent_are_the_same_to_the_byte(
    cast: dict[str, Persona], sent: Response
) -> None:
    """An encounter one was not sent to, one that does not exist, and an address without meaning."""
    for persona in ("patrol-officer", "cru-officer-2", "crisis-worker-2"):
        client = browser_of(cast[persona])
        hidden = client.get(reverse("board:encounter", args=[sent.encounter_id]))
        absent = client.get(reverse("board:encounter", args=[uuid.uuid4()]))
        nowhere = client.get("/no/such/page/")
        assert {a.status_code for a in (hidden, absent, nowhere)} == {404}
        assert hidden.content == absent.content == nowhere.content
        different = {"Date", "Set-Cookie"}
        first, second = (
            {k: v for k, v in a.headers.items() if k not in different} for a in (hidden, absent)
        )
        assert first == second
        assert hidden.cookies.keys() == absent.cookies.keys()


def test_hidden_and_absent_are_the_same_for_acts_as_well(
    cast: dict[str, Persona], sent: Response
) -> None:
    client = browser_of(cast["cru-officer-2"])
    for name in ("police_draft", "police_sign", "police_amend", "police_person", "police_axis"):
        form = {"text": "x", "sequence": "1", "reason": "y", "axis": "contact", "value": "unknown"}
        hidden = client.post(reverse(f"board:{name}", args=[sent.encounter_id]), form)
        absent = client.post(reverse(f"board:{name}", args=[uuid.uuid4()]), form)
        assert (hidden.status_code, absent.status_code) == (404, 404), name
        assert hidden.content == absent.content, name
    other = Member.objects.filter(response=sent).first()
    assert other is not None
    for key in (other.pk, uuid.uuid4()):
        assert (
            client.post(reverse("board:step", args=[key]), {"state": "cleared"}).status_code == 404
        )


def test_403_reads_the_same_whatever_exists(
    sent: Response, browser: Callable[[str], Client]
) -> None:
    for role in ("TC", "IT", "PRVC", "AN"):
        hidden = browser(role).get(reverse("board:encounter", args=[sent.encounter_id]))
        absent = browser(role).get(reverse("board:encounter", args=[uuid.uuid4()]))
        assert (hidden.status_code, absent.status_code) == (403, 403)
        assert steady(hidden) == steady(absent)


def test_titles_and_addresses_name_no_person(
    sent: Response, browser: Callable[[str], Client], cast: dict[str, Persona]
) -> None:
    send_patrol(cast)
    for role, path in [
        ("CRU", reverse("board:encounter", args=[sent.encounter_id])),
        ("MCW", reverse("board:encounter", args=[sent.encounter_id])),
        ("CRU", "/my-calls/"),
        ("TC", "/desk/"),
    ]:
        answer = browser(role).get(path)
        assert answer.status_code == 200
        title = re.search(r"<title>(.*?)</title>", answer.content.decode(), re.DOTALL)
        assert title is not None
        for persona in cast.values():
            assert persona.short_name not in title[1]
        assert "Riverside" not in title[1]


def test_an_ended_session_opens_no_page(
    browser: Callable[[str], Client], cast: dict[str, Persona]
) -> None:
    client = browser("CRU")
    assert client.get("/my-calls/").status_code == 200
    account = account_of(cast["cru-officer"])
    account.epoch += 1
    account.save()
    assert client.get("/my-calls/").headers["Location"] == "/sign-in/"
