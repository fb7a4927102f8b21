"""The message itself: the standard's own example, and what a push service reads of ours."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from tandem.demo.phones import FakeBrowser, signed_by
from tandem.paging import rules
from tandem.paging.webpush import authorization, encrypt, point_of
from tests.conftest import NOON

# RFC 8291, appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
BROWSER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
BROWSER_KEY = (
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
)
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
    "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
    "lcy4a-fN"
)


def raw(word: str) -> bytes:
    """Base64url as the standard prints it."""
    return base64.urlsafe_b64decode(word + "===")


def private(word: str) -> ec.EllipticCurvePrivateKey:
    """A private key as the standard prints it."""
    return ec.derive_private_key(int.from_bytes(raw(word), "big"), ec.SECP256R1())


def test_the_standards_example_is_what_we_write() -> None:
    body = encrypt(
        PLAIN,
        to=raw(BROWSER_KEY),
        auth=raw(AUTH),
        sender=private(SENDER),
        salt=raw(SALT),
        pad_to=0,
    )
    assert body == raw(BODY)


def test_the_standards_example_is_read_by_our_push_service() -> None:
    browser = FakeBrowser("", private=private(BROWSER), secret=raw(AUTH))
    assert browser.public == raw(BROWSER_KEY)
    assert browser.read(raw(BODY)) == PLAIN


def test_every_message_has_one_length_and_no_two_are_alike() -> None:
    browser = FakeBrowser("")
    sent = [
        encrypt(json.dumps({"words": words}).encode(), to=browser.public, auth=browser.secret)
        for words in (*rules.WORDS.values(), *rules.WORDS.values())
    ]
    assert len({len(body) for body in sent}) == 1
    assert len(set(sent)) == len(sent)
    assert {json.loads(browser.read(body))["words"] for body in sent} == {
        "New activity. Open to view.",
        "Nueva actividad. Abra para ver.",
    }


def test_only_the_browser_it_was_meant_for_reads_it() -> None:
    browser, other = FakeBrowser(""), FakeBrowser("")
    body = encrypt(PLAIN, to=browser.public, auth=browser.secret)
    for wrong in (other, FakeBrowser("", private=browser.private)):
        with pytest.raises(InvalidTag):
            wrong.read(body)
    with pytest.raises(InvalidTag):
        browser.read(body[:-1] + bytes([body[-1] ^ 1]))


def test_the_signature_holds_for_one_service_and_names_our_key() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    endpoint = "https://push.example/abc"
    header = authorization(endpoint, key, contact="mailto:it@example.org", at=NOON)
    assert raw(signed_by(header, "https://push.example")) == point_of(key.public_key())
    claims = json.loads(raw(header.split("t=")[1].split(".")[1]))
    assert claims["sub"] == "mailto:it@example.org"
    # RFC 8292, section 2: no more than 24 hours.
    assert 0 < claims["exp"] - NOON.timestamp() <= timedelta(hours=24).total_seconds()
    with pytest.raises(ValueError, match="another service"):
        signed_by(header, "https://other.example")
    stranger = authorization("https://push.example/abc", private(SENDER), contact="", at=NOON)
    mixed = f"{header.split(', k=')[0]}, k={stranger.split(', k=')[1]}"
    with pytest.raises(ValueError, match="another key"):
        signed_by(mixed, "https://push.example")


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example/a",
        "https://127.0.0.1/a",
        "https://10.0.0.5/a",
        "https://[::1]/a",
        "https://[fd00::1]/a",
        "https://2130706433/a",
        "https://0x7f.0.0.1/a",
        "https://localhost/a",
        "https://db/a",
        "https://[::ffff:127.0.0.1]/a",
        "https://[::ffff:127.0.0.1%25eth0]/a",
        "https://[::ffff:10.0.0.5%251]/a",
        "https://[v1.g.h]/a",
        "https://127.0.0.1%2f.push.example/a",
        "https://%31%32%37.0.0.1/a",
        "https://push.example,127.0.0.1/a",
        "https://push.example\\a/a",
        "https://push..example/a",
        "https://push.example:5432/a",
        "https://user@push.example/a",
        "https://push.example/a#b",
        "https://push.example./a",
        "https://push.example/a b",
        "https://push.example/\u00e9",
        "https://push.example/a\r\nHost: x",
        "ftp://push.example/a",
        "file:///etc/passwd",
        "",
        "https://push.example:99999/a",
        "https://push.example/" + "a" * 1000,
    ],
)
def test_a_browser_cannot_name_an_address_inside(endpoint: str) -> None:
    assert not rules.may_be_told(endpoint)


def test_loopback_is_told_only_where_that_is_allowed() -> None:
    assert rules.may_be_told("https://push.example/wpush/v2/abc")
    assert not rules.may_be_told("http://127.0.0.1:9/push/a")
    assert rules.may_be_told("http://127.0.0.1:9/push/a", loopback=True)
    assert not rules.may_be_told("http://10.0.0.5/a", loopback=True)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("(608) 555-0123", "+16085550123"),
        ("608.555.0123", "+16085550123"),
        ("+1 608 555 0123", "+16085550123"),
        ("+52 55 1234 5678", "+525512345678"),
        ("555-0123", None),
        ("call me", None),
        ("+0123456789", None),
        ("+1" * 20, None),
        ("+1\u0666\u0660\u0668\u0665\u0665\u0665\u0660\u0661\u0662\u0663", None),
        ("\uff16\uff10\uff18\uff15\uff15\uff15\uff10\uff11\uff12\uff13", None),
    ],
)
def test_a_number_is_read_as_people_write_it(typed: str, number: str | None) -> None:
    assert rules.number_of(typed) == number
