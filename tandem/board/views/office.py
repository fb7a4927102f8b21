"""Pages of the office: feeds, staff and roles, "why can't I see this"."""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tandem.board.facts import feed_state
from tandem.board.views.common import carried_out
from tandem.board.words import class_word, effect_word
from tandem.calls.models import Feed
from tandem.calls.services import create_feed, revoke_feed
from tandem.directory.models import Agency, Membership, RoleRequest, Staff
from tandem.directory.services import (
    add_staff,
    ask_role,
    confirm_role,
    end_membership,
    give_membership,
    reset_sign_in,
    shut_sign_in,
    turn_down_role,
)
from tandem.identity import services as identity
from tandem.identity import sessions
from tandem.identity.chrome import moment, page, role_word, say
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.interop.cad.services import new_token, token_hash
from tandem.kernel.refusals import BadInput
from tandem.kernel.shapes import (
    FeedLine,
    Feeds,
    MembershipLine,
    Option,
    RuleLine,
    StaffLine,
    StaffPage,
    WaitingRole,
)
from tandem.paging.queries import numbers_of
from tandem.privacy.permissions import needs_second
from tandem.privacy.policy.load import policy
from tandem.storage.standing import opened


def _agencies(request: StaffRequest) -> list[Agency]:
    return list(Agency.objects.visible_to(request.signed.standing).order_by("name"))


def _feeds(request: StaffRequest, token: str = "", made: str = "") -> Feeds:
    now = timezone.now()
    names = {agency.pk: agency.name for agency in _agencies(request)}
    lines = []
    # Without the token's hash: an administrator has no right to read it.
    for feed in (
        Feed.objects.visible_to(request.signed.standing).defer("token_hash").order_by("source")
    ):
        today = feed.counted_on == now.date()
        lines.append(
            FeedLine(
                source=feed.source,
                agency_name=names.get(feed.agency_id, ""),
                mode=feed.mode,
                state=feed_state(
                    (now - feed.last_event_at).total_seconds() if feed.last_event_at else None
                ),
                today=feed.accepted if today else 0,
                rejected=feed.rejected if today else 0,
                last_at=moment(feed.last_event_at),
                revoked_at=moment(feed.revoked_at),
                mode_url="" if feed.revoked_at else reverse("board:feed_mode", args=[feed.pk]),
                revoke_url="" if feed.revoked_at else reverse("board:feed_revoke", args=[feed.pk]),
            )
        )
    return Feeds(
        lines=lines,
        agencies=[Option(str(key), name) for key, name in names.items()],
        create_url=reverse("board:feeds"),
        token=token,
        token_for=made,
    )


@for_roles("IT")
@by_acts
@require_http_methods(["GET", "POST"])
def feeds(request: StaffRequest) -> HttpResponseBase:
    """Which sources are connected; a new one's token is shown once, in this answer."""
    token, source, sentence = "", request.POST.get("source", ""), None
    if request.method == "POST":
        made = new_token()

        def work() -> None:
            try:
                agency_id = uuid.UUID(request.POST.get("agency", ""))
            except ValueError:
                raise BadInput(_("Choose an agency.")) from None
            create_feed(
                doing_of(request),
                uuid.uuid4(),
                agency_id=agency_id,
                source=source,
                token_hash=token_hash(made),
            )

        sentence = carried_out(work)
        token = "" if sentence else made
    with opened():
        shown = _feeds(request, token, source if token else "")
    more = {"sentence": sentence} if sentence else {}
    return page(
        request, "pages/feeds.html", "feeds", status=409 if sentence else 200, feeds=shown, **more
    )


@for_roles("IT")
@by_acts
@require_POST
def feed_revoke(request: StaffRequest, feed_id: uuid.UUID) -> HttpResponseBase:
    """Cut a source off."""
    sentence = carried_out(lambda: revoke_feed(doing_of(request), feed_id))
    return say("board:feeds", sentence=sentence, done="" if sentence else _("Revoked."))


