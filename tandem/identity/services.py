"""Signing in: password, then second factor, then the agency on duty. Every failure is counted."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pyotp
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tandem.identity.models import Account, Attempt, Session
from tandem.identity.sessions import SignedIn
from tandem.kernel.refusals import BadInput, Refused
from tandem.privacy import audit
from tandem.storage.sealing import ring
from tandem.storage.standing import Standing, opened, standing_as

TRIES = 5  # CJIS AC-7: five tries, fifteen minutes, by account and device
WINDOW = timedelta(minutes=15)
TRIES_ANYWHERE = 50  # one account from many devices: slow a guesser without locking the owner out
MIN_PASSWORD = 12
LONGEST_NAME = 150
_NOBODY = make_password("no account has this password")


class NoMatch(Refused):
    """That name and password do not match. Nothing was lost. Try again, or ring your desk."""

    code = "no_match"


class WrongCode(Refused):
    """That code does not match, or was used already. Wait for the next one."""

    code = "wrong_code"


class LockedOut(Refused):
    """Five tries failed on this device. Try again in 15 minutes, or ring your desk."""

    code = "locked_out"


SENTENCES = {
    "no_match": _(
        "That name and password do not match. Nothing was lost. Try again, or ring your desk."
    ),
    "wrong_code": _("That code does not match, or was used already. Wait for the next one."),
    "locked_out": _(
        "Five tries failed on this device. Try again in 15 minutes, or ring your desk."
    ),
}


def _hash_of(username: str) -> bytes:
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, username.strip().lower().encode(), hashlib.sha256).digest()


def check_not_locked(username: str, device: uuid.UUID, *, at: datetime) -> None:
    """Refuse when this account failed too often on this device, or very often anywhere."""
    recent = Attempt.objects.filter(account_hash=_hash_of(username), at__gt=at - WINDOW)
    if recent.filter(device=device).count() >= TRIES:
        raise LockedOut
    # Who guesses from many devices locks all of them, but not those where the owner signed in.
    if recent.count() >= TRIES_ANYWHERE and not _owner_was_here(username, device):
        raise LockedOut


def _owner_was_here(username: str, device: uuid.UUID) -> bool:
    account = _named(username)
    return (
        account is not None
        and Session.objects.filter(account_id=account.pk, device=device, stage="full").exists()
    )


def _named(username: str) -> Account | None:
    # No column holds a NUL: a name with one is a name that nobody has.
    name = "" if "\x00" in username else username.strip().lower()
    return Account.objects.filter(username=name, disabled_at=None).first()


def _failed(username: str, device: uuid.UUID, *, at: datetime) -> None:
    Attempt.objects.create(account_hash=_hash_of(username), device=device, at=at)


def check_name_and_password(
    username: str, password: str, *, device: uuid.UUID, at: datetime
) -> Account:
    """The account, or one refusal that is the same for an unknown name and a wrong password."""
    check_not_locked(username, device, at=at)
    account = _named(username)
    # An unknown name costs the same time as a known one.
    right = check_password(password, account.password if account else _NOBODY)
    if account is None or not right:
        _failed(username, device, at=at)
        raise NoMatch
    return account


def _matching_step(seed: str, code: str, at: datetime) -> int | None:
    totp = pyotp.TOTP(seed)
    step = int(at.timestamp()) // totp.interval
    for candidate in (step, step - 1, step + 1):
        # As bytes: text with other than ASCII cannot be compared in constant time.
        if hmac.compare_digest(totp.generate_otp(candidate).encode(), code.encode()):
            return candidate
    return None


def name_of(signed: SignedIn) -> str:
    """The name with which a half-way session began."""
    return Account.objects.only("username").get(pk=signed.account_id).username


def check_code(signed: SignedIn, code: str, *, at: datetime) -> None:
    """Accept the six digits once; RFC 6238 with one step of drift either way."""
    account = Account.objects.get(pk=signed.account_id)
    check_not_locked(account.username, signed.device, at=at)
    seed = ring().unwrap("sign_in", account.pk.bytes, bytes(account.totp or b"")).decode()
    step = _matching_step(seed, code.replace(" ", ""), at)
    fresh = step is not None and Account.objects.filter(pk=account.pk, totp_step__lt=step).update(
        totp_step=step
    )
    if not fresh:
        _failed(account.username, signed.device, at=at)
        raise WrongCode


def note(
    act: str,
    standing: Standing,
    *,
    account_id: uuid.UUID | None,
    at: datetime,
    outcome: str = "done",
    reason: str = "",
) -> None:
    """A row in the trail of the person's own side: who signed in or out, or failed to."""
    under = replace(standing, login="identity")
    with standing_as(under), opened():
        audit.write(
            act,
            subject="account",
            subject_id=account_id,
            happened_at=at,
            outcome=outcome,
            reason=reason,
            side=audit.side_of(standing),
        )


