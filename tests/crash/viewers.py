"""Desks that look on during a crash run: streams that come back, and what each frame told."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PAUSE = 0.1
SILENCE = 20.0  # the stream comments every 15 s


@dataclass
class Told:
    """One frame: the viewer's place in the order of news after it, as a word, and its keys."""

    word: str
    name: str
    keys: list[str]


@dataclass
class Viewer:
    """One desk's stream, opened again from its last place whenever it ends."""

    url: str
    cookie: str
    told: list[Told] = field(default_factory=list)
    opened: int = 0
    heard_at: float = 0.0
    stopped: threading.Event = field(default_factory=threading.Event)
    _source: socket.socket | None = None

    def start(self) -> None:
        """Look on until told to stop."""
        self.thread = threading.Thread(target=self._look_on)
        self.thread.start()

    def stop(self) -> None:
        """Go away."""
        self.stopped.set()
        if self._source is not None:
            with contextlib.suppress(OSError):
                # Closing alone would leave the other thread waiting for bytes.
                self._source.shutdown(socket.SHUT_RDWR)
        self.thread.join()

    def _look_on(self) -> None:
        while not self.stopped.is_set():
            try:
                self._read()
            except (OSError, ValueError):
                time.sleep(PAUSE)

    def _read(self) -> None:
        address = ("127.0.0.1", urlsplit(self.url).port or 80)
        last = f"Last-Event-ID: {self.told[-1].word}\r\n" if self.told else ""
        with socket.create_connection(address, timeout=SILENCE) as source:
            self._source = source
            source.sendall(
                f"GET /stream HTTP/1.1\r\nHost: localhost:{address[1]}\r\n"
                f"Cookie: tandem_session={self.cookie}\r\n{last}\r\n".encode()
            )
            with source.makefile("rb") as lines:
                if b" 200 " not in lines.readline():
                    raise OSError("refused")
                self.opened += 1
                self._frames(lines)

    def _frames(self, lines: object) -> None:
        word, name = "", ""
        for raw in lines:  # type: ignore[attr-defined]
            line = raw.decode().rstrip("\r\n")
            if line.startswith("id: "):
                word = line[4:]
            elif line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: ") and word:
                self.heard_at = time.monotonic()
                self.told.append(Told(word, name, json.loads(line[6:]).get("keys", [])))
                word = ""


@dataclass
class Judged:
    """What the frames of one viewer came to."""

    frames: int = 0
    resets: int = 0
    backwards: int = 0
    missed: int = 0


def judge(
    told: list[tuple[int | None, str, list[str]]], news: list[tuple[int, frozenset[str]]]
) -> Judged:
    """Hold frames against all news in order: up to each frame's place every key was told.

    A reset tells the page to fetch everything, so it covers what came before it; the place of the
    first frame covers what was there before the viewer came.
    """
    judged = Judged(frames=len(told))
    owed: set[str] = set()
    at, done = 0, 0
    for number, (place, name, keys) in enumerate(told):
        if place is None or place < at:
            judged.backwards += 1
            continue
        while done < len(news) and news[done][0] <= place:
            owed |= news[done][1]
            done += 1
        at = place
        if name == "reset" or number == 0:
            judged.resets += name == "reset"
            owed.clear()
        judged.missed += len(owed - set(keys))
        owed.clear()
    judged.missed += sum(len(keys) for _, keys in news[done:])
    return judged
