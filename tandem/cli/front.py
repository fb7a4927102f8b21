"""The one port: sends `/stream` to the push process and everything else to the web process.

It decides nothing about people: it carries bytes, says honestly who asked, and answers for a
process that is down. It keeps no log of requests, because an address line may tell too much.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import cast

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    hdrs,
    web,
)
from multidict import CIMultiDict
from yarl import URL

from tandem.cli.ports import listening_socket, wanted_port
from tandem.kernel.instance import LOOPBACK

# Above the largest batch of the contract (5 MB), so that the web process words that refusal.
BODY_LIMIT = 6 * 1024 * 1024
# Of all bodies that are here at once, so that half-sent ones cannot take the machine's memory.
ALL_BODIES = 96 * 1024 * 1024
BODY_PATIENCE = 30.0  # seconds until all of a body must be here
WHOLE_ANSWER = 256 * 1024
# A reader this far behind is dropped; it comes back and fetches what it missed.
STREAM_BACKLOG = 1024 * 1024
STREAM_PATIENCE = 5.0
# Shorter than the 30 s after which the web process closes an idle connection on its side.
KEEP_ALIVE = 10.0
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# Who asked is said by us alone, whatever the client claims.
CLAIMS = frozenset(
    {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "x-real-ip"}
)
POOL = web.AppKey("pool", ClientSession)
# So many requests of feeds wait at once; more would only make pages wait behind them.
API_AT_ONCE = 32
TITLES = {
    400: "Bad Request",
    408: "Request Timeout",
    413: "Content Too Large",
    429: "Too Many Requests",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


@dataclass(frozen=True)
class Routes:
    """Where the two processes answer, and which proxy in front of us is believed."""

    web_port: int
    push_port: int
    trusted_proxy: str = ""


class Relayed(web.StreamResponse):
    """An answer whose bytes were carried over already: nothing is left to write."""

    async def prepare(self, request: web.BaseRequest) -> None:
        """Say that the connection ends here; the head came from the push process."""
        self._req = request
        self.force_close()

    async def write_eof(self, data: bytes = b"") -> None:
        """Write nothing more."""


class StreamPipe(asyncio.Protocol):
    """Carries the push process's bytes to one reader as they come, unparsed."""

    def __init__(self, reader: asyncio.WriteTransport) -> None:
        self.reader = reader
        self.ended = asyncio.get_running_loop().create_future()
        self.source: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the push process's side."""
        self.source = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Hand on a frame, or drop a reader that does not read."""
        if self.reader.get_write_buffer_size() > STREAM_BACKLOG:
            self.reader.abort()
            self.close()
        else:
            self.reader.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The push process ended the stream."""
        if not self.ended.done():
            self.ended.set_result(None)

    def close(self) -> None:
        """End the push process's side."""
        if self.source is not None:
            self.source.close()


