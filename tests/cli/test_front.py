"""The front carries requests to the right process and says honestly who asked."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer, unused_port

from tandem.cli import front as module
from tandem.cli.front import API_AT_ONCE, BODY_LIMIT, Front, Routes
from tests import loops

Check = Callable[["Stage"], Awaitable[None]]


@dataclass
class Stage:
    """A front between a client and two real upstreams that remember what reached them."""

    client: ClientSession
    seen: list[web.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    streams_open: int = 0
    held: asyncio.Event = field(default_factory=asyncio.Event)
    frames: "asyncio.Queue[bytes | None]" = field(default_factory=asyncio.Queue)

    async def page(self, request: web.Request) -> web.Response:
        self.seen.append(request)
        body = await request.read()
        self.bodies.append(body)
        answer = web.Response(text=f"web {request.method} {request.raw_path} {len(body)}")
        answer.headers.add("Set-Cookie", "a=1")
        answer.headers.add("Set-Cookie", "b=2")
        answer.headers["Keep-Alive"] = "timeout=5"
        return answer

    async def held_back(self, request: web.Request) -> web.Response:
        self.seen.append(request)
        await self.held.wait()
        return web.Response(text="stored")

    async def long_page(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(20):
            await response.write(b"x" * 50_000)
        return response

    async def stream(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        self.streams_open += 1
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            while (frame := await self.frames.get()) is not None:
                await response.write(frame)
        finally:
            self.streams_open -= 1
        return response


@asynccontextmanager
async def stage(*, web_up: bool = True, trusted_proxy: str = "") -> AsyncIterator[Stage]:
    async with ClientSession() as client:
        scene = Stage(client)
        # What web gets is looked at as it came over the line.
        kept = {"auto_decompress": False}
        pages = web.Application(client_max_size=10 * BODY_LIMIT, handler_args=kept)
        pages.router.add_get("/long", scene.long_page)
        pages.router.add_post("/api/held", scene.held_back)
        pages.router.add_route("*", "/{rest:.*}", scene.page)
        streams = web.Application()
        streams.router.add_get("/stream", scene.stream)
        async with (
            TestServer(pages) as web_server,
            TestServer(streams, handler_cancellation=True) as push_server,
        ):
            web_port = web_server.port if web_up else unused_port()
            routes = Routes(web_port or 0, push_server.port or 0, trusted_proxy)
            async with TestServer(Front(routes).application(), handler_cancellation=True) as front:
                scene.client._base_url = front.make_url("/")
                yield scene


def play(scene: Coroutine[Any, Any, None]) -> None:
    loops.run(asyncio.wait_for(scene, 20))


def test_a_page_comes_from_web_with_every_cookie_and_no_hop_by_hop_header() -> None:
    async def scene() -> None:
        async with stage() as on, on.client.post("/calls/1?x=%26", data=b"abc") as answer:
            assert await answer.text() == "web POST /calls/1?x=%26 3"
            assert answer.headers.getall("Set-Cookie") == ["a=1", "b=2"]
            assert "Keep-Alive" not in answer.headers
            assert answer.headers["Server"] == "Tandem"

    play(scene())


def test_who_asked_is_said_by_the_front_whatever_the_client_claims() -> None:
    async def scene() -> None:
        lies = {
            "X-Forwarded-For": "203.0.113.9",
            "X-Forwarded-Proto": "https",
            "X-Real-IP": "203.0.113.9",
            "Forwarded": "for=203.0.113.9",
            "X-Secret": "1",
            "Connection": "X-Secret",
        }
        async with stage() as on, on.client.get("/", headers=lies):
            told = on.seen[0].headers
            assert told["X-Forwarded-For"] == "127.0.0.1"
            assert told["X-Forwarded-Proto"] == "http"
            assert told["X-Forwarded-Host"] == told["Host"]
            assert not {"X-Real-IP", "Forwarded", "X-Secret"} & set(told)

    play(scene())


def test_a_declared_proxy_is_believed_and_named() -> None:
    async def scene() -> None:
        said = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        async with (
            stage(trusted_proxy="127.0.0.1") as on,
            on.client.get("/", headers=said),
        ):
            assert on.seen[0].headers["X-Forwarded-For"] == "203.0.113.9, 127.0.0.1"
            assert on.seen[0].headers["X-Forwarded-Proto"] == "https"

    play(scene())


def test_a_long_page_and_a_head_arrive_whole() -> None:
    async def scene() -> None:
        async with stage() as on:
            async with on.client.get("/long") as answer:
                assert len(await answer.read()) == 1_000_000
            async with on.client.head("/") as answer:
                assert answer.status == 200
                assert await answer.read() == b""

    play(scene())


@pytest.mark.parametrize(
    ("path", "kind"), [("/api/v1/cad/events", "application/problem+json"), ("/", "text/plain")]
)
def test_a_web_process_that_is_down_is_said_with_a_time_to_come_back(path: str, kind: str) -> None:
    async def scene() -> None:
        async with stage(web_up=False) as on, on.client.get(path) as answer:
            assert (answer.status, answer.content_type) == (503, kind)
            assert answer.headers["Retry-After"] == "1"
            assert "Nothing was stored" in await answer.text()

    play(scene())


def test_a_body_above_the_bound_never_reaches_web() -> None:
    async def scene() -> None:
        async with stage() as on:
            async with on.client.post("/api/x", data=b"x" * (BODY_LIMIT + 1)) as answer:
                assert answer.status == 413
            assert on.seen == []

    play(scene())


@pytest.mark.parametrize(
    "text", [b"hi", b"a" * 200 + b"GET /other HTTP/1.1\r\n\r\n", b"a" * 9_000_000]
)
def test_a_packed_body_reaches_web_as_it_came_with_its_own_length(text: bytes) -> None:
    packed = gzip.compress(text)

    async def scene() -> None:
        async with stage() as on:
            head = {"Content-Encoding": "gzip"}
            for _ in range(2):  # the second over the same connection to web
                async with on.client.post("/x", data=packed, headers=head) as answer:
                    assert answer.status == 200
            assert on.bodies == [packed, packed]
            assert {seen.headers["Content-Length"] for seen in on.seen} == {str(len(packed))}

    play(scene())


def test_what_half_sent_bodies_hold_together_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ALL_BODIES", 1_000_000)
    monkeypatch.setattr(module, "BODY_PATIENCE", 0.5)

    async def scene() -> None:
        async with stage() as on:
            end = asyncio.Event()

            async def half() -> AsyncIterator[bytes]:
                yield b"x" * 900_000
                await end.wait()

            slow = asyncio.create_task(on.client.post("/x", data=half()).__aenter__())
            await asyncio.sleep(0.2)
            async with on.client.post("/y", data=b"y" * 200_000) as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
            assert (await slow).status == 408
            async with on.client.post("/y", data=b"y" * 200_000) as answer:
                assert answer.status == 200
            end.set()
            assert [len(body) for body in on.bodies] == [200_000]

    play(scene())


def test_frames_pass_at_once_and_both_sides_close_together() -> None:
    async def scene() -> None:
        async with stage() as on:
            async with on.client.get("/stream?since=4") as answer:
                assert answer.content_type == "text/event-stream"
                assert on.seen[0].raw_path == "/stream?since=4"
                assert on.seen[0].headers["X-Forwarded-For"] == "127.0.0.1"
                for frame in (b": hello\n\n", b"event: changed\n\n"):
                    on.frames.put_nowait(frame)
                    assert await answer.content.readany() == frame
                on.frames.put_nowait(None)
                assert await answer.content.read() == b""
            assert on.streams_open == 0

    play(scene())


def test_a_reader_who_leaves_frees_the_push_process() -> None:
    async def scene() -> None:
        async with stage() as on:
            async with on.client.get("/stream"):
                assert on.streams_open == 1
            for _ in range(100):
                if on.streams_open == 0:
                    return
                await asyncio.sleep(0.02)
            pytest.fail("the stream is still open")

    play(scene())


def test_a_flood_of_events_is_told_to_wait_and_leaves_the_pages_open() -> None:
    async def scene() -> None:
        async with stage() as at:

            async def post() -> int:
                async with at.client.post("/api/held") as answer:
                    return answer.status

            flood = [asyncio.create_task(post()) for _ in range(API_AT_ONCE)]
            while len(at.seen) < API_AT_ONCE:
                await asyncio.sleep(0.01)
            async with at.client.post("/api/held") as answer:
                assert answer.status == 429
                assert answer.headers["Retry-After"] == "1"
                assert (await answer.json())["title"] == "Too Many Requests"
            async with at.client.get("/desk/") as page:
                assert page.status == 200
            at.held.set()
            assert set(await asyncio.gather(*flood)) == {200}
            assert await post() == 200

    play(scene())
