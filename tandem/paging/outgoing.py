"""The one way out: POST and GET that follow nowhere, stay outside, end in time, and read little."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import ipaddress
import json
import socket
from collections.abc import Mapping
from datetime import UTC, datetime

from aiohttp import (
    AddrInfoType,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    hdrs,
)
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from tandem.paging.rules import Answer, is_outside

PATIENCE = 5.0  # seconds for everything: name, connection, answer
READ_AT_MOST = 4096


class Outside(AbstractResolver):
    """Finds names, and gives none back that stands for an address inside.

    What it gives back is what is connected to: a name that answers otherwise the next moment
    changes nothing. An address written in numbers does not come by here: `socket_to` does.
    """

    def __init__(self, *, loopback: bool) -> None:
        self._names, self._loopback = ThreadedResolver(), loopback

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a name, or OSError where one of them is none of the internet."""
        found = await self._names.resolve(host, port, family)
        for one in found:
            self.check(one["host"])
        return found

    def check(self, host: str) -> None:
        """OSError where this address, in numbers, is not one that may be connected to."""
        address = ipaddress.ip_address(host.split("%", 1)[0])
        if not (is_outside(address) or (self._loopback and address.is_loopback)):
            raise OSError("a push service inside our own network is none")

    def socket_to(self, to: AddrInfoType) -> socket.socket:
        """A socket to exactly this address, however it was come by."""
        family, kind, proto, _name, where = to
        self.check(str(where[0]))
        return socket.socket(family, kind, proto)

    async def close(self) -> None:
        """Nothing is held."""


def outside(*, loopback: bool) -> ClientSession:
    """Connections to push services: the internet alone, and this machine where that is allowed."""
    names = Outside(loopback=loopback)
    connector = TCPConnector(
        limit=0, resolver=names, ttl_dns_cache=30, socket_factory=names.socket_to
    )
    return _session(connector)


def inside() -> ClientSession:
    """Connections to the gateway that the operator named, wherever it stands."""
    return _session(TCPConnector(limit=0))


def _session(connector: TCPConnector) -> ClientSession:
    return ClientSession(
        connector=connector,
        timeout=ClientTimeout(total=PATIENCE),
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        skip_auto_headers=(hdrs.USER_AGENT, hdrs.ACCEPT_ENCODING),
    )


async def post(
    session: ClientSession, address: str, body: bytes, headers: Mapping[str, str]
) -> Answer:
    """Send and read the status; no answer within the time is status 0."""
    with contextlib.suppress(ClientError, OSError, TimeoutError, ValueError):
        async with (
            asyncio.timeout(PATIENCE),
            session.post(address, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            return Answer(answer.status, _seconds(answer.headers.get(hdrs.RETRY_AFTER, "")))
    return Answer(0)


async def get(
    session: ClientSession, address: str, headers: Mapping[str, str]
) -> tuple[int, dict[str, str]]:
    """A status and a small JSON object of words; status 0 is no answer within the time."""
    status = 0
    # What is nested deeper than it can be read is no object of words.
    with contextlib.suppress(ClientError, OSError, TimeoutError, ValueError, RecursionError):
        async with (
            asyncio.timeout(PATIENCE),
            session.get(address, headers=headers, allow_redirects=False) as answer,
        ):
            status = answer.status
            found = json.loads(await _beginning(answer))
            if isinstance(found, dict):
                return status, {key: word for key, word in found.items() if isinstance(word, str)}
    return status, {}


async def _beginning(answer: ClientResponse) -> bytes:
    """The first bytes of a body, in however many pieces they come."""
    read = b""
    while len(read) < READ_AT_MOST and (piece := await answer.content.read(READ_AT_MOST)):
        read += piece
    return read[:READ_AT_MOST]


def _seconds(asked: str) -> float | None:
    """Retry-After in seconds, from a number or a date."""
    if asked.isascii() and asked.isdigit():
        return float(asked[:6])
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        until = email.utils.parsedate_to_datetime(asked) - datetime.now(UTC)
        return max(0.0, until.total_seconds())
    return None
