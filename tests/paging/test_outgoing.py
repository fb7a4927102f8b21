"""The one way out: where it does not go, and that it ends."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver

from tandem.demo.phones import FakePhones, fake_phones
from tandem.paging import outgoing
from tandem.paging.rules import Answer, is_outside
from tests import loops


@pytest.fixture
def phones() -> Iterator[FakePhones]:
    """A service on this machine."""
    with fake_phones() as made:
        yield made


def post(address: str, *, loopback: bool = True) -> Answer:
    """One message out."""

    async def work() -> Answer:
        async with outgoing.outside(loopback=loopback) as session:
            return await outgoing.post(session, address, b"x", {})

    return loops.run(work())


def named(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """What every name stands for from now on."""

    async def resolve(
        _self: object, host: str, port: int = 0, family: int = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=one, port=port, family=family, proto=0, flags=0)
            for one in addresses
        ]

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)


@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("10.1.2.3",), ("93.184.215.14", "127.0.0.1"), ("169.254.169.254",)],
)
def test_a_name_that_stands_for_an_address_inside_is_not_connected_to(
    phones: FakePhones, monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    named(monkeypatch, *addresses)
    port = phones.url.rsplit(":", 1)[1]
    assert post(f"http://push.example:{port}/push/a", loopback=False) == Answer(0)
    assert phones.attempts == []


def test_the_same_name_is_reached_where_this_machine_is_allowed(
    phones: FakePhones, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check above fails when the wall is down: this is that."""
    named(monkeypatch, "127.0.0.1")
    port = phones.url.rsplit(":", 1)[1]
    assert post(f"http://push.example:{port}/push/a").status == 410
    assert phones.attempts == ["push"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::ffff:127.0.0.1]", "[::ffff:127.0.0.1%251]", "[::1]", "[::127.0.0.1]"]
)
def test_an_address_in_numbers_is_connected_to_no_more_than_a_name(
    phones: FakePhones, host: str
) -> None:
    """A name is looked up and an address is not: the socket itself is asked."""
    port = phones.url.rsplit(":", 1)[1]
    assert post(f"http://{host}:{port}/push/a", loopback=False) == Answer(0)
    assert phones.attempts == []


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 (never listened on)
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("::127.0.0.1", False),  # IPv4-compatible, RFC 4291 2.5.5.1
        ("::ffff:0:127.0.0.1", False),  # IPv4-translated, RFC 2765
        ("fec0::1", False),  # site-local, RFC 3879
        ("64:ff9b::5db8:d70e", True),
    ],
)
def test_which_addresses_are_outside(address: str, outside: bool) -> None:
    assert is_outside(ipaddress.ip_address(address)) is outside


@pytest.fixture
def odd() -> Iterator[tuple[str, list[bytes]]]:
    """A service that answers what a test put there, byte for byte, and counts who came."""
    answers: list[bytes] = []
    door = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve() -> None:
        door.settimeout(0.05)
        while not stop.is_set():
            try:
                caller, _ = door.accept()
            except TimeoutError:
                continue
            caller.recv(65536)
            for part in answers:
                with contextlib.suppress(OSError):  # who asked may have had enough
                    caller.sendall(part)
                stop.wait(0.02)  # a part is a packet of its own
            if not answers:
                stop.wait(5)
            caller.close()

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{door.getsockname()[1]}/push/a", answers
    stop.set()
    thread.join()
    door.close()


def test_a_redirect_is_an_answer_and_no_way(
    odd: tuple[str, list[bytes]], phones: FakePhones
) -> None:
    address, answers = odd
    to = f"{phones.url}/push/b".encode()
    answers.append(b"HTTP/1.1 307 Go\r\nLocation: " + to + b"\r\nContent-Length: 0\r\n\r\n")
    assert post(address).status == 307
    assert phones.attempts == []


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("30", 30.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("soon", None),
        ("Wed, 21 Oct 2026 07:28:00 +99999999999999999999", None),
        (f"{'9' * 30} Jan 2026 00:00:00", None),
    ],
)
def test_how_long_a_service_asks_to_be_left_alone(
    odd: tuple[str, list[bytes]], asked: str, seconds: float | None
) -> None:
    address, answers = odd
    head = f"HTTP/1.1 429 Later\r\nRetry-After: {asked}\r\nContent-Length: 0\r\n\r\n"
    answers.append(head.encode())
    assert post(address) == Answer(429, seconds)


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ((b'{"status": ', b'"delivered"}'), {"status": "delivered"}),
        ((b"[" * 4096,), {}),  # deeper than anybody can read
        ((b'{"status": "delivered", "more": "' + b"x" * 200_000,), {}),
        ((b'{"status": NaN}',), {}),
        ((b"\xff\xfe",), {}),
    ],
)
def test_what_a_gateway_answers_is_read_whole_and_harms_nobody(
    odd: tuple[str, list[bytes]], parts: tuple[bytes, ...], found: dict[str, str]
) -> None:
    address, answers = odd
    length = sum(len(part) for part in parts)
    answers += [f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode(), *parts]

    async def work() -> tuple[int, dict[str, str]]:
        async with outgoing.inside() as session:
            return await outgoing.get(session, address, {})

    assert loops.run(work()) == (200, found)


@pytest.mark.parametrize("said", [b"", b"not http at all\r\n\r\n"])
def test_a_service_that_says_nothing_or_nonsense_ends_in_time(
    odd: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(outgoing, "PATIENCE", 0.3)
    address, answers = odd
    answers += [said] if said else []
    began = time.monotonic()
    assert post(address) == Answer(0)
    assert time.monotonic() - began < 3
