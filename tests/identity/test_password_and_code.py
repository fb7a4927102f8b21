"""Name, password, six digits: one sentence for every wrong guess, and a stop after five."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta

import pytest

from tandem.identity import sessions
from tandem.identity.models import Account, Attempt
from tandem.identity.services import (
    LockedOut,
    NoMatch,
    WrongCode,
    _hash_of,
    check_code,
    check_name_and_password,
    disable_account,
)
from tests.identity.conftest import PASSWORD, Known, code_at, now

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def tried(name: str, password: str, device: uuid.UUID, *, later: timedelta = timedelta()) -> str:
    """What became of a try: the account's name, or the refusal's code."""
    try:
        return check_name_and_password(name, password, device=device, at=now() + later).username
    except (NoMatch, LockedOut) as no:
        return no.code


def test_the_right_pair_gives_the_account_in_any_case_of_the_name(known: Known) -> None:
    device = uuid.uuid4()
    for name in ("okafor", " OKAFOR "):
        assert tried(name, PASSWORD, device) == "okafor"
    assert not Attempt.objects.exists()


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("okafor", "wrong"),
        ("okafor", ""),
        ("okafor", PASSWORD + " "),
        ("nobody-here", PASSWORD),
        ("", ""),
        ("x" * 10_000, "y" * 10_000),
        ("okafor\x00", PASSWORD),
        ("okafor' OR 1=1 --", "x"),
    ],
)
def test_a_wrong_password_and_an_unknown_name_read_the_same(
    known: Known, name: str, password: str
) -> None:
    with pytest.raises(NoMatch) as refused:
        check_name_and_password(name, password, device=uuid.uuid4(), at=now())
    assert str(refused.value) == (
        "That name and password do not match. Nothing was lost. Try again, or ring your desk."
    )
    assert Attempt.objects.count() == 1


def test_an_unknown_name_costs_the_time_of_a_known_one(known: Known) -> None:
    def seconds(name: str) -> float:
        began = time.perf_counter()
        for _ in range(3):
            tried(name, "wrong", uuid.uuid4())
        return time.perf_counter() - began

    seconds("okafor")
    assert seconds("nobody-here") > 0.4 * seconds("okafor")


def test_five_tries_lock_the_account_on_that_device_for_fifteen_minutes(known: Known) -> None:
    device = uuid.uuid4()
    assert [tried("okafor", "wrong", device) for _ in range(5)] == ["no_match"] * 5
    assert tried("okafor", PASSWORD, device) == "locked_out"
    assert tried("okafor", PASSWORD, device, later=timedelta(minutes=14)) == "locked_out"
    assert tried("okafor", PASSWORD, device, later=timedelta(minutes=16)) == "okafor"


def test_the_lock_is_by_account_and_device_and_never_wider(known: Known) -> None:
    device = uuid.uuid4()
    for _ in range(5):
        tried("okafor", "wrong", device)
    # The same account elsewhere, and another account on the same device or behind the same address.
    assert tried("okafor", PASSWORD, uuid.uuid4()) == "okafor"
    assert tried("reyes", "wrong", device) == "no_match"


def test_guesses_from_many_devices_lock_strangers_out_and_never_the_owner(known: Known) -> None:
    signed = known.half_way()
    role = sessions.roles_of(known.persona.staff_id, at=now())[0]
    sessions.finish(signed, role, at=now())  # the owner signed in here before
    Attempt.objects.bulk_create(
        Attempt(account_hash=_hash_of("okafor"), device=uuid.uuid4(), at=now()) for _ in range(50)
    )
    assert tried("okafor", PASSWORD, uuid.uuid4()) == "locked_out"
    assert tried("okafor", PASSWORD, signed.device) == "okafor"
    for _ in range(5):
        tried("okafor", "wrong", signed.device)
    assert tried("okafor", PASSWORD, signed.device) == "locked_out"


def test_an_unknown_name_locks_like_a_known_one(known: Known) -> None:
    device = uuid.uuid4()
    outcomes = [tried("nobody-here", "wrong", device) for _ in range(6)]
    assert outcomes == ["no_match"] * 5 + ["locked_out"]


def test_a_failed_name_is_kept_as_a_hash_alone(known: Known) -> None:
    tried("okafor", "wrong", uuid.uuid4())
    assert b"okafor" not in bytes(Attempt.objects.get().account_hash)


def test_a_disabled_account_reads_like_an_unknown_one(known: Known) -> None:
    disable_account(known.persona.staff_id, at=now())
    assert tried("okafor", PASSWORD, uuid.uuid4()) == "no_match"


def test_a_code_works_once(known: Known) -> None:
    signed, at = known.half_way(), now()
    check_code(signed, code_at(at), at=at)
    with pytest.raises(WrongCode):
        check_code(signed, code_at(at), at=at)
    with pytest.raises(WrongCode):
        check_code(known.half_way(), code_at(at), at=at)


@pytest.mark.parametrize(
    ("drift", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_one_step_off_and_no_more(known: Known, drift: int, right: bool) -> None:
    at = now()
    code = code_at(at + timedelta(seconds=30 * drift))
    if right:
        check_code(known.half_way(), code, at=at)
    else:
        with pytest.raises(WrongCode):
            check_code(known.half_way(), code, at=at)


def test_an_older_step_is_dead_once_a_newer_one_was_used(known: Known) -> None:
    at = now()
    check_code(known.half_way(), code_at(at + timedelta(seconds=30)), at=at)
    with pytest.raises(WrongCode):
        check_code(known.half_way(), code_at(at), at=at)


@pytest.mark.parametrize(
    "code",
    ["", "000000", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12345é", "\x00" * 6, "9" * 9_999],
)
def test_whatever_is_no_code_is_a_wrong_one(known: Known, code: str) -> None:
    at = now()
    if code == code_at(at):
        pytest.skip("one in a million")
    with pytest.raises(WrongCode):
        check_code(known.half_way(), code, at=at)
    assert Attempt.objects.count() == 1


def test_spaces_in_a_code_do_not_matter(known: Known) -> None:
    at = now()
    code = code_at(at)
    check_code(known.half_way(), f" {code[:3]} {code[3:]} ", at=at)


def test_wrong_codes_lock_like_wrong_passwords(known: Known) -> None:
    signed, at = known.half_way(), now()
    wrong = "000000" if code_at(at) != "000000" else "111111"
    for _ in range(5):
        with pytest.raises(WrongCode):
            check_code(signed, wrong, at=at)
    with pytest.raises(LockedOut):
        check_code(signed, code_at(at), at=at)
    assert Account.objects.get(pk=known.account.pk).totp_step == 0
