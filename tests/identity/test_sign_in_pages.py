"""Signing in through the pages: cookies, tokens against forged forms, rotation, enrollment."""

from __future__ import annotations

import re
from datetime import timedelta
from http.cookies import Morsel
from typing import Any

import pyotp
import pytest
from django.conf import LazySettings
from django.test import Client

from tandem.identity.models import Account, Session
from tandem.identity.services import add_account, reset_account
from tandem.identity.sessions import COOKIE, DEVICE_COOKIE
from tests.conftest import Persona
from tests.identity.conftest import PASSWORD, Known, code_at, now
from tests.scene import browser_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
OWN = "a password of my own, long"


@pytest.fixture
def client() -> Client:
    """A browser of nobody yet."""
    return Client(raise_request_exception=False)


def cookie(client: Client, name: str) -> Morsel[str]:
    """A cookie as it was last set."""
    return client.cookies[name]


def words(answer: Any) -> str:
    """The page as text."""
    return str(answer.content.decode())


def test_password_then_code_leads_to_the_own_first_page(client: Client, known: Known) -> None:
    answer = client.post("/sign-in/", {"name": "okafor", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/code/")
    half = cookie(client, COOKIE).value
    # Half-way opens nothing but the next step.
    assert client.get("/my-calls/").headers["Location"] == "/sign-in/code/"
    assert client.get("/").headers["Location"] == "/sign-in/code/"
    answer = client.post("/sign-in/code/", {"code": code_at(now())})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/my-calls/")
    assert cookie(client, COOKIE).value != half
    assert client.get("/my-calls/").status_code == 200
    assert Session.objects.exclude(ended_at=None).get().stage == "password"


def test_a_wrong_password_and_an_unknown_name_give_the_same_page(known: Known) -> None:
    pages = []
    for name in ("okafor", "nobodyy"):
        client = Client()
        answer = client.post("/sign-in/", {"name": name, "password": "wrong"})
        assert answer.status_code == 403
        assert COOKIE not in client.cookies
        volatile = r"csrfmiddlewaretoken[^>]*>|act_id[^>]*>|datetime=\"[^\"]*\"|\d\d:\d\d(:\d\d)?"
        pages.append(re.sub(volatile, "", words(answer).replace(name, "NAME")))
    assert pages[0] == pages[1]
    assert "That name and password do not match." in pages[0]


def test_the_password_is_on_no_page(client: Client, known: Known) -> None:
    answer = client.post("/sign-in/", {"name": "okafor", "password": "hunter2-hunter2"})
    assert "hunter2" not in words(answer)


@pytest.mark.parametrize("https", [False, True])
def test_the_cookies_flags(
    client: Client, known: Known, settings: LazySettings, https: bool
) -> None:
    settings.TANDEM_COOKIE_SECURE = https  # what production sets
    client.get("/sign-in/")
    device = cookie(client, DEVICE_COOKIE)
    assert (device["httponly"], device["samesite"]) == (True, "Strict")
    assert bool(device["secure"]) is https
    client.post("/sign-in/", {"name": "okafor", "password": PASSWORD})
    for name in (COOKIE, DEVICE_COOKIE):
        morsel = cookie(client, name)
        assert (morsel["httponly"], morsel["samesite"]) == (True, "Strict")
        assert bool(morsel["secure"]) is https
    # The session ends with the browser; the device is known longer, and holds no name.
    assert cookie(client, COOKIE)["max-age"] == ""
    assert "okafor" not in cookie(client, DEVICE_COOKIE).value


def test_the_device_keeps_its_name_over_sign_ins(client: Client, known: Known) -> None:
    client.get("/sign-in/")
    device = cookie(client, DEVICE_COOKIE).value
    client.post("/sign-in/", {"name": "okafor", "password": "wrong"})
    client.post("/sign-in/", {"name": "okafor", "password": PASSWORD})
    assert cookie(client, DEVICE_COOKIE).value == device


def test_a_locked_device_is_told_so_and_stays_out(client: Client, known: Known) -> None:
    client.get("/sign-in/")
    for _ in range(5):
        client.post("/sign-in/", {"name": "okafor", "password": "wrong"})
    answer = client.post("/sign-in/", {"name": "okafor", "password": PASSWORD})
    assert answer.status_code == 403
    assert "Five tries failed on this device." in words(answer)
    assert COOKIE not in client.cookies


def test_a_form_without_its_token_does_nothing(known: Known, officer: Persona) -> None:
    stranger = Client(enforce_csrf_checks=True, raise_request_exception=False)
    assert stranger.post("/sign-in/", {"name": "okafor", "password": PASSWORD}).status_code == 403
    assert not Session.objects.exists()
    browser = browser_of(officer, enforce_csrf_checks=True)
    for path in ("/duty/on/", "/sign-out/", "/preferences/"):
        answer = browser.post(path, {"reason": "sick"})
        assert answer.status_code == 403
        assert "This form is too old." in words(answer)
    assert browser.get("/my-calls/").status_code == 200


def test_a_form_with_its_token_is_taken(known: Known) -> None:
    client = Client(enforce_csrf_checks=True)
    page = words(client.get("/sign-in/"))
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found is not None
    form = {"name": "okafor", "password": PASSWORD, "csrfmiddlewaretoken": found[1]}
    assert client.post("/sign-in/", form).status_code == 302


def test_signing_out_ends_the_session_and_clears_the_browser(officer: Persona) -> None:
    browser = browser_of(officer)
    secret = cookie(browser, COOKIE).value
    answer = browser.post("/sign-out/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    browser.cookies[COOKIE] = secret
    assert browser.get("/my-calls/").headers["Location"] == "/sign-in/"
    assert browser.get("/sign-out/").status_code == 405


def test_a_script_without_a_session_is_sent_to_sign_in(client: Client) -> None:
    answer = client.get("/desk/fragments/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in/")


@pytest.mark.parametrize(
    ("back", "to"),
    [
        ("/my-calls/", "/my-calls/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example/", "/"),
        ("https://elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_preferences_lead_nowhere_else(client: Client, back: str, to: str) -> None:
    answer = client.post("/preferences/", {"next": back, "lang": "es", "theme": "dark"})
    assert answer.headers["Location"] == to
    assert cookie(client, "tandem_theme").value == "dark"


def enrolling(client: Client, name: str, password: str) -> str:
    """Sign in with a first password; the seed that the page shows."""
    answer = client.post("/sign-in/", {"name": name, "password": password})
    assert answer.headers["Location"] == "/sign-in/enroll/"
    account = Account.objects.get(username=name)
    client.get("/sign-in/enroll/")
    account.refresh_from_db()
    from tandem.storage.sealing import ring

    seed = ring().unwrap("sign_in", account.pk.bytes, bytes(account.totp_pending or b"")).decode()
    groups = [seed[i : i + 4] for i in range(0, len(seed), 4)]
    page = words(client.get("/sign-in/enroll/"))
    assert all(group in page for group in groups)
    return seed


def enroll(client: Client, **form: str) -> Any:
    """Send the form of first sign-in."""
    return client.post("/sign-in/enroll/", form)


def test_first_sign_in_takes_a_password_and_a_second_factor(
    client: Client, officer: Persona
) -> None:
    add_account(officer.staff_id, "newcomer", "first-password-1")
    seed = enrolling(client, "newcomer", "first-password-1")
    assert client.get("/my-calls/").headers["Location"] == "/sign-in/enroll/"
    code = pyotp.TOTP(seed).at(now())
    for form in (
        {"password": "short", "password_again": "short", "code": code},
        {"password": OWN, "password_again": OWN + "x", "code": code},
        {"password": OWN, "password_again": OWN, "code": "000000" if code != "000000" else "1"},
        {"password": OWN, "password_again": OWN, "code": ""},
    ):
        assert enroll(client, **form).status_code == 409
        assert Account.objects.get(username="newcomer").totp is None
    answer = enroll(client, password=OWN, password_again=OWN, code=code)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/my-calls/")
    account = Account.objects.get(username="newcomer")
    assert (account.must_change, account.totp_pending) == (False, None)
    # The first password is dead, and the confirming code cannot sign in a second time.
    fresh = Client()
    fresh.post("/sign-in/", {"name": "newcomer", "password": "first-password-1"})
    assert COOKIE not in fresh.cookies
    fresh.post("/sign-in/", {"name": "newcomer", "password": OWN})
    assert fresh.post("/sign-in/code/", {"code": code}).status_code == 403
    later = pyotp.TOTP(seed).at(now() + timedelta(seconds=30))
    assert fresh.post("/sign-in/code/", {"code": later}).status_code == 302


def test_a_reset_account_enrolls_again_and_its_old_sessions_are_over(
    client: Client, known: Known
) -> None:
    browser = browser_of(known.persona)
    assert browser.get("/my-calls/").status_code == 200
    assert reset_account(known.persona.staff_id, "first-password-2") == "okafor"
    assert browser.get("/my-calls/").headers["Location"] == "/sign-in/"
    assert COOKIE not in client.cookies
    enrolling(client, "okafor", "first-password-2")


def test_each_sign_in_and_each_failure_is_in_the_trail(
    client: Client, known: Known, trail: Any
) -> None:
    client.post("/sign-in/", {"name": "okafor", "password": "wrong"})
    client.post("/sign-in/", {"name": "okafor", "password": PASSWORD})
    client.post("/sign-in/code/", {"code": "no"})
    client.post("/sign-in/code/", {"code": code_at(now())})
    client.post("/sign-out/")
    assert trail() == ["sign_in.refused", "second_factor.refused", "signed_in", "signed_out"]
