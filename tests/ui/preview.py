"""Draws every page from invented contexts, serves it under the strict CSP, takes pictures."""

from __future__ import annotations

import argparse
import dataclasses
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from .contexts import duty, sign_in
from .contexts_conflicts import conflicts
from .contexts_desk import desk
from .contexts_field import encounters, my_calls
from .contexts_forms import alerts, form_desk, forms
from .contexts_intake import crisis_intake, dispatch_intake
from .contexts_office import audit, feeds, maps, refused, report, staff, why
from .contexts_people import cautions, persons, reviews
from .contexts_presence import presence
from .contexts_print import prints
from .contexts_rooms import advice_rules, differences, past, skills, wall
from .contexts_safety import emergencies
from .contexts_unsent import closings, custody
from .environment import kept_environment
from .shapes import ROOT

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEIGHTS = {360: 740, 768: 1024, 1366: 900, 1920: 1080}


def all_contexts() -> dict[str, dict[str, Any]]:
    """Every page in every invented state, by name: `page` or `page--state`."""
    makers = [
        sign_in,
        duty,
        desk,
        presence,
        my_calls,
        encounters,
        custody,
        closings,
        conflicts,
        audit,
        feeds,
        maps,
        staff,
        why,
        report,
        refused,
        dispatch_intake,
        crisis_intake,
        forms,
        alerts,
        emergencies,
        form_desk,
        prints,
        persons,
        cautions,
        reviews,
        wall,
        differences,
        advice_rules,
        skills,
        past,
    ]
    return {name: context for make in makers for name, context in make().items()}


def static(path: str) -> str:
    """Where the preview's server has a file of ours or of a third party."""
    return f"/static/{path}"


def render(name: str, context: dict[str, Any], lang: str, theme: str) -> str:
    """One page in one language and light."""
    frame = dataclasses.replace(context["chrome"], lang=lang, theme=theme)
    template = kept_environment(lang, static).get_template(
        f"pages/{name.split('--', maxsplit=1)[0]}.html"
    )
    return template.render({**context, "chrome": frame})


class Site(SimpleHTTPRequestHandler):
    """Serves `/<lang>/<theme>/<name>` and `/static/`, nothing else."""

    def __init__(self, contexts: dict[str, dict[str, Any]], *args: Any, **kwargs: Any) -> None:
        self.contexts = contexts
        super().__init__(*args, directory=str(ROOT), **kwargs)

    def translate_path(self, path: str) -> str:
        """`/static/ui` is ui/, `/static/vendor` is build/vendor/."""
        clean = path.split("?", maxsplit=1)[0].removeprefix("/static/")
        top = ROOT / "build" if clean.startswith("vendor/") else ROOT
        return str(top / clean)

    def do_GET(self) -> None:
        """A page, a file, or nothing."""
        parts = self.path.split("?")[0].strip("/").split("/")
        if self.path.startswith("/stream"):
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(b": alive\n\n")
            self.wfile.flush()
            time.sleep(30)
            return
        if self.path.startswith("/static/"):
            super().do_GET()
            return
        if self.headers["HX-Request"]:
            # A pane that came into sight at another width asks anew: nothing has changed.
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if len(parts) != 3 or parts[2] not in self.contexts:
            self.send_error(404)
            return
        body = render(parts[2], self.contexts[parts[2]], parts[0], parts[1]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", CSP)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        """What stands in a file stays for as long as this server runs."""
        if self.path.startswith("/static/"):
            self.send_header("Cache-Control", "max-age=3600")
        super().end_headers()

    def log_message(self, *args: Any) -> None:
        """Quiet."""


def serve(contexts: dict[str, dict[str, Any]]) -> tuple[ThreadingHTTPServer, str]:
    """A server on a free loopback port, and its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Site, contexts))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}"


def main() -> None:
    """Pictures of the asked pages into build/preview/."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--widths", default="360,768,1366,1920")
    parser.add_argument("--themes", default="light,dark")
    parser.add_argument("--lang", default="en")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "preview")
    parser.add_argument("--full", action="store_true", help="the whole page, not one screen")
    asked = parser.parse_args()
    contexts = all_contexts()
    if unknown := set(asked.names) - set(contexts):
        parser.error(f"no such page: {', '.join(sorted(unknown))}")
    out = asked.out
    out.mkdir(parents=True, exist_ok=True)
    server, address = serve(contexts)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for width in map(int, asked.widths.split(",")):
            page = browser.new_page(viewport={"width": width, "height": HEIGHTS.get(width, 900)})
            page.on("console", lambda message: print("console:", message.text[:300]))
            page.on("pageerror", lambda error: print("error:", error))
            for theme in asked.themes.split(","):
                for name in asked.names or contexts:
                    page.goto(f"{address}/{asked.lang}/{theme}/{name}")
                    page.evaluate("document.fonts.ready")
                    target = out / f"{name}-{theme}-{width}-{asked.lang}.png"
                    page.screenshot(path=str(target), full_page=asked.full)
                    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                    print(Path(target).name, f"OVERFLOW {over}" if over > 0 else "")
            page.close()
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main()
