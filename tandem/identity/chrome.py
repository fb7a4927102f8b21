"""The frame of every page, and the one sentence that a redirect carries to the next page."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

import tandem
from tandem.identity.desk_views import desk_of_role, read_view
from tandem.identity.sessions import SignedIn
from tandem.kernel.shapes import Chrome, Done, Moment, NavItem, Sentence, Timer
from tandem.storage.outbox import ALARM

SAID_COOKIE = "tandem_said"
_NAV: dict[str, tuple[str, ...]] = {
    "TC": ("desk", "intake", "wall", "cautions", "emergencies", "advice_rules", "why"),
    "PO": ("my_calls", "duty", "persons", "cautions", "report", "why"),
    "CRU": ("my_calls", "duty", "persons", "cautions", "reviews", "report", "why"),
    "MCW": ("my_calls", "duty", "crisis", "persons", "report", "why"),
    "SUP": ("report", "crisis", "alerts", "emergencies", "reviews", "forms", "persons", "why"),
    "PRVP": ("audit", "report", "stewards", "why"),
    "PRVC": ("audit", "report", "stewards", "why"),
    "IT": ("feeds", "maps", "staff", "advice_rules", "why"),
    "TR": ("skills", "why"),
    "AN": ("why", "report_joint"),
    "CH": ("why", "report_joint"),
    "RF": ("why",),
    "CP": ("why",),
}


def role_word(role: str) -> str:
    """What a people-role is called."""
    return {
        "TC": _("Dispatcher"),
        "PO": _("Officer"),
        "CRU": _("Officer, Community Resource Unit"),
        "MCW": _("Crisis worker"),
        "SUP": _("Crisis supervisor"),
        "RF": _("Receiving facility"),
        "CP": _("Community provider"),
        "AN": _("Analyst"),
        "CH": _("Chief or board"),
        "TR": _("Training"),
        "PRVP": _("Police records custodian"),
        "PRVC": _("County records custodian"),
        "IT": _("Administrator"),
    }.get(role, "")


def home_of(role: str) -> str:
    """The page that opens after sign-in."""
    pages = _NAV.get(role, ("why",))
    return reverse(f"board:{pages[0]}")


def moment(at: datetime | None) -> Moment | None:
    """A time of day in the program's zone."""
    return None if at is None else moment_of(at)


def moment_of(at: datetime) -> Moment:
    """The same for a time that is there."""
    local = timezone.localtime(at)
    return Moment(local.isoformat(timespec="seconds"), f"{local:%H:%M}", f"{local:%H:%M:%S}")


def timer(since: datetime, *, now: datetime, limit: int | None = None) -> Timer:
    """A running clock."""
    elapsed = max(0, int((now - since).total_seconds()))
    return Timer(timezone.localtime(since).isoformat(timespec="seconds"), elapsed, limit)


def chrome_of(request: HttpRequest, here: str = "") -> Chrome:
    """Everything the frame shows; `here` is the code of the page in the menu."""
    signed: SignedIn | None = getattr(request, "signed", None)
    now = timezone.now()
    local = timezone.localtime(now)
    theme = request.COOKIES.get("tandem_theme", "auto")
    chrome = Chrome(
        lang=get_language() or "en",
        theme=theme if theme in {"auto", "light", "dark", "contrast"} else "auto",
        ribbon=_ribbon(signed),
        now=moment_of(now),
        today=date_format(local, "D, M j"),
        act_id=str(uuid.uuid4()),
        here=request.path,
        home_url="/",
        preferences_url=reverse("identity:preferences"),
        version=tandem.__version__,
        sign_in_url=reverse("identity:sign_in"),
        single_keys=request.COOKIES.get("tandem_single_keys") != "off",
    )
    if signed is not None and signed.stage == "full":
        role = signed.standing.role
        chrome.staff_name = signed.short_name
        chrome.role_word = role_word(role)
        chrome.agency_name = signed.agency_name
        chrome.sign_out_url = reverse("identity:sign_out")
        chrome.home_url = home_of(role)
        chrome.stream_url = "/stream"
        chrome.nav = [
            NavItem(code, reverse(f"board:{code}"), current=code == here) for code in _NAV[role]
        ]
        _add_alarm(chrome, role, here)
        if here in {"desk", "crisis"} and (desk := desk_of_role(role)):
            chrome.density = read_view(signed.desk_views, desk).density
    return chrome


def _add_alarm(chrome: Chrome, role: str, here: str) -> None:
    """A desk hears emergencies on all its pages; a crisis worker on the crisis desk's alone."""
    chrome.alarm_key = str(ALARM)[:8]
    if role in {"TC", "SUP"} or (role == "MCW" and here == "crisis"):
        chrome.alarm_url = reverse("board:alarm")
    if role in {"PO", "CRU", "MCW"}:
        chrome.sos_url = reverse("board:sos")


def bare_chrome(request: HttpRequest) -> Chrome:
    """The frame without anything that differs from one answer to the next."""
    chrome = chrome_of(request)
    chrome.staff_name = chrome.sign_out_url = chrome.stream_url = chrome.act_id = ""
    chrome.alarm_url = chrome.sos_url = ""
    chrome.here, chrome.home_url, chrome.nav = "/", "/", []
    chrome.now = Moment("", "", "")
    return chrome


def _ribbon(signed: SignedIn | None) -> str:
    from tandem.kernel.instance import Instance

    if signed is None or signed.stage != "full":
        return "demonstration" if Instance.find().demo_file.exists() else ""
    if signed.is_demo:
        return "demonstration"
    # Until a later release proves the rest, every administrator is told.
    return "evaluation" if signed.standing.role == "IT" else ""


def page(
    request: HttpRequest,
    template: str,
    here: str = "",
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """Draw a page with its frame and with what the last redirect had to say."""
    sentence, done = said(request)
    context = {"sentence": sentence, "done": done, **context, "chrome": chrome_of(request, here)}
    response = render(request, template, context, status=status)
    if SAID_COOKIE in request.COOKIES:
        response.delete_cookie(SAID_COOKIE)
    return response


def say(
    to: str, *args: Any, sentence: Sentence | None = None, done: str = ""
) -> HttpResponseRedirect:
    """Post, redirect, get: the next page shows the sentence once."""
    response = HttpResponseRedirect(reverse(to, args=args))
    body: dict[str, Any] = {"done": done}
    if sentence:
        body["sentence"] = [sentence.what, sentence.safe, sentence.do]
    response.set_cookie(
        SAID_COOKIE,
        signing.dumps(body, salt="said"),
        max_age=60,
        httponly=True,
        samesite="Strict",
    )
    return response


def said(request: HttpRequest) -> tuple[Sentence | None, Done | None]:
    """What the last act had to say, if it is ours and fresh."""
    try:
        body = signing.loads(request.COOKIES.get(SAID_COOKIE, ""), salt="said", max_age=60)
    except signing.BadSignature:
        return None, None
    told = body.get("sentence")
    return (
        Sentence(*told) if told else None,
        Done(body["done"]) if body.get("done") else None,
    )


def fragment(
    request: HttpRequest, template: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    """Draw a part of a page; the frame's facts are there for what it needs of them."""
    return render(request, template, {**context, "chrome": chrome_of(request)}, status=status)
