"""Signing in and out: name and password, six digits, the agency on duty."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tandem.identity import services, sessions
from tandem.identity.chrome import home_of, page, role_word
from tandem.identity.middleware import STAGE_PAGES, public
from tandem.identity.qr import qr_svg
from tandem.identity.sessions import SignedIn
from tandem.kernel.refusals import BadInput, Refused
from tandem.kernel.shapes import MembershipChoice, Sentence
from tandem.storage.standing import Standing

_YEAR = 365 * 24 * 3600


def _device(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.COOKIES.get(sessions.DEVICE_COOKIE, ""))
    except ValueError:
        return uuid.uuid4()


def _with_session(
    response: HttpResponse, secret: str, device: uuid.UUID | None = None
) -> HttpResponse:
    response.set_cookie(
        sessions.COOKIE, secret, httponly=True, samesite="Strict", secure=_only_https()
    )
    return _with_device(response, device) if device else response


def _with_device(response: HttpResponse, device: uuid.UUID) -> HttpResponse:
    response.set_cookie(
        sessions.DEVICE_COOKIE,
        str(device),
        max_age=_YEAR,
        httponly=True,
        samesite="Strict",
        secure=_only_https(),
    )
    return response


def _only_https() -> bool:
    return getattr(settings, "TANDEM_COOKIE_SECURE", False)


def _program_name() -> str:
    from django.db import connections

    with connections["identity"].cursor() as cursor:
        cursor.execute("SELECT name FROM directory_program ORDER BY name LIMIT 2")
        names = [row[0] for row in cursor.fetchall()]
    return names[0] if len(names) == 1 else ""


def _told(refusal: Refused) -> Sentence:
    return Sentence(what=str(services.SENTENCES.get(refusal.code, refusal.sentence)))


@public
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Name and password; the second factor follows."""
    name, sentence, device = request.POST.get("name", ""), None, _device(request)
    if request.method == "POST":
        now = timezone.now()
        try:
            account = services.check_name_and_password(
                name, request.POST.get("password", ""), device=device, at=now
            )
        except Refused as no:
            sentence = _told(no)
            services.note(
                "sign_in.refused",
                Standing("identity"),
                account_id=None,
                at=now,
                outcome="refused",
                reason=no.code,
            )
        else:
            stage = "enroll" if services.needs_enrollment(account.pk) else "password"
            if stage == "enroll":
                services.begin_enrollment(account.pk, at=now)
            secret = sessions.start(account, stage=stage, device=device, at=now)
            to = "identity:enroll" if stage == "enroll" else "identity:code"
            return _with_session(redirect(to), secret, device)
    response = page(
        request,
        "pages/sign_in.html",
        status=403 if sentence else 200,
        action_url=reverse("identity:sign_in"),
        program_name=_program_name(),
        name=name,
        next="",
        sentence=sentence,
    )
    return _with_device(response, device)


def _half_way(request: HttpRequest, stage: str) -> SignedIn | None:
    signed: SignedIn | None = getattr(request, "signed", None)
    return signed if signed is not None and signed.stage == stage else None


def _go_on(signed: SignedIn) -> HttpResponse:
    """After the second factor: the one agency, or the choice between several."""
    now = timezone.now()
    roles = sessions.roles_of(signed.standing.staff_id or uuid.uuid4(), at=now)
    if len(roles) == 1:
        return _on_duty(signed, roles[0])
    sessions.wait_for_agency(signed.id, at=now)
    return redirect("identity:agency")


def _on_duty(signed: SignedIn, role: sessions.Role) -> HttpResponse:
    now = timezone.now()
    secret = sessions.finish(signed, role, at=now)
    standing = Standing(
        sessions.LOGIN_OF_ROLE[role.role],
        role.role,
        signed.standing.staff_id,
        role.agency_id,
        role.program_id,
        role.agency_kind,
    )
    services.note("signed_in", standing, account_id=signed.account_id, at=now)
    return _with_session(redirect(home_of(role.role)), secret)


