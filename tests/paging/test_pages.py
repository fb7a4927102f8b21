"""What the duty page, the staff page and the desk say of phones, over the product's own pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tandem.demo.phones import FakePhones
from tandem.dispatch.services import sign_on
from tandem.kernel.instance import Instance
from tandem.paging.keys import drop_old_keys, keys_of, read_keys, rotate_keys
from tandem.paging.models import Device, PhoneNumber
from tests.conftest import Persona
from tests.paging.conftest import Turns
from tests.scene import PATROL, browser_of, eyes_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
NUMBER = "+16085550123"


@pytest.fixture
def patrol(cast: dict[str, Persona]) -> Persona:
    """An officer on duty."""
    sign_on(cast["patrol-officer"].doing(), PATROL)
    return cast["patrol-officer"]


def told(phones: FakePhones, installation: Instance, **more: str) -> dict[str, str]:
    """What a page's script posts."""
    key = keys_of(installation).public
    made = phones.browser(key)
    facts = {"endpoint": made.endpoint, "p256dh": made.p256dh, "auth": made.auth, "key": key}
    return {**facts, **more}


def test_a_device_is_told_and_is_not(
    patrol: Persona, phones: FakePhones, installation: Instance
) -> None:
    browser = browser_of(patrol)
    assert b'data-phone-told="no"' in browser.get("/duty/").content
    said = browser.post("/duty/phone/", told(phones, installation), headers={"HX-Request": "true"})
    assert said.status_code == 200
    assert b'data-phone-told="yes"' in browser.get("/my-calls/").content
    # The page that comes back a second time does not make a second subscription.
    browser.post("/duty/phone/", told(phones, installation))
    assert Device.objects.filter(ended_at=None).count() == 1
    browser.post("/duty/phone/end/")
    assert Device.objects.filter(ended_at=None).count() == 0
    assert b'data-phone-told="no"' in browser.get("/duty/").content


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "https://10.0.0.1/"},
        {"endpoint": ""},
        {"p256dh": "AAAA"},
        {"p256dh": "not base64!"},
        {"auth": ""},
        {"key": "another key"},
    ],
)
def test_what_is_no_subscription_is_refused_and_nothing_is_stored(
    patrol: Persona, phones: FakePhones, installation: Instance, wrong: dict[str, str]
) -> None:
    said = browser_of(patrol).post(
        "/duty/phone/", told(phones, installation, **wrong), headers={"HX-Request": "true"}
    )
    assert said.status_code == 409
    assert not Device.objects.exists()


def test_off_duty_nothing_is_offered_and_nothing_subscribes(
    cast: dict[str, Persona], phones: FakePhones, installation: Instance
) -> None:
    browser = browser_of(cast["patrol-officer"])
    assert b"data-phone" not in browser.get("/duty/").content
    said = browser.post("/duty/phone/", told(phones, installation), headers={"HX-Request": "true"})
    assert said.status_code == 409


def test_a_number_is_entered_by_oneself_or_an_administrator_and_read_by_no_desk(
    cast: dict[str, Persona], patrol: Persona
) -> None:
    own, office = browser_of(patrol), browser_of(cast["administrator"])
    own.post("/duty/number/", {"number": "608-555-0123"})
    assert NUMBER.encode() in own.get("/duty/").content
    assert NUMBER.encode() in office.get("/staff/").content
    office.post(f"/staff/{patrol.staff_id}/number/", {"number": "6085550124", "language": "es"})
    held = PhoneNumber.objects.get(replaced_at=None)
    assert (held.number, held.language, held.by_id) == (
        "+16085550124",
        "es",
        cast["administrator"].staff_id,
    )
    said = own.post("/duty/number/", {"number": "none"}, headers={"HX-Request": "true"})
    assert said.status_code == 409
    own.post("/duty/number/", {"number": ""})
    assert PhoneNumber.objects.get(replaced_at=None).number == ""
    with eyes_of(cast["cru-officer"].standing) as cursor:
        cursor.execute("SELECT count(*) FROM paging_phonenumber")
        assert cursor.fetchone()[0] == 0


def test_the_desk_reads_whom_no_phone_reached(
    cast: dict[str, Persona], patrol: Persona, turns: Turns
) -> None:
    from tests.paging.test_ladder import send

    send(cast)
    turns.turn(0)
    text = browser_of(cast["dispatcher"]).get("/alarm/").content.decode()
    assert "Not reached on phone:" in text
    assert "no device and no number." in text
    # The crisis desk did not send him.
    assert b"Not reached" not in browser_of(cast["crisis-supervisor"]).get("/alarm/").content


def test_a_new_key_cuts_nobody_off_until_the_old_one_is_dropped(
    cast: dict[str, Persona], patrol: Persona, turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.paging.test_ladder import send

    kept: dict[str, str] = {"text": _read(turns.instance)}
    monkeypatch.setattr(Instance, "read_private", _reads(kept))
    monkeypatch.setattr(Instance, "write_private", _writes(kept))
    first = keys_of(turns.instance).newest
    browser = turns.subscribe(patrol)
    assert rotate_keys(turns.instance) > first
    send(cast)
    turns.turn(0)
    assert len(browser.heard) == 1
    assert drop_old_keys(turns.instance) == 1
    assert first not in read_keys(turns.instance).versions
    turns.as_worker(_due_again)
    turns.send(20)
    assert len(browser.heard) == 1
    assert Device.objects.get().ended_at is not None


def _read(instance: Instance) -> str:
    keys_of(instance)
    return instance.push_keys_file.read_text()


def _reads(kept: dict[str, str]) -> Callable[..., str]:
    def read(_self: Instance, path: Any) -> str:
        return kept["text"] if "push" in str(path) else str(path.read_text())

    return read


def _writes(kept: dict[str, str]) -> Callable[..., bool]:
    def write(_self: Instance, _path: Any, text: str, *, replace: bool = True) -> bool:
        kept["text"] = text
        return replace

    return write


def _due_again(connection: Any, _steps: Any) -> None:
    connection.execute("UPDATE paging_delivery SET done_at = NULL, outcome = ''")
