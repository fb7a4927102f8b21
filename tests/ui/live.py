"""The preview's server made answering: a stream that tests feed, acts and saves they read."""

from __future__ import annotations

import json
import queue
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tandem.board.shown import HEADER, shown_hash

from .contexts_desk import desk
from .environment import kept_environment
from .preview import Site, all_contexts, static
from .shapes import shapes


@dataclass
class World:
    """What the invented server knows, and what it was asked."""

    desk: Any = None
    frames: queue.Queue[str] = field(default_factory=queue.Queue)
    open_stream: bool = True
    fragments: list[tuple[float, float, list[str]]] = field(default_factory=list)
    acts: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    saves: list[tuple[float, dict[str, str]]] = field(default_factory=list)
    refuse: Any = None
    save_answer: tuple[int, dict[str, Any]] | None = None
    save_broken: bool = False
    streams: int = 0
    by_key: bool = False
    states: list[tuple[str, str]] = field(default_factory=list)
    asked_keys: list[list[str]] = field(default_factory=list)
    # What a page of this name is drawn with instead, whole or by its regions.
    instead: dict[str, dict[str, Any]] = field(default_factory=dict)

    def changed(self, *keys: str) -> None:
        """Tell the open page that these keys went stale."""
        self.frames.put(f"id: c1\nevent: changed\ndata: {json.dumps({'keys': list(keys)})}\n\n")


# Addresses of whole regions: the invented page they are of, and what draws them.
_WHOLE = {
    "/lists": ("crisis_desk", "fragments/_crisis.html"),
    "/board:wall_list": ("wall", "fragments/_wall.html"),
}


class LiveSite(Site):
    """Answers `/stream`, the desk's fragments, acts and saves from a `World`."""

    told_state = ""

    def __init__(self, world: World, *args: Any, **kwargs: Any) -> None:
        self.world = world
        super().__init__({**all_contexts(), **world.instead}, *args, **kwargs)

    def do_GET(self) -> None:
        """A stream, a fragment, or what the preview has."""
        path = urlsplit(self.path).path
        if path == "/stream":
            self._stream()
        elif path == "/desk/fragments":
            self._fragments()
        elif path == "/alarm":
            page = kept_environment("en", static).get_template("fragments/_alarm.html")
            self._send(200, page.render(desk()["desk"]))
        elif path in _WHOLE:
            page_name, drawn_by = _WHOLE[path]
            page = kept_environment("en", static).get_template(drawn_by)
            self._send_unless_shown(page.render(self.contexts[page_name]))
        elif path == "/sign-in":
            self._send(200, "<title>Sign in</title>")
        elif path == "/en/dark/desk" and self.world.desk:
            context = {**desk()["desk"], "desk": self.world.desk, "done": None}
            page = kept_environment("en", static).get_template("pages/desk.html")
            self._send(200, page.render(context))
        else:
            super().do_GET()

    def do_POST(self) -> None:
        """An act or a save."""
        length = int(self.headers.get("Content-Length", "0"))
        told = parse_qs(self.rfile.read(length).decode(), keep_blank_values=True)
        fields = {name: values[0] for name, values in told.items()}
        if self.path.startswith("/notes/"):
            self._save(fields)
            return
        self.world.acts.append((self.path, fields))
        frame = desk()["desk"]
        page = kept_environment("en", static).get_template("fragments/_said.html")
        done = shapes.Done(words="Done, by radio, 02:14:40", undo_url="/undo/2", undo_seconds=2)
        refused = self.world.refuse
        told_now = {"sentence": refused, "done": None if refused else done}
        self._send(409 if refused else 200, page.render({**frame, **told_now}))

    def _save(self, fields: dict[str, str]) -> None:
        self.world.saves.append((time.monotonic(), fields))
        if self.world.save_broken:
            self.close_connection = True
            self.connection.close()
            return
        status, told = self.world.save_answer or (
            200,
            {"saved_at": "02:14:40", "sequence": int(fields["sequence"])},
        )
        self._send(status, json.dumps(told), "application/json")

    def _fragments(self) -> None:
        began = time.monotonic()
        query = parse_qs(urlsplit(self.path).query)
        regions = query["regions"][0].split(",")
        keys = query["keys"][0].split(",") if "keys" in query else []
        time.sleep(0.05)
        context = {**desk()["desk"], "desk": self.world.desk, "regions": regions}
        name = "fragments/_desk.html"
        if keys and self.world.by_key:
            self.world.asked_keys.append(keys)
            name, context = "fragments/_desk_changes.html", {**context, **self._changes(keys)}
        body = kept_environment("en", static).get_template(name).render(context)
        self._send_unless_shown(body)
        self.world.fragments.append((began, time.monotonic(), regions))

    def _send_unless_shown(self, body: str) -> None:
        told = parse_qs(urlsplit(self.path).query).get("state")
        if told:
            self.told_state = shown_hash(body)
            self.world.states.append((told[0], self.told_state))
        shown = bool(told) and told == [self.told_state]
        self._send(204 if shown else 200, "" if shown else body)
        self.told_state = ""

    def _changes(self, keys: list[str]) -> dict[str, Any]:
        """The rows of these calls, and which of them are in no list any more."""
        named = {
            name: [row for row in getattr(self.world.desk, name) if row.key in keys]
            for name in ("pending", "active")
        }
        shown = {row.key for rows in named.values() for row in rows}
        gone = [one for one in keys if one not in shown]
        return {"changes": {"lists": named, "gone": gone}, "regions": []}

    def _stream(self) -> None:
        if not self.world.open_stream:
            self.send_error(503)
            return
        self.world.streams += 1
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b": alive\n\n")
        self.wfile.flush()
        while self.world.open_stream:
            try:
                frame = self.world.frames.get(timeout=0.05)
            except queue.Empty:
                continue
            self.wfile.write(frame.encode())
            self.wfile.flush()

    def _send(self, status: int, body: str, kind: str = "text/html; charset=utf-8") -> None:
        self.send_response(status)
        if self.told_state:
            self.send_header(HEADER, self.told_state)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())


class QuietServer(ThreadingHTTPServer):
    """A page that leaves cuts its stream: that is no error of the server."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing to say."""


def serve_live(world: World) -> tuple[ThreadingHTTPServer, str]:
    """A server of one world on a free loopback port."""
    server = QuietServer(("127.0.0.1", 0), partial(LiveSite, world))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}"