@public
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponseBase:
    """The six digits of the second factor."""
    signed = _half_way(request, "password")
    if signed is None:
        return redirect("identity:sign_in")
    sentence = None
    if request.method == "POST":
        try:
            services.check_code(signed, request.POST.get("code", ""), at=timezone.now())
        except Refused as no:
            sentence = _told(no)
            services.note(
                "second_factor.refused",
                signed.standing,
                account_id=signed.account_id,
                at=timezone.now(),
                outcome="refused",
                reason=no.code,
            )
        else:
            return _go_on(signed)
    return page(
        request,
        "pages/second_factor.html",
        status=403 if sentence else 200,
        action_url=reverse("identity:code"),
        back_url=reverse("identity:sign_in"),
        name=services.name_of(signed),
        next="",
        sentence=sentence,
    )


@public
@require_http_methods(["GET", "POST"])
def enroll(request: HttpRequest) -> HttpResponseBase:
    """First sign-in: a password of one's own and a second factor."""
    signed = _half_way(request, "enroll")
    if signed is None:
        return redirect("identity:sign_in")
    password_error = code_error = ""
    if request.method == "POST":
        password = request.POST.get("password", "")
        try:
            services.enroll(
                signed,
                password=password,
                again=request.POST.get("password_again", ""),
                code=request.POST.get("code", ""),
                at=timezone.now(),
            )
        except BadInput as no:
            password_error = no.sentence
        except Refused as no:
            code_error = _told(no).what
        else:
            return _go_on(signed)
    seed = services.enrollment_seed(signed.account_id)
    return page(
        request,
        "pages/enroll.html",
        status=409 if password_error or code_error else 200,
        action_url=reverse("identity:enroll"),
        password_min=services.MIN_PASSWORD,
        secret_groups=[seed[i : i + 4] for i in range(0, len(seed), 4)],
        qr_svg=mark_safe(qr_svg(services.enrollment_uri(signed.account_id))),  # noqa: S308 (ours)
        password_error=password_error,
        code_error=code_error,
        sentence=None,
    )


@public
@require_http_methods(["GET", "POST"])
def agency(request: HttpRequest) -> HttpResponseBase:
    """Choose the agency on duty; it is part of the session."""
    signed = _half_way(request, "agency")
    if signed is None:
        return redirect("identity:sign_in")
    now = timezone.now()
    roles = sessions.roles_of(signed.standing.staff_id or uuid.uuid4(), at=now)
    for role in roles:
        if request.method == "POST" and str(role.membership_id) == request.POST.get("membership"):
            return _on_duty(signed, role)
    sentence = None
    if not roles:
        sentence = Sentence(_("No agency lists you at the moment."), do=_("Ring your desk."))
    return page(
        request,
        "pages/choose_agency.html",
        action_url=reverse("identity:agency"),
        memberships=[
            MembershipChoice(str(r.membership_id), r.agency_name, role_word(r.role)) for r in roles
        ],
        sentence=sentence,
    )


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End the session; its streams end within seconds."""
    signed: SignedIn | None = getattr(request, "signed", None)
    if signed is not None:
        now = timezone.now()
        sessions.end(signed.id, at=now)
        if signed.stage == "full":
            services.note("signed_out", signed.standing, account_id=signed.account_id, at=now)
    response = redirect("identity:sign_in")
    response.delete_cookie(sessions.COOKIE)
    # The next person at this computer finds nothing of the last one.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@public
@require_POST
def preferences(request: HttpRequest) -> HttpResponseBase:
    """Language and display, kept in this browser."""
    back = request.POST.get("next", "/")
    # Browsers read "/\\elsewhere" as another host: Django's check knows such spellings.
    ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    response = redirect(back if ours else "/")
    lasts = int(timedelta(days=365).total_seconds())
    if (lang := request.POST.get("lang", "")) in dict(settings.LANGUAGES):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, lang, max_age=lasts, samesite="Lax")
    if (theme := request.POST.get("theme", "")) in {"auto", "light", "dark", "contrast"}:
        response.set_cookie("tandem_theme", theme, max_age=lasts, samesite="Lax")
    return response


@public
@require_GET
def home(request: HttpRequest) -> HttpResponseBase:
    """The front door: one's own first page, or sign-in."""
    signed: SignedIn | None = getattr(request, "signed", None)
    if signed is None:
        return redirect("identity:sign_in")
    if signed.stage != "full":
        return redirect(STAGE_PAGES[signed.stage])
    return redirect(home_of(signed.standing.role))