def _staff_page(request: StaffRequest, password: str = "", made_for: str = "") -> StaffPage:
    standing = request.signed.standing
    now = timezone.now()
    names = {agency.pk: agency.name for agency in _agencies(request)}
    people = list(Staff.objects.visible_to(standing).order_by("display_name"))
    roles: dict[uuid.UUID, list[MembershipLine]] = {}
    administrators = set()
    for held in Membership.objects.visible_to(standing).order_by("from_at"):
        if held.until_at is not None and held.until_at < now - timedelta(days=30):
            continue
        if held.role == "IT" and held.until_at is None:
            administrators.add(held.staff_id)
        until = date_format(timezone.localtime(held.until_at), "M j, H:i") if held.until_at else ""
        remove = "" if held.until_at else reverse("board:membership_end", args=[held.pk])
        roles.setdefault(held.staff_id, []).append(
            MembershipLine(names.get(held.agency_id, ""), role_word(held.role), until, remove)
        )
    accounts = identity.accounts_of([person.pk for person in people])
    numbers, lines = numbers_of(standing), []
    for person in people:
        account = accounts.get(person.pk)
        lines.append(
            StaffLine(
                name=person.display_name,
                login=account.username if account else "",
                memberships=roles.get(person.pk, []),
                enabled=bool(account and account.disabled_at is None),
                enrolled=bool(account and account.totp),
                reset_url=""
                if person.pk in administrators
                else reverse("board:staff_reset", args=[person.pk]),
                shut_url=reverse("board:staff_shut", args=[person.pk]),
                number=numbers.get(person.pk, ""),
                number_url=reverse("board:staff_number", args=[person.pk])
                if person.pk in roles
                else "",
            )
        )
    return StaffPage(
        lines=lines,
        people=[Option(str(person.pk), person.display_name) for person in people],
        agencies=[Option(str(key), name) for key, name in names.items()],
        roles=[Option(role, role_word(role)) for role in sessions.LOGIN_OF_ROLE],
        create_url=reverse("board:staff"),
        add_role_url=reverse("board:membership_give"),
        first_password=password,
        first_password_for=made_for,
        waiting=_waiting(request, names, {p.pk: p.display_name for p in people}, administrators),
    )


def _waiting(
    request: StaffRequest,
    agencies: dict[uuid.UUID, str],
    people: dict[uuid.UUID, str],
    administrators: set[uuid.UUID],
) -> list[WaitingRole]:
    """What waits for a second administrator; where nobody else could be one, the console is."""
    standing = request.signed.standing
    lines = []
    for asked in RoleRequest.objects.visible_to(standing).filter(decision="").order_by("asked_at"):
        others = administrators - {asked.asked_by_id, asked.staff_id}
        lines.append(
            WaitingRole(
                name=people.get(asked.staff_id, ""),
                agency_name=agencies.get(asked.agency_id, ""),
                role_word=role_word(asked.role),
                asked_by=people.get(asked.asked_by_id, ""),
                asked_at=date_format(timezone.localtime(asked.asked_at), "M j, H:i"),
                refuse_url=reverse("board:role_refuse", args=[asked.pk]),
                confirm_url=reverse("board:role_confirm", args=[asked.pk])
                if standing.me in others
                else "",
                command="" if others else f"tandem staff confirm {asked.pk}",
            )
        )
    return lines


@for_roles("IT")
@by_acts
@require_http_methods(["GET", "POST"])
def staff(request: StaffRequest) -> HttpResponseBase:
    """Who works here and in which role; a new person's first password is shown once."""
    sentence, password, login = None, "", request.POST.get("login", "").strip().lower()
    if request.method == "POST":
        first = secrets.token_urlsafe(12)
        staff_id = uuid.uuid4()

        def work() -> None:
            identity.check_name_is_free(login)
            add_staff(
                doing_of(request),
                staff_id,
                display_name=request.POST.get("display_name", ""),
                short_name=request.POST.get("short_name", ""),
                login=login,
                password=first,
            )

        sentence = carried_out(work)
        password = "" if sentence else first
    with opened():
        shown = _staff_page(request, password, login if password else "")
    more = {"sentence": sentence} if sentence else {}
    return page(
        request, "pages/staff.html", "staff", status=409 if sentence else 200, staff=shown, **more
    )


