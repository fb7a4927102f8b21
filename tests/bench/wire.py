"""A client of the feed's door that costs little itself, because it shares the cores."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

PATH = "/api/v1/cad/events"
_LONGEST = 15.0
_END_OF_HEAD = b"\r\n\r\n"


class Wire:
    """One connection, kept open between requests and opened again after any fault."""

    def __init__(self, url: str, *, head: str, longest: float = _LONGEST) -> None:
        parts = urlsplit(url)
        # The front listens on 127.0.0.1; the name localhost would be looked up each time.
        self.address = ("127.0.0.1", parts.port or 80)
        self.head = f"Host: localhost:{self.address[1]}\r\n{head}"
        self.longest = longest
        self._socket: socket.socket | None = None

    @classmethod
    def of_feed(cls, url: str, token: str, *, longest: float = _LONGEST) -> Wire:
        """A feed's connection."""
        head = f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        return cls(url, head=head, longest=longest)

    def post(self, events: Sequence[dict[str, Any]] | dict[str, Any]) -> tuple[int, bytes]:
        """Send one event or a batch; status 0 when no whole answer came back."""
        return self.ask("POST", PATH, json.dumps(events).encode())

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """One request; status 0 when no whole answer came back."""
        head = f"{method} {path} HTTP/1.1\r\n{self.head}Content-Length: {len(body)}\r\n\r\n"
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self.address, timeout=self.longest)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall(head.encode() + body)
            return self._answer(self._socket)
        except (OSError, ValueError):
            self.close()
            return 0, b""

    def _answer(self, source: socket.socket) -> tuple[int, bytes]:
        held = b""
        while _END_OF_HEAD not in held:
            held += self._more(source)
        head, _, body = held.partition(_END_OF_HEAD)
        lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines[1:])
        }
        if headers.get("transfer-encoding") == "chunked":
            while not body.endswith(b"0\r\n\r\n"):
                body += self._more(source)
        else:
            length = int(headers.get("content-length", "0"))
            while len(body) < length:
                body += self._more(source)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return int(lines[0].split(" ")[1]), body

    def _more(self, source: socket.socket) -> bytes:
        part = source.recv(262_144)
        if not part:
            raise OSError("closed before the answer was whole")
        return part

    def close(self) -> None:
        """Give the connection up; the next request opens another."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None