class Unread(Exception):
    """A body that was not taken: how that is said."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


class Body:
    """What one request sends, counted as long as it is held."""

    def __init__(self, front: "Front") -> None:
        self.front, self.sent = front, bytearray()

    def __enter__(self) -> "Body":
        """Nothing is held yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of it."""
        self.front.body_bytes -= len(self.sent)

    async def read(self, request: web.Request) -> bytearray:
        """All of it; raises Unread for what is too large, too slow or cannot be read."""
        try:
            async with asyncio.timeout(BODY_PATIENCE):
                async for part in request.content.iter_any():
                    self._take(part)
        except TimeoutError:
            raise Unread(408, "What you sent did not come whole. Nothing was stored.") from None
        except web.RequestPayloadError:
            raise Unread(400, "What you sent cannot be read. Nothing was stored.") from None
        return self.sent

    def _take(self, part: bytes) -> None:
        if len(self.sent) + len(part) > BODY_LIMIT:
            raise Unread(413, "What you sent is larger than 6 MB. Nothing was stored.")
        if self.front.body_bytes + len(part) > ALL_BODIES:
            raise Unread(503, "Too much is being sent at once. Nothing was stored: try again.")
        self.sent += part
        self.front.body_bytes += len(part)


class Front:
    """Routes requests between the two processes."""

    def __init__(self, routes: Routes) -> None:
        self.routes = routes
        self.api_waiting = 0
        self.body_bytes = 0

    def application(self) -> web.Application:
        """The proxy as an aiohttp application."""
        # Bodies go on as they came: unpacked, their length would no longer be what the head says.
        application = web.Application(handler_args={"auto_decompress": False})
        application.router.add_get("/stream", self.stream, allow_head=False)
        application.router.add_route("*", "/api/{rest:.*}", self.api)
        application.router.add_route("*", "/{rest:.*}", self.page)
        application.cleanup_ctx.append(pool)
        return application

    async def api(self, request: web.Request) -> web.StreamResponse:
        """Like a page, but only so many at once: a flood of events must not close the pages."""
        if self.api_waiting >= API_AT_ONCE:
            return sorry(request, 429, "Too many requests at once. Nothing was stored: try again.")
        self.api_waiting += 1
        try:
            return await self.page(request)
        finally:
            self.api_waiting -= 1

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Ask the web process and hand its answer on."""
        if not request.raw_path.startswith("/"):
            return web.Response(status=400, text="This address cannot be read.\n")
        with Body(self) as body:
            try:
                sent = await body.read(request) if request.can_read_body else None
            except Unread as no:
                return sorry(request, no.status, no.sentence)
            return await self._ask(request, sent)

    async def _ask(self, request: web.Request, body: bytearray | None) -> web.StreamResponse:
        target = URL(f"http://{LOOPBACK}:{self.routes.web_port}{request.raw_path}", encoded=True)
        try:
            async with request.app[POOL].request(
                request.method,
                target,
                headers=self.forwarded(request),
                data=body,
                allow_redirects=False,
            ) as answer:
                return await hand_on(request, answer)
        except ClientConnectorError:
            return sorry(request, 503, "Tandem is starting again. Nothing was stored: try again.")
        except (ClientError, TimeoutError):
            return sorry(
                request, 502, "Tandem did not answer. Look whether it was stored, then try again."
            )

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Join one reader with the push process until either side goes."""
        reader = request.transport
        if reader is None:
            return Relayed()
        pipe = await self._connect(reader)
        if pipe is None or pipe.source is None:
            return sorry(request, 503, "Live updates are starting again.")
        pipe.source.write(head(request, self.forwarded(request)))
        try:
            await pipe.ended
        finally:
            pipe.close()
        return Relayed()

    async def _connect(self, reader: asyncio.WriteTransport) -> StreamPipe | None:
        """Wait out a restart: browsers give a stream up for good when they are refused once."""
        loop = asyncio.get_running_loop()
        deadline = time.monotonic() + STREAM_PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                _, pipe = await loop.create_connection(
                    lambda: StreamPipe(reader), LOOPBACK, self.routes.push_port
                )
                return pipe
            await asyncio.sleep(0.1)
        return None

    def forwarded(self, request: web.Request) -> CIMultiDict[str]:
        """The request's headers as the next process may believe them."""
        headers = passed_on(request.headers.items(), request.headers.get(hdrs.CONNECTION, ""))
        peer = request.remote or ""
        told = request.headers if peer and peer == self.routes.trusted_proxy else {}
        earlier = told.get(hdrs.X_FORWARDED_FOR)
        for claim in CLAIMS:
            headers.popall(claim, None)
        headers[hdrs.X_FORWARDED_FOR] = f"{earlier}, {peer}" if earlier else peer
        headers[hdrs.X_FORWARDED_PROTO] = told.get(hdrs.X_FORWARDED_PROTO, "http")
        headers[hdrs.X_FORWARDED_HOST] = told.get(hdrs.X_FORWARDED_HOST, request.host)
        return headers