@for_roles("IT")
@by_acts
@require_POST
def membership_give(request: StaffRequest) -> HttpResponseBase:
    """Give a person a role, or ask for one that a second administrator confirms."""
    role = request.POST.get("role", "")
    second = needs_second(role)

    def work() -> None:
        try:
            staff_id = uuid.UUID(request.POST.get("staff", ""))
            agency_id = uuid.UUID(request.POST.get("agency", ""))
        except ValueError:
            raise BadInput(_("Choose a person and an agency.")) from None
        if second:
            ask_role(doing_of(request), staff_id, agency_id, role)
        else:
            give_membership(doing_of(request), staff_id, agency_id, role)

    sentence = carried_out(work)
    done = _("Asked. It waits for a second administrator.") if second else _("Role given.")
    return say("board:staff", sentence=sentence, done="" if sentence else done)


@for_roles("IT")
@by_acts
@require_POST
def role_confirm(request: StaffRequest, request_id: uuid.UUID) -> HttpResponseBase:
    """Confirm a role that another administrator asked for."""
    sentence = carried_out(lambda: confirm_role(doing_of(request), request_id))
    return say("board:staff", sentence=sentence, done="" if sentence else _("Role given."))


@for_roles("IT")
@by_acts
@require_POST
def role_refuse(request: StaffRequest, request_id: uuid.UUID) -> HttpResponseBase:
    """Refuse a role that was asked for, or take the own request back."""
    sentence = carried_out(lambda: turn_down_role(doing_of(request), request_id))
    return say("board:staff", sentence=sentence, done="" if sentence else _("Not given."))


@for_roles("IT")
@by_acts
@require_POST
def membership_end(request: StaffRequest, membership_id: uuid.UUID) -> HttpResponseBase:
    """Remove a person from an agency."""

    def work() -> None:
        ended = end_membership(doing_of(request), membership_id)
        sessions.end_all_of(ended.staff_id, at=timezone.now())

    sentence = carried_out(work)
    done = "" if sentence else _("Removed. Open sessions end within 5 seconds.")
    return say("board:staff", sentence=sentence, done=done)


@for_roles("IT")
@by_acts
@require_POST
def staff_reset(request: StaffRequest, staff_id: uuid.UUID) -> HttpResponseBase:
    """Give a new first password; the second factor is enrolled again."""
    first, login = secrets.token_urlsafe(12), ""

    def work() -> None:
        nonlocal login
        login = reset_sign_in(doing_of(request), staff_id, first)

    sentence = carried_out(work)
    with opened():
        shown = _staff_page(request, first if login else "", login)
    status, more = (409, {"sentence": sentence}) if sentence else (200, {})
    return page(request, "pages/staff.html", "staff", status=status, staff=shown, **more)


@for_roles("IT")
@by_acts
@require_POST
def staff_shut(request: StaffRequest, staff_id: uuid.UUID) -> HttpResponseBase:
    """Close a person's sign-in; open sessions end within seconds."""
    sentence = carried_out(lambda: shut_sign_in(doing_of(request), staff_id))
    done = "" if sentence else _("Shut. Open sessions end within 5 seconds.")
    return say("board:staff", sentence=sentence, done=done)


@require_GET
def why(request: StaffRequest) -> HttpResponseBase:
    """What this role may see and what not, and why: the same whether or not anything exists."""
    role, walls = request.signed.standing.role, policy()
    rules = []
    for code, data in walls.classes.items():
        cell, what = walls.cells.get((code, role)), class_word(code)
        if cell is None or not what:
            continue
        held = data.retention != "never"
        # Who may only add a row sees none; what is kept elsewhere is not here to be seen.
        shown = (
            cell.built
            and cell.effect not in {"none", "external"}
            and "adds_only" not in cell.obligations
        )
        because = (
            _("Your role sees this: %(how)s.") % {"how": effect_word(cell.effect)}
            if shown
            else _("Your role does not see this.")
        )
        authority = _("Program policy") if cell.authority == "policy" else cell.authority
        rules.append(
            RuleLine(
                what=what,
                because=because if held else _("Tandem keeps this for nobody."),
                ask=_("Ask the custodian of that record.") if held else "",
                authority=f"{code} · {authority}",
                shown=shown,
            )
        )
    return page(request, "pages/why.html", "why", rules=rules)