def seal_seed(account_id: uuid.UUID, seed: str) -> bytes:
    """A second factor's seed, sealed for its account."""
    return ring().wrap("sign_in", account_id.bytes, seed.encode())


def add_account(
    staff_id: uuid.UUID, username: str, password: str, *, seed: str | None = None
) -> Account:
    """Make a sign-in; without a seed the person enrolls a second factor at first sign-in."""
    check_name_is_free(username)
    account = Account(
        staff_id=staff_id,
        username=username.strip().lower(),
        password=make_password(password),
        must_change=seed is None,
    )
    account.totp = seal_seed(account.pk, seed) if seed else None
    try:
        with transaction.atomic(using="identity"):
            account.save(force_insert=True)
    except IntegrityError:
        # Two at once: the other one was first.
        raise BadInput(str(_("Choose a sign-in name that nobody has yet."))) from None
    return account


def check_name_is_free(username: str) -> None:
    """Refuse a sign-in name that is empty or in use."""
    if (
        not username.strip()
        or "\x00" in username
        or len(username) > LONGEST_NAME
        or Account.objects.filter(username=username.strip().lower()).exists()
    ):
        raise BadInput(str(_("Choose a sign-in name that nobody has yet.")))


def accounts_of(staff: Iterable[uuid.UUID]) -> dict[uuid.UUID, Account]:
    """The sign-in of each of these people."""
    return {account.staff_id: account for account in Account.objects.filter(staff_id__in=staff)}


def staff_named(username: str) -> uuid.UUID | None:
    """Who signs in with this name, also where the sign-in is shut."""
    found = Account.objects.filter(username=username.strip().lower()).first()
    return None if found is None else found.staff_id


def reset_account(staff_id: uuid.UUID, password: str) -> str:
    """A new first password and a second factor to enroll again; returns the sign-in name."""
    account = Account.objects.filter(staff_id=staff_id).first()
    if account is None:
        return ""
    account.password = make_password(password)
    account.totp = account.totp_pending = account.disabled_at = None
    account.must_change = True
    account.epoch += 1
    account.save()
    return account.username


def needs_enrollment(account_id: uuid.UUID) -> bool:
    """Whether the person must choose a password and a second factor before anything else."""
    account = Account.objects.get(pk=account_id)
    return account.totp is None or account.must_change


def begin_enrollment(account_id: uuid.UUID, *, at: datetime) -> None:
    """Whoever has the first password now starts afresh: an earlier browser's page ends here.

    A first password passes through hands. Without this, whoever saw it could open the page, wait
    until its owner has enrolled, and put a password and a second factor of their own over theirs.
    """
    Session.objects.filter(account_id=account_id, stage="enroll", ended_at=None).update(ended_at=at)
    Account.objects.filter(pk=account_id).update(totp_pending=None)


def enrollment_seed(account_id: uuid.UUID) -> str:
    """The seed to show: made once, kept until it is confirmed."""
    account = Account.objects.get(pk=account_id)
    if account.totp_pending:
        return ring().unwrap("sign_in", account.pk.bytes, bytes(account.totp_pending)).decode()
    seed = pyotp.random_base32()
    Account.objects.filter(pk=account_id).update(totp_pending=seal_seed(account_id, seed))
    return seed


def enrollment_uri(account_id: uuid.UUID) -> str:
    """What a code app reads from the picture."""
    account = Account.objects.get(pk=account_id)
    totp = pyotp.TOTP(enrollment_seed(account_id))
    return totp.provisioning_uri(name=account.username, issuer_name="Tandem")


def enroll(signed: SignedIn, *, password: str, again: str, code: str, at: datetime) -> None:
    """Take the person's own password and confirm the second factor by its first code."""
    if password != again:
        raise BadInput(str(_("The two passwords differ.")))
    if len(password) < MIN_PASSWORD:
        raise BadInput(str(_("Choose a password of at least 12 characters.")))
    account = Account.objects.get(pk=signed.account_id)
    step = _matching_step(enrollment_seed(account.pk), code.replace(" ", ""), at)
    if step is None:
        _failed(account.username, signed.device, at=at)
        raise WrongCode
    with transaction.atomic(using="identity"):
        Account.objects.filter(pk=account.pk).update(
            password=make_password(password),
            totp=account.totp_pending,
            totp_pending=None,
            totp_step=step,
            must_change=False,
        )
        half_way = Session.objects.filter(account_id=account.pk, ended_at=None)
        half_way.exclude(pk=signed.id).update(ended_at=at)


def disable_account(staff_id: uuid.UUID, *, at: datetime) -> None:
    """Close a person's sign-in; sessions and streams follow within seconds."""
    Account.objects.filter(staff_id=staff_id, disabled_at=None).update(disabled_at=at)