async def pool(application: web.Application) -> AsyncIterator[None]:
    """The connections to the web process, kept open between requests."""
    application[POOL] = ClientSession(
        connector=TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE, use_dns_cache=False),
        timeout=ClientTimeout(total=None, sock_connect=3, sock_read=65),
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=(hdrs.USER_AGENT, hdrs.ACCEPT_ENCODING, hdrs.CONTENT_TYPE),
    )
    yield
    await application[POOL].close()


def passed_on(pairs: Iterable[tuple[str, str]], connection: str) -> CIMultiDict[str]:
    """Headers without those that belong to one connection only.

    Nor those with an underscore: behind us they would be read as the header with a hyphen.
    """
    named = {word.strip().lower() for word in connection.split(",")}
    return CIMultiDict(
        (name, value)
        for name, value in pairs
        if name.lower() not in HOP_BY_HOP and name.lower() not in named and "_" not in name
    )


def head(request: web.Request, headers: CIMultiDict[str]) -> bytes:
    """The first lines of a stream's request, for a connection that serves only it."""
    headers.popall(hdrs.CONTENT_LENGTH, None)
    headers[hdrs.CONNECTION] = "close"
    lines = [f"GET {request.raw_path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


async def hand_on(request: web.Request, answer: ClientResponse) -> web.StreamResponse:
    """The web process's answer: a small one at once, a long one as it comes."""
    headers = passed_on(answer.headers.items(), answer.headers.get(hdrs.CONNECTION, ""))
    headers[hdrs.SERVER] = "Tandem"
    length = answer.content_length
    empty = request.method == hdrs.METH_HEAD or answer.status in (204, 304)
    if not empty and length is not None and length <= WHOLE_ANSWER:
        headers.popall(hdrs.CONTENT_LENGTH, None)
        return web.Response(status=answer.status, headers=headers, body=await answer.read())
    response = web.StreamResponse(status=answer.status, headers=headers)
    await response.prepare(request)
    if not empty:
        async for part in answer.content.iter_any():
            await response.write(part)
    await response.write_eof()
    return response


def sorry(request: web.Request, status: int, sentence: str) -> web.Response:
    """Our own answer where no other process could give one."""
    headers = {hdrs.SERVER: "Tandem", hdrs.CACHE_CONTROL: "no-store"}
    if status >= 429:  # noqa: PLR2004
        headers[hdrs.RETRY_AFTER] = "1"
    if request.path.startswith("/api/"):
        problem = {"type": "about:blank", "title": TITLES[status], "status": status}
        text = json.dumps({**problem, "detail": sentence})
        return web.Response(
            status=status, headers=headers, text=text, content_type="application/problem+json"
        )
    return web.Response(status=status, headers=headers, text=f"{sentence}\n")


async def serve(routes: Routes, listener: socket.socket) -> None:
    """Answer on the socket until told to end."""
    runner = web.AppRunner(
        Front(routes).application(),
        access_log=None,
        handler_cancellation=True,
        shutdown_timeout=1.0,
        keepalive_timeout=75.0,
    )
    await runner.setup()
    await web.SockSite(runner, listener).start()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()
    await runner.cleanup()


def main() -> int:
    """Serve as the environment says; the supervisor hands over a socket that listens already."""
    handed = os.environ.get("TANDEM_FRONT_SOCKET")
    if handed:
        listener = socket.socket(fileno=int(handed))
    else:
        host = os.environ.get("TANDEM_LISTEN", LOOPBACK)
        listener = listening_socket(host, wanted_port())
    routes = Routes(
        web_port=int(os.environ["TANDEM_WEB_PORT"]),
        push_port=int(os.environ["TANDEM_PUSH_PORT"]),
        trusted_proxy=os.environ.get("TANDEM_TRUSTED_PROXY", ""),
    )
    asyncio.run(serve(routes, listener))
    return 0


if __name__ == "__main__":
    sys.exit(main())
