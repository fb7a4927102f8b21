"""A person at a browser, over plain HTTP: cookies, forms with their token, one live stream."""

from __future__ import annotations

import http.client
import json
import re
import time
import urllib.parse
import uuid
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

import pyotp

_TIMEOUT = 15


@dataclass
class Page:
    """What came back."""

    status: int
    text: str
    headers: dict[str, str]
    url: str

    def json(self) -> dict[str, object]:
        """The body as an object."""
        found: dict[str, object] = json.loads(self.text)
        return found


@dataclass
class Browser:
    """Keeps cookies, follows redirects, fills in the hidden fields of forms."""

    base: str
    cookies: dict[str, str] = field(default_factory=dict)
    code: str = ""  # the last code of the second factor that was given

    def _send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Page:
        target = urllib.parse.urlsplit(self.base)
        connection = http.client.HTTPConnection(
            target.hostname or "localhost", target.port, timeout=_TIMEOUT
        )
        try:
            sent = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), **headers}
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            for line in answer.headers.get_all("Set-Cookie") or []:
                for name, morsel in SimpleCookie(line).items():
                    if morsel["max-age"] == "0" or morsel.value in {"", '""'}:
                        self.cookies.pop(name, None)
                    else:
                        self.cookies[name] = morsel.value
            return Page(
                answer.status, text, {k.lower(): v for k, v in answer.headers.items()}, path
            )
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Page:
        """Open a page, going along with redirects."""
        page = self._send("GET", path, None, headers)
        for _hop in range(5):
            if page.status not in {301, 302, 303}:
                break
            page = self._send("GET", page.headers["location"], None, headers)
        return page

    def post(self, path: str, script: bool = False, **fields: str) -> Page:
        """Send a form with the token of the last page and an act id of its own."""
        fields = {
            "csrfmiddlewaretoken": self.cookies.get("tandem_csrf", ""),
            "act_id": str(uuid.uuid4()),
            **fields,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Referer": self.base + "/"}
        if script:
            headers["HX-Request"] = "true"
        page = self._send("POST", path, urllib.parse.urlencode(fields), headers)
        if page.status in {301, 302, 303}:
            return self.get(page.headers["location"])
        return page

    def sign_in(self, username: str, password: str, seed: str) -> Page:
        """Both factors; where this half minute's code was used already, the next one is given."""
        self.get("/sign-in/")
        page = self.post("/sign-in/", name=username, password=password)
        totp = pyotp.TOTP(seed)
        began = time.time()
        while page.url.startswith("/sign-in/code/") and time.time() < began + 2 * totp.interval:
            # The server takes a clock that is one step ahead; after that one has to wait.
            ahead = 0 if not self.code else totp.interval
            self.code = totp.at(int(time.time()) + ahead)
            page = self.post("/sign-in/code/", code=self.code)
            if ahead and page.url.startswith("/sign-in/code/"):
                time.sleep(totp.interval - time.time() % totp.interval + 0.2)
        return page

    def stream(self) -> Stream:
        """Open the live stream."""
        return Stream(self)


class Stream:
    """Server-sent events, read one at a time."""

    def __init__(self, browser: Browser, since: str = "") -> None:
        target = urllib.parse.urlsplit(browser.base)
        self.connection = http.client.HTTPConnection(
            target.hostname or "localhost", target.port, timeout=_TIMEOUT
        )
        cookie = "; ".join(f"{k}={v}" for k, v in browser.cookies.items())
        query = f"?since={since}" if since else ""
        self.connection.request("GET", "/stream" + query, headers={"Cookie": cookie})
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        self.cursor = since

    def next(self) -> tuple[str, dict[str, object]]:
        """The next event's name and data; comments are passed over."""
        name, data = "", "{}"
        while True:
            line = self.answer.readline().decode().rstrip("\n")
            if line.startswith("id: "):
                self.cursor = line[4:]
            elif line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                data = line[6:]
            elif not line and name:
                return name, json.loads(data)
            elif not line and self.answer.isclosed():
                return "closed", {}

    def close(self) -> None:
        """Go away."""
        self.connection.close()


def keys_in(text: str, pattern: str) -> list[str]:
    """The record keys that a page's addresses hold, in order, each once."""
    uuid_form = "[0-9a-f]{8}-[0-9a-f-]{27}"
    found = re.findall(pattern.replace("KEY", f"({uuid_form})"), text)
    return list(dict.fromkeys(found))
