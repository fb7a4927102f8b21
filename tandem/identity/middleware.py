"""Every request: whose it is, as which login role, in which transaction, and how a no is told."""

from __future__ import annotations

import logging
import uuid
import zoneinfo
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.conf import settings
from django.db import DatabaseError, DataError, connections
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from psycopg_pool import PoolTimeout

from tandem.identity import sessions
from tandem.identity.refusals import in_words, refusal_page
from tandem.kernel.refusals import (
    AlreadyDone,
    BadInput,
    NotFound,
    NotPermitted,
    Refused,
    TrailUnavailable,
)
from tandem.privacy import audit
from tandem.privacy.acts import Doing
from tandem.storage.keyring import KeyMissing
from tandem.storage.standing import Standing, opened, standing_as

log = logging.getLogger("tandem.request")
View = TypeVar("View", bound=Callable[..., HttpResponseBase])
STAGE_PAGES = {
    "password": "identity:code",
    "enroll": "identity:enroll",
    "agency": "identity:agency",
}
_KNOWN_HOW = frozenset({"in_person", "radio", "phone", "cad", "own_device"})
UNAVAILABLE = (DatabaseError, PoolTimeout, TrailUnavailable, KeyMissing)


class StaffRequest(HttpRequest):
    """A request of somebody who is signed in."""

    signed: sessions.SignedIn

    @property
    def standing(self) -> Standing:
        """As whom the request acts."""
        return self.signed.standing


def public(view: View) -> View:
    """Mark a page that needs no sign-in."""
    view.public = True  # type: ignore[attr-defined]
    return view


def for_roles(*roles: str) -> Callable[[View], View]:
    """Mark whose page this is; others get 403, which depends on no record."""

    def mark(view: View) -> View:
        view.roles = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark


def by_acts(view: View) -> View:
    """Mark a page that changes something: its acts open their own transactions, then it renders."""
    view.by_acts = True  # type: ignore[attr-defined]
    return view


def by_stream(view: View) -> View:
    """Mark a fragment that a page fetches by itself when news comes."""
    view.by_stream = True  # type: ignore[attr-defined]
    return view


class health:
    """Answer /healthz and /readyz before anything else; ready means the database answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or pass on."""
        if request.path == "/healthz":
            return JsonResponse({"ok": True})
        if request.path == "/readyz":
            try:
                with connections["identity"].cursor() as cursor:
                    cursor.execute("SELECT 1 FROM directory_program LIMIT 1")
                    ready = cursor.fetchone() is not None
            except UNAVAILABLE:
                ready = False
            finally:
                connections["identity"].close()
            return JsonResponse({"ok": ready}, status=200 if ready else 503)
        return self.get_response(request)


def private_pages(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Nothing that a person could be in is kept by a browser or a proxy."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return respond


class signed_in:
    """Find the session, refuse who has none, and run the page under the person's login role."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Look the session up, answer, and give every connection back."""
        secret = request.COOKIES.get(sessions.COOKIE)
        try:
            request.signed = sessions.find(secret) if secret else None  # type: ignore[attr-defined]
            return self.get_response(request)
        except UNAVAILABLE as wrong:
            log.warning("unavailable: %s", type(wrong).__name__)
            return refusal_page(request, 503)
        finally:
            connections["identity"].close()

    def process_view(
        self, request: HttpRequest, view: Any, args: Iterable[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Run the page, unless the person may not."""
        if getattr(view, "public", False):
            return None
        signed = request.signed  # type: ignore[attr-defined]
        if signed is None:
            return _to_sign_in(request)
        if signed.stage != "full":
            return redirect(STAGE_PAGES[signed.stage])
        # What the stream fetches by itself is no sign of life, but at a dispatch console in its
        # secured room, which CJIS exempts from the idle lock.
        if not getattr(view, "by_stream", False) or signed.standing.role == "TC":
            sessions.touch(signed, at=timezone.now())
        roles = getattr(view, "roles", None)
        with standing_as(signed.standing), timezone.override(zoneinfo.ZoneInfo(signed.zone)):
            if roles is not None and signed.standing.role not in roles:
                return _not_your_page(request)
            return _answered(request, view, args, kwargs)


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=401)
        response.headers["HX-Redirect"] = "/sign-in/"
        return response
    return redirect("identity:sign_in")


def _not_your_page(request: HttpRequest) -> HttpResponse:
    with opened():
        audit.write(
            "page.refused",
            subject="page",
            subject_id=None,
            happened_at=timezone.now(),
            outcome="refused",
            reason=NotPermitted.code,
        )
    return refusal_page(request, 403)


def _answered(
    request: HttpRequest, view: Any, args: Iterable[Any], kwargs: dict[str, Any]
) -> HttpResponseBase:
    try:
        if getattr(view, "by_acts", False):
            response: HttpResponseBase = view(request, *args, **kwargs)
        else:
            with opened():
                response = view(request, *args, **kwargs)
    except (NotFound, Http404):
        return refusal_page(request, 404)
    except DataError:
        # A NUL or a number too large in an address: bad input, and nothing was changed.
        return refusal_page(request, 409, in_words(BadInput()))
    except AlreadyDone:
        return redirect("identity:home")
    except NotPermitted as no:
        return refusal_page(request, 403, in_words(no))
    except Refused as no:
        return refusal_page(request, 409, in_words(no))
    return response


def doing_of(request: StaffRequest) -> Doing:
    """The acting person of a form, with the act id that the client made."""
    given = request.POST.get("act_id", "")
    try:
        act_id = uuid.UUID(given)
    except ValueError:
        act_id = uuid.uuid4()
    return Doing(
        standing=request.signed.standing,
        short_name=request.signed.short_name,
        at=timezone.now(),
        act_id=act_id,
        how_known=known_how(request.POST.get("how_known", "")),
    )


def known_how(word: str) -> str:
    """How somebody else's act is known; any other word than ours says nothing."""
    return word if word in _KNOWN_HOW else ""
