"""A push service and a gateway of text messages of our own, to hear what really leaves.

Both are real HTTP servers on loopback. The push service reads a message as a browser would, by
RFC 8291 from the browser's private key, with none of the product's own code; the gateway keeps a
message once for each key, as its protocol asks.
"""

from __future__ import annotations

import base64
import json
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tandem.kernel.instance import acting_as, service_account
from tandem.paging import settings as gateway

SECRET = "the-gateway-of-the-demonstration"  # noqa: S105 (of a gateway that exists on loopback alone)
MOST_BYTES = 4096


def _plain(word: str) -> bytes:
    return base64.urlsafe_b64decode(word + "===")


def _word(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class FakeBrowser:
    """One browser's subscription, and what it was told."""

    endpoint: str
    vapid: str = ""  # the key it subscribed with; empty: any
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    heard: list[str] = field(default_factory=list)
    heard_at: list[float] = field(default_factory=list)  # seconds of the clock
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def public(self) -> bytes:
        """The browser's key as 65 bytes."""
        numbers = self.private.public_key().public_numbers()
        return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")

    @property
    def p256dh(self) -> str:
        """The browser's key as it gives it away."""
        return _word(self.public)

    @property
    def auth(self) -> str:
        """The browser's secret as it gives it away."""
        return _word(self.secret)

    def read(self, body: bytes) -> bytes:
        """The plain text of a message; ValueError or InvalidTag where it is none for this browser.

        RFC 8188 (header, one record, its delimiter) and RFC 8291 (where its key comes from).
        """
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        if length != 65 or len(record) > size:  # noqa: PLR2004 (a point of P-256)
            raise ValueError("no message of one record")
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self.private.exchange(ec.ECDH(), theirs)
        info = b"WebPush: info\0" + self.public + sender
        material = HKDF(hashes.SHA256(), 32, self.secret, info).derive(shared)
        key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(material)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(material)
        padded = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
        if not padded.endswith(b"\x02"):
            raise ValueError("the last record does not say that it is the last")
        return padded[:-1]


@dataclass
class FakePhones:
    """What both servers were sent, and how they are told to answer next."""

    url: str = ""
    browsers: dict[str, FakeBrowser] = field(default_factory=dict)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)  # by their key
    attempts: list[str] = field(default_factory=list)  # every request, in order
    answers: dict[str, list[int]] = field(default_factory=dict)  # push, sms: statuses to come
    receipts: dict[str, str] = field(default_factory=dict)  # by number: what became of it
    news: threading.Condition = field(default_factory=threading.Condition)

    def browser(self, vapid: str = "") -> FakeBrowser:
        """A new subscription."""
        made = FakeBrowser(f"{self.url}/push/{secrets.token_urlsafe(16)}", vapid)
        self.browsers[made.endpoint.removeprefix(self.url)] = made
        return made

    def next_status(self, what: str, usual: int) -> int:
        """How this request is answered."""
        waiting = self.answers.get(what, [])
        return waiting.pop(0) if waiting else usual

    def wait_for(self, told: Callable[[], bool], seconds: float = 10.0) -> bool:
        """Wait until something holds of what was heard."""
        with self.news:
            return self.news.wait_for(told, timeout=seconds)


def signed_by(header: str, origin: str) -> str:
    """The key that signed a push (RFC 8292), base64url; ValueError where the header is no good."""
    kind, _, rest = header.partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    head, claims, signature = parts["t"].split(".")
    raw = _plain(signature)
    pair = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _plain(parts["k"]))
    try:
        key.verify(pair, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise ValueError("signed with another key") from None
    if kind != "vapid" or json.loads(_plain(claims))["aud"] != origin:
        raise ValueError("meant for another service")
    return parts["k"]


class _Door(BaseHTTPRequestHandler):
    """One request to either server."""

    protocol_version = "HTTP/1.1"
    phones: FakePhones

    def do_POST(self) -> None:
        """A push to a browser, or a text message."""
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(min(length, MOST_BYTES))
        status = 404
        with self.phones.news:
            self.phones.attempts.append(self.path.split("/")[1])
            if self.path.startswith("/push/"):
                status = self._push(body)
            elif self.path == "/sms":
                status = self._text(body)
            self.phones.news.notify_all()
        self._answer(status)

    def do_GET(self) -> None:
        """What became of a text message."""
        text = self.phones.texts.get(self.path.removeprefix("/sms/"))
        if not self._known():
            return self._answer(401)
        if text is None:
            return self._answer(404)
        status = self.phones.receipts.get(text["to"], "accepted")
        return self._answer(200, json.dumps({"status": status}).encode())

    def _push(self, body: bytes) -> int:
        browser = self.phones.browsers.get(self.path)
        status = self.phones.next_status("push", 201)
        if browser is None:
            return 410
        if status != 201:  # noqa: PLR2004
            return status
        try:
            signer = signed_by(self.headers.get("Authorization", ""), self.phones.url)
            if browser.vapid and signer != browser.vapid:
                return 403
            words = browser.read(body).decode()
        except (ValueError, KeyError):
            return 400
        browser.heard.append(words)
        browser.heard_at.append(time.time())
        browser.bodies.append(body)
        browser.headers.append(dict(self.headers.items()))
        return 201

    def _known(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {SECRET}"

    def _text(self, body: bytes) -> int:
        if not self._known():
            return 401
        status = self.phones.next_status("sms", 202)
        told = json.loads(body)
        if self.phones.receipts.get(told["to"]) == "stopped":
            return 410
        if status == 202:  # noqa: PLR2004
            self.phones.texts.setdefault(told["id"], told)
        return status

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@contextmanager
def fake_phones(port: int = 0) -> Iterator[FakePhones]:
    """Both servers on one port of this machine, until the block ends."""
    phones = FakePhones()
    door = type("Door", (_Door,), {"phones": phones})
    server = ThreadingHTTPServer(("127.0.0.1", port), door)
    phones.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield phones
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def settings_of(phones: FakePhones) -> Iterator[dict[str, str]]:
    """What an installation's processes are told of these phones; the secret's file goes with it."""
    account = service_account()
    with acting_as(account):
        folder = Path(tempfile.mkdtemp(prefix="tandem-phones-"))
        secret = folder / "secret"
        secret.touch(mode=0o600)
        secret.write_text(SECRET, encoding="ascii")
    try:
        yield {
            gateway.URL: f"{phones.url}/sms",
            gateway.SECRET_FILE: str(secret),
            gateway.ON_LOOPBACK: "yes",
        }
    finally:
        with acting_as(account):
            shutil.rmtree(folder, ignore_errors=True)
